"""Policy revisions: files propose one, it is put in force or waits for a second administrator, every replica follows.

One row names the revision in force. A revision is proposed once, when it is first seen; one that was superseded or
rejected comes back only by `policy activate`, so the old files of an old replica change nothing.
"""

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.errors import OwnPolicyChange, PolicyNeedsSecond, UnknownRevision
from bot.domain.people import PersonRef
from bot.domain.requests import Request
from bot.workflow.actions import Actor, SettleRevision
from bot.workflow.administering import check_administrator
from bot.workflow.auditing import SYSTEM
from bot.workflow.desk import ADMIN_CHANNEL, Desk
from bot.workflow.in_force import policy_of
from bot.workflow.ports import Clock, Conflict, Store, Tx
from bot.workflow.reading import transact
from bot.workflow.records import (
    Act,
    AuditEntry,
    Card,
    Origin,
    PolicyRevision,
    RevisionState,
    Simulated,
)
from bot.workflow.remembering import remember_place
from bot.workflow.views import Can, PolicyView, Reply
from policies.changes import Change, Changes, changes_between
from policies.errors import PolicyError, PolicyErrors
from policies.loader import load_texts
from policies.model import Policy
from policies.simulation import Case, Simulation
from policies.testing import run_tests

MOST_ROUNDS = 8
"""Of a proposal against others that are made at the same time."""
MOST_CHANGES = 200
"""Kept of one revision, those that may grant first; the others are counted."""
MOST_NAMED = 50
REQUESTS_LOOKED_AT = 20_000
PAGE = 500
DIFFERENCES_KEPT = 12

NOWHERE = Origin()

CONSOLE = "console"
"""The actor of what was done by the command line."""


def read_and_try(files: Sequence[tuple[str, str]]) -> Policy:
    """The policy in these files, which passes its own tests. Raises PolicyErrors with all that is wrong, or fails."""
    policy = load_texts(files)
    failures = [
        PolicyError(
            file=result.case.source.file,
            line=result.case.source.line,
            column=result.case.source.column,
            what=f"the policy fails its own test `{result.case.name}`: {'; '.join(result.wrong)}",
        )
        for result in run_tests(policy)
        if result.wrong
    ]
    if failures:
        raise PolicyErrors(tuple(failures))
    return policy


# --- what files propose ----------------------------------------------------------------------------------------------


async def propose(desk: Desk, policy: Policy, origin: Origin = NOWHERE) -> PolicyRevision:
    """What becomes of a revision that the files hold: in force, waiting, or nothing that it was not before."""
    for _ in range(MOST_ROUNDS):
        await desk.follow()
        base = desk.policy()
        named, known = await desk.store.read(lambda tx: (tx.revisions.in_force(), tx.revisions.get(policy.revision)))
        if named is not None and known is not None:
            return known
        if named is not None and named != base.revision:
            continue
        proposed = await _proposal(desk, base, policy, origin, is_first=named is None)
        with contextlib.suppress(Conflict):
            await desk.store.transact(partial(_take, desk=desk, proposed=proposed))
            await desk.follow()
            return proposed
    raise RuntimeError("other policy revisions kept coming")


async def _proposal(desk: Desk, base: Policy, policy: Policy, origin: Origin, *, is_first: bool) -> PolicyRevision:
    changes = Changes(changes=()) if is_first else await asyncio.to_thread(changes_between, base, policy)
    waits = desk.approve_changes and not changes.only_restricts
    ordered = sorted(changes.changes, key=lambda change: not change.may_grant)
    return PolicyRevision(
        revision=policy.revision,
        files=policy.files,
        at=desk.clock(),
        state=RevisionState.WAITING if waits else RevisionState.ACCEPTED,
        base="" if is_first else base.revision,
        origin=origin,
        changes=tuple(ordered[:MOST_CHANGES]),
        changes_in_all=len(ordered),
        grants_added=_some(changes.grants_added),
        grants_removed=_some(changes.grants_removed),
        # Whoever has to say yes is shown it; what is in force at once does not wait for it.
        simulated=await simulate(desk.store, base, policy) if waits else None,
    )


