"""The policy that this process has in force, which follows the one row that names the revision for every replica."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.domain.errors import PolicyBehind
from bot.workflow.desk import Desk
from bot.workflow.lookups import Unread
from bot.workflow.ports import Store, Tx
from bot.workflow.records import PolicyRevision
from policies.errors import PolicyErrors
from policies.loader import load_texts
from policies.model import Policy

log = structlog.get_logger(__name__)


def policy_of(kept: PolicyRevision) -> Policy:
    """The policy of a stored revision. Raises PolicyErrors where this version of the product does not read it."""
    policy = load_texts(kept.files)
    # Of what an older version stored the files were put together again, and may hash to something else.
    return policy if policy.revision == kept.revision else replace(policy, revision=kept.revision)


class PolicyInForce:
    """Called, it is the policy in force here. One reference is swapped, so that nobody sees half of a change."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._read: dict[str, Policy] = {}
        self._following = asyncio.Lock()

    def __call__(self) -> Policy:
        return self._policy

    def have_read(self, policy: Policy) -> None:
        """Spares `follow` the reading of a revision that is about to be put in force."""
        self._read = {policy.revision: policy}

    async def follow(self) -> None:
        """Brings this process to the revision that the row names. Raises PolicyBehind where it cannot be read here."""
        async with self._following:
            named = await self._store.read(lambda tx: tx.revisions.in_force())
            if named is None or named == self._policy.revision:
                return
            ready = self._read.get(named)
            self._policy = await self._load(named) if ready is None else ready
            self._read = {}
            log.info("policy_in_force", revision=named)

    async def _load(self, named: str) -> Policy:
        kept = await self._store.read(lambda tx: tx.revisions.get(named))
        if kept is None:
            raise PolicyBehind(revision=named)
        try:
            return await asyncio.to_thread(policy_of, kept)
        except PolicyErrors as failure:
            raise PolicyBehind(revision=named) from failure


def hold_policy(tx: Tx, desk: Desk) -> None:
    """To be called by a transaction that decides: it does so under the revision that is in force when it commits.

    Raises Unread where that is another one than this process has; it is read then, and the transaction runs again.
    """
    named = tx.revisions.in_force(hold=True)
    if named is not None and named != desk.policy().revision:
        raise Unread(lambda _: desk.follow())


class Following:
    """Looks at the row every so often, as long as it runs."""

    def __init__(
        self, follow: Callable[[], Awaitable[None]], *, every: timedelta, behind: Callable[[str], Awaitable[None]]
    ) -> None:
        self._follow = follow
        self._every = every.total_seconds()
        self._behind = behind
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="policy-following")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        told: str | None = None
        while True:
            await asyncio.sleep(self._every)
            try:
                await self._follow()
                told = None
            except PolicyBehind as failure:
                revision = str(failure.params.get("revision"))
                if told != revision:
                    log.error("policy_cannot_be_read_here", revision=revision, why=str(failure.__cause__))
                    with contextlib.suppress(Exception):
                        await self._behind(revision)
                        told = revision
            except Exception:
                log.exception("policy_not_followed")
