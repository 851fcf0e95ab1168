"""A whole company on loopback: the bot behind its HTTP endpoint, Teams on one side, the directory on the other.

Activities go in as Teams sends them, with tokens; what the bot sends and what the directory is told is looked at.
Jobs run when a test says so, on a clock that the test moves.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from app import DESK, STORE, WORKER, Surroundings, create_app
from bot.cli.seats import channel_conversations
from bot.sandbox.directory import SandboxAddresses, SandboxDirectory
from bot.settings import Settings
from bot.teams.pacing import Pace
from bot.workflow.desk import Desk, Timings
from bot.workflow.records import StoredAuditEntry
from bot.workflow.worker import HANDLERS
from tests.databases import DATA_KEYS
from tests.teams_side import LocalIssuer, MockTeams, Shown, TeamsPerson, TokenTransport

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADMIN_GROUP = "99999999-9999-9999-9999-999999999999"
FALCON_MEMBERS = "11111111-1111-1111-1111-111111111111"
GUESTS_FABRIKAM = "88888888-8888-8888-8888-888888888888"
GUEST_REQUESTS = "19:guest-requests@thread.tacv2"
GENERAL = "19:partnerships-general@thread.tacv2"
POLICY = Path(__file__).parents[2] / "policies" / "default"

TIMINGS = Timings(
    lease=timedelta(seconds=60),
    effect=timedelta(seconds=5),
    settle=timedelta(seconds=10),
    invitation_pace=timedelta(0),
)


class MovableClock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


def walk(card: object) -> Iterator[Mapping[str, Any]]:
    """Every object of a card."""
    if isinstance(card, dict):
        yield card
        for part in card.values():
            yield from walk(part)
    elif isinstance(card, list):
        for part in card:
            yield from walk(part)


def words(card: object) -> str:
    """Everything on a card that a person reads."""
    found: list[str] = []
    for part in walk(card):
        names = ("text", "title", "value", "label")
        found += [part[name] for name in names if isinstance(part.get(name), str)]
    return "\n".join(found)


def buttons(card: object) -> dict[str, Mapping[str, Any]]:
    """Title to Action.Execute, wherever it stands on the card."""
    return {
        str(part.get("title")): part
        for part in walk(card)
        if part.get("type") == "Action.Execute" and part.get("title")
    }


def inputs(card: object) -> dict[str, Mapping[str, Any]]:
    return {str(part["id"]): part for part in walk(card) if str(part.get("type", "")).startswith("Input.")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one activity was answered with: HTTP, the invoke's answer, and what was posted meanwhile."""

    status: int
    body: Any
    posted: tuple[Shown, ...]

    @property
    def card(self) -> Any:
        """The card that the invoke was answered with, or else the one that was posted."""
        if isinstance(self.body, dict) and str(self.body.get("type", "")).endswith("card.adaptive"):
            return self.body["value"]
        return self.posted[-1].card

    @property
    def said(self) -> str:
        if isinstance(self.body, dict) and str(self.body.get("type", "")).endswith("activity.message"):
            return str(self.body["value"])
        return words(self.card)


@dataclass(kw_only=True)
class Company:
    """The running whole. `people` by their key in the seed."""

    bot_url: str
    directory_url: str
    app: web.Application
    teams: MockTeams
    issuer: LocalIssuer
    directory: SandboxDirectory
    clock: MovableClock
    http: aiohttp.ClientSession
    settings: Settings
    around: Surroundings
    people: dict[str, TeamsPerson] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.app[DESK]

    async def send(self, activity: Mapping[str, Any], *, token: str | None = None) -> Answered:
        """Posts one activity, as Bot Framework does."""
        before = len(self.teams.shown)
        bearer = token if token is not None else self.issuer.token(self.teams.url)
        async with self.http.post(
            f"{self.bot_url}/api/messages", json=activity, headers={"Authorization": f"Bearer {bearer}"}
        ) as response:
            body = await response.json() if response.content_type == "application/json" else await response.text()
            return Answered(status=response.status, body=body, posted=tuple(self.teams.shown[before:]))

    async def say(self, who: str, text: str, *, channel: str | None = None, **more: object) -> Answered:
        return await self.send(self.people[who].says(text, service_url=self.teams.url, channel=channel, **more))

    @asynccontextmanager
    async def replica(self, **settings: object) -> AsyncIterator["Company"]:
        """Another process of the same bot, on the same database; `settings` are what is otherwise there."""
        async with serving(self.settings.model_copy(update=settings), self.around) as (app, url):
            yield replace(self, app=app, bot_url=url)

    async def click(
        self, who: str, card: object, button: str, *, channel: str | None = None, **values: object
    ) -> Answered:
        """Clicks the button whose title begins so, with these inputs filled in."""
        title = next((title for title in buttons(card) if title.startswith(button)), None)
        if title is None:
            raise AssertionError(f"no button {button!r} among {list(buttons(card))}")
        activity = self.people[who].clicks(
            buttons(card)[title], service_url=self.teams.url, inputs=values, channel=channel
        )
        return await self.send(activity)

    async def work(self, *, rounds: int = 50) -> None:
        """Runs every job that is due now, and those that follow from it."""
        store, worker = self.app[STORE], self.app[WORKER]
        for _ in range(rounds):
            jobs = await store.claim(tuple(HANDLERS), limit=20, lease=self.desk.timings.lease)
            if not jobs:
                return
            for job in jobs:
                await worker.run(job)
        raise AssertionError("jobs kept following from jobs")

    async def pass_time(self, by: timedelta, *, step: timedelta = timedelta(days=1)) -> None:
        """Moves the clock in steps, working at each."""
        left = by
        while left > timedelta(0):
            self.clock.move(min(step, left))
            left -= step
            await self.work()

    def in_chat(self, who: str) -> list[Shown]:
        return self.teams.in_conversation(self.people[who].chat_id)

    def in_channel(self, channel: str = GUEST_REQUESTS) -> list[Shown]:
        """What stands in a channel, a thread each."""
        return [shown for shown in self.teams.shown if shown.conversation_id.startswith(f"{channel};")]

    def members(self, group: str) -> set[str]:
        return set(self.directory.state.contents.groups[group].members)

    def writes(self, method: str, path_part: str) -> list[Any]:
        return [entry for entry in self.directory.journal if entry.method == method and path_part in entry.path]

    async def audit(self, *subjects: str) -> list[StoredAuditEntry]:
        return list(await self.app[STORE].audit_entries(subjects))


