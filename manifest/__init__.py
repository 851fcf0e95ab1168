"""The Teams app package: manifest, icons, languages, and what writes them into one zip."""
