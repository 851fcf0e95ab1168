"""Typed commands in both languages; what is no command is something said, and loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.requests import Choice
from bot.domain.shortid import display, new_id
from bot.interview.draft import Topic
from bot.workflow.actions import (
    Action,
    Another,
    Back,
    Begin,
    BindChannel,
    Cancel,
    Change,
    Confirm,
    DecideByText,
    EndAccess,
    Extend,
    Help,
    Mistyped,
    MyGuests,
    MyRequests,
    ResendInvitation,
    Resume,
    Retry,
    Say,
    Status,
    Submit,
    Withdraw,
)
from cards import parse_words

ID = new_id(lambda alphabet: alphabet[12])
TYPED = display(ID)
WRONG = TYPED[:-1] + ("9" if TYPED[-1] != "9" else "8")

COMMANDS: list[tuple[str, Action]] = [
    ("help", Help()),
    ("Help!", Help()),
    ("?", Help()),
    ("？", Help()),
    ("說明", Help()),
    ("request access", Begin()),
    ("  Request   ACCESS. ", Begin()),
    ("申請存取", Begin()),
    ("ｒｅｑｕｅｓｔ　ａｃｃｅｓｓ", Begin()),
    ("request access for ana@fabrikam.com until 1 March", Begin(text="for ana@fabrikam.com until 1 March")),
    ("invite", Begin()),
    ("Invite Ana Silva <ana@fabrikam.com> to Falcon", Begin(text="Ana Silva <ana@fabrikam.com> to Falcon")),
    ("邀請 ana@fabrikam.com 使用 Falcon 60 天", Begin(text="ana@fabrikam.com 使用 Falcon 60 天")),
    ("start over", Begin(afresh=True)),
    ("重新開始", Begin(afresh=True)),
    ("go on", Resume()),
    ("繼續", Resume()),
    ("my requests", MyRequests()),
    ("我的申請", MyRequests()),
    ("my guests", MyGuests()),
    ("我的來賓。", MyGuests()),
    ("cancel", Cancel()),
    ("取消", Cancel()),
    ("back", Back()),
    ("上一步", Back()),
    ("submit", Submit()),
    ("送出", Submit()),
    ("Yes!", Confirm(yes=True, text="Yes!")),
    ("是", Confirm(yes=True, text="是")),
    ("no", Confirm(yes=False, text="no")),
    ("不要", Confirm(yes=False, text="不要")),
    (f"status {TYPED}", Status(request_id=ID)),
    (f"Status: #{TYPED.lower()}", Status(request_id=ID)),
    (f"狀態{TYPED}", Status(request_id=ID)),
    (f"狀態　{TYPED}", Status(request_id=ID)),
    (f"withdraw {ID}", Withdraw(request_id=ID)),
    (f"撤回 {ID}", Withdraw(request_id=ID)),
    (f"another {ID}", Another(request_id=ID)),
    (f"request again {ID}", Another(request_id=ID, same_guest=True)),
    (f"retry {ID[:3]} {ID[3:]}", Retry(request_id=ID)),
    (f"重試 {ID}", Retry(request_id=ID)),
    (f"end access {TYPED}", EndAccess(assignment_id=ID)),
    (f"結束存取 {TYPED}", EndAccess(assignment_id=ID)),
    (f"extend {TYPED}", Extend(assignment_id=ID)),
    (f"延長 {TYPED}", Extend(assignment_id=ID)),
    (f"resend {TYPED}", ResendInvitation(subject_id=ID)),
    (f"重寄邀請 {TYPED}", ResendInvitation(subject_id=ID)),
    (f"approve {TYPED}", DecideByText(request_id=ID, choice=Choice.APPROVE)),
    (
        f"approve {TYPED} Known Supplier",
        DecideByText(request_id=ID, choice=Choice.APPROVE, reason="Known Supplier"),
    ),
    (f"核准 {TYPED}", DecideByText(request_id=ID, choice=Choice.APPROVE)),
    (
        f"DENY {ID[:3]} {ID[3:]} Not released, ＯＫ？",
        DecideByText(request_id=ID, choice=Choice.DENY, reason="Not released, ＯＫ？"),
    ),
    (f"拒絕 {TYPED}：專案已結束", DecideByText(request_id=ID, choice=Choice.DENY, reason="專案已結束")),
    (f"拒絕{TYPED} 專案已結束", DecideByText(request_id=ID, choice=Choice.DENY, reason="專案已結束")),
    ("change duration", Change(question=Topic.DURATION)),
    ("change the end date", Change(question=Topic.DURATION)),
    ("修改 期限", Change(question=Topic.DURATION)),
    ("修改理由", Change(question=Topic.JUSTIFICATION)),
    ("change custom:project-code", Change(question="custom:project-code")),
    ("approvals here Guest-Requests", BindChannel(name="guest-requests")),
    ("在此核准 guest-requests", BindChannel(name="guest-requests")),
    (f"status {WRONG}", Mistyped(text=WRONG)),
    (f"approve {WRONG}", Mistyped(text=WRONG)),
    (f"deny {WRONG} because", Mistyped(text=WRONG)),
    ("status banana", Mistyped(text="banana")),
    (f"withdraw {ID[:-1]}", Mistyped(text=ID[:-1])),
]


@pytest.mark.parametrize(("typed", "action"), COMMANDS, ids=[typed for typed, _ in COMMANDS])
@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_a_command_is_understood_in_either_language(typed: str, action: Action, locale: str) -> None:
    assert parse_words(typed, locale) == action


@pytest.mark.parametrize(
    "said",
    [
        "ana@fabrikam.com",
        "3 months",
        "三個月",
        "Extend the joint design review to Q3",
        "approve vendor drawings together with Fabrikam",
        "Deny nothing to people who ask kindly",
        "invite her to the weekly design review",
        "change management for the Falcon housing",
        "status of the prototype has to be reviewed",
        "help them to read our drawings",
        "end of the project",
        "同意書審查",
        "no idea",
        "",
        "   ",
        "helpful",
        "approvalsheet",
    ],
)
def test_what_only_begins_like_a_command_is_something_said(said: str) -> None:
    assert parse_words(said, "en") == Say(text=said)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_an_action_and_what_is_said_is_kept_to_the_letter(typed: str) -> None:
    action = parse_words(typed, "en")
    if isinstance(action, Say):
        assert action.text == typed


@given(
    st.sampled_from(["deny", "DENY", "拒絕", "approve"]),
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=60),
)
def test_a_reason_is_kept_as_it_was_written(word: str, reason: str) -> None:
    action = parse_words(f"{word} {TYPED} x{reason}x", "en")
    assert action == DecideByText(
        request_id=ID, choice=Choice.APPROVE if word == "approve" else Choice.DENY, reason=f"x{reason}x"
    )
