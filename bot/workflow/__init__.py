"""Use cases, one a file; the ports they need; the views they return."""