def _some(names: Collection[str]) -> tuple[str, ...]:
    some = tuple(names)
    return some if len(some) <= MOST_NAMED else (*some[:MOST_NAMED], f"and {len(some) - MOST_NAMED} more")


async def simulate(store: Store, old: Policy, new: Policy) -> Simulated:
    """What the new revision would have said otherwise of the requests that there were."""
    simulation = Simulation(old, new)
    last = ""
    while simulation.stored < REQUESTS_LOOKED_AT:
        page = await store.read(partial(_page, last))
        if not page:
            break
        await asyncio.to_thread(_put_to_both, simulation, page)
        last = page[-1].id
    groups = [group for group in simulation.groups if group.stored][:DIFFERENCES_KEPT]
    return Simulated(
        looked_at=simulation.stored,
        differences=tuple((str(group.kind), group.how, group.stored) for group in groups),
    )


def _page(after: str, tx: Tx) -> Sequence[Request]:
    return tx.requests.all_after(after, limit=PAGE)


def _put_to_both(simulation: Simulation, requests: Sequence[Request]) -> None:
    for request in requests:
        simulation.add(Case(name=request.id, facts=request.facts))


def _take(tx: Tx, *, desk: Desk, proposed: PolicyRevision) -> None:
    """Raises Conflict where it was proposed, or another one was put in force, meanwhile."""
    at = desk.clock()
    if not tx.revisions.keep(proposed) and proposed.base:
        raise Conflict(f"policy revision {proposed.revision} was proposed meanwhile")
    _replace_waiting(tx, at, besides=proposed.revision)
    if proposed.state is RevisionState.WAITING:
        if tx.revisions.in_force() != proposed.base:
            raise Conflict("another policy revision was put in force meanwhile")
        _record(tx, Act.POLICY_PROPOSED, proposed, at=at, actor=SYSTEM)
    else:
        tx.revisions.put_in_force(proposed.revision, instead_of=proposed.base or None, at=at)
        _record(tx, Act.POLICY_LOADED, proposed, at=at, actor=SYSTEM)
    if proposed.base:
        _post(tx, proposed, at=at, channel=desk.admin_channel)


def _replace_waiting(tx: Tx, at: datetime, *, besides: str) -> None:
    for waiting in tx.revisions.waiting():
        if waiting.revision != besides:
            tx.revisions.save(replace(waiting, state=RevisionState.REPLACED, settled_at=at))


def _post(tx: Tx, kept: PolicyRevision, *, at: datetime, channel: str) -> None:
    tx.postings.want(Card.POLICY, kept.subject, version=kept.version, channel=channel, at=at)


def _record(tx: Tx, act: Act, kept: PolicyRevision, *, at: datetime, actor: str, name: str = "") -> None:
    details = {
        "instead_of": kept.base,
        "commit": kept.origin.commit,
        "grants_added": ",".join(kept.grants_added),
        "grants_removed": ",".join(kept.grants_removed),
    }
    texts = {"author": kept.origin.author, "by": name}
    tx.audit.append(
        AuditEntry(
            act=act,
            actor=actor,
            subject=kept.subject,
            at=at,
            revision=kept.revision if act is Act.POLICY_LOADED else kept.base,
            details={key: value for key, value in details.items() if value},
            texts={key: value for key, value in texts.items() if value},
        )
    )


# --- what administrators see and do --------------------------------------------------------------------------------


def view_of_revision(tx: Tx, kept: PolicyRevision) -> PolicyView:
    waits = kept.state is RevisionState.WAITING
    return PolicyView(
        revision=kept,
        in_force=tx.revisions.in_force() == kept.revision,
        cans=frozenset({Can.PUT_IN_FORCE, Can.REJECT}) if waits else frozenset(),
    )


