"""Deciding a request in its channel: who clicks is authorised anew, and policy has the last word."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.deciding import check_may_decide, decide
from bot.domain.errors import DirectorySilent, DomainError, NotApprover, NotMember, Stale, UnknownRequest
from bot.domain.findings import Effect, Facts, Finding, Verdict
from bot.domain.people import DirectoryGuest, PersonRef
from bot.domain.requests import Choice, Decision, Request, RequestStatus, move
from bot.workflow.actions import Actor, Decide, DecideByText
from bot.workflow.asking_back import ask_back
from bot.workflow.auditing import SYSTEM, record, tried_out
from bot.workflow.desk import Desk
from bot.workflow.frozen import check_not_frozen
from bot.workflow.in_force import hold_policy
from bot.workflow.lookups import KnownPerson
from bot.workflow.ports import Tx
from bot.workflow.reading import directory_time, read, transact
from bot.workflow.records import Act, Card, JobKind
from bot.workflow.remembering import remember_place
from bot.workflow.situation import Ask, facts_of
from bot.workflow.viewing import for_approvers
from bot.workflow.views import ApprovalView, ConfirmDecision, Reply
from policies.evaluation import UNKNOWN_PACKAGE, evaluate
from policies.model import Policy

SPONSOR_GONE = Finding(
    rule="sponsor-gone",
    effect=Effect.DENY,
    reason={
        "": "The sponsor is no longer an enabled member of the organisation.",
        "zh-Hant": "保薦人已不是組織中啟用的成員。",
    },
)
"""No policy writes this one: a request without its sponsor has nobody to answer for the guest."""

ACCESS_ENDED = Finding(
    rule="access-ended",
    effect=Effect.DENY,
    reason={
        "": "The access that this was about has ended meanwhile.",
        "zh-Hant": "此申請所涉及的存取權已在此期間結束。",
    },
)
"""Nor this: there is nothing left to prolong, or to go on giving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the directory said when somebody wanted to decide."""

    request: Request
    decider: PersonRef
    is_approver: bool
    sponsor: KnownPerson | None
    """None: no longer an enabled member of the tenant."""
    guest: DirectoryGuest | None


async def look(desk: Desk, actor: Actor, request_id: str) -> Seen:
    """Reads the request and, freshly, all that a decision on it rests on. Raises UnknownRequest, NotMember,
    DirectorySilent.
    """
    request = await desk.store.read(lambda tx: tx.requests.get(request_id))
    if request is None:
        raise UnknownRequest(id=request_id)
    async with directory_time(desk):
        decider = await desk.lookups.fresh_person(actor.id)
        is_approver = await _is_approver(desk, actor.id, request)
        guest = await desk.lookups.fresh_guest(request.guest_address)
        sponsor = await sponsor_of(desk, request)
    return Seen(request=request, decider=decider.person.ref, is_approver=is_approver, sponsor=sponsor, guest=guest)


async def sponsor_of(desk: Desk, request: Request) -> KnownPerson | None:
    """Read now; None for one who is no longer an enabled member of the tenant. Raises DirectorySilent."""
    try:
        return await desk.lookups.fresh_person(request.sponsor.id)
    except NotMember:
        return None


async def _is_approver(desk: Desk, person_id: str, request: Request) -> bool:
    """Of the stage that is asked now, or, where all is decided, of the last one."""
    if not request.stages:
        return False
    stage = request.stages[min(request.stage, len(request.stages) - 1)]
    if stage.person is not None:
        return stage.person == person_id
    return stage.group is not None and await desk.lookups.is_in_group(person_id, stage.group)


async def decide_by_card(desk: Desk, actor: Actor, action: Decide) -> Reply:
    """A click on an approval card. Whoever clicks, nothing is trusted of the card but which request it is about."""
    seen = await look(desk, actor, action.request_id)
    if action.nonce != seen.request.nonce:
        raise UnknownRequest(id=action.request_id)
    return await _settle(desk, actor, seen, action.choice, action.stage, action.reason)


async def decide_by_text(desk: Desk, actor: Actor, action: DecideByText) -> Reply:
    """`deny <id> <reason>` is done at once; `approve <id>` is shown, and done on `yes`."""
    seen = await look(desk, actor, action.request_id)
    stage = seen.request.stage
    if action.choice is Choice.DENY:
        return await _settle(desk, actor, seen, action.choice, stage, action.reason)
    check_may_decide(seen.request, person=actor.id, stage=stage, is_approver=seen.is_approver)
    question = {
        "request": seen.request.id,
        "version": str(seen.request.version),
        "stage": str(stage),
        "reason": action.reason,
    }

    def ask(tx: Tx) -> Reply:
        check_not_frozen(tx, desk, seen.request)
        remember_place(tx, actor)
        ask_back(tx, desk, actor, question)
        return Reply(view=ConfirmDecision(shown=for_approvers(tx, desk, seen.request)))

    return await desk.store.transact(ask)


async def approve_as_asked(desk: Desk, actor: Actor, asked: Mapping[str, str]) -> Reply:
    """The `yes` to `approve <id>`. Raises Stale where the request moved on meanwhile."""
    seen = await look(desk, actor, asked["request"])
    if str(seen.request.version) != asked["version"]:
        raise Stale()
    return await _settle(desk, actor, seen, Choice.APPROVE, int(asked["stage"]), asked["reason"])


async def _settle(desk: Desk, actor: Actor, seen: Seen, choice: Choice, stage: int, reason: str) -> Reply:
    try:
        return await transact(desk, lambda tx: _decided(tx, desk, actor, seen, choice, stage, reason))
    except DirectorySilent:
        raise
    except DomainError as refusal:
        await _note_refusal(desk, actor, seen.request.id, refusal)
        raise


async def _note_refusal(desk: Desk, actor: Actor, request_id: str, refusal: DomainError) -> None:
    """Who tried to decide and may not is worth knowing; it changes nothing else."""
    if isinstance(refusal, NotApprover | NotMember):
        details = {"why": refusal.key}
        await desk.store.transact(
            lambda tx: record(tx, desk, Act.DECISION_REFUSED, actor.id, request_id, details=details)
        )


def _decided(tx: Tx, desk: Desk, actor: Actor, seen: Seen, choice: Choice, stage: int, reason: str) -> Reply:
    remember_place(tx, actor)
    request = tx.requests.get(seen.request.id)
    if request is None:
        raise UnknownRequest(id=seen.request.id)
    if _is_again(request, actor.id, choice, stage):
        return Reply(view=ApprovalView(shown=for_approvers(tx, desk, request)))
    if request.status is RequestStatus.PENDING and request.stage != seen.request.stage:
        # Who may decide was read for another stage than the one that is asked by now.
        raise Stale()
    check_may_decide(request, person=actor.id, stage=stage, is_approver=seen.is_approver)
    if choice is Choice.APPROVE:
        check_not_frozen(tx, desk, request)
    facts, verdict = judge_now(tx, desk, request, seen.sponsor, seen.guest)
    decision = Decision(
        stage=stage,
        choice=choice,
        by=seen.decider,
        at=desk.clock(),
        reason=reason.strip(),
        facts=facts,
        verdict=verdict,
    )
    denials = stopping(desk, verdict, seen.sponsor)
    if choice is Choice.APPROVE and denials:
        saved = deny_by_policy(tx, desk, request, denials)
        return Reply(view=ApprovalView(shown=for_approvers(tx, desk, saved), notice="notice-policy-denied-meanwhile"))
    saved = tx.requests.save(decide(request, decision))
    _follow_up(tx, desk, saved, decision)
    return Reply(view=ApprovalView(shown=for_approvers(tx, desk, saved)))


def _is_again(request: Request, person_id: str, choice: Choice, stage: int) -> bool:
    """The same click delivered twice: its answer is the card as it is."""
    return any(
        decision.by.id == person_id and decision.choice is choice and decision.stage == stage
        for decision in request.decisions
    )


def judge_now(
    tx: Tx, desk: Desk, request: Request, sponsor: KnownPerson | None, guest: DirectoryGuest | None
) -> tuple[Facts, Verdict]:
    """What the newest policy says of this request on facts read just now. For one sponsor, one at a time: a quota.

    Raises Unread where a newer revision is in force than the one that this process has.
    """
    hold_policy(tx, desk)
    tx.requests.alone_for(request.sponsor.id)
    days = request.facts.get("request.days")
    ask = Ask(
        kind=request.kind,
        address=request.guest_address,
        packages=request.packages,
        # As many as were asked for: counted on the sponsor's calendar, which a request does not keep.
        days=days if isinstance(days, int) else (request.until - request.submitted_at.date()).days,
        justification=request.justification,
        answers=request.answers,
        request=request.id,
    )
    known = sponsor or KnownPerson(person=request.sponsor, groups=frozenset())
    facts = facts_of(tx, desk.policy(), desk.lookups, now=desk.clock(), sponsor=known, guest=guest, ask=ask)
    return facts, evaluate(desk.policy(), facts)


def standing_denials(policy: Policy, verdict: Verdict) -> tuple[Finding, ...]:
    """What stops a request under way: deny rules, and packages that are no more. That no grant fits any longer does
    not.
    """
    stops = {UNKNOWN_PACKAGE, *(rule.id for rule in policy.rules if rule.effect is Effect.DENY)}
    return tuple(finding for finding in verdict.denials if finding.rule in stops)


def stopping(desk: Desk, verdict: Verdict, sponsor: KnownPerson | None) -> tuple[Finding, ...]:
    """The same, and a sponsor who is gone."""
    return standing_denials(desk.policy(), verdict) or (() if sponsor else (SPONSOR_GONE,))


def deny_by_policy(tx: Tx, desk: Desk, request: Request, denials: tuple[Finding, ...]) -> Request:
    """Policy has come to refuse what is under way: it ends here, with policy's reasons."""
    reason = " ".join(text_in(denial, request.locale) for denial in denials)
    denied = replace(move(request, RequestStatus.DENIED), closed_at=desk.clock(), closed_reason=reason)
    saved = tx.requests.save(denied)
    rules = {"by": "policy", "rules": ",".join(denial.rule for denial in denials)}
    record(tx, desk, Act.REQUEST_DENIED, SYSTEM, saved, details=rules)
    _tell_end(tx, desk, saved)
    return saved


