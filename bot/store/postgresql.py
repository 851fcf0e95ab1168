"""PostgreSQL: a few threads, each with a connection of its own, and one that listens for jobs of other replicas."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from psycopg import IsolationLevel

from bot.store.audit_rows import flush
from bot.store.errors import StoreFailed
from bot.store.outbox import Ask, Outbox, Outcome
from bot.store.session import Session, Statements
from bot.workflow.ports import Clock

WRITERS = 6
READERS = 3
TRIES = 3
"""How often a transaction is run that another one, or a lost connection, keeps from completing."""

CHANNEL = "partner_access_jobs"
_NOTIFY = sa.select(sa.func.pg_notify(CHANNEL, sa.cast(sa.bindparam("due"), sa.Text)))
_MIGRATION_LOCK = 0x7061_6363_6573_7321
"""The key of the advisory lock that migrations take; any fixed number of our own."""

_FROZEN = "30s"
"""How long a replica that stopped in the middle of a transaction (a paused machine) may hold others up."""

_RUN_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
"""After these the whole work is run again."""

_Connection = psycopg.Connection[tuple[Any, ...]]

_log = structlog.get_logger(__name__)


class _Worker:
    """One thread's connection, opened when it is needed and anew when it was lost."""

    def __init__(
        self,
        connect: Callable[[], _Connection],
        statements: Statements,
        clock: Clock,
        *,
        read_only: bool,
        own: set[int],
    ) -> None:
        self._connect = connect
        self._statements = statements
        self._clock = clock
        self._read_only = read_only
        self._connection: _Connection | None = None
        self._own = own
        self._backend = 0

    def run(self, ask: Ask) -> Outcome:
        """Runs and commits it, again where that can help."""
        for tries_left in reversed(range(TRIES)):
            try:
                return self._once(self._open(), ask)
            except BaseException as error:
                failure, again = self._recover(error)
            if not again or not tries_left:
                break
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 spreads rivals, guards nothing
        return Outcome(ask, error=failure)

    def _recover(self, error: BaseException) -> tuple[BaseException, bool]:
        """Makes the connection fit for the next transaction. What to raise, and whether trying again can help."""
        if isinstance(error, StoreFailed):
            return error, False
        if self._connection is None or self._connection.closed:
            self.close()
            lost = isinstance(error, psycopg.Error)
            return (_failed(error) if lost else error), lost
        try:
            self._connection.rollback()
        except psycopg.Error:
            self.close()
        return error, isinstance(error, _RUN_AGAIN)

    def _once(self, connection: _Connection, ask: Ask) -> Outcome:
        with connection.cursor() as cursor:
            session = Session(cursor, self._statements, self._clock, read_only=self._read_only)
            try:
                result = ask.work(session)
                session.check_whole()
                if session.pending_audit or session.wake_at is not None:
                    # One way to the server for all of this, while the tail is locked.
                    with connection.pipeline():
                        if session.wake_at is not None:
                            session.change(_NOTIFY, due=session.wake_at)
                        flush(session)
                        self._commit(connection)
                else:
                    self._commit(connection)
            finally:
                session.end()
        return Outcome(ask, result, wake_at=session.wake_at)

    def _commit(self, connection: _Connection) -> None:
        try:
            connection.commit()
        except psycopg.OperationalError as error:
            if not connection.closed:
                raise
            self.close()
            raise StoreFailed("the connection was lost during COMMIT", unknown=True) from error

    def _open(self) -> _Connection:
        if self._connection is None:
            connection = self._connect()
            connection.isolation_level = (
                IsolationLevel.REPEATABLE_READ if self._read_only else IsolationLevel.READ_COMMITTED
            )
            connection.read_only = self._read_only
            self._connection = connection
            self._backend = connection.info.backend_pid
            self._own.add(self._backend)
        return self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        self._own.discard(self._backend)
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()


def _failed(error: BaseException) -> StoreFailed:
    failed = StoreFailed(f"the database did not complete the transaction: {type(error).__name__}")
    failed.__cause__ = error
    return failed


class PostgresDatabase:
    """`bot.store.database.Database` on a PostgreSQL that any number of replicas share."""

    def __init__(self, url: sa.URL, *, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._dialect: sa.Dialect = self.engine().dialect
        self._statements = Statements(self._dialect)
        self._writes: SimpleQueue[Ask | None] = SimpleQueue()
        self._reads: SimpleQueue[Ask | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._own: set[int] = set()
        """The server's process ids of the writers' connections: whose notices are this process' own."""

    def engine(self) -> sa.Engine:
        return sa.create_engine(self._url, poolclass=sa.pool.NullPool)

    def lock_schema(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

    def start(self, outbox: Outbox) -> None:
        self._closing.clear()
        for queue, count, read_only in ((self._writes, WRITERS, False), (self._reads, READERS, True)):
            name = "store-reader" if read_only else "store-writer"
            self._threads += [
                threading.Thread(
                    target=self._serve, args=(queue, outbox, read_only), name=f"{name}-{number}", daemon=True
                )
                for number in range(count)
            ]
        listener = threading.Thread(
            target=self._listen, args=(self._hear(), outbox), name="store-listener", daemon=True
        )
        self._threads.append(listener)
        for thread in self._threads:
            thread.start()

    def write(self, ask: Ask) -> None:
        self._writes.put(ask)

    def read(self, ask: Ask) -> None:
        self._reads.put(ask)

    def close(self) -> None:
        self._closing.set()
        for _ in range(WRITERS):
            self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _connect(self) -> _Connection:
        arguments, options = self._dialect.create_connect_args(self._url)
        connection: _Connection = psycopg.connect(*arguments, **{"connect_timeout": 5, **options}, autocommit=True)
        connection.execute(f"SET idle_in_transaction_session_timeout = '{_FROZEN}'")
        # What was acknowledged is on disk, whatever the server's default is; stricter defaults stay.
        asynchronous = connection.execute("SELECT current_setting('synchronous_commit') = 'off'").fetchone()
        if asynchronous is not None and asynchronous[0]:
            connection.execute("SET synchronous_commit = on")
        connection.autocommit = False
        return connection

    def _serve(self, queue: "SimpleQueue[Ask | None]", outbox: Outbox, read_only: bool) -> None:
        worker = _Worker(self._connect, self._statements, self._clock, read_only=read_only, own=self._own)
        while (ask := queue.get()) is not None:
            outbox.put((worker.run(ask),))
        worker.close()

    def _hear(self) -> _Connection:
        connection = self._connect()
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _listen(self, connection: _Connection, outbox: Outbox) -> None:
        """Until closed, through lost connections: meanwhile `wait_for_jobs` polls."""
        while not self._closing.is_set():
            try:
                if connection.closed:
                    connection = self._hear()
                    outbox.tell_of_jobs(0)  # whatever came while nobody listened
                for notice in connection.notifies(timeout=0.2):
                    if notice.pid not in self._own:  # this process knows of its own
                        outbox.tell_of_jobs(int(notice.payload))
            except (psycopg.Error, ValueError) as error:
                with suppress(Exception):  # a log that cannot be written must not end the thread
                    _log.warning("store_listener_lost", error=type(error).__name__)
                connection.close()
                self._closing.wait(1.0)
        connection.close()
