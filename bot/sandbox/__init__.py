"""A directory that behaves as Microsoft Graph does, faults included: for trying the bot, and for tests."""
