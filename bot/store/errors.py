"""What can go wrong in the database itself, as opposed to a refusal or a Conflict."""


class StoreFailed(Exception):
    """The database did not complete a transaction.

    Nothing of it is stored, unless `unknown`: the connection broke during COMMIT, so it may be stored or not.
    """

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown


class StoreClosed(Exception):
    """The store was not started, or is closed."""


class ReadOnly(Exception):
    """A write was tried through the Tx of `Store.read`."""


class TransactionOver(Exception):
    """A Tx was used after its transaction had ended, or after one of its statements had failed."""


class SchemaMismatch(Exception):
    """The database is not at the newest migration. `found` is None for an empty database."""

    def __init__(self, found: str | None, newest: str) -> None:
        super().__init__(
            f"the database is at migration {found or '(none: it is empty)'}, this version needs {newest}: "
            "run `python app.py migrate`"
        )
        self.found = found
        self.newest = newest
