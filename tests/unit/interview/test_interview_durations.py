from datetime import UTC, date, datetime, timedelta

import dateparser  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.interview.draft import Problem
from bot.interview.duration_mentions import find_mentions
from bot.interview.durations import parse_until
from tests.unit.interview.interview_samples import TODAY


def until(text: str, *, locale: str = "en", today: date = TODAY, max_days: int | None = None) -> date:
    parsed = parse_until(text, today=today, locale=locale, max_days=max_days)
    assert not isinstance(parsed, Problem), parsed
    return parsed


def problem(text: str, *, locale: str = "en", today: date = TODAY, max_days: int | None = None) -> Problem:
    parsed = parse_until(text, today=today, locale=locale, max_days=max_days)
    assert isinstance(parsed, Problem), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 months", "2027-02-23"),
        ("3 Months.", "2027-02-23"),
        ("for 3 months, please", "2027-02-23"),
        ("in three months", "2027-02-23"),
        ("60 days", "2027-01-22"),
        ("60days", "2027-01-22"),
        ("60 days max", "2027-01-22"),
        ("the next 60 days", "2027-01-22"),
        ("two weeks", "2026-12-07"),
        ("a fortnight", "2026-12-07"),
        ("a couple of weeks", "2026-12-07"),
        ("twenty-one days", "2026-12-14"),
        ("a hundred and twenty days", "2027-03-23"),
        ("a year", "2027-11-23"),
        ("half a year", "2027-05-23"),
        ("one and a half years", "2028-05-23"),
        ("1.5 years", "2028-05-23"),
        ("1 year and 2 months", "2028-01-23"),
        ("until 1 March", "2027-03-01"),
        ("until March 1st 2027", "2027-03-01"),
        ("till the 1st of March, 2027", "2027-03-01"),
        ("Monday 1 March 2027", "2027-03-01"),
        ("through 1 March", "2027-03-01"),
        ("through March", "2027-03-31"),
        ("2027-03-01", "2027-03-01"),
        ("2027/3/1", "2027-03-01"),
        ("15/3/2027", "2027-03-15"),
        ("3/15/2027", "2027-03-15"),
        ("15/3/27", "2027-03-15"),
        ("2/2/2027", "2027-02-02"),
        ("end of March", "2027-03-31"),
        ("the end of next month", "2026-12-31"),
        ("end of the month", "2026-11-30"),
        ("end of the year", "2026-12-31"),
        ("end of Q1", "2027-03-31"),
        ("beginning of March", "2027-03-01"),
        ("Friday", "2026-11-27"),
        ("next Monday", "2026-11-30"),
        ("the 15th", "2026-12-15"),
        ("tomorrow", "2026-11-24"),
    ],
)
def test_english_is_understood(text: str, day: str) -> None:
    assert until(text).isoformat() == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("三個月", "2027-02-23"),
        ("3個月", "2027-02-23"),
        ("３ 個月", "2027-02-23"),
        ("使用三個月左右", "2027-02-23"),
        ("兩週", "2026-12-07"),
        ("兩個星期", "2026-12-07"),
        ("六十天", "2027-01-22"),
        ("一百二十天", "2027-03-23"),
        ("半年", "2027-05-23"),
        ("一年半", "2028-05-23"),
        ("一年又兩個月", "2028-01-23"),
        ("到三月一日", "2027-03-01"),
        ("到 2027 年 3 月 1 日", "2027-03-01"),
        ("二〇二七年三月一日為止", "2027-03-01"),
        ("民國116年3月1日", "2027-03-01"),
        ("明年三月一號", "2027-03-01"),
        ("到月底", "2026-11-30"),
        ("下個月底", "2026-12-31"),
        ("三月底", "2027-03-31"),
        ("年底", "2026-12-31"),
        ("下週五", "2026-12-04"),
        ("到十五號", "2026-12-15"),
        ("到30日", "2026-11-30"),
        ("3/1", "2027-03-01"),
        ("明天", "2026-11-24"),
    ],
)
def test_chinese_is_understood(text: str, day: str) -> None:
    assert until(text, locale="zh-Hant").isoformat() == day


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("1/3/2027", "2027-03-01", "2027-01-03"),
        ("1.3.2027", "2027-03-01", "2027-01-03"),
        ("1/3", "2027-03-01", "2027-01-03"),
        ("until March", "2027-03-01", "2027-03-31"),
        ("next Friday", "2026-11-27", "2026-12-04"),
        ("end of the week", "2026-11-27", "2026-11-29"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("2027", "2027-01-01", "2027-12-31"),
        ("三月", "2027-03-01", "2027-03-31"),
        ("30日", "2026-12-23", "2026-11-30"),
        ("下週日", "2026-11-29", "2026-12-06"),
    ],
)
def test_what_can_mean_two_days_is_asked_back_with_both(text: str, first: str, second: str) -> None:
    asked = problem(text)
    assert asked.key == "problem-duration-ambiguous"
    assert asked.params == {"text": text, "first": date.fromisoformat(first), "second": date.fromisoformat(second)}


