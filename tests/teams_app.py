"""The product's Teams side, served on loopback around a workflow that a test gives it."""

from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.teams.adapter import TeamsAdapter
from bot.teams.admission import Admission
from bot.teams.connector import Connector, open_session
from bot.teams.credentials import BotCredentials, NoCredentials, single_tenant
from bot.teams.metrics import TurnMetrics
from bot.teams.postings import TeamsPostings
from bot.teams.routes import add_routes
from bot.teams.service_urls import ServiceUrls
from bot.teams.signing_keys import KeyTimings, SigningKeys
from bot.teams.token_check import TokenCheck
from bot.teams.turns import Turns
from bot.workflow.actions import Action, Actor
from bot.workflow.views import Notice, Reply
from tests.teams_side import APP_ID, TENANT_ID, LocalIssuer, MockTeams, Server, TeamsPerson, TokenTransport

SAID = Reply(view=Notice(key="notice-cancelled"))


class RecordingActs:
    """A workflow that keeps what it was asked, and answers what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[Actor, Action]] = []
        self.answer: Callable[[Actor, Action], Reply] = lambda actor, action: SAID

    async def act(self, actor: Actor, action: Action) -> Reply:
        self.asked.append((actor, action))
        return self.answer(actor, action)


class TeamsApp(Server):
    """`issuer` None: authentication is off, as in the sandbox."""

    def __init__(self, issuer: LocalIssuer | None, acts: Any = None, *, timings: KeyTimings | None = None) -> None:
        super().__init__()
        self.acts = acts or RecordingActs()
        self.transport = TokenTransport()
        self._issuer = issuer
        self._timings = timings or KeyTimings()

    def app(self) -> web.Application:
        app = web.Application()
        self.session = open_session()
        urls = ServiceUrls(loopback=True, only_loopback=self._issuer is None)
        credentials: Any = NoCredentials()
        self.keys = None
        tokens = None
        if self._issuer is not None:
            source = single_tenant(app_id=APP_ID, tenant_id=TENANT_ID, secret="s3cret", http_client=self.transport)
            credentials = BotCredentials(source)
            self.keys = SigningKeys(metadata_url=self._issuer.metadata_url, session=self.session, timings=self._timings)
            tokens = TokenCheck(keys=self.keys, app_id=APP_ID)
        self.connector = Connector(session=self.session, credentials=credentials, service_urls=urls)
        self.postings = TeamsPostings(connector=self.connector, app_id=APP_ID)
        self.turns = Turns(acts=self.acts, postings=self.postings)
        add_routes(
            app,
            admission=Admission(tokens=tokens, tenant_id=TENANT_ID, service_urls=urls),
            adapter=TeamsAdapter(connector=self.connector),
            bot=self.turns,
            metrics=TurnMetrics(CollectorRegistry()),
        )
        return app

    async def __aenter__(self) -> "TeamsApp":
        await super().__aenter__()
        self.client = aiohttp.ClientSession(self.url)
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.turns.close()
        await self.client.close()
        if self.keys is not None:
            await self.keys.close()
        await super().__aexit__(*args)
        await self.session.close()

    async def deliver(self, activity: Any, token: str | None = None, **more: Any) -> tuple[int, Any]:
        """What Teams is answered: status, and the body's JSON where there is one."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        how = more or {"json": activity}
        async with self.client.post("/api/messages", headers={**headers, **how.pop("headers", {})}, **how) as response:
            body = await response.read()
            return response.status, (await response.json() if body else None)


SPONSOR = TeamsPerson(id="11111111-0000-0000-0000-000000000001", name="Adele Vance")


class Side:
    """An issuer, a connector and the app between them, and messages and tokens that fit."""

    def __init__(self, issuer: LocalIssuer, teams: MockTeams, app: TeamsApp) -> None:
        self.issuer = issuer
        self.teams = teams
        self.app = app
        self.acts: RecordingActs = app.acts

    def message(self, **more: Any) -> dict[str, Any]:
        return SPONSOR.says("my requests", service_url=self.teams.url, **more)

    def token(self, **more: Any) -> str:
        return self.issuer.token(self.teams.url, **more)