def text_in(finding: Finding, locale: str) -> str:
    return finding.reason.get(locale) or finding.reason.get("", finding.rule)


def _follow_up(tx: Tx, desk: Desk, request: Request, decision: Decision) -> None:
    """The audit entry and the jobs that this decision causes."""
    details = {"stage": str(decision.stage), "choice": str(decision.choice), **tried_out(decision.verdict)}
    texts = {"approver": decision.by.name, "reason": decision.reason}
    if request.status is RequestStatus.APPROVED:
        record(tx, desk, Act.REQUEST_APPROVED, decision.by.id, request, details=details, texts=texts)
        tx.jobs.enqueue(JobKind.DELIVER, request.id, due=decision.at)
    elif request.status is RequestStatus.DENIED:
        record(tx, desk, Act.REQUEST_DENIED, decision.by.id, request, details=details, texts=texts)
        _tell_end(tx, desk, request)
    else:
        record(tx, desk, Act.STAGE_APPROVED, decision.by.id, request, details=details, texts=texts)


def _tell_end(tx: Tx, desk: Desk, request: Request) -> None:
    tx.jobs.cancel(JobKind.LAPSE, request.id)
    tell_outcome(tx, desk, request, desk.clock())


def tell_outcome(tx: Tx, desk: Desk, request: Request, at: datetime) -> None:
    """Its sponsor is told, once for each outcome."""
    tx.postings.want(
        Card.OUTCOME,
        request.id,
        version=request.version,
        person=request.sponsor.id,
        slot=str(request.status),
        at=at,
    )


async def refresh(desk: Desk, actor: Actor, request_id: str) -> Reply:
    """An automatic refresh: the card as it is, from the store alone."""

    def work(tx: Tx) -> Reply:
        request = tx.requests.get(request_id)
        if request is None:
            raise UnknownRequest(id=request_id)
        known = desk.lookups.person(actor.id)
        stage = request.stages[min(request.stage, len(request.stages) - 1)] if request.stages else None
        if stage is None or known.person.id not in stage.candidates:
            raise NotApprover()
        return Reply(view=ApprovalView(shown=for_approvers(tx, desk, request)))

    return await read(desk, work)
