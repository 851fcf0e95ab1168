"""What a click sends is read into a typed action, or is Unusable; nothing else comes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.requests import Choice
from bot.domain.shortid import new_id
from bot.workflow.actions import (
    Action,
    Answer,
    Begin,
    Confirm,
    Decide,
    EndAccess,
    MyRequests,
    SettleRevision,
    Status,
    Unusable,
)
from cards import parse_card
from cards.verbs import Verb

ID = new_id(lambda alphabet: alphabet[3])
OF_DRAFT = {"draft": "dR4ft-id_0", "version": 7, "question": "packages"}
DECISION = {"id": ID, "stage": 1, "nonce": "n0nce"}


def test_the_chosen_values_of_a_question_come_apart() -> None:
    assert parse_card("answer", {**OF_DRAFT, "values": "project-falcon, falcon-plans,"}) == Answer(
        draft_id="dR4ft-id_0", draft_version=7, question="packages", values=("project-falcon", "falcon-plans")
    )


def test_a_written_answer_keeps_its_commas() -> None:
    action = parse_card("answer", {**OF_DRAFT, "question": "justification", "value": "Drawings, tests, and so on"})
    assert isinstance(action, Answer)
    assert action.values == ("Drawings, tests, and so on",)


def test_a_button_that_is_the_answer_counts_more_than_a_field_beside_it() -> None:
    action = parse_card("answer", {**OF_DRAFT, "question": "duration", "pick": "30 days", "value": "a year"})
    assert isinstance(action, Answer)
    assert action.values == ("30 days",)


def test_a_decision_takes_the_reason_of_its_own_field() -> None:
    data = {**DECISION, "approve-reason": "fine", "deny-reason": "not released"}
    assert parse_card("deny", data) == Decide(
        request_id=ID, choice=Choice.DENY, stage=1, nonce="n0nce", reason="not released"
    )
    approved = parse_card("approve", data)
    assert isinstance(approved, Decide)
    assert (approved.choice, approved.reason) == (Choice.APPROVE, "fine")


def test_a_click_says_nothing_of_who_acts() -> None:
    data = {**DECISION, "by": "somebody else", "is_approver": True, "status": "approved"}
    assert parse_card("approve", data) == parse_card("approve", DECISION)


def test_no_data_at_all_is_enough_for_a_button_that_carries_none() -> None:
    assert parse_card("begin", None) == Begin()
    assert parse_card("no", {}) == Confirm(yes=False)
    assert parse_card("my_requests", {"page": 2}) == MyRequests(page=2)
    assert parse_card("end", {"id": ID, "confirmed": True}) == EndAccess(assignment_id=ID, confirmed=True)
    assert parse_card("status", {"id": ID.lower()}) == Status(request_id=ID)


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("", {}),
        ("approve ", DECISION),
        ("explode", {}),
        ("status", {}),
        ("status", {"id": "0000000"}),
        ("status", {"id": ["x"]}),
        ("status", {"id": "A" * 5000}),
        ("status", "7KQ2M9X"),
        ("status", [ID]),
        ("status", {str(number): 1 for number in range(100)} | {"id": ID}),
        ("my_requests", {"page": -1}),
        ("my_requests", {"page": True}),
        ("my_requests", {"page": 1.5}),
        ("my_requests", {"page": "1"}),
        ("my_requests", {"page": 10**30}),
        ("answer", {**OF_DRAFT, "version": None}),
        ("answer", {**OF_DRAFT, "draft": "a b"}),
        ("answer", {**OF_DRAFT, "draft": "a\n"}),
        ("answer", {**OF_DRAFT, "question": "custom:../../x"}),
        ("answer", {**OF_DRAFT, "question": 5}),
        ("answer", {**OF_DRAFT, "value": {"a": 1}}),
        ("answer", {**OF_DRAFT, "value": "x" * 20_001}),
        ("answer", {**OF_DRAFT, "values": "x," * 500}),
        ("approve", {**DECISION, "stage": "1"}),
        ("approve", {**DECISION, "nonce": ""}),
        ("approve", {**DECISION, "nonce": "x" * 129}),
        ("deny", {**DECISION, "deny-reason": 7}),
        ("begin", {"afresh": "yes"}),
    ],
)
def test_what_no_card_of_ours_sends_is_unusable(verb: str, data: object) -> None:
    assert isinstance(parse_card(verb, data), Unusable)


@pytest.mark.parametrize("revision", ["", "0123456789AB", "0123456789abc", "../../etc", None, 7])
def test_a_revision_is_its_hash_and_nothing_else(revision: object) -> None:
    assert isinstance(parse_card("put_in_force", {"revision": revision}), Unusable)
    assert parse_card("reject_revision", {"revision": "0123456789ab"}) == SettleRevision(
        revision="0123456789ab", accept=False
    )


def test_a_broken_half_of_a_character_does_no_harm() -> None:
    action = parse_card("answer", {**OF_DRAFT, "value": "a\ud83d"})
    assert isinstance(action, Answer)
    action.values[0].encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(["id", "stage", "nonce", "draft", "version", "question", "value", "values", "pick", "page"])


@given(st.sampled_from([str(verb) for verb in Verb]), JSON | st.dictionaries(KEYS, JSON, max_size=8))
def test_no_json_makes_it_raise(verb: str, data: object) -> None:
    action: Action = parse_card(verb, data)
    assert action is not None
