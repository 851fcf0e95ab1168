"""Sponsors and approvers who go on whatever dies around them: what got no answer is done again, as Teams and people
do.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.scenario.company import GUEST_REQUESTS, buttons, words
from tests.scenario.walks import id_in
from tests.teams_side import LocalIssuer, MockTeams, Shown, TeamsPerson

ATLAS = "Atlas plans"
"""Given at once (policies/kill.yaml)."""
BOREALIS = "Borealis plans"
"""Given when an approver agrees."""

PATIENCE = 10.0
"""Seconds that somebody waits for an answer before doing the same again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one sponsor will ask for."""

    sponsor: str
    name: str
    address: str
    package: str
    denied: bool = False
    """The approvers will say no."""

    @property
    def key(self) -> tuple[str, str]:
        return self.address, self.package


@dataclass(kw_only=True)
class Line:
    """The way from Teams to whichever replica is there. `unanswered`: how often nobody was."""

    urls: Iterator[str]
    http: aiohttp.ClientSession
    issuer: LocalIssuer
    teams: MockTeams
    unanswered: int = 0
    faulty: list[str] = field(default_factory=list)
    """Answers that no activity may ever get."""

    async def deliver(self, activity: Mapping[str, Any]) -> Any:
        """Posts this very activity until it is answered; the body of the answer."""
        headers = {"Authorization": f"Bearer {self.issuer.token(self.teams.url)}"}
        while True:
            try:
                async with self.http.post(
                    f"{next(self.urls)}/api/messages",
                    json=activity,
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(total=PATIENCE),
                ) as response:
                    if response.status >= 300:
                        self.faulty.append(f"{response.status} {await response.text()}")
                    return await response.json() if response.content_type == "application/json" else None
            except (aiohttp.ClientError, TimeoutError, OSError):
                self.unanswered += 1
                await asyncio.sleep(0.05)


def said(body: Any) -> str:
    """What a person reads in the answer to a click."""
    if isinstance(body, dict) and str(body.get("type", "")).endswith("activity.message"):
        return str(body["value"])
    return words(body)


@dataclass(kw_only=True)
class Sponsor:
    """Asks for one guest after the other in their own chat. `acknowledged`: the ids that they were told."""

    person: TeamsPerson
    line: Line
    acknowledged: dict[tuple[str, str], str]

    async def ask(self, wish: Wish) -> None:
        """Until they are told the request's id."""
        begin = f"invite {wish.address} to the {wish.package} for 60 days for the joint design review of the plans"
        while (review := self._review_of(wish)) is None:
            # Where the directory was silent there is no draft yet, and all is said again.
            for text in (begin, wish.name):
                await self._say(text)
        while True:
            action = next(action for title, action in buttons(review.card).items() if title.startswith("Submit"))
            answer = said(await self.line.deliver(self.person.clicks(action, service_url=self.line.teams.url)))
            if "Submitted as " in answer:
                self.acknowledged[wish.key] = id_in(answer)
                return
            await asyncio.sleep(0.1)

    async def _say(self, text: str) -> None:
        await self.line.deliver(self.person.says(text, service_url=self.line.teams.url))

    def _review_of(self, wish: Wish) -> Shown | None:
        for shown in reversed(self.line.teams.in_conversation(self.person.chat_id)):
            if any(title.startswith("Submit") for title in buttons(shown.card)):
                found = words(shown.card)
                if wish.address in found and wish.package in found:
                    return shown
        return None


@dataclass(kw_only=True)
class Approver:
    """Clicks on every card that comes to the channel, until its answer offers no decision any more."""

    person: TeamsPerson
    line: Line
    denied: frozenset[str]
    """Addresses of those who get nothing."""
    dice: random.Random
    _done: set[str] = field(default_factory=set)

    async def decide_all(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            for shown in list(self.line.teams.shown):
                if shown.conversation_id.startswith(GUEST_REQUESTS) and shown.activity_id not in self._done:
                    await self._decide(shown)
            await asyncio.sleep(0.05)

    async def _decide(self, shown: Shown) -> None:
        card = shown.card
        while True:
            found = buttons(card)
            wanted = "Deny" if any(address in words(card) for address in self.denied) else "Approve"
            action = next((action for title, action in found.items() if title.startswith(wanted)), None)
            if action is None:
                self._done.add(shown.activity_id)
                return
            clicked = self.person.clicks(
                action,
                service_url=self.line.teams.url,
                inputs={"deny-reason": "Not for this project, and nobody told us of it."},
                channel=shown.conversation_id,
            )
            body = await self.line.deliver(clicked)
            if "not waiting for you any more" in said(body) or "was first" in said(body):
                # Somebody else was first.
                self._done.add(shown.activity_id)
                return
            if isinstance(body, dict) and str(body.get("type", "")).endswith("card.adaptive"):
                card = body["value"]
            await asyncio.sleep(self.dice.uniform(0, 0.1))
