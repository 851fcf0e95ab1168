"""Freezing and unfreezing a partner, a package or everything."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.domain.errors import FreezeReasonNeeded, NotAdministrator, NothingToDo, UnknownFreezeScope
from bot.workflow import interviewing
from bot.workflow.actions import Actor, Freezing, Say, Unfreezing
from bot.workflow.administering import check_administrator
from bot.workflow.alerting import alert
from bot.workflow.auditing import record
from bot.workflow.desk import Desk
from bot.workflow.frozen import HELD_KINDS
from bot.workflow.ports import Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Alert, ConversationKind, Freeze, FreezeKind
from bot.workflow.remembering import is_repeat, remember_place
from bot.workflow.views import Notice, Reply
from policies.model import Policy

EVERYTHING = "all"

Scope = tuple[FreezeKind, str]


async def freeze(desk: Desk, actor: Actor, action: Freezing) -> Reply:
    """Holds submissions, approvals and deliveries in every replica from the next transaction on."""
    scopes = scopes_of(desk.policy(), action.what)
    if not scopes and await _answers_a_question(desk, actor):
        return await interviewing.say(desk, actor, Say(text=action.text))
    try:
        await check_administrator(desk, actor)
    except NotAdministrator:
        if await _answers_a_question(desk, actor):
            return await interviewing.say(desk, actor, Say(text=action.text))
        raise
    if not scopes:
        raise UnknownFreezeScope(name=action.what, known=_like(desk.policy(), action.what))
    reason = action.reason.strip()
    if not reason:
        raise FreezeReasonNeeded(name=action.what)

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        by = desk.lookups.person(actor.id).person.ref
        for kind, key in scopes if not is_repeat(tx, desk, actor) else ():
            _put(tx, desk, Freeze(kind=kind, key=key, reason=reason, by=by, at=desk.clock()))
        return Reply(view=Notice(key="notice-frozen", params={"what": action.what, "reason": reason}))

    return await transact(desk, work)


def _put(tx: Tx, desk: Desk, freeze: Freeze) -> None:
    known = next((each for each in tx.freezes.all() if (each.kind, each.key) == (freeze.kind, freeze.key)), None)
    if known is not None and known.reason == freeze.reason:
        return
    tx.freezes.put(freeze)
    details = {"kind": str(freeze.kind), "key": freeze.key}
    texts = {"reason": freeze.reason, "administrator": freeze.by.name}
    record(tx, desk, Act.FROZEN, freeze.by.id, f"freeze:{freeze.name}", details=details, texts=texts)
    _tell(tx, desk, "alert-frozen", freeze, by=freeze.by.name)


async def unfreeze(desk: Desk, actor: Actor, action: Unfreezing) -> Reply:
    """Lifts it; what was held goes on by itself."""
    frozen = await desk.store.read(lambda tx: _frozen_as(tx, desk, action.what))
    if not frozen and not scopes_of(desk.policy(), action.what) and await _answers_a_question(desk, actor):
        return await interviewing.say(desk, actor, Say(text=action.text))
    await check_administrator(desk, actor)

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        done = Reply(view=Notice(key="notice-unfrozen", params={"what": action.what}))
        if is_repeat(tx, desk, actor):
            return done
        frozen = _frozen_as(tx, desk, action.what)
        if not frozen:
            raise NothingToDo()
        by = desk.lookups.person(actor.id).person.ref
        for each in frozen:
            tx.freezes.lift(each.kind, each.key)
            details = {"kind": str(each.kind), "key": each.key}
            texts = {"administrator": by.name}
            record(tx, desk, Act.UNFROZEN, by.id, f"freeze:{each.name}", details=details, texts=texts)
            _tell(tx, desk, "alert-unfrozen", each, by=by.name)
        # Whatever something else still freezes is put back at once.
        tx.jobs.release(HELD_KINDS)
        return done

    return await transact(desk, work)


def _tell(tx: Tx, desk: Desk, key: str, freeze: Freeze, *, by: str) -> None:
    params = {"what": freeze.name, "reason": freeze.reason, "by": by}
    identifier = f"{key}:{freeze.kind}:{freeze.key}:{desk.clock().isoformat()}"
    alert(tx, desk, Alert(id=identifier, key=key, params=params, is_trouble=key == "alert-frozen"))


async def _answers_a_question(desk: Desk, actor: Actor) -> bool:
    """A sentence that begins with the word may be an answer; nobody loses one."""
    if actor.conversation.kind is not ConversationKind.PERSONAL:
        return False
    return await desk.store.read(lambda tx: tx.drafts.get(actor.id)) is not None


def scopes_of(policy: Policy, what: str) -> tuple[Scope, ...]:
    """What a word means: `all`, a partner by its key or a domain, a package by its key, or both."""
    name = what.strip().casefold()
    if name == EVERYTHING:
        return ((FreezeKind.ALL, ""),)
    partner = policy.partner_of(name) if "." in name else None
    keys = [partner.key] if partner else [key for key in policy.partners if key.casefold() == name]
    return (
        *((FreezeKind.PARTNER, key) for key in keys),
        *((FreezeKind.PACKAGE, key) for key in policy.packages if key.casefold() == name),
    )


def _frozen_as(tx: Tx, desk: Desk, what: str) -> Sequence[Freeze]:
    """By what it is called now, or by the key that it had when policy still had it."""
    scopes = scopes_of(desk.policy(), what)
    name = what.strip().casefold()
    return [
        freeze for freeze in tx.freezes.all() if (freeze.kind, freeze.key) in scopes or freeze.name.casefold() == name
    ]


def _like(policy: Policy, what: str) -> str:
    names = [EVERYTHING, *policy.packages, *policy.partners]
    close = get_close_matches(what.casefold(), names[:2000], n=4, cutoff=0.5)
    return ", ".join(close or [EVERYTHING, *list(policy.packages)[:4], *list(policy.partners)[:4]])
