"""Durations and end dates as people write them in English."""

import re
from collections.abc import Callable
from datetime import date
from re import Match

from bot.interview.calendar_dates import (
    Form,
    Reading,
    coming,
    day_of_month,
    days_named,
    later,
    month_end,
    month_named,
    month_start,
    quarter_end,
    week_start,
    year_end,
    yesterday,
)
from bot.interview.problems import problem

_SMALL: tuple[str, ...] = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_SMALL += ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70}
_TENS |= {"eighty": 80, "ninety": 90}
_WORDS = {word: value for value, word in enumerate(_SMALL)} | _TENS | {"a": 1, "an": 1, "another": 1, "hundred": 100}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TEN = "|".join(_TENS)
_ONE = "|".join(_SMALL)
_AMOUNT = (
    rf"(?:\d{{1,5}}(?:\.5|½)?|½|(?:(?:a|one) )?hundred(?: and (?:(?:{_TEN})(?:[- ](?:{_ONE}))?|{_ONE}))?"
    rf"|(?:{_TEN})(?:[- ](?:{_ONE}))?|{_ONE}|a couple(?: of)?|couple of|half(?: an?)?|a half|an?|another)"
)
_UNIT = r"(?:days?|d|weeks?|wks?|fortnights?|months?|mos?|mths?|quarters?|years?|yrs?)(?![a-z])"
_PIECE = (
    rf"(?P<amount>{_AMOUNT})(?P<half> and (?:a half|½))?(?:(?<=[\d½])-?|[ -])(?:full |calendar )?"
    rf"(?P<unit>{_UNIT})(?P<too> and a half)?"
)
_PLAIN_PIECE = re.sub(r"\?P<\w+>", "?:", _PIECE)
DURATION = rf"{_PLAIN_PIECE}(?:(?:,? and |, ?| ){_PLAIN_PIECE})*"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?(?![a-z])"
)
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
    r"(?![a-z])"
)
_DAY = r"(?:\d{1,2})(?:st|nd|rd|th)?(?![\d])"
_YEAR = r"(?:,? (?:of )?(?:\d{4}))"
_NAMED = rf"(?:(?:{_WEEKDAY})\.?,? )?(?:(?:the )?{_DAY}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY}){_YEAR}?"
_PERIOD = rf"(?:{_MONTH}{_YEAR}?|(?:this |the |next )?(?:week|month|quarter|year)|q[1-4](?: \d{{4}})?|\d{{4}})"
END_OF = rf"(?:the )?(?:very )?(?:end|last day)(?: of)? (?:the )?{_PERIOD}"
DATE = rf"{END_OF}|{_NAMED}"
"""To search with."""
AFTER_UNTIL = (
    rf"(?:this |next )?{_WEEKDAY}|the \d{{1,2}}(?:st|nd|rd|th)|{_MONTH}{_YEAR}?|next (?:week|month|year)|tomorrow"
)
"""To search with, after `until` only: elsewhere these words mean other things ("may", "sun")."""
NUMBER_WORDS = (*_SMALL, *_TENS)

_Function = Callable[[Match[str], date], Reading | None]


def _form(pattern: str, read: _Function) -> Form:
    return Form(pattern=re.compile(pattern), read=read)


def _month(text: str) -> int:
    return _MONTHS.index(text[:3]) + 1


def _halves(amount: str) -> int | None:
    """Twice the amount, so that a half is whole; None for what is no amount."""
    if amount.endswith((".5", "½")):
        return 2 * int(amount.rstrip("5½").rstrip(".") or 0) + 1
    if amount.isdecimal():
        return 2 * int(amount)
    if amount.startswith("half") or amount == "a half":
        return 1
    if "couple" in amount:
        return 4
    words = amount.replace("-", " ").replace(" and ", " ").split(" ")
    if "hundred" in words:
        return 2 * (100 + sum(_WORDS[word] for word in words[words.index("hundred") + 1 :]))
    if len(words) == 2 and words[0] in _TENS and not 1 <= _WORDS[words[1]] <= 9:
        return None
    return 2 * sum(_WORDS[word] for word in words)


_EACH_PIECE = re.compile(_PIECE)


def _duration(match: Match[str], today: date) -> Reading | None:
    months = days = 0
    for piece in _EACH_PIECE.finditer(match[0]):
        halves = _halves(piece["amount"])
        if halves is None:
            return None
        halves += bool(piece["half"]) + bool(piece["too"])
        unit = piece["unit"]
        if unit.startswith(("y", "q")):
            whole, odd = divmod(halves * (12 if unit.startswith("y") else 3), 2)
            months += whole
        elif unit.startswith("m"):
            whole, odd = divmod(halves, 2)
            months += whole
        else:
            whole, odd = divmod(halves * (1 if unit.startswith("d") else 14 if unit.startswith("f") else 7), 2)
            days += whole
        if odd:
            return None  # half a month is 14, 15 or 16 days: let them say which
    return (later(today, months=months, days=days),)


def _named(match: Match[str], today: date) -> Reading:
    year = int(match["year"]) if match["year"] else None
    found = days_named(year, _month(match["month"]), int(match["day"]), today)
    weekday = match["weekday"]
    if found and weekday and _WEEKDAYS[found[0].weekday()] != weekday[:3]:
        return problem("problem-duration-weekday", text=match[0], until=found[0])
    return found


