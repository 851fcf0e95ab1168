"""Databases for every test that wants one: `sqlite_url`, `postgres_url`, or `database_url` for a run on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres, fresh_sqlite, postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run, started when the first test asks for it."""
    with postgres() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file at the newest migration."""
    return fresh_sqlite(tmp_path)


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A PostgreSQL database at the newest migration."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database at the newest migration, once of each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
