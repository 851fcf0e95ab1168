"""The store under test, on each database, and a second replica beside it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.open import open_store
from bot.store.store import DatabaseStore
from tests.contract.store_samples import MovableClock
from tests.databases import DATA_KEYS


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def empty_database(database_url: str) -> None:
    """Takes everything out of the fresh database, as if no migration had ever run."""
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        else:
            Path(str(engine.url.database)).write_bytes(b"")
    engine.dispose()


@pytest.fixture
async def replica(database_url: str, clock: MovableClock) -> AsyncIterator[Callable[[], DatabaseStore]]:
    """Opens (not yet starts) one more store on the same database."""
    opened: list[DatabaseStore] = []

    def open_one() -> DatabaseStore:
        opened.append(open_store(database_url, clock=clock, data_keys=DATA_KEYS))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(replica: Callable[[], DatabaseStore]) -> DatabaseStore:
    """A started store on a fresh database."""
    opened = replica()
    await opened.start()
    return opened


@pytest.fixture
async def second(replica: Callable[[], DatabaseStore], store: DatabaseStore) -> DatabaseStore:
    """A second replica on the same database."""
    opened = replica()
    await opened.start()
    return opened
