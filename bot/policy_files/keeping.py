"""Keeping to the files: what they hold when the bot starts, and whatever they hold next."""

import asyncio
from pathlib import Path

import structlog

from bot.policy_files.watching import Found, look, origin
from bot.workflow.desk import Desk
from bot.workflow.in_force import PolicyInForce, policy_of
from bot.workflow.policy_alerts import refuse, tell_superseded
from bot.workflow.ports import Store
from bot.workflow.revising import propose, read_and_try
from policies.errors import PolicyErrors
from policies.model import Policy

log = structlog.get_logger(__name__)


class PolicyKeeper:
    """Takes what the files hold: proposes what is good, and tells the administrators what is not."""

    def __init__(self, path: Path, desk: Desk, in_force: PolicyInForce) -> None:
        self._path = path
        self._desk = desk
        self._in_force = in_force

    async def take(self, found: Found, policy: Policy | None = None, *, at_start: bool = False) -> None:
        """`policy`: what these files were read as already. At the start, old files are no news: a replica came back."""
        try:
            policy = policy or await read(found)
        except PolicyErrors as failure:
            log.error("policy_refused", why=str(failure))
            await refuse(self._desk, failure)
            return
        self._in_force.have_read(policy)
        kept = await propose(self._desk, policy, await origin(self._path))
        log.info("policy_files_taken", revision=kept.revision, state=str(kept.state))
        if not at_start:
            await tell_superseded(self._desk, kept)


async def read(found: Found) -> Policy:
    """Off the event loop. Raises PolicyErrors with what is wrong."""
    if found.unreadable is not None:
        raise found.unreadable
    return await asyncio.to_thread(read_and_try, found.files)


async def policy_at_start(store: Store, path: Path) -> tuple[PolicyInForce, Found, Policy | None]:
    """What is in force when this process starts: what the row names, or, with a new database, what the files hold.

    Also what the files hold, and the policy that they were read as, None where they hold none. Raises PolicyErrors
    where there is no policy at all.
    """
    found = await asyncio.to_thread(look, path)
    policy: Policy | None = None
    failure: PolicyErrors | None = None
    try:
        policy = await read(found)
    except PolicyErrors as wrong:
        failure = wrong
    named = await store.read(lambda tx: tx.revisions.in_force())
    if named is None or (policy is not None and policy.revision == named):
        if policy is None:
            raise failure or PolicyErrors(())
        return PolicyInForce(store, policy), found, policy
    kept = await store.read(lambda tx: tx.revisions.get(named))
    if kept is None:
        raise RuntimeError(f"policy revision {named} is in force and was never stored")
    return PolicyInForce(store, await asyncio.to_thread(policy_of, kept)), found, policy
