"""What commands about the policy read of the store: requests with their facts, and revisions that were in force."""

import asyncio
from collections.abc import Iterator

from bot.cli.failures import CommandFailed
from bot.domain.errors import MistypedId
from bot.domain.requests import Request
from bot.domain.shortid import parse_id
from bot.workflow.ports import Store
from policies.errors import PolicyErrors
from policies.kept import load_kept
from policies.model import Policy

PAGE = 200
"""Requests read at a time."""


class Stored:
    """A started store, for commands that are no coroutines."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self._store = store
        self._runner = runner

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
        text = self._runner.run(self._store.read(lambda tx: tx.revisions.text(revision)))
        try:
            return load_kept(revision, text) if text is not None else None
        except PolicyErrors as failure:
            raise CommandFailed(f"Revision {revision} cannot be read by this version:\n{failure}") from None