def settings_for(
    addresses: SandboxAddresses, issuer: LocalIssuer, database_url: str, policy: Path = POLICY
) -> Settings:
    return Settings.model_construct(
        app_id=addresses.client_id,
        app_password="secret of the tests",
        app_tenant_id=addresses.tenant_id,
        graph_tenant_id=addresses.tenant_id,
        graph_client_id=addresses.client_id,
        graph_client_secret=addresses.client_secret,
        graph_endpoint=addresses.graph_endpoint,
        authority_host=addresses.authority_host,
        openid_metadata_url=issuer.metadata_url,
        admin_group=ADMIN_GROUP,
        database_url=database_url,
        data_keys=DATA_KEYS,
        policy_path=policy,
    )


@asynccontextmanager
async def running_company(
    database_url: str,
    *,
    timings: Timings = TIMINGS,
    policy: Path = POLICY,
    bound: bool = True,
    notices: bool = True,
    **more: object,
) -> AsyncIterator[Company]:
    """Everything started; jobs run by `Company.work` only.

    `notices`: the system tells of changed files. `more`: further settings.
    """
    clock = MovableClock()
    directory = SandboxDirectory(clock=clock)
    addresses = await directory.start()
    try:
        async with (
            MockTeams() as teams,
            LocalIssuer(app_id=addresses.client_id) as issuer,
            aiohttp.ClientSession() as http,
        ):
            settings = settings_for(addresses, issuer, database_url, policy).model_copy(update=more)
            around = Surroundings(
                clock=clock,
                timings=timings,
                loopback=True,
                verify=str(addresses.ca_file),
                teams_identity_http=TokenTransport(),
                workers=False,
                policy_notices=notices,
                # Each look at this clock is a hundred seconds later: nothing is ever too fast.
                pace=Pace(now=count(step=100).__next__),
            )
            async with serving(settings, around) as (app, url):
                company = Company(
                    bot_url=url,
                    directory_url=addresses.graph_endpoint,
                    app=app,
                    teams=teams,
                    issuer=issuer,
                    directory=directory,
                    clock=clock,
                    http=http,
                    settings=settings,
                    around=around,
                    people=people_of(directory, addresses),
                )
                teams.channels = [{"id": GENERAL, "name": "General"}, {"id": GUEST_REQUESTS, "name": "Guest requests"}]
                if bound:
                    await bind_channels(company)
                yield company
    finally:
        await directory.stop()


@asynccontextmanager
async def serving(settings: Settings, around: Surroundings) -> AsyncIterator[tuple[web.Application, str]]:
    """One process of the bot, and its address."""
    app = await create_app(settings, around)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield app, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def people_of(directory: SandboxDirectory, addresses: SandboxAddresses) -> dict[str, TeamsPerson]:
    names = {key: (person.id, person.name) for key, person in directory.seed.people.items()}
    names |= {key: (guest.id, guest.name) for key, guest in directory.seed.guests.items()}
    return {
        key: TeamsPerson(id=id, name=name, tenant_id=addresses.tenant_id, app_id=addresses.client_id)
        for key, (id, name) in names.items()
    }


async def bind_channels(company: Company) -> None:
    def bind(tx: Any) -> None:
        for conversation in channel_conversations(company.directory.seed, service_url=company.teams.url):
            tx.conversations.save(conversation)
        tx.conversations.bind("guest-requests", GUEST_REQUESTS)
        tx.conversations.bind("security-approvals", GENERAL)
        tx.conversations.bind("admins", GENERAL)

    await company.app[STORE].transact(bind)
