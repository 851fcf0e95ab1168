"""What the bot serves besides its messages: health, figures for Prometheus, and a few pages."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import orjson
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.web.pages import add_pages

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[bool]]
"""True: this part is ready. An exception or no answer in time counts as not ready."""


def add_routes(
    app: web.Application,
    *,
    registry: CollectorRegistry,
    checks: Mapping[str, Check],
    within: timedelta = timedelta(seconds=2),
) -> None:
    """Mounts `/healthz`, `/readyz`, `/metrics` and the pages.

    `checks`: a name each for what has to be ready before turns are sent here.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_is_ready(name, check, within) for name, check in checks.items()))
        ready = dict(zip(checks, answers, strict=True))
        return web.Response(
            status=200 if all(answers) else 503, body=orjson.dumps(ready), content_type="application/json"
        )

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    add_pages(app)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


async def _is_ready(name: str, check: Check, within: timedelta) -> bool:
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await check()
    except Exception as error:  # whatever is wrong with it, it is not ready
        log.warning("not ready", part=name, error=repr(error))
        return False
