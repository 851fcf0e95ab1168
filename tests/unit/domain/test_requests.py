from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import assignments
from bot.domain.deciding import check_may_decide, decide
from bot.domain.errors import (
    AlreadyDecided,
    DecidedEarlierStage,
    DomainError,
    IllegalTransition,
    NotApprover,
    OwnRequest,
    ReasonNeeded,
    Stale,
)
from bot.domain.requests import TRANSITIONS, Choice, RequestStatus, move
from tests.unit.domain.examples import a_request, by, stage


@pytest.mark.parametrize(("before", "after"), list(product(RequestStatus, RequestStatus)))
def test_only_what_the_table_holds_moves_a_request(before: RequestStatus, after: RequestStatus) -> None:
    request = a_request(status=before)
    if after in TRANSITIONS[before]:
        assert move(request, after).status is after
    else:
        with pytest.raises(IllegalTransition):
            move(request, after)
    assert request.status is before


def test_every_status_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(RequestStatus)
    assert set(assignments.TRANSITIONS) == set(assignments.AssignmentStatus)


def test_the_last_approval_of_the_last_stage_approves() -> None:
    request = a_request(stage(), stage("security", approvals=2))
    request = decide(request, by("megan"))
    assert (request.status, request.stage) == (RequestStatus.PENDING, 1)
    request = decide(request, by("alex", at_stage=1))
    assert request.status is RequestStatus.PENDING
    request = decide(request, by("joni", at_stage=1))
    assert request.status is RequestStatus.APPROVED


def test_one_denial_ends_it_at_any_stage() -> None:
    request = decide(a_request(stage(), stage("security")), by("megan"))
    denied = decide(request, by("joni", Choice.DENY, at_stage=1, reason="No NDA."))
    assert (denied.status, denied.closed_reason) == (RequestStatus.DENIED, "No NDA.")


def test_a_denial_without_a_reason_is_refused() -> None:
    with pytest.raises(ReasonNeeded):
        decide(a_request(), by("megan", Choice.DENY, reason="  "))


def test_an_approval_needs_a_reason_where_the_route_demands_one() -> None:
    with pytest.raises(ReasonNeeded):
        decide(a_request(reason_needed=True), by("megan"))


def test_the_sponsor_never_decides_even_as_an_approver() -> None:
    with pytest.raises(OwnRequest):
        check_may_decide(a_request(), person="adele", stage=0, is_approver=True)


def test_nobody_decides_two_stages() -> None:
    request = decide(a_request(stage(), stage("security")), by("megan"))
    with pytest.raises(DecidedEarlierStage):
        check_may_decide(request, person="megan", stage=1, is_approver=True)


def test_nobody_approves_twice_within_a_stage() -> None:
    request = decide(a_request(stage(approvals=2)), by("megan"))
    with pytest.raises(AlreadyDecided):
        check_may_decide(request, person="megan", stage=0, is_approver=True)


def test_a_card_of_an_earlier_stage_decides_nothing() -> None:
    request = decide(a_request(stage(), stage("security")), by("megan"))
    with pytest.raises(Stale):
        check_may_decide(request, person="joni", stage=0, is_approver=True)


def test_a_stranger_learns_nothing_of_what_was_decided() -> None:
    request = decide(a_request(), by("megan"))
    with pytest.raises(NotApprover):
        check_may_decide(request, person="mallory", stage=0, is_approver=False)


people = st.sampled_from(["adele", "megan", "alex", "joni", "mallory"])
steps = st.lists(st.tuples(people, st.sampled_from(Choice), st.integers(0, 2), st.booleans()), max_size=12)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), steps)
def test_no_sequence_of_clicks_approves_without_enough_different_approvers(
    approvals: list[int], clicks: list[tuple[str, Choice, int, bool]]
) -> None:
    request = a_request(*(stage(approvals=needed) for needed in approvals))
    for person, choice, at_stage, is_approver in clicks:
        try:
            check_may_decide(request, person=person, stage=at_stage, is_approver=is_approver)
            request = decide(request, by(person, choice, at_stage=at_stage, reason="because"))
        except DomainError:
            continue
    deciders = [decision.by.id for decision in request.decisions]
    assert len(deciders) == len(set(deciders))
    assert "adele" not in deciders
    if request.status is RequestStatus.APPROVED:
        assert len(deciders) == sum(approvals)
