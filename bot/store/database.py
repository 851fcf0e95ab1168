"""What the store needs of a database: threads that run asks, and a schema to bring up to date."""

from typing import Protocol

from sqlalchemy import Connection, Engine

from bot.store.outbox import Ask, Outbox


class Database(Protocol):
    """A database with threads of its own. Implementations: `SqliteDatabase`, `PostgresDatabase`."""

    def engine(self) -> Engine:
        """For migrations only, which run before the threads start. The caller disposes of it."""
        ...

    def lock_schema(self, connection: Connection) -> None:
        """Begins the transaction of a migration, so that a second one waits for it."""
        ...

    def start(self, outbox: Outbox) -> None:
        """Starts the threads, whose outcomes go to `outbox`. Blocks until it hears of other replicas' jobs."""
        ...

    def write(self, ask: Ask) -> None: ...
    def read(self, ask: Ask) -> None: ...
    def close(self) -> None:
        """Finishes what was asked, then ends the threads. Blocks."""
        ...
