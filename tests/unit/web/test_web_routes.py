"""Health, figures and pages over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from bot.web.routes import add_routes
from tests.teams_side import Server


class Web(Server):
    def __init__(self) -> None:
        super().__init__()
        self.database = "up"
        self.registry = CollectorRegistry()

    def app(self) -> web.Application:
        app = web.Application()
        checks = {"database": self._database, "keys": self._keys}
        add_routes(app, registry=self.registry, checks=checks, within=timedelta(seconds=0.1))
        return app

    async def _keys(self) -> bool:
        return True

    async def _database(self) -> bool:
        if self.database == "hangs":
            await asyncio.sleep(60)
        if self.database == "broken":
            raise OSError("disk full at /secret/place")
        return self.database == "up"


@pytest.fixture
async def served() -> AsyncIterator[tuple[Web, aiohttp.ClientSession]]:
    async with Web() as site, aiohttp.ClientSession(site.url) as client:
        yield site, client


async def test_health_is_told_while_the_process_lives(served: tuple[Web, aiohttp.ClientSession]) -> None:
    site, client = served
    site.database = "broken"
    async with client.get("/healthz") as response:
        assert response.status == 200


@pytest.mark.parametrize(("database", "status"), [("up", 200), ("down", 503), ("broken", 503), ("hangs", 503)])
async def test_ready_is_only_who_has_every_part_ready(
    served: tuple[Web, aiohttp.ClientSession], database: str, status: int
) -> None:
    site, client = served
    site.database = database
    async with client.get("/readyz") as response:
        assert response.status == status
        assert await response.json() == {"database": database == "up", "keys": True}


async def test_figures_are_prometheus_text(served: tuple[Web, aiohttp.ClientSession]) -> None:
    site, client = served
    Counter("things", "Things", registry=site.registry).inc()
    async with client.get("/metrics") as response:
        assert response.content_type == "text/plain"
        assert "things_total 1.0" in await response.text()


@pytest.mark.parametrize("path", ["/", "/privacy", "/terms"])
async def test_a_page_is_plain_html_that_loads_nothing(served: tuple[Web, aiohttp.ClientSession], path: str) -> None:
    async with served[1].get(path) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        text = await response.text()
        assert "<script" not in text
        assert "http" not in text
