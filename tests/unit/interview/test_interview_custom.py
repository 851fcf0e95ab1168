"""A policy's own questions of every kind, and terms: as they are typed, as cards send them, as they are stored."""

from datetime import date

import pytest

from bot.interview.custom_answers import check_custom, read_custom
from bot.interview.draft import Problem
from policies.facts import value_of_answer
from policies.model import PolicyQuestion, QuestionKind

TODAY = date(2026, 2, 20)


def question(kind: QuestionKind, **changed: object) -> PolicyQuestion:
    given: dict[str, object] = {"key": "q", "kind": kind, "text": {"": "?"}, "help": {"": ""}, "choices": {}, **changed}
    return PolicyQuestion(**given)  # type: ignore[arg-type]


NUMBER = question(QuestionKind.NUMBER, least=1, most=5000)
DATE = question(QuestionKind.DATE)
YES_NO = question(QuestionKind.YES_NO)
TERMS = question(QuestionKind.TERMS, version="2026-02", link="https://terms.example/nda")


def read(asked: PolicyQuestion, text: str, locale: str = "en") -> str:
    answer = read_custom(asked, text, today=TODAY, locale=locale)
    assert isinstance(answer, str), answer
    assert check_custom(asked, answer, locale) is None
    return answer


def refused(asked: PolicyQuestion, text: str) -> str:
    wrong = read_custom(asked, text, today=TODAY, locale="en")
    assert isinstance(wrong, Problem)
    return wrong.key


@pytest.mark.parametrize(
    ("text", "stored"),
    [("12", "12"), ("１２", "12"), ("1,200", "1200"), ("1 200.", "1200"), ("+7", "7"), ("012", "12")],
)
def test_numbers_are_read_as_people_write_them(text: str, stored: str) -> None:
    assert read(NUMBER, text) == stored


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", "problem-custom-too-small"),
        ("5001", "problem-custom-too-large"),
        ("twelve", "problem-custom-number"),
        ("1.5", "problem-custom-number"),
        ("1,2,3", "problem-custom-number"),
        ("9" * 500, "problem-custom-number"),
    ],
)
def test_a_number_out_of_bounds_or_none_says_so(text: str, key: str) -> None:
    assert refused(NUMBER, text) == key


@pytest.mark.parametrize(
    ("text", "stored"),
    [("2025-12-01", "2025-12-01"), ("1 March 2027", "2027-03-01"), ("today", "2026-02-20"), ("tomorrow", "2026-02-21")],
)
def test_dates_may_be_past_or_to_come(text: str, stored: str) -> None:
    assert read(DATE, text) == stored


def test_a_date_that_has_two_meanings_is_asked_back() -> None:
    assert refused(DATE, "3/4/2027") == "problem-duration-ambiguous"
    assert refused(DATE, "soon") == "problem-custom-date"
    assert refused(DATE, "30 February 2027") == "problem-duration-no-such-day"
    assert refused(DATE, "12") == "problem-custom-date"


@pytest.mark.parametrize(("text", "stored"), [("yes", "yes"), ("Y", "yes"), ("no.", "no"), ("是", "yes"), ("否", "no")])
def test_yes_and_no_are_understood_in_both_languages(text: str, stored: str) -> None:
    assert read(YES_NO, text) == stored
    assert refused(YES_NO, "perhaps") == "problem-custom-yes-no"


@pytest.mark.parametrize("text", ["true", "yes", "I accept", "Accept.", "I agree to the terms", "同意"])
def test_terms_are_accepted_by_a_card_or_in_words_with_their_version(text: str) -> None:
    assert read(TERMS, text) == "accepted 2026-02"


@pytest.mark.parametrize("text", ["false", "no", "I do not accept", "later", "accepted 2026-02"])
def test_anything_else_accepts_no_terms(text: str) -> None:
    assert refused(TERMS, text) == "problem-custom-terms"


def test_an_acceptance_of_other_terms_stands_no_longer() -> None:
    newer = question(QuestionKind.TERMS, version="2026-03", link="https://terms.example/nda")
    wrong = check_custom(newer, "accepted 2026-02", "en")
    assert wrong is not None and wrong.key == "problem-custom-terms-changed"
    assert value_of_answer(newer, "accepted 2026-02") is None
    assert value_of_answer(newer, "accepted 2026-03") is True


def test_stored_answers_are_facts_of_their_kind() -> None:
    assert value_of_answer(NUMBER, "12") == 12
    assert value_of_answer(YES_NO, "no") is False
    assert value_of_answer(DATE, "2026-02-20") == "2026-02-20"
    assert value_of_answer(NUMBER, None) is None
    assert value_of_answer(NUMBER, "x") is None
