"""The conversation as pure functions: a draft, the next question, an answer."""
