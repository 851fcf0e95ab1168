"""The Graph half over HTTP: who asks, may they, what goes wrong on the way, and the journal of writes."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from bot.sandbox.answers import Answer, Ask, Refused, bad_request, denied
from bot.sandbox.authority import SandboxAuthority
from bot.sandbox.faults import Fault, FaultDice, Faults
from bot.sandbox.reads import Reads
from bot.sandbox.routes import Route, routes
from bot.sandbox.state import DirectoryState, JournalEntry
from bot.sandbox.writes import Writes


class GraphApi:
    """Serves the routes, with their faults. `origin` is where it is reached, known once it listens."""

    def __init__(
        self, state: DirectoryState, authority: SandboxAuthority, reads: Reads, writes: Writes, faults: Faults
    ) -> None:
        self._state = state
        self._authority = authority
        self._reads = reads
        self._writes = writes
        self.origin = ""
        self.set_faults(faults)

    @property
    def faults(self) -> Faults:
        return self._dice.faults

    def set_faults(self, faults: Faults) -> None:
        self._dice = FaultDice(faults)
        self._reads.faults = self._writes.faults = self._authority.faults = faults

    def add_to(self, app: web.Application) -> None:
        for route in routes(self._reads, self._writes):
            app.router.add_route(route.method, f"/{route.version}{route.path}", self._serving(route))
        for version in ("v1.0", "beta"):
            app.router.add_route("*", f"/{version}/{{rest:.*}}", self._unknown)

    async def _unknown(self, request: web.Request) -> web.Response:
        try:
            self._authority.require(request.headers.get("Authorization", ""))
        except Refused as refusal:
            return _refusal(refusal, request)
        last = request.match_info["rest"].partition("/")[0]
        return _refusal(bad_request(f"Resource not found for the segment '{last}'.", code="BadRequest"), request)

    def _serving(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            if self.faults.latency_seconds:
                await asyncio.sleep(self.faults.latency_seconds)
            body: object = None
            fault: Fault | None = None
            effect = False
            try:
                roles = self._authority.require(request.headers.get("Authorization", ""))
                if not roles.intersection(route.permissions):
                    raise denied()
                body = await _body(request)
                fault = self._dice.throw(route.call, write=route.write)
                _raise_before(fault)
                answer = route.handler(self._ask(request, body))
                effect = route.write
                response = self._after(answer, fault, request)
            except Refused as refusal:
                response = _refusal(refusal, request)
                if fault is Fault.THROTTLED and self.faults.retry_after_seconds is not None:
                    response.headers["Retry-After"] = str(self.faults.retry_after_seconds)
            lost = effect and fault is Fault.LOST_AFTER
            if route.write:
                self._note(route, request, body, effect=effect, status=None if lost else response.status)
            if lost and request.transport is not None:
                request.transport.abort()
            return response

        return serve

    def _after(self, answer: Answer, fault: Fault | None, request: web.Request) -> web.Response:
        if fault is Fault.FAILING_AFTER:
            return _refusal(Refused(500, "generalException", "Directory operation failed."), request)
        if answer.body is None:
            return web.Response(status=answer.status, headers=_ids(request))
        return web.Response(
            body=msgspec.json.encode(answer.body),
            status=answer.status,
            content_type="application/json",
            headers=_ids(request),
        )

    def _ask(self, request: web.Request, body: object) -> Ask:
        query = dict(request.query)
        if len(query) != len(request.query):
            raise bad_request("A query option was given more than once.", code="BadRequest")
        return Ask(
            path=dict(request.match_info),
            query=query,
            headers=request.headers,
            url=str(request.url),
            origin=self.origin,
            body=body,
        )

    def _note(self, route: Route, request: web.Request, body: object, *, effect: bool, status: int | None) -> None:
        self._state.contents.journal.append(
            JournalEntry(
                method=request.method,
                path=request.path,
                call=route.call,
                body=body,
                at=self._state.clock(),
                effect=effect,
                status=status,
            )
        )
        self._state.keep()


def _raise_before(fault: Fault | None) -> None:
    if fault is Fault.THROTTLED:
        raise Refused(429, "TooManyRequests", "Too many requests; try again later.")
    if fault is Fault.FAILING_BEFORE:
        raise Refused(503, "serviceNotAvailable", "The service is temporarily unavailable.")


async def _body(request: web.Request) -> object:
    raw = await request.read()
    if not raw:
        return None
    if request.content_type != "application/json":
        raise Refused(415, "BadRequest", "The content type of the request has to be application/json.")
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise bad_request("Unable to read JSON request payload.", code="BadRequest") from error


def _ids(request: web.Request) -> dict[str, str]:
    given = request.headers.get("client-request-id", "")
    with contextlib.suppress(ValueError):
        return {"request-id": str(uuid.uuid4()), "client-request-id": str(uuid.UUID(given))}
    return {"request-id": str(uuid.uuid4())}


def _refusal(refusal: Refused, request: web.Request) -> web.Response:
    ids = _ids(request)
    inner = {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", **ids}
    error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
    return web.Response(
        body=msgspec.json.encode({"error": error}), status=refusal.status, content_type="application/json", headers=ids
    )
