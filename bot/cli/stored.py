"""What commands about the policy read of the store: requests with their facts, and revisions that were in force."""

import asyncio
from collections.abc import Iterator

from bot.cli.failures import CommandFailed
from bot.domain.errors import MistypedId, PolicyNeedsSecond
from bot.domain.requests import Request
from bot.domain.shortid import parse_id
from bot.workflow.in_force import policy_of
from bot.workflow.ports import Clock, Store
from bot.workflow.records import PolicyRevision
from bot.workflow.revising import Activated, activate
from policies.errors import PolicyErrors
from policies.model import Policy

MOST_REVISIONS = 1000
PAGE = 200
"""Requests read at a time."""


class Stored:
    """A started store, for commands that are no coroutines."""

    def __init__(self, store: Store, runner: asyncio.Runner, clock: Clock) -> None:
        self._store = store
        self._runner = runner
        self._clock = clock

    def request(self, request_id: str) -> Request:
        """Raises CommandFailed where there is no such request."""
        try:
            identifier = parse_id(request_id)
        except MistypedId:
            raise CommandFailed(f"{request_id} is no id: its check character does not fit.") from None
        found = self._runner.run(self._store.read(lambda tx: tx.requests.get(identifier)))
        if found is None:
            raise CommandFailed(f"There is no request {request_id}.")
        return found

    def requests(self) -> Iterator[Request]:
        """All of them, read page by page."""
        last = ""
        while page := self._page(last):
            yield from page
            last = page[-1].id

    def _page(self, last: str) -> list[Request]:
        return list(self._runner.run(self._store.read(lambda tx: tx.requests.all_after(last, limit=PAGE))))

    def policy(self, revision: str) -> Policy | None:
        """A revision that was in force; None where none of this id was.

        Raises CommandFailed for one that this version of the product cannot read.
        """
        kept = self._runner.run(self._store.read(lambda tx: tx.revisions.get(revision)))
        try:
            return policy_of(kept) if kept is not None else None
        except PolicyErrors as failure:
            raise CommandFailed(f"Revision {revision} cannot be read by this version:\n{failure}") from None

    def revisions(self) -> tuple[str | None, list[PolicyRevision]]:
        """The revision in force, and all that there are, the newest first."""
        return self._runner.run(
            self._store.read(lambda tx: (tx.revisions.in_force(), list(tx.revisions.newest(limit=MOST_REVISIONS))))
        )

    def revision(self, name: str) -> PolicyRevision:
        """By its hash, or as much of it as is unmistakable. Raises CommandFailed."""
        found = self._runner.run(self._store.read(lambda tx: tx.revisions.get(name)))
        if found is not None:
            return found
        like = [kept for kept in self.revisions()[1] if name and kept.revision.startswith(name)]
        if len(like) == 1:
            return like[0]
        several = f": {', '.join(kept.revision for kept in like)}" if like else "."
        raise CommandFailed(f"{'Several revisions begin' if like else 'No revision begins'} with {name}{several}")

    def activate(self, name: str, *, approve_changes: bool) -> Activated:
        """Brings a revision back. Raises CommandFailed."""
        revision = self.revision(name).revision
        try:
            return self._runner.run(activate(self._store, self._clock, revision, approve_changes=approve_changes))
        except PolicyNeedsSecond:
            raise CommandFailed(f"{revision} waits for an administrator already, in their channel.") from None
        except PolicyErrors as failure:
            raise CommandFailed(f"Revision {revision} cannot be read by this version:\n{failure}") from None
