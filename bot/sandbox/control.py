"""The sandbox's own switches over HTTP, on loopback: faults, and what was written."""

import msgspec
from aiohttp import web

from bot.sandbox.faults import Faults
from bot.sandbox.graph_api import GraphApi
from bot.sandbox.state import DirectoryState


class Control:
    """`/sandbox/faults` (GET, PUT: all of them, PATCH: these only) and `/sandbox/journal` (GET)."""

    def __init__(self, state: DirectoryState, api: GraphApi) -> None:
        self._state = state
        self._api = api

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/sandbox/faults", self._faults)
        app.router.add_put("/sandbox/faults", self._set_faults)
        app.router.add_patch("/sandbox/faults", self._set_faults)
        app.router.add_get("/sandbox/journal", self._journal)

    async def _faults(self, _request: web.Request) -> web.Response:
        return _json(self._api.faults)

    async def _set_faults(self, request: web.Request) -> web.Response:
        # A page in a browser cannot send this type to another origin unasked.
        if request.content_type != "application/json":
            return _json({"error": "application/json is wanted"}, status=415)
        try:
            given = msgspec.json.decode(await request.read(), type=dict[str, object])
            before = msgspec.to_builtins(self._api.faults) if request.method == "PATCH" else {}
            faults = msgspec.convert({**before, **given}, Faults)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, status=400)
        self._api.set_faults(faults)
        return _json(faults)

    async def _journal(self, request: web.Request) -> web.Response:
        """Writes, oldest first; `?call=invite` only those. `invitations`: how many took effect, by address."""
        call = request.query.get("call")
        writes = [each for each in self._state.contents.journal if call in (None, each.call)]
        return _json({"writes": writes, "invitations": dict(self._state.invitations_by_address())})


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
