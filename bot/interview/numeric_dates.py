"""Dates written in digits only, in either order of day and month."""

import re
from datetime import date
from re import Match

from bot.interview.calendar_dates import Form, Reading, days_named

NUMERIC = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}/\d{1,2}"
"""To search with. `3-6` and `1.5` are no dates."""


def _year_first(match: Match[str], today: date) -> Reading:
    return days_named(int(match[1]), int(match[3]), int(match[4]), today)


def _year_last(match: Match[str], today: date) -> Reading:
    first, second, written = int(match[1]), int(match[3]), match[4]
    year = int(written) if len(written) == 4 else 2000 + int(written)
    orders = [(year, second, first), (year, first, second)]
    if len(written) == 2:
        orders.append((2000 + first, second, int(written)))
    days = tuple(dict.fromkeys(day for order in orders for day in days_named(*order, today)))
    # With two digits any of the three may be the year; years long past were not meant.
    return days if len(written) == 4 else tuple(day for day in days if day > today) or days


def _month_first(match: Match[str], today: date) -> Reading:
    return days_named(None, int(match[1]), int(match[2]), today)


def _either_first(match: Match[str], today: date) -> Reading:
    one, other = int(match[1]), int(match[2])
    return tuple(dict.fromkeys((*days_named(None, other, one, today), *days_named(None, one, other, today))))


_WITH_YEAR = (
    Form(pattern=re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"), read=_year_first),
    Form(pattern=re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})"), read=_year_last),
)
_WITHOUT = re.compile(r"(\d{1,2})/(\d{1,2})")

NUMERIC_FORMS = (*_WITH_YEAR, Form(pattern=_WITHOUT, read=_either_first))

CHINESE_NUMERIC_FORMS = (*_WITH_YEAR, Form(pattern=_WITHOUT, read=_month_first))
"""Without a year, Chinese writes the month first, always."""
