"""The Teams side for tests and benches: Bot Framework's keys and tokens, a connector, Entra's token endpoint.

All in this process and on loopback. Nothing here is imported by the product.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://api.botframework.com"
APP_ID = "00000000-0000-0000-0000-00000000b071"
TENANT_ID = "00000000-0000-0000-0000-0000000c0c0a"


class Server:
    """An aiohttp application on a free port of loopback: `async with`."""

    def __init__(self) -> None:
        self.url = ""
        self._runner: web.AppRunner | None = None

    def app(self) -> web.Application:
        raise NotImplementedError

    async def __aenter__(self) -> Any:
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()


# --- tokens ----------------------------------------------------------------------------------------------------------


@cache
def private_key(key_id: str) -> rsa.RSAPrivateKey:
    """The same id is the same key for the life of the process: making one takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key_id: str, *, endorsements: list[str] | None = None) -> dict[str, object]:
    jwk: dict[str, object] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(key_id).public_key()))
    published: dict[str, object] = {**jwk, "kid": key_id, "use": "sig"}
    published["endorsements"] = ["msteams", "webchat"] if endorsements is None else endorsements
    return published


class LocalIssuer(Server):
    """Bot Framework's OpenID document and keys, and tokens signed by them.

    `delay` makes each document slow, `down` answers 503. `fetches` counts requests for the keys.
    """

    def __init__(self, *, app_id: str = APP_ID, issuer: str = ISSUER) -> None:
        super().__init__()
        self.app_id = app_id
        self.issuer = issuer
        self.published: dict[str, dict[str, object]] = {"key-1": public_jwk("key-1")}
        self.delay = 0.0
        self.down = False
        self.fetches = 0

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/v1/.well-known/openidconfiguration"

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/.well-known/openidconfiguration", self._metadata)
        app.router.add_get("/v1/.well-known/keys", self._keys)
        return app

    def publish(self, key_id: str, *, endorsements: list[str] | None = None) -> None:
        self.published[key_id] = public_jwk(key_id, endorsements=endorsements)

    def retire(self, key_id: str) -> None:
        del self.published[key_id]

    def token(
        self,
        service_url: str,
        *,
        key_id: str = "key-1",
        algorithm: str = "RS256",
        key: Any = None,
        headers: Mapping[str, Any] | None = None,
        **claims: object,
    ) -> str:
        """A token as Bot Framework makes it; `claims` replace or (None) leave out some."""
        now = int(time.time())
        body: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.app_id,
            "nbf": now - 300,
            "exp": now + 3600,
            "serviceurl": service_url,
            **claims,
        }
        signing_key = private_key(key_id) if key is None else key
        return jwt.encode(
            {name: value for name, value in body.items() if value is not None},
            signing_key,
            algorithm=algorithm,
            headers={"kid": key_id, **(headers or {})},
        )

    async def _metadata(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.delay)
        if self.down:
            return web.Response(status=503)
        return web.json_response(
            {
                "issuer": self.issuer,
                "jwks_uri": f"{self.url}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, request: web.Request) -> web.Response:
        self.fetches += 1
        published = {"keys": list(self.published.values())}
        await asyncio.sleep(self.delay)
        return web.Response(status=503) if self.down else web.json_response(published)


@dataclass
class TokenTransport:
    """MSAL's transport, answering at once and in this process: `http_client=TokenTransport()`."""

    error: str | None = None
    expires_in: int = 3600
    requests: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    tokens: int = 0

    def get(self, url: str, **_: Any) -> "TransportAnswer":
        base = url.split("/v2.0/")[0]
        return TransportAnswer(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "tenant_discovery_endpoint": f"{base}/v2.0/.well-known/openid-configuration",
                "metadata": [],
            }
        )

    def post(self, url: str, data: Mapping[str, Any] | None = None, **_: Any) -> "TransportAnswer":
        self.requests.append((url, dict(data or {})))
        if self.error is not None:
            return TransportAnswer({"error": self.error, "error_description": f"{self.error}: told so"}, 401)
        self.tokens += 1
        return TransportAnswer(
            {"token_type": "Bearer", "expires_in": self.expires_in, "access_token": f"bot-token-{self.tokens}"}
        )

    def close(self) -> None:
        pass


class TransportAnswer:
    def __init__(self, body: Mapping[str, object], status_code: int = 200) -> None:
        self.status_code = status_code
        self.text = json.dumps(body)
        self.headers: Mapping[str, str] = {}

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise RuntimeError(self.text)


# --- the connector ---------------------------------------------------------------------------------------------------


@dataclass
class Shown:
    """One activity that the bot posted, as it stands now."""

    conversation_id: str
    activity_id: str
    activity: dict[str, Any]
    edits: int = 0
    deleted: bool = False

    @property
    def card(self) -> dict[str, Any]:
        content: dict[str, Any] = self.activity["attachments"][0]["content"]
        return content


@dataclass
class Fault:
    status: int
    times: int
    method: str | None
    code: str | None
    retry_after: str | None
    after: bool
    path: str

    def is_for(self, request: web.Request) -> bool:
        return self.method in (None, request.method) and self.path in request.path


class MockTeams(Server):
    """A connector that records what the bot sends, edits and creates, and that can answer with faults.

    `delay` is how long each call takes. `shown` holds every message, oldest first; `calls` every call.
    """

    def __init__(self, *, delay: float = 0.0, keep: bool = True) -> None:
        super().__init__()
        self.delay = delay
        self.keep = keep
        self.shown: list[Shown] = []
        self.calls: list[tuple[str, str]] = []
        self.authorizations: list[str | None] = []
        self.created: list[dict[str, Any]] = []
        self.typing = 0
        self.members: list[dict[str, Any]] = []
        self.channels: list[dict[str, Any]] = []
        self.changed = asyncio.Condition()
        self._faults: list[Fault] = []
        self._ids = count(1)

    def fail(
        self,
        status: int,
        *,
        times: int = 1,
        method: str | None = None,
        code: str | None = None,
        retry_after: str | None = None,
        after: bool = False,
        path: str = "",
    ) -> None:
        """The next `times` calls (with this method, with this in their path) are answered so; `after`: what they ask
        for was done.
        """
        self._faults.append(
            Fault(
                status=status,
                times=times,
                method=method,
                code=code,
                retry_after=retry_after,
                after=after,
                path=path,
            )
        )

    def mend(self) -> None:
        """No fault any more."""
        self._faults.clear()

    def in_conversation(self, conversation_id: str) -> list[Shown]:
        return [shown for shown in self.shown if shown.conversation_id == conversation_id]

    async def wait_until(self, condition: Any, *, at_most: float = 10.0) -> None:
        """Returns when `condition()` holds; looked at after each call that arrived."""
        async with asyncio.timeout(at_most), self.changed:
            await self.changed.wait_for(condition)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._answer])
        app.router.add_post("/v3/conversations", self._create)
        app.router.add_post("/v3/conversations/{conversation}/activities", self._send)
        app.router.add_post("/v3/conversations/{conversation}/activities/{activity}", self._send)
        app.router.add_put("/v3/conversations/{conversation}/activities/{activity}", self._update)
        app.router.add_delete("/v3/conversations/{conversation}/activities/{activity}", self._delete)
        app.router.add_get("/v3/conversations/{conversation}/pagedmembers", self._members)
        app.router.add_get("/v3/teams/{team}/conversations", self._channels)
        return app

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.keep:
            self.calls.append((request.method, request.path))
            self.authorizations.append(request.headers.get("Authorization"))
        if self.delay:
            await asyncio.sleep(self.delay)
        fault = next((entry for entry in self._faults if entry.is_for(request)), None)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            if fault.after:
                await handler(request)
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            body = {"error": {"code": fault.code or "Fault", "message": "told to"}}
            return web.json_response(body, status=fault.status, headers=headers)
        response: web.StreamResponse = await handler(request)
        if self.keep:
            async with self.changed:
                self.changed.notify_all()
        return response

    def _show(self, conversation_id: str, activity: dict[str, Any]) -> str:
        activity_id = f"activity-{next(self._ids)}"
        if activity.get("type") == "typing":
            self.typing += 1
        elif self.keep:
            self.shown.append(Shown(conversation_id=conversation_id, activity_id=activity_id, activity=activity))
        return activity_id

    def _find(self, request: web.Request) -> Shown | None:
        wanted = (request.match_info["conversation"], request.match_info["activity"])
        return next(
            (one for one in self.shown if (one.conversation_id, one.activity_id) == wanted and not one.deleted), None
        )

    async def _send(self, request: web.Request) -> web.Response:
        activity_id = self._show(request.match_info["conversation"], await request.json())
        return web.json_response({"id": activity_id}, status=201)

    async def _create(self, request: web.Request) -> web.Response:
        parameters = await request.json()
        self.created.append(parameters)
        if not parameters.get("isGroup"):
            return web.json_response({"id": f"a:chat-with-{parameters['members'][0]['id']}"}, status=201)
        conversation_id = f"{parameters['channelData']['channel']['id']};messageid={next(self._ids)}"
        activity_id = self._show(conversation_id, parameters["activity"])
        return web.json_response({"id": conversation_id, "activityId": activity_id}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        shown = self._find(request)
        if shown is None:
            return web.json_response({"error": {"code": "ActivityNotFound"}}, status=404)
        shown.activity = await request.json()
        shown.edits += 1
        return web.json_response({"id": shown.activity_id})

    async def _delete(self, request: web.Request) -> web.Response:
        shown = self._find(request)
        if shown is None:
            return web.json_response({"error": {"code": "ActivityNotFound"}}, status=404)
        shown.deleted = True
        return web.json_response({})

    async def _members(self, request: web.Request) -> web.Response:
        return web.json_response({"members": self.members})

    async def _channels(self, request: web.Request) -> web.Response:
        return web.json_response({"conversations": self.channels})


# --- what a person does ----------------------------------------------------------------------------------------------

_activity_ids = count(1)


@dataclass(frozen=True, kw_only=True)
class TeamsPerson:
    """Somebody at a Teams client: makes the activities that Teams would send for what they do."""

    id: str
    """Entra object id."""
    name: str
    locale: str = "en-US"
    time_zone: str = "Europe/Berlin"
    tenant_id: str = TENANT_ID
    app_id: str = APP_ID

    @property
    def chat_id(self) -> str:
        return f"a:chat-with-29:{self.id}"

    def says(self, text: str, *, service_url: str, channel: str | None = None, **more: object) -> dict[str, Any]:
        return self._activity("message", service_url, channel, text=text, textFormat="plain", **more)

    def clicks(
        self,
        action: Mapping[str, Any],
        *,
        service_url: str,
        inputs: Mapping[str, object] | None = None,
        channel: str | None = None,
        automatic: bool = False,
        **more: object,
    ) -> dict[str, Any]:
        """`action`: an Action.Execute as it stands on a card; `inputs`: what was put into the card's fields."""
        data = {**(action.get("data") or {}), **(inputs or {})}
        value = {
            "action": {"type": "Action.Execute", "id": action.get("id"), "verb": action["verb"], "data": data},
            "trigger": "automatic" if automatic else "manual",
        }
        return self._activity("invoke", service_url, channel, name="adaptiveCard/action", value=value, **more)

    def submits(
        self, data: Mapping[str, object], *, service_url: str, channel: str | None = None, **more: object
    ) -> dict[str, Any]:
        """A click in a client that knows Action.Submit only."""
        return self._activity("message", service_url, channel, value=dict(data), **more)

    def installs(self, *, service_url: str, **more: object) -> dict[str, Any]:
        return self._activity("installationUpdate", service_url, None, action="add", **more)

    def _activity(self, kind: str, service_url: str, channel: str | None, **more: object) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        channel_data: dict[str, object] = {"tenant": {"id": self.tenant_id}}
        conversation: dict[str, object] = {
            "id": channel or self.chat_id,
            "conversationType": "channel" if channel else "personal",
            "tenantId": self.tenant_id,
        }
        if channel:
            conversation["isGroup"] = True
            channel_data |= {"channel": {"id": channel.partition(";")[0]}, "team": {"id": "19:team@thread.tacv2"}}
        return {
            "type": kind,
            "id": f"in-{next(_activity_ids)}",
            "timestamp": now,
            "localTimestamp": now,
            "localTimezone": self.time_zone,
            "serviceUrl": service_url,
            "channelId": "msteams",
            "from": {"id": f"29:{self.id}", "name": self.name, "aadObjectId": self.id},
            "recipient": {"id": f"28:{self.app_id}", "name": "Partner Access"},
            "conversation": conversation,
            "channelData": channel_data,
            "locale": self.locale,
            **more,
        }