def test_next_friday_is_clear_where_both_meanings_are_the_same_day() -> None:
    assert until("next Friday", today=date(2026, 11, 28)) == date(2026, 12, 4)  # said on a Saturday


@pytest.mark.parametrize(
    "text",
    [
        "2-3 months",
        "two or three months",
        "10 working days",
        "a few weeks",
        "1.5 months",
        "before 1 March",
        "from 1 March to 1 June",
        "3 hours",
        "soon",
        "兩三個月",
        "三到六個月",
        "一個半月",
        "幾天",
        "三月一日前",
        "!!!",
    ],
)
def test_what_is_vague_is_never_read_as_a_date(text: str) -> None:
    assert problem(text).key == "problem-duration-unclear"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "problem-empty"),
        ("90", "problem-duration-unit"),
        ("0 days", "problem-duration-none"),
        ("today", "problem-duration-none"),
        ("yesterday", "problem-duration-past"),
        ("3 months ago", "problem-duration-past"),
        ("1 March 2026", "problem-duration-past"),
        ("31 April", "problem-duration-no-such-day"),
        ("2027-02-29", "problem-duration-no-such-day"),
        ("Tuesday 1 March 2027", "problem-duration-weekday"),
        ("for ever", "problem-duration-forever"),
        ("until further notice", "problem-duration-forever"),
        ("永久", "problem-duration-forever"),
        ("11 years", "problem-duration-too-long"),
        ("99999 years", "problem-duration-too-long"),
        ("x" * 4_001, "problem-too-long"),
    ],
)
def test_what_cannot_be_granted_says_why(text: str, key: str) -> None:
    assert problem(text).key == key


def test_more_than_policy_allows_says_what_it_allows_and_until_when() -> None:
    refused = problem("until 1 March", max_days=90)
    assert refused.key == "problem-duration-too-long"
    assert refused.params == {
        "until": date(2027, 3, 1),
        "days": 98,
        "max_days": 90,
        "latest": date(2027, 2, 21),
    }
    assert until("90 days", max_days=90) == date(2027, 2, 21)


def test_months_are_clamped_to_the_months_end() -> None:
    assert until("1 month", today=date(2027, 1, 31)) == date(2027, 2, 28)
    assert until("3 months", today=date(2027, 11, 30)) == date(2028, 2, 29)


def test_a_date_without_a_year_is_the_next_one() -> None:
    assert until("23 November") == date(2027, 11, 23)
    assert until("24 November") == date(2026, 11, 24)
    assert until("29 February", today=date(2027, 11, 1)) == date(2028, 2, 29)


@given(
    today=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    form=st.sampled_from(["{n} days", "{n} weeks", "{n} months", "in {n} days", "1 year"]),
    n=st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_durations_are_read_as_dateparser_reads_them(today: date, form: str, n: int) -> None:
    text = form.format(n=n)
    theirs = _dateparser(text if text.startswith("in ") else f"in {text}", today)
    assert until(text, today=today) == theirs


@given(
    today=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    ahead=st.integers(1, 3_000),
    form=st.sampled_from(["%-d %B %Y", "%B %-d, %Y", "%Y-%m-%d", "%a %d %b %Y"]),
)
@settings(max_examples=60, deadline=None)
def test_dates_are_read_as_dateparser_reads_them(today: date, ahead: int, form: str) -> None:
    text = (today + timedelta(days=ahead)).strftime(form)
    assert until(text, today=today) == _dateparser(text, today)


def _dateparser(text: str, today: date) -> date:
    base = {"RELATIVE_BASE": datetime(today.year, today.month, today.day, tzinfo=UTC)}
    parsed = dateparser.parse(text, languages=["en"], settings={**base, "PREFER_DATES_FROM": "future"})
    assert isinstance(parsed, datetime)
    return parsed.date()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("invite her for 60 days for the review", ["for 60 days"]),
        ("access until end of March because of the 2 week sprint", ["until end of march"]),
        ("使用 三個月，共同設計審查", ["三個月"]),
        ("使用 到 2027 年 3 月 1 日，設計", ["到2027年3月1日"]),
        ("for 2-3 months", []),
        ("2 to 3 months", []),
        ("1 month to 3 months", []),
        ("for 1 month or 3 months", []),
        ("from 1 March to 1 June", []),
        ("from March 1st until 1 June 2027", []),
        ("from now until 1 March", ["until 1 march"]),
        ("less than 3 months", []),
        ("a 3 day workshop", []),
        ("for a 3 month project", []),
        ("3 months ago we met", []),
        ("參加第一季審查", []),
        ("三月到五月底", []),
        ("一個月到三個月", []),
    ],
)
def test_only_a_duration_that_stands_as_its_own_phrase_is_found(text: str, written: list[str]) -> None:
    assert [mention.written for mention in find_mentions(text)] == written
