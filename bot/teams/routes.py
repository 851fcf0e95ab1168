"""`POST /api/messages`: from HTTP to a turn and back."""

import secrets
from time import perf_counter

import orjson
import structlog
from aiohttp import web
from botbuilder.core import Bot

from bot.teams.activities import parse_activity
from bot.teams.adapter import TeamsAdapter
from bot.teams.admission import Admission
from bot.teams.errors import Malformed, Refused
from bot.teams.metrics import TurnMetrics

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 256 * 1024
_TOO_LONG = f"an activity has at most {MOST_BODY_BYTES} bytes"


class MessagesEndpoint:
    """Answers 401 or 403 to callers that are not let in, 400, 413 or 415 to what is no activity, else runs the turn."""

    def __init__(self, *, admission: Admission, adapter: TeamsAdapter, bot: Bot, metrics: TurnMetrics) -> None:
        self._admission = admission
        self._adapter = adapter
        self._bot = bot
        self._metrics = metrics

    async def handle(self, request: web.Request) -> web.Response:
        began = perf_counter()
        try:
            token = await self._admission.admit_caller(request.headers.get("Authorization"))
            if request.content_type != "application/json":
                raise Malformed("an activity is application/json", status=415)
            body = await _read(request)
            activity = parse_activity(body)
            self._admission.admit_activity(token, activity)
            answer = await self._adapter.process(activity, self._bot)
        except Refused as refused:
            log.warning("a call was refused", status=refused.status, why=refused.why, remote=request.remote)
            self._metrics.refused(refused.status)
            return _error(refused.status, "not let in")
        except Malformed as malformed:
            self._metrics.refused(malformed.status)
            return _error(malformed.status, malformed.why)
        except Exception:
            correlation_id = secrets.token_hex(4)
            log.exception("a call failed", id=correlation_id)
            return _error(500, f"failed, see {correlation_id} in the log")
        self._metrics.turned(activity.type, perf_counter() - began)
        if answer is None:
            return web.Response(status=200)
        return web.Response(status=answer.status, body=orjson.dumps(answer.body), content_type="application/json")


def add_routes(
    app: web.Application, *, admission: Admission, adapter: TeamsAdapter, bot: Bot, metrics: TurnMetrics
) -> None:
    """Mounts `/api/messages`."""
    endpoint = MessagesEndpoint(admission=admission, adapter=adapter, bot=bot, metrics=metrics)
    app.router.add_post("/api/messages", endpoint.handle)


async def _read(request: web.Request) -> bytes:
    """The body, if it is not too long: Teams' own limit for a message is 100 KB."""
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise Malformed(_TOO_LONG, status=413)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Malformed(_TOO_LONG, status=413)
    return bytes(body)


def _error(status: int, message: str) -> web.Response:
    body = orjson.dumps({"error": {"code": str(status), "message": message}})
    return web.Response(status=status, body=body, content_type="application/json")
