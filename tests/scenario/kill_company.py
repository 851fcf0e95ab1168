"""A company whose bot runs in processes that die, with a directory that misbehaves in one of its own."""

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp

from bot.cli.seats import BINDINGS, channel_conversations
from bot.domain.requests import Request, RequestStatus
from bot.sandbox.directory import SandboxAddresses, read_addresses, run_directory
from bot.sandbox.faults import Faults
from bot.sandbox.seed import Seed, northwind
from bot.sandbox.state import DirectoryState
from bot.store.open import open_store
from bot.store.store import DatabaseStore
from bot.workflow.records import StoredAuditEntry
from tests.databases import DATA_KEYS
from tests.scenario.company import settings_for
from tests.scenario.kill_bot import LAG, BotPlan, BotProcess, start_process
from tests.scenario.kill_people import Approver, Line, Sponsor, Wish
from tests.teams_side import LocalIssuer, MockTeams, TeamsPerson

POLICY = Path(__file__).parent / "policies" / "kill.yaml"
CLOSED = "closed.example"
"""A domain that the directory invites nobody of."""

FAULTS = Faults(
    seed=7,
    throttled=0.02,
    retry_after_seconds=1,
    failing_before=0.02,
    failing_after=0.08,
    lost_after=0.08,
    lag_seconds=LAG,
    blocked_domains=(CLOSED,),
)

_SETTLED = {RequestStatus.DELIVERED, RequestStatus.DENIED, RequestStatus.NEEDS_ATTENTION}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Outcome:
    """How it ended, as the database, the directory and Teams tell it."""

    requests: Mapping[tuple[str, str], Sequence[Request]]
    """By guest and package."""
    trail: Mapping[str, Sequence[StoredAuditEntry]]
    """By request."""
    audit_is_whole: bool
    directory: DirectoryState


class MortalCompany:
    """`bots`: its replicas. `store`: a look into their database from outside."""

    def __init__(
        self,
        *,
        bots: Sequence[BotProcess],
        line: Line,
        store: DatabaseStore,
        seed: Seed,
        folder: Path,
        seed_number: int,
    ) -> None:
        self.bots = bots
        self.line = line
        self.store = store
        self.seed = seed
        self.dice = random.Random(seed_number)
        self.acknowledged: dict[tuple[str, str], str] = {}
        self.kills = 0
        self._folder = folder

    def person(self, key: str) -> TeamsPerson:
        found = self.seed.people[key]
        return TeamsPerson(id=found.id, name=found.name, tenant_id=self.seed.tenant.id, app_id=self.seed.application.id)

    async def live_through(self, wishes: Sequence[Wish], *, kills: int, approvers: Sequence[str]) -> None:
        """Everyone asks and decides while replicas die and come back; ends when nothing is left to do."""
        over = False
        denied = frozenset(wish.address for wish in wishes if wish.denied)
        async with asyncio.TaskGroup() as going_on:
            deciding = [
                going_on.create_task(
                    Approver(
                        person=self.person(key), line=self.line, denied=denied, dice=random.Random(key)
                    ).decide_all(lambda: over)
                )
                for key in approvers
            ]
            asking = [
                going_on.create_task(self._ask_all(key, [wish for wish in wishes if wish.sponsor == key], kills))
                for key in sorted({wish.sponsor for wish in wishes})
            ]
            await self._kill(kills)
            await asyncio.wait(asking)
            await self._until_settled()
            over = True
            await asyncio.wait(deciding)

    async def _ask_all(self, key: str, wishes: Sequence[Wish], kills: int) -> None:
        """One after the other, spread over the time in which replicas die."""
        sponsor = Sponsor(person=self.person(key), line=self.line, acknowledged=self.acknowledged)
        for number, wish in enumerate(wishes):
            while self.kills < number * kills * 0.9 // len(wishes):
                await asyncio.sleep(0.05)
            await sponsor.ask(wish)

    async def _kill(self, kills: int) -> None:
        while self.kills < kills:
            bot = self.dice.choice(self.bots)
            # Some die while they start.
            if self.dice.random() > 0.15:
                await self.until_ready(bot)
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))
            await asyncio.to_thread(bot.kill)
            self.kills += 1
            bot.start()

    async def until_ready(self, bot: BotProcess) -> None:
        while True:
            try:
                async with self.line.http.get(f"{bot.url}/readyz", timeout=aiohttp.ClientTimeout(total=5)) as response:
                    if response.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(0.05)

    async def _until_settled(self, *, within: float = 60.0) -> None:
        """Every request at an end, and every card at the newest version."""
        until = time.monotonic() + within
        while open_ones := await self._unsettled():
            assert time.monotonic() < until, f"still not settled: {open_ones}"
            await asyncio.sleep(0.2)

    async def _unsettled(self) -> list[str]:
        def look(tx: Any) -> list[str]:
            found = []
            for request_id in self.acknowledged.values():
                request = tx.requests.get(request_id)
                if request is None or request.status not in _SETTLED:
                    found.append(f"{request_id} {request.status if request else 'lost'}")
                elif any(posting.shown < posting.wanted for posting in tx.postings.about(request_id)):
                    found.append(f"{request_id} has an old card")
            return found

        return await self.store.read(look)

    async def outcome(self, wishes: Sequence[Wish]) -> Outcome:
        """Of a company whose directory has written down its last state."""

        def look(tx: Any) -> dict[tuple[str, str], list[Request]]:
            return {
                wish.key: [
                    request
                    for request in tx.requests.about_guest(wish.address, limit=50)
                    if request.packages == (wish.package.split()[0].lower(),)
                ]
                for wish in wishes
            }

        requests = await self.store.read(look)
        ids = [request.id for found in requests.values() for request in found]
        return Outcome(
            requests=requests,
            trail={each: await self.store.audit_entries([each]) for each in ids},
            audit_is_whole=(await self.store.verify_audit(head=None)).whole,
            directory=DirectoryState(self.seed, _now, kept_in=self._folder / "directory.json"),
        )


