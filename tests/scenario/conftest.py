"""A company for each scenario."""

from collections.abc import AsyncIterator

import pytest

from tests.scenario.company import Company, running_company


@pytest.fixture
async def company(sqlite_url: str) -> AsyncIterator[Company]:
    """On a SQLite file, with its channels bound."""
    async with running_company(sqlite_url) as running:
        yield running
