"""The commands: serve, sandbox, doctor, audit, migrate, manifest."""