@asynccontextmanager
async def mortal_company(
    database_url: str, folder: Path, *, replicas: int, seed_number: int
) -> AsyncIterator[MortalCompany]:
    """Everything started, channels bound. Logs of the replicas are in `folder`."""
    async with AsyncExitStack() as running:
        addresses = await _directory(folder, running)
        teams = await running.enter_async_context(MockTeams())
        issuer = await running.enter_async_context(LocalIssuer(app_id=addresses.client_id))
        http = await running.enter_async_context(aiohttp.ClientSession())
        store = open_store(database_url, clock=_now, data_keys=DATA_KEYS)
        await store.start()
        running.push_async_callback(store.close)
        seed = northwind()
        await _bind(store, seed, teams.url)
        settings = settings_for(addresses, issuer, database_url, POLICY)
        bots = []
        for number in range(replicas):
            listener = running.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
            log = folder / f"bot-{number}.log"
            bots.append(
                BotProcess(BotPlan(settings=settings, ca_file=str(addresses.ca_file), listener=listener, log=log))
            )
        line = Line(urls=cycle([bot.url for bot in bots]), http=http, issuer=issuer, teams=teams)
        company = MortalCompany(bots=bots, line=line, store=store, seed=seed, folder=folder, seed_number=seed_number)
        for bot in bots:
            bot.start()
            running.push_async_callback(asyncio.to_thread, bot.kill)
        for bot in bots:
            await company.until_ready(bot)
        yield company


async def _directory(folder: Path, running: AsyncExitStack) -> SandboxAddresses:
    process = start_process(run_directory, folder=folder, faults=FAULTS)

    async def end() -> None:
        process.terminate()
        await asyncio.to_thread(process.join, 10)

    running.push_async_callback(end)
    while (addresses := read_addresses(folder)) is None:
        assert process.is_alive(), "the directory did not start"
        await asyncio.sleep(0.05)
    return addresses


async def _bind(store: DatabaseStore, seed: Seed, service_url: str) -> None:
    def bind(tx: Any) -> None:
        for conversation in channel_conversations(seed, service_url=service_url):
            tx.conversations.save(conversation)
        for name, conversation_id in BINDINGS.items():
            tx.conversations.bind(name, conversation_id)

    await store.transact(bind)
