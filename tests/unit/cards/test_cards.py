"""What each card says and offers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.requests import Choice, RequestKind, RequestStatus
from bot.interview.draft import Option, Problem, Topic
from bot.interview.durations import parse_until
from bot.workflow.actions import Answer, Change, Decide, EndAccess, MyRequests, Refresh, Submit, Unusable
from bot.workflow.views import ApprovalView, AssignmentView, Can, Notice, OutcomeView, RequestList, View, Welcome
from cards import Drawing, draw, parse_card
from tests.unit.cards.card_samples import (
    DRAFT,
    ID,
    MEGAN,
    ORDINARY,
    QUESTIONS,
    REVIEW,
    a_question,
    a_request,
    an_assignment,
    asked,
    shown,
)

EN = Drawing(locale="en", time_zone="Asia/Taipei")
ZH = Drawing(locale="zh-Hant", time_zone="Asia/Taipei")


def _all(node: object, kind: str) -> list[dict[str, object]]:
    if isinstance(node, list):
        return [found for item in node for found in _all(item, kind)]
    if not isinstance(node, dict):
        return []
    mine = [node] if str(node.get("type", "")).startswith(kind) else []
    return mine + [found for key, value in node.items() if key != "fallback" for found in _all(value, kind)]


def _said(view: View, drawing: Drawing = EN) -> str:
    """Everything that a reader reads, in order."""
    card = draw(view, drawing).card
    texts = [node for kind in ("TextBlock", "TextRun") for node in _all(card, kind)]
    return "\n".join(str(node["text"]) for node in texts)


def _buttons(view: View, drawing: Drawing = EN) -> dict[str, dict[str, object]]:
    return {str(action["title"]): action for action in _all(draw(view, drawing).card, "Action.")}


def _action(view: View, title: str) -> object:
    button = _buttons(view)[title]
    return parse_card(str(button["verb"]), button["data"])


# --- first contact ---------------------------------------------------------------------------------------------------


def test_a_newcomer_has_one_button_to_begin() -> None:
    assert list(_buttons(Welcome(first_name="Alex"))) == ["Request access"]
    assert "Hello Alex" in _said(Welcome(first_name="Alex"))


def test_a_draft_that_waits_is_offered_again() -> None:
    assert list(_buttons(Welcome(first_name="Alex", draft=DRAFT))) == ["Go on", "Start over"]


# --- the interview ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_shows_where_we_are_and_answers_for_its_own_draft(view: View) -> None:
    assert " of 6" in _said(view)
    answer = _action(view, "Next")
    assert isinstance(answer, Answer)
    assert {"Help", "Cancel"} <= set(_buttons(view))


def test_a_question_can_be_gone_back_from_only_where_there_is_something_before() -> None:
    assert "Back" not in _buttons(QUESTIONS["question-address"])
    assert "Back" in _buttons(QUESTIONS["question-name"])


def test_a_problem_stands_right_above_the_field_that_it_is_about() -> None:
    body = draw(QUESTIONS["question-address-wrong"], EN).card["body"]
    assert isinstance(body, list)
    at = next(index for index, item in enumerate(body) if item["type"] == "Input.Text")
    assert "ana@fabrikam is not a complete e-mail address" in str(body[at - 1])
    assert body[at]["value"] == "ana@fabrikam"


def test_a_duration_is_one_click_and_none_offers_more_than_policy_allows() -> None:
    view = asked(a_question(Topic.DURATION, max_days=75, latest=date(2027, 2, 6)))
    quick = [title for title, button in _buttons(view).items() if "pick" in str(button["data"])]
    assert quick == ["30 days", "60 days", "75 days"]
    answer = _action(view, "75 days")
    assert isinstance(answer, Answer)
    assert answer.values == ("75 days",)
    assert "At most 75 days, until Sat, 6 Feb 2027." in _said(view)


def test_the_interviews_own_quick_answers_are_preferred() -> None:
    options = (Option(value="2 weeks", label="Two weeks"),)
    view = asked(a_question(Topic.DURATION, options=options, max_days=75))
    assert "Two weeks" in _buttons(view) and "30 days" not in _buttons(view)


def test_packages_are_chosen_with_their_hints_and_what_was_chosen_is_kept() -> None:
    (choices,) = _all(draw(QUESTIONS["question-packages"], EN).card, "Input.ChoiceSet")
    assert choices["isMultiSelect"] and choices["value"] == "project-falcon"
    assert "Team, files and plans" in str(choices["choices"])


def test_what_is_pointed_out_is_told_apart_from_what_stands_in_the_way() -> None:
    pointed_out = (
        Problem(key="note-partner-known", params={"partner": "Fabrikam"}),
        Problem(key="problem-packages-nothing-offered"),
        Problem(key="note-name-right-to-left", params={"name": "שרה"}),
    )
    body = draw(asked(a_question(Topic.PACKAGES, notes=pointed_out)), EN).card["body"]
    boxes = [(item["style"], str(item)) for item in body if item.get("style")]  # type: ignore[attr-defined]
    assert [style for style, _ in boxes] == ["attention", "warning", "accent"]
    assert "nothing that policy" in boxes[0][1] and "right-to-left" in boxes[1][1] and "Fabrikam" in boxes[2][1]


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
def test_the_interview_reads_every_quick_answer_as_what_its_button_says(locale: str) -> None:
    today = date(2026, 11, 23)
    view = asked(a_question(Topic.DURATION, max_days=75, latest=date(2027, 2, 6)))
    answers = [parse_card(str(one["verb"]), one["data"]) for one in _buttons(view, Drawing(locale=locale)).values()]
    read = [
        parse_until(action.values[0], today=today, locale=locale, max_days=75)
        for action in answers
        if isinstance(action, Answer) and action.values != ("",)
    ]
    assert read == [today + timedelta(days=days) for days in (30, 60, 75)]


def test_the_fewest_characters_are_said_before_they_are_missed() -> None:
    assert "in 30 characters or more" in _said(QUESTIONS["question-justification"])


# --- the review ------------------------------------------------------------------------------------------------------


def test_a_review_says_who_decides_stage_by_stage() -> None:
    said = _said(REVIEW)
    assert "1.  Needs Megan Bowen or 3 others in Falcon owners" in said
    assert "2.  Needs 2 people in Security approvers" in said
    assert isinstance(_action(REVIEW, "Submit request"), Submit)


def test_a_review_says_that_it_is_approved_at_once() -> None:
    assert "Approved at once." in _said(ORDINARY["review-at-once"])


@pytest.mark.parametrize("name", ["review-denied", "review-held"])
def test_what_policy_or_the_directory_forbids_has_no_submit_but_every_change(name: str) -> None:
    buttons = _buttons(ORDINARY[name])
    assert "Submit request" not in buttons
    assert isinstance(_action(ORDINARY[name], "Duration"), Change)
    assert "Nothing is lost" in _said(ORDINARY[name])


def test_a_refusal_says_how_it_is_mended() -> None:
    assert "Ask your guest for a work address." in _said(ORDINARY["review-denied"])


def test_every_answer_can_be_changed_by_its_name() -> None:
    names = {"Guest's address", "Guest's name", "Access", "Duration", "Reason", "Which project code pays for it?"}
    assert names <= set(_buttons(REVIEW))
    assert _action(REVIEW, "Which project code pays for it?") == Change(
        question="custom:project-code", draft_id=DRAFT.id, draft_version=DRAFT.version
    )


# --- approval --------------------------------------------------------------------------------------------------------


def test_an_approver_reads_all_that_is_needed_to_decide() -> None:
    said = _said(ORDINARY["approval"])
    for needed in (
        "Alex Wilber",
        "Product Manager · Falcon Programme",
        "reports to Megan Bowen",
        "Ana Silva",
        "ana.silva@fabrikam.com",
        "known partner",
        "Project Falcon workspace and Falcon drawings (read only)",
        "Sat, 20 Feb 2027 (89 days)",
        "Joint design review",
        "FAL-1024",
        "Employees may invite people of known partners.",
        "You sponsor 8 guests already",
        "Access given",
        "step 1 of 2",
        "Megan Bowen or 3 others in Falcon owners",
    ):
        assert needed in said, needed


def test_the_buttons_name_what_they_do() -> None:
    approve = _action(ORDINARY["approval"], "Approve until 20 Feb")
    assert approve == Decide(request_id=ID, choice=Choice.APPROVE, stage=0, nonce=a_request().nonce)
    deny = _action(ORDINARY["approval"], "Deny this request")
    assert isinstance(deny, Decide) and deny.choice is Choice.DENY


def test_a_denial_needs_its_reason_and_an_approval_where_policy_says_so() -> None:
    (reason,) = _all(draw(ORDINARY["approval"], EN).card, "Input.Text")
    assert reason["id"] == "deny-reason" and reason["isRequired"] and reason["errorMessage"]
    reasons = _all(draw(ORDINARY["approval-second"], EN).card, "Input.Text")
    assert [field["id"] for field in reasons] == ["approve-reason", "deny-reason"]


def test_a_partner_nobody_knows_is_marked_in_words() -> None:
    assert "⚠ Not a partner we know" in _said(ORDINARY["approval-suspicious"])


def test_the_card_refreshes_for_the_approvers_of_the_stage_while_it_waits() -> None:
    refresh = draw(ORDINARY["approval"], EN).card["refresh"]
    assert isinstance(refresh, dict)
    assert MEGAN.id in refresh["userIds"]
    assert parse_card(refresh["action"]["verb"], refresh["action"]["data"]) == Refresh(request_id=ID)
    assert "fallback" not in refresh["action"]
    decided = ApprovalView(shown=shown(a_request(RequestStatus.DENIED), approver_ids=(MEGAN.id,)))
    assert "refresh" not in draw(decided, EN).card


def test_what_is_decided_says_by_whom_when_and_why_and_offers_no_decision() -> None:
    said = _said(ORDINARY["approval-denied"])
    assert "✖ Megan Bowen denied" in said and "23 Nov 2026 22:05" in said
    assert said.count("The prototype is not released to partners.") == 1
    assert not _buttons(ORDINARY["approval-denied"])


def test_whoever_may_not_decide_is_offered_no_decision() -> None:
    assert not _buttons(ApprovalView(shown=shown()))


def test_what_the_clicker_is_told_stands_on_top() -> None:
    body = draw(ORDINARY["approval-denied"], EN).card["body"]
    assert isinstance(body, list)
    assert "Policy has come to refuse this" in str(body[0])


# --- a request for its sponsor ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", RequestStatus)
@pytest.mark.parametrize("drawing", [EN, ZH], ids=["en", "zh-Hant"])
def test_every_state_is_told_by_a_symbol_words_and_what_comes_next(status: RequestStatus, drawing: Drawing) -> None:
    view = OutcomeView(shown=shown(a_request(status)))
    state = draw(view, drawing).card["body"][2]  # type: ignore[index]
    words = _all(state, "TextRun") + _all(state, "TextBlock")
    first = str(words[0]["text"])
    assert not first[0].isalnum() and len(first) > 2
    assert len(words) >= 2
    assert first in draw(view, drawing).summary


def test_the_outcome_of_a_denial_says_why_and_how_to_ask_again() -> None:
    assert "The prototype is not released to partners." in _said(ORDINARY["outcome-denied"])
    assert "Ask again" in _buttons(ORDINARY["outcome-denied"])


def test_a_delivered_request_says_where_the_guest_stands() -> None:
    assert "may be in the junk folder" in _said(ORDINARY["outcome-delivered"])
    assert "Resend invitation" in _buttons(ORDINARY["outcome-delivered"])
    assert "has accepted and has access until 20 Feb 2027" in _said(ORDINARY["outcome-accepted"])
    extended = OutcomeView(shown=shown(a_request(RequestStatus.DELIVERED, kind=RequestKind.EXTENSION)))
    assert "keeps the access until 20 Feb 2027" in _said(extended)


def test_what_stopped_is_told_with_its_cause_and_the_steps_that_were_done() -> None:
    said = _said(ORDINARY["attention"])
    assert "does not allow guests of that domain" in said
    assert "✔ Guest invited" in said and "✖ Could not be added to a group" in said
    assert "403 Forbidden" in said
    assert list(_buttons(ORDINARY["attention"])) == ["Retry"]


def test_a_mistake_of_ours_in_a_job_is_told_without_a_number_that_means_nothing() -> None:
    view = OutcomeView(shown=shown(a_request(RequestStatus.NEEDS_ATTENTION, problem="error-unexpected")))
    assert "The bot's log has the details." in _said(view)


def test_a_typed_approval_is_confirmed_for_this_very_request_and_stage() -> None:
    action = _action(ORDINARY["confirm"], "Approve until 20 Feb")
    assert action == Decide(request_id=ID, choice=Choice.APPROVE, stage=0, nonce=a_request().nonce)


def test_policy_speaks_the_readers_language_and_falls_back_to_the_one_for_all() -> None:
    said = _said(ORDINARY["approval"], ZH)
    assert "獵鷹專案工作區和獵鷹圖面（唯讀）" in said
    assert "員工可以邀請已知合作夥伴的人員。" in said
    assert "You sponsor 8 guests already" in said


# --- lists, ends, notices --------------------------------------------------------------------------------------------


def test_a_list_is_paged_and_each_entry_offers_what_fits_its_state() -> None:
    titles = [action["title"] for action in _all(draw(ORDINARY["requests"], EN).card, "Action.")]
    assert titles.count("Details") == 5
    assert titles.count("Withdraw") == 1 and titles.count("Ask again") == 2
    assert _action(ORDINARY["requests"], "Older") == MyRequests(page=2)
    assert _action(ORDINARY["requests"], "Newer") == MyRequests(page=0)


def test_a_request_for_more_time_is_told_apart_from_the_one_it_prolongs() -> None:
    held, longer = a_request(), a_request(kind=RequestKind.EXTENSION)
    listed = RequestList(requests=(longer, held), package_names={}, page=0, pages=1)
    assert _said(listed).count("longer access") == 1


def test_an_empty_list_says_so_and_offers_to_begin() -> None:
    empty = RequestList(requests=(), package_names={}, page=0, pages=1)
    assert "You have not asked for anything yet." in _said(empty)
    assert list(_buttons(empty)) == ["Request access"]


def test_the_guests_show_what_each_holds_until_when_and_what_can_be_done() -> None:
    said = _said(ORDINARY["guests"])
    assert "until 20 Feb 2027" in said and "ending now" in said and "Invited, not accepted yet" in said
    assert {"Extend", "End now", "Resend invitation"} <= set(_buttons(ORDINARY["guests"]))


def test_access_ends_by_card_only_after_it_was_asked_back() -> None:
    assert _action(ORDINARY["assignment-warning"], "End now") == EndAccess(assignment_id=an_assignment().id)
    assert _action(ORDINARY["assignment-confirm_end"], "Yes, end access now") == EndAccess(
        assignment_id=an_assignment().id, confirmed=True
    )


def test_an_assignment_that_could_not_end_says_why() -> None:
    view = AssignmentView(
        assignment=an_assignment(problem="graph-group-synced"), package_name={"": "Falcon"}, moment="ending"
    )
    assert "managed on-premises" in _said(view)


def test_a_refusal_names_who_was_first_and_lists_what_stands_in_the_way() -> None:
    assert "Megan Bowen was first: Approved." in _said(ORDINARY["notice-refused"])
    nobody = Notice(key="error-already-decided", params={"status": "lapsed", "by": ""}, refused=True)
    assert "not waiting for you any more: Lapsed" in _said(nobody)
    view = replace(nobody, problems=(Problem(key="problem-under-way", params={"package": "Falcon", "id": ID}),))
    assert "A request for Falcon for this guest is under way already: 888-888X" in _said(view)


def test_no_button_of_a_sponsors_card_decides_anything() -> None:
    everything = OutcomeView(shown=shown(None, *Can))
    actions = [parse_card(str(one["verb"]), one["data"]) for one in _buttons(everything).values()]
    assert actions and not any(isinstance(action, Decide | Unusable) for action in actions)
