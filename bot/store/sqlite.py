"""SQLite: one writer thread that commits whatever waits as a group, readers with connections of their own.

One writer, because writers that wait for one another's locks back off for up to a second; one commit for a group,
because a synchronous commit costs as much as dozens of transactions. Nothing is told to anyone before COMMIT, refusals
included, for a refusal may rest on what a neighbour in the group wrote.
"""

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from bot.store.audit_rows import flush
from bot.store.errors import StoreFailed
from bot.store.outbox import Ask, Outbox, Outcome
from bot.store.session import Session, Statements
from bot.workflow.ports import Clock

LARGEST_GROUP = 256
"""How many transactions one commit takes at most: it bounds how long the first of them waits."""

READERS = 3
BUSY = 10.0
"""Seconds that another process (a command line, a backup) may hold the file before a group fails."""

_log = structlog.get_logger(__name__)


class _GroupLost(Exception):
    """The database has ended the group's whole transaction (a full disk does)."""


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    # isolation_level=None: BEGIN and COMMIT are ours. The connection is handed to no other thread but its own.
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY, cached_statements=512)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # erased personal text leaves the file's free pages too
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class _Writer:
    """The connection of the writer thread: opened when it is needed, and anew after any failure of a group."""

    def __init__(self, path: Path, statements: Statements, clock: Clock) -> None:
        self._path = path
        self._statements = statements
        self._clock = clock
        self._connection: sqlite3.Connection | None = None

    def commit(self, group: list[Ask]) -> list[Outcome]:
        """Runs and commits these; what became of each."""
        try:
            connection = self._connection or _connect(self._path, read_only=False)
            self._connection = connection
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            outcomes = [self._one(connection, cursor, ask) for ask in group]
            cursor.execute("COMMIT")
            return outcomes
        except BaseException as error:
            self.close()
            with suppress(Exception):  # the log may lie on the disk that is full
                _log.error("store_group_failed", transactions=len(group), error=str(error.__cause__ or error))
            return [Outcome(ask, error=_failed(error)) for ask in group]

    def _one(self, connection: sqlite3.Connection, cursor: sqlite3.Cursor, ask: Ask) -> Outcome:
        session = Session(cursor, self._statements, self._clock, read_only=False)
        cursor.execute("SAVEPOINT one")
        try:
            result = ask.work(session)
            flush(session)
            session.check_whole()
            outcome = Outcome(ask, result, wake_at=session.wake_at)
        except BaseException as error:
            if not connection.in_transaction:
                raise _GroupLost from error
            cursor.execute("ROLLBACK TO one")
            outcome = Outcome(ask, error=error)
        finally:
            session.end()
        cursor.execute("RELEASE one")
        return outcome

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()  # rolls back what is open


def _failed(error: BaseException) -> StoreFailed:
    cause = error.__cause__ if isinstance(error, _GroupLost) and error.__cause__ else error
    failed = StoreFailed(f"the database did not complete the transaction: {cause}")
    failed.__cause__ = cause
    return failed


class SqliteDatabase:
    """`bot.store.database.Database` on one file, whose folder is made where it is missing."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._statements = Statements(sqlite_dialect(paramstyle="named"))
        self._writes: SimpleQueue[Ask | None] = SimpleQueue()
        self._reads: SimpleQueue[Ask | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def engine(self) -> sa.Engine:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return sa.create_engine(
            "sqlite://", creator=lambda: _connect(self._path, read_only=False), poolclass=sa.pool.NullPool
        )

    def lock_schema(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def start(self, outbox: Outbox) -> None:
        self._threads = [threading.Thread(target=self._write_all, args=(outbox,), name="store-writer", daemon=True)]
        self._threads += [
            threading.Thread(target=self._read_all, args=(outbox,), name=f"store-reader-{number}", daemon=True)
            for number in range(READERS)
        ]
        for thread in self._threads:
            thread.start()

    def write(self, ask: Ask) -> None:
        self._writes.put(ask)

    def read(self, ask: Ask) -> None:
        self._reads.put(ask)

    def close(self) -> None:
        self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _write_all(self, outbox: Outbox) -> None:
        writer = _Writer(self._path, self._statements, self._clock)
        more = True
        while more:
            ask = self._writes.get()
            group: list[Ask] = []
            while ask is not None:
                group.append(ask)
                if len(group) == LARGEST_GROUP:
                    break
                try:
                    ask = self._writes.get_nowait()
                except Empty:
                    break
            more = ask is not None
            if group:
                outbox.put(writer.commit(group))
        writer.close()

    def _read_all(self, outbox: Outbox) -> None:
        connection: sqlite3.Connection | None = None
        while (ask := self._reads.get()) is not None:
            try:
                connection = connection or _connect(self._path, read_only=True)
                outcome = self._read(connection, ask)
            except BaseException as error:
                if connection is not None:
                    with suppress(sqlite3.Error):
                        connection.close()
                connection = None
                outcome = Outcome(ask, error=_failed(error))
            outbox.put((outcome,))
        if connection is not None:
            connection.close()

    def _read(self, connection: sqlite3.Connection, ask: Ask) -> Outcome:
        cursor = connection.cursor()
        session = Session(cursor, self._statements, self._clock, read_only=True)
        cursor.execute("BEGIN")  # so that all statements of one read see one state
        try:
            return Outcome(ask, ask.work(session))
        except BaseException as error:
            return Outcome(ask, error=error)
        finally:
            session.end()
            if connection.in_transaction:
                cursor.execute("ROLLBACK")


def path_of(url: sa.URL) -> Path:
    """The file of a SQLite address. Raises ValueError for one in memory, which threads cannot share."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("DATABASE_URL names no SQLite file; sqlite:///path/to/file.db does")
    return Path(url.database)
