"""The only folder that knows the Bot Framework: token check, adapter, turns, connector, postings."""