async def settle_revision(desk: Desk, actor: Actor, action: SettleRevision) -> Reply:
    """*Put in force* or *Reject*, by an administrator who did not write it. A second click shows what became of it."""
    await check_administrator(desk, actor)

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        kept = tx.revisions.get(action.revision)
        if kept is None:
            raise UnknownRevision(revision=action.revision)
        if kept.state is not RevisionState.WAITING:
            return Reply(view=view_of_revision(tx, kept))
        person = desk.lookups.person(actor.id).person
        at = desk.clock()
        if not action.accept:
            settled = replace(kept, state=RevisionState.REJECTED, by=person.ref, settled_at=at)
            saved = tx.revisions.save(settled)
            _record(tx, Act.POLICY_REJECTED, saved, at=at, actor=person.id, name=person.name)
            return Reply(view=view_of_revision(tx, saved))
        own = {address.casefold() for address in (person.address, *person.other_addresses) if address}
        if own & set(kept.origin.author_addresses):
            raise OwnPolicyChange()
        saved = _accept(tx, kept, at=at, by=person.ref)
        return Reply(view=view_of_revision(tx, saved))

    reply = await transact(desk, work)
    await desk.follow()
    return reply


def _accept(tx: Tx, kept: PolicyRevision, *, at: datetime, by: PersonRef | None, actor: str = "") -> PolicyRevision:
    """Puts it in force in the place of its base. Raises Conflict where that is no longer in force."""
    settled = replace(kept, state=RevisionState.ACCEPTED, by=by, settled_at=at)
    saved = tx.revisions.save(settled)
    _replace_waiting(tx, at, besides=kept.revision)
    tx.revisions.put_in_force(kept.revision, instead_of=kept.base or None, at=at)
    name = by.name if by else ""
    _record(tx, Act.POLICY_LOADED, saved, at=at, actor=by.id if by else actor, name=name)
    return saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """What `policy activate` came to."""

    revision: PolicyRevision
    changes: tuple[Change, ...]


async def activate(store: Store, clock: Clock, revision: str, *, approve_changes: bool) -> Activated:
    """Brings a stored revision back, by the command line.

    Where changes are approved, one that may grant anything waits for an administrator, like a changed file. Raises
    UnknownRevision, PolicyNeedsSecond (it waits already), PolicyErrors where this version cannot read it.
    """
    named, kept = await store.read(lambda tx: (tx.revisions.in_force(), tx.revisions.get(revision)))
    if kept is None:
        raise UnknownRevision(revision=revision)
    if named == revision:
        return Activated(revision=kept, changes=())
    policy = await asyncio.to_thread(policy_of, kept)
    base = await store.read(lambda tx: tx.revisions.get(named) if named else None)
    before = await asyncio.to_thread(policy_of, base) if base is not None else policy
    changes = await asyncio.to_thread(changes_between, before, policy)
    waits = approve_changes and not changes.only_restricts
    if waits and kept.state is RevisionState.WAITING and kept.base == named:
        raise PolicyNeedsSecond(revision=revision)
    simulated = await simulate(store, before, policy) if waits else None
    ordered = sorted(changes.changes, key=lambda change: not change.may_grant)

    def work(tx: Tx) -> PolicyRevision:
        at = clock()
        again = replace(
            tx.revisions.get(revision) or kept,
            base=named or "",
            changes=tuple(ordered[:MOST_CHANGES]),
            changes_in_all=len(ordered),
            grants_added=_some(changes.grants_added),
            grants_removed=_some(changes.grants_removed),
            simulated=simulated,
            by=None,
            settled_at=None,
        )
        if not waits:
            saved = _accept(tx, again, at=at, by=None, actor=CONSOLE)
        else:
            _replace_waiting(tx, at, besides=revision)
            saved = tx.revisions.save(replace(again, state=RevisionState.WAITING))
            _record(tx, Act.POLICY_PROPOSED, saved, at=at, actor=CONSOLE)
        _post(tx, saved, at=at, channel=ADMIN_CHANNEL)
        return saved

    saved = await store.transact(work)
    return Activated(revision=saved, changes=changes.changes)
