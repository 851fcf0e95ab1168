"""What a command says when it cannot go on."""


class CommandFailed(Exception):
    """A command cannot go on: what is wrong, and what to do, for the person at the keyboard."""