def _bare_month(match: Match[str], today: date) -> Reading:
    year = int(match["year"]) if match["year"] else None
    named = month_named(year, _month(match["month"]), today)
    return (named[1:] if match["through"] else named) if named else ()


def _end_of(match: Match[str], today: date) -> Reading | None:
    period, year = match["period"], int(match["year"]) if match["year"] else None
    following = period.startswith("next ")
    if period.isdecimal():
        return year_end(int(period))
    if period.endswith("week"):
        monday = week_start(today, following)
        return later(monday, days=4), later(monday, days=6)
    if period.endswith("month"):
        return (month_end(today, following),)
    if period.endswith("quarter"):
        return (quarter_end(today, following),)
    if period.endswith("year"):
        return year_end(today.year + following)
    month = 3 * int(period[1]) if period[0] == "q" else _month(period)
    named = month_named(year, month, today)
    return named[1:] if named else ()


def _start_of(match: Match[str], today: date) -> Reading | None:
    period, year = match["period"], int(match["year"]) if match["year"] else None
    if period == "next month":
        return (month_start(today, 1),)
    if period == "next year":
        return days_named(today.year + 1, 1, 1, today)
    return days_named(year, _month(period), 1, today)


def _weekday(match: Match[str], today: date) -> Reading:
    weekday = _WEEKDAYS.index(match["weekday"][:3])
    soonest = coming(weekday, today)
    if match["which"] != "next ":
        return (soonest,)
    # To some "next Friday" is the coming one, to others that of next week; both may be the same day.
    return tuple(dict.fromkeys((soonest, later(week_start(today, 1), days=weekday))))


def _vague(match: Match[str], today: date) -> Reading:
    if match["unit"] == "week":
        return week_start(today, 1), later(week_start(today, 1), days=6)
    if match["unit"] == "month":
        return month_start(today, 1), month_end(today, 1)
    return days_named(today.year + 1, 1, 1, today) + year_end(today.year + 1)


def _year_alone(match: Match[str], today: date) -> Reading:
    return days_named(int(match[1]), 1, 1, today) + year_end(int(match[1]))


_RELATIVE = {"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2}

ENGLISH_FORMS = (
    _form(DURATION, _duration),
    _form(
        rf"(?:(?P<weekday>{_WEEKDAY})\.?,? )?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})"
        r"(?:,? (?:of )?(?P<year>\d{4}))?",
        _named,
    ),
    _form(
        rf"(?:(?P<weekday>{_WEEKDAY})\.?,? )?(?P<month>{_MONTH}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
        r"(?:,? (?:of )?(?P<year>\d{4}))?",
        _named,
    ),
    _form(
        rf"(?:the )?(?:very )?(?:end|last day)(?: of)? (?:the )?"
        rf"(?P<period>{_MONTH}|(?:this |the |next )?(?:week|month|quarter|year)|q[1-4]|\d{{4}})"
        r"(?:,? (?:of )?(?P<year>\d{4}))?",
        _end_of,
    ),
    _form(
        rf"(?:the )?(?P<period>{_MONTH}|week|month|quarter|year|q[1-4])(?:'s)?(?: (?P<year>\d{{4}}))?[ -]end", _end_of
    ),
    _form(
        rf"(?:the )?(?:start|beginning|first day|1st|first)(?: of)? (?:the )?(?P<period>{_MONTH}|next month|next year)"
        r"(?:,? (?:of )?(?P<year>\d{4}))?",
        _start_of,
    ),
    _form(rf"(?P<through>through )?(?P<month>{_MONTH})(?:,? (?:of )?(?P<year>\d{{4}}))?", _bare_month),
    _form(rf"(?P<which>this |coming |this coming |next )?(?P<weekday>{_WEEKDAY})", _weekday),
    _form(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)", lambda match, today: day_of_month(int(match[1]), today)),
    _form(r"eom|eoy", lambda match, today: (month_end(today) if match[0] == "eom" else date(today.year, 12, 31),)),
    _form("|".join(_RELATIVE), lambda match, today: (later(today, days=_RELATIVE[match[0]]),)),
    _form(r"next (?P<unit>week|month|year)", _vague),
    _form(r"(20\d\d)", _year_alone),
    _form(rf"yesterday|last (?:week|month|year)|{DURATION} ago", lambda match, today: (yesterday(today),)),
)

ENGLISH_OPENING = re.compile(
    r"(?:(?:for|until|till?|'til|to|up to|up until|by|on|ending(?: on)?|ends(?: on)?|expir(?:es|ing)(?: on)?|valid"
    r"|access|please|about|around|roughly|approximately|max(?:imum|\.)?(?: of)?|at most|no longer than|not longer than"
    r"|in|within|make it|the next|next(?= (?:\d|(?:two|three|four|five|six)\b))|a total of|a period of|the whole of) )+"
)
ENGLISH_CLOSING = re.compile(
    r"(?:,? (?:please|thanks|thank you|max(?:imum)?|from (?:now|today)(?: on)?|starting (?:now|today)|of access|access"
    r"|in total|at (?:the )?most|period|time)|'s?(?= |$))+$"
)
ENGLISH_FOREVER = re.compile(
    r"for ?ever|indefinite(?:ly)?|permanent(?:ly)?(?: access)?|always|unlimited|open[- ]ended|until further notice"
    r"|no (?:end|limit|expiry)(?: date)?|without (?:an )?end(?: date)?|until (?:further|revoked|i say (?:so|stop))"
    r"|as long as (?:possible|needed|necessary)|never(?: ends?| expires?)?"
)
