"""Arithmetic on days and months, and what a piece of text can mean as a date."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from re import Match, Pattern

from bot.interview.draft import Problem

Reading = tuple[date, ...] | Problem
"""Every day that a text can mean, in the order to offer them; none where it names a day that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a date or duration: `pattern` fits it in full, `read` says what it means from today on."""

    pattern: Pattern[str]
    read: Callable[[Match[str], date], Reading | None]


def read_with(forms: tuple[Form, ...], text: str, today: date) -> Reading | None:
    """What the first form that fits makes of the text; None where none does."""
    for form in forms:
        match = form.pattern.fullmatch(text)
        reading = form.read(match, today) if match else None
        if reading is not None:
            return reading
    return None


def later(today: date, *, months: int = 0, days: int = 0) -> date:
    """That much later, clamped to the month's end, and to the last day that a calendar has."""
    month = today.year * 12 + today.month - 1 + months
    year, month = month // 12, month % 12 + 1
    if year > date.max.year:
        return date.max
    moved = date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
    return date.fromordinal(min(moved.toordinal() + days, date.max.toordinal()))


def days_named(year: int | None, month: int, day: int, today: date) -> tuple[date, ...]:
    """That day; without a year, the next one after today."""
    found = _day(year if year is not None else today.year, month, day)
    if year is None and (found is None or found <= today):
        found = _day(today.year + 1, month, day) if found or (month, day) == (2, 29) else None
    return (found,) if found else ()


def day_of_month(day: int, today: date) -> tuple[date, ...]:
    """The next such day of a month: of this one where it is still to come, else of the next one."""
    this = _day(today.year, today.month, day)
    if this and this > today:
        return (this,)
    following = month_start(today, 1)
    found = _day(following.year, following.month, day)
    return (found,) if found else ()


def month_start(today: date, months: int = 0) -> date:
    """The first day of the month that many months on."""
    return later(today.replace(day=1), months=months)


def month_end(today: date, months: int = 0) -> date:
    """The last day of the month that many months on."""
    start = month_start(today, months)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def month_named(year: int | None, month: int, today: date) -> tuple[date, date] | None:
    """First and last day of that month; without a year, of the next one whose last day is still to come."""
    if not (1 <= month <= 12 and (year is None or date.min.year <= year <= date.max.year)):
        return None
    start = date(year if year is not None else today.year, month, 1)
    if year is None and month_end(start) <= today:
        start = later(start, months=12)
    return start, month_end(start)


def quarter_end(today: date, quarters: int = 0) -> date:
    """The last day of the quarter that many quarters on."""
    return month_end(today, 2 - (today.month - 1) % 3 + 3 * quarters)


def week_start(today: date, weeks: int = 0) -> date:
    """Monday of the week that many weeks on."""
    return later(today, days=7 * weeks - today.weekday())


def coming(weekday: int, today: date) -> date:
    """The next such weekday after today (Monday is 0)."""
    return later(today, days=(weekday - today.weekday() - 1) % 7 + 1)


def year_end(year: int) -> tuple[date, ...]:
    return (date(year, 12, 31),) if date.min.year <= year <= date.max.year else ()


def yesterday(today: date) -> date:
    return today - timedelta(days=1) if today > date.min else today


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None
