"""What a request looks like now: every card that shows one is drawn from what this makes."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestStatus
from bot.interview.draft import Problem
from bot.workflow.desk import Desk
from bot.workflow.frozen import freeze_of
from bot.workflow.ports import Tx
from bot.workflow.reviewing import answer_texts, deciders, question_texts
from bot.workflow.situation import package_names, partner_of
from bot.workflow.views import Can, PastRequest, RequestView

HISTORY_SHOWN = 5

_FOR_SPONSOR: dict[RequestStatus, frozenset[Can]] = {
    RequestStatus.PENDING: frozenset({Can.WITHDRAW, Can.ANOTHER}),
    RequestStatus.APPROVED: frozenset({Can.ANOTHER}),
    RequestStatus.DELIVERING: frozenset({Can.ANOTHER}),
    RequestStatus.DELIVERED: frozenset({Can.ANOTHER}),
    RequestStatus.NEEDS_ATTENTION: frozenset({Can.ANOTHER}),
    RequestStatus.DENIED: frozenset({Can.AGAIN, Can.ANOTHER}),
    RequestStatus.WITHDRAWN: frozenset({Can.AGAIN, Can.ANOTHER}),
    RequestStatus.LAPSED: frozenset({Can.AGAIN, Can.ANOTHER}),
}


def _view(tx: Tx, desk: Desk, request: Request, cans: frozenset[Can]) -> RequestView:
    policy = desk.policy()
    guest = tx.guests.get(request.guest_address)
    partner = partner_of(policy, request.guest_address)
    return RequestView(
        request=request,
        package_names=package_names(policy, request.packages),
        question_texts=question_texts(policy, request.answers),
        answer_texts=answer_texts(policy, request.answers),
        partner_name=partner.name if partner else None,
        deciders=deciders(request.stages),
        redemption=guest.redemption if guest is not None else None,
        cans=cans,
        notes=(*_frozen_note(tx, desk, request), *_what_became(tx, request)),
    )


def _frozen_note(tx: Tx, desk: Desk, request: Request) -> tuple[Problem, ...]:
    freeze = freeze_of(tx, desk, request) if request.status.is_open else None
    return (Problem(key="note-frozen", params={"reason": freeze.reason}),) if freeze is not None else ()


def _what_became(tx: Tx, request: Request) -> tuple[Problem, ...]:
    """What has happened since to the access that was given: it ended, or was prolonged."""
    if request.status is not RequestStatus.DELIVERED:
        return ()
    prolonged = tx.assignments.get(request.extends) if request.extends else None
    held = [prolonged] if prolonged is not None else list(tx.assignments.of_request(request.id))
    lasting = [each.until for each in held if each.status is not AssignmentStatus.ENDED]
    if held and not lasting:
        return (Problem(key="note-access-ended"),)
    if lasting and max(lasting) > request.until:
        return (Problem(key="note-access-prolonged", params={"until": max(lasting)}),)
    return ()


def redraw(tx: Tx, request_id: str) -> None:
    """Every card of this request is drawn anew: what it shows has changed, though the request has not."""
    request = tx.requests.get(request_id)
    if request is not None:
        tx.requests.save(request)


def for_sponsor(tx: Tx, desk: Desk, request: Request) -> RequestView:
    """With what its sponsor can do next."""
    cans = _FOR_SPONSOR[request.status]
    view = _view(tx, desk, request, cans)
    if request.status is RequestStatus.DELIVERED and view.redemption is Redemption.PENDING:
        return replace(view, cans=cans | {Can.RESEND})
    return view


def for_approvers(tx: Tx, desk: Desk, request: Request) -> RequestView:
    """With what was asked for this guest before, and whom the card is fresh for."""
    is_pending = request.status is RequestStatus.PENDING
    view = _view(tx, desk, request, frozenset({Can.APPROVE, Can.DENY}) if is_pending else frozenset())
    stage = request.stages[request.stage] if is_pending else None
    past = tx.requests.about_guest(request.guest_address, limit=HISTORY_SHOWN + 1)
    return replace(
        view,
        history=_history(desk, [other for other in past if other.id != request.id][:HISTORY_SHOWN]),
        approver_ids=stage.candidates if stage else (),
    )


def for_administrators(tx: Tx, desk: Desk, request: Request) -> RequestView:
    """With *Retry* while it needs attention."""
    needs = request.status is RequestStatus.NEEDS_ATTENTION
    return _view(tx, desk, request, frozenset({Can.RETRY}) if needs else frozenset())


def _history(desk: Desk, past: Sequence[Request]) -> tuple[PastRequest, ...]:
    return tuple(
        PastRequest(
            id=request.id,
            sponsor=request.sponsor.name,
            packages=tuple(package_names(desk.policy(), request.packages).values()),
            status=str(request.status),
            at=request.submitted_at,
        )
        for request in past
    )


def cans_of(assignment: Assignment) -> frozenset[Can]:
    """What its sponsor can do with an assignment."""
    is_active = assignment.status is AssignmentStatus.ACTIVE
    return frozenset({Can.EXTEND, Can.END}) if is_active else frozenset()
