"""Submitting a draft: policy's word on fresh facts, a request, and the work that follows from it."""

import hashlib
from datetime import datetime

from bot.domain.assignments import AssignmentStatus
from bot.domain.errors import AlreadyHolds, ChannelNotBound, NoDraft, NothingToDo, NotYours
from bot.domain.findings import Verdict
from bot.domain.requests import Request, RequestStatus
from bot.domain.routes import Route, Stage
from bot.interview.questions import demanded_answers
from bot.workflow.actions import Actor, Submit
from bot.workflow.auditing import record, tried_out
from bot.workflow.desk import Desk
from bot.workflow.frozen import check_not_frozen
from bot.workflow.in_force import hold_policy
from bot.workflow.interviewing import present, show
from bot.workflow.ports import Tx
from bot.workflow.reading import directory_time, transact
from bot.workflow.records import Act, Card, JobKind
from bot.workflow.remembering import is_repeat, remember_place
from bot.workflow.reviewing import judge
from bot.workflow.situation import Situation, end_of, kind_of, package_names, situation
from bot.workflow.views import Notice, Reply, Review
from policies.model import Policy, QuestionKind


def nonce_of(draft_id: str) -> str:
    """One draft makes one request: the nonce is the draft's, and unique among requests."""
    return hashlib.sha256(f"request of draft {draft_id}".encode()).hexdigest()[:32]


async def submit(desk: Desk, actor: Actor, action: Submit) -> Reply:
    """The draft becomes a request if policy grants it on facts read now; otherwise its review is shown again."""
    draft = await desk.store.read(lambda tx: tx.drafts.get(actor.id))
    async with directory_time(desk):
        await desk.lookups.fresh_person(actor.id)
        if draft is not None and draft.address is not None:
            await desk.lookups.fresh_guest(draft.address)

    def work(tx: Tx) -> Reply:
        hold_policy(tx, desk)
        remember_place(tx, actor)
        draft = tx.drafts.get(actor.id)
        if draft is None:
            return _submitted_before(tx, actor, action)
        here = situation(tx, desk, actor, draft)
        shown = present(desk, here)
        is_old = action.draft_id is not None and (action.draft_id, action.draft_version) != (draft.id, draft.version)
        if is_old or is_repeat(tx, desk, actor) or not isinstance(shown, Review):
            return show(tx, desk, actor, shown)
        judged = judge(desk, here)
        if not judged.can_be_submitted or judged.verdict.route is None:
            return show(tx, desk, actor, shown)
        request = _request(desk, here, judged.verdict, judged.verdict.route, judged.stages)
        check_not_frozen(tx, desk, request)
        return _take(tx, desk, actor, request)

    return await transact(desk, work)


def _submitted_before(tx: Tx, actor: Actor, action: Submit) -> Reply:
    """A second click on *Submit*: the request that the first one made."""
    if action.draft_id is None:
        raise NoDraft()
    request = tx.requests.with_nonce(nonce_of(action.draft_id))
    if request is None or request.sponsor.id != actor.id:
        raise NoDraft()
    return _sent(request)


def _sent(request: Request) -> Reply:
    key = "notice-submitted" if request.status is RequestStatus.PENDING else "notice-submitted-approved"
    return Reply(view=Notice(key=key, params={"id": request.id, "name": request.guest_name}))


def _request(desk: Desk, here: Situation, verdict: Verdict, route: Route, stages: tuple[Stage, ...]) -> Request:
    draft = here.draft
    if draft.address is None or draft.until is None:
        raise ValueError("a reviewed draft has a guest and an end")
    return Request(
        id=desk.new_id(),
        kind=kind_of(draft),
        status=RequestStatus.PENDING if stages else RequestStatus.APPROVED,
        version=0,
        nonce=nonce_of(draft.id),
        sponsor=here.sponsor.person,
        guest_address=draft.address,
        guest_name=draft.name or draft.address,
        partner=here.partner.key if here.partner else None,
        packages=draft.packages or (),
        until=draft.until,
        ends_at=end_of(draft.until, draft.time_zone),
        justification=draft.justification or "",
        answers=demanded_answers(draft, here.offer),
        locale=draft.locale,
        submitted_at=desk.clock(),
        route=route.key,
        channel=route.channel if stages else None,
        reason_needed=route.reason_needed,
        stages=stages,
        facts=here.facts,
        verdict=verdict,
        extends=draft.extends,
    )


def _take(tx: Tx, desk: Desk, actor: Actor, request: Request) -> Reply:
    """Stores the request with everything that follows from it. Raises ChannelNotBound, OpenRequestExists."""
    now = desk.clock()
    if request.extends is not None:
        _check_extension(tx, desk.policy(), request)
    if request.channel is not None and tx.conversations.bound_to(request.channel) is None:
        raise ChannelNotBound(name=request.channel)
    tx.requests.add(request)
    tx.drafts.delete(actor.id)
    details = {**_accepted_terms(desk.policy(), request), **tried_out(request.verdict)}
    record(tx, desk, Act.REQUEST_SUBMITTED, actor.id, request, details=details, texts=texts_of(request))
    tx.postings.want(Card.PROGRESS, request.id, version=0, person=actor.id, at=now)
    if request.status is RequestStatus.APPROVED:
        record(tx, desk, Act.REQUEST_AUTO_APPROVED, "system", request)
        tx.jobs.enqueue(JobKind.DELIVER, request.id, due=now)
    else:
        tx.postings.want(Card.APPROVAL, request.id, version=0, channel=request.channel, at=now)
        _schedule_lapse(tx, desk, request, now)
    return _sent(request)


def _accepted_terms(policy: Policy, request: Request) -> dict[str, str]:
    """Which version of which terms: what was agreed to is kept when personal text is erased."""
    terms = [
        f"{key} {policy.questions[key].version}"
        for key in request.answers
        if key in policy.questions and policy.questions[key].kind is QuestionKind.TERMS
    ]
    return {"terms": ",".join(terms)} if terms else {}


def _schedule_lapse(tx: Tx, desk: Desk, request: Request, now: datetime) -> None:
    """A request nobody decides ends with the route's deadline, and at the latest with the access it asks for."""
    route = desk.policy().routes.get(request.route)
    deadline = now + route.deny_after if route is not None and route.deny_after is not None else request.ends_at
    tx.jobs.enqueue(JobKind.LAPSE, request.id, due=min(deadline, request.ends_at))


def _check_extension(tx: Tx, policy: Policy, request: Request) -> None:
    held = tx.assignments.get(request.extends or "")
    if held is None or held.sponsor.id != request.sponsor.id:
        raise NotYours()
    if held.status is not AssignmentStatus.ACTIVE:
        raise NothingToDo()
    if request.until <= held.until:
        name = package_names(policy, [held.package])[held.package]
        raise AlreadyHolds(package=name.get(request.locale) or name.get("", held.package), until=held.until)


def texts_of(request: Request) -> dict[str, str]:
    """The personal text of a request, for the audit trail."""
    return {
        "sponsor": request.sponsor.name,
        "guest": request.guest_name,
        "address": request.guest_address,
        "justification": request.justification,
        **{f"answer.{key}": value for key, value in request.answers.items()},
    }
