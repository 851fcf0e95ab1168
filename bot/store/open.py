"""Opening the store that DATABASE_URL names."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from bot.store.database import Database
from bot.store.postgresql import PostgresDatabase
from bot.store.sealing import Seal
from bot.store.sqlite import SqliteDatabase, path_of
from bot.store.store import DatabaseStore
from bot.workflow.ports import Clock


def open_store(database_url: str, *, clock: Clock, data_keys: Sequence[str]) -> DatabaseStore:
    """The store of this address: `sqlite:///file.db` or `postgresql+psycopg://…`. Nothing is touched before `start`.

    `data_keys`: DATA_KEYS, newest first. Raises ValueError, which names the variable, for what cannot work.
    """
    return DatabaseStore(_database(database_url, clock), clock=clock, seal=Seal(data_keys))


def _database(database_url: str, clock: Clock) -> Database:
    try:
        url = sa.make_url(database_url)
    except (ArgumentError, ValueError):
        # The address may hold a password, so neither it nor the parser's words are repeated.
        raise ValueError("DATABASE_URL is no address such as sqlite:///file.db or postgresql+psycopg://…") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return SqliteDatabase(path_of(url), clock=clock)
    if backend in ("postgresql", "postgres"):
        return PostgresDatabase(url.set(drivername="postgresql+psycopg"), clock=clock)
    raise ValueError(f"DATABASE_URL names {backend}; the store knows sqlite and postgresql+psycopg")
