"""One transaction's way to the database: Core statements, compiled once, run on the driver's own cursor.

SQLAlchemy's execution layer costs three times what the driver does for a statement this small (27 against 9 µs), so
Core is used for what it is best at, saying the SQL of both databases, and the driver runs it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Dialect, Executable

from bot.store.codec import micros
from bot.store.errors import ReadOnly, TransactionOver
from bot.workflow.ports import Clock

Row = tuple[Any, ...]
Values = dict[str, Any]


class Cursor(Protocol):
    """What sqlite3 and psycopg have in common."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: str, values: Values, /) -> object: ...
    def executemany(self, sql: str, values: Sequence[Values], /) -> object: ...
    def fetchall(self) -> list[Row]: ...


class Statements:
    """The SQL of each Core statement in one dialect, with the values that the statement itself fixes."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: dict[Executable, tuple[str, Values, bool]] = {}

    def __call__(self, statement: Executable) -> tuple[str, Values, bool]:
        """SQL, fixed values, and whether it writes."""
        known = self._compiled.get(statement)
        if known is None:
            compiled = statement.compile(dialect=self._dialect)  # type: ignore[attr-defined]
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            known = self._compiled[statement] = (str(compiled), fixed, bool(statement.is_dml))
        return known


class Session:
    """A transaction under way, for the repositories of a Tx.

    `wake_at` gathers the earliest due time of the jobs that it made, in microseconds.
    """

    __slots__ = ("_clock", "_cursor", "_over", "_read_only", "_statements", "pending_audit", "wake_at")

    def __init__(self, cursor: Cursor, statements: Statements, clock: Clock, *, read_only: bool) -> None:
        self._cursor = cursor
        self._statements = statements
        self._clock = clock
        self._read_only = read_only
        self._over = False
        self.pending_audit: list[Any] = []
        self.wake_at: int | None = None

    def rows(self, statement: Executable, **values: Any) -> list[Row]:
        """All rows that it answers."""
        sql, fixed, writes = self._statements(statement)
        self._check(writes)
        try:
            self._cursor.execute(sql, {**fixed, **values} if fixed else values)
            return self._cursor.fetchall()
        except BaseException:
            self._over = True
            raise

    def row(self, statement: Executable, **values: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(statement, **values)
        return found[0] if found else None

    def change(self, statement: Executable, **values: Any) -> int:
        """How many rows it changed."""
        sql, fixed, writes = self._statements(statement)
        self._check(writes)
        try:
            self._cursor.execute(sql, {**fixed, **values} if fixed else values)
            return self._cursor.rowcount
        except BaseException:
            self._over = True
            raise

    def change_each(self, statement: Executable, rows: Sequence[Values]) -> None:
        """Runs it once for each of these."""
        if len(rows) < 2:
            for values in rows:
                self.change(statement, **values)
            return
        sql, fixed, writes = self._statements(statement)
        self._check(writes)
        try:
            self._cursor.executemany(sql, [{**fixed, **values} for values in rows] if fixed else rows)
        except BaseException:
            self._over = True
            raise

    def now(self) -> datetime:
        return self._clock()

    def now_micros(self) -> int:
        return micros(self._clock())

    def wake(self, due: int) -> None:
        """A job may become due then: whoever waits for jobs is told once this has committed."""
        if self.wake_at is None or due < self.wake_at:
            self.wake_at = due

    def check_writable(self) -> None:
        self._check(True)

    def check_whole(self) -> None:
        """Raises where a statement failed: what was swallowed by the work must not be committed by halves."""
        if self._over:
            raise TransactionOver("a statement of this transaction failed")

    def end(self) -> None:
        self._over = True

    def _check(self, writes: bool) -> None:
        if self._over:
            raise TransactionOver("this transaction has ended")
        if writes and self._read_only:
            raise ReadOnly("Store.read writes nothing")
