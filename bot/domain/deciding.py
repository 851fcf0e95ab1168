"""Deciding a request: who may, and what a decision makes of it."""

from dataclasses import replace

from bot.domain.errors import AlreadyDecided, DecidedEarlierStage, NotApprover, OwnRequest, ReasonNeeded, Stale
from bot.domain.requests import Choice, Decision, Request, RequestStatus, move


def check_may_decide(request: Request, *, person: str, stage: int, is_approver: bool) -> None:
    """Raises unless this person may decide this stage of this request now.

    `is_approver` is what the directory says at this moment of the person and the stage that is asked now.
    """
    if person == request.sponsor.id:
        raise OwnRequest()
    mine = next((decision for decision in request.decisions if decision.by.id == person), None)
    if request.status is not RequestStatus.PENDING:
        last = request.decisions[-1].by.name if request.decisions else ""
        # A stranger learns nothing of a request by clicking on it.
        raise AlreadyDecided(status=str(request.status), by=last) if is_approver or mine else NotApprover()
    if mine is not None and mine.stage == request.stage:
        raise AlreadyDecided(status=str(request.status), by=mine.by.name)
    if mine is not None:
        raise DecidedEarlierStage()
    if not is_approver:
        raise NotApprover()
    if stage != request.stage:
        raise Stale()


def decide(request: Request, decision: Decision) -> Request:
    """The request after this decision: denied at once by a deny, approved by the last approval of the last stage."""
    if decision.choice is Choice.DENY:
        if not decision.reason.strip():
            raise ReasonNeeded()
        denied = move(request, RequestStatus.DENIED)
        return replace(
            denied, decisions=(*request.decisions, decision), closed_at=decision.at, closed_reason=decision.reason
        )
    if request.reason_needed and not decision.reason.strip():
        raise ReasonNeeded()
    after = replace(request, decisions=(*request.decisions, decision))
    return move(after, RequestStatus.APPROVED) if after.stage == len(after.stages) else after
