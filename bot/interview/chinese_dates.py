"""Durations and end dates as people write them in Chinese; texts come without spaces."""

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

_DIGITS = {
    digit: value
    for value, digits in enumerate(("〇零", "一壹", "二兩两贰貳", "三參叁", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
_N = "[0-9〇零一二兩两三四五六七八九十百]{1,6}"
_UNIT = r"(?:天|日|週|周|個?星期|個?禮拜|个?礼拜|个?星期|[個个]月|季|年)"
_PIECE = rf"(?P<amount>{_N}|半)(?P<middle>[個个])?(?P<unit>{_UNIT})(?P<half>半)?"
_PLAIN_PIECE = re.sub(r"\?P<\w+>", "?:", _PIECE)
DURATION = rf"{_PLAIN_PIECE}(?:[又零加和]?{_PLAIN_PIECE})*"
_YEAR = rf"(?:(?:民國|民国)?{_N}年|今年|明年|後年|后年)"
_DAY_NAMED = rf"{_YEAR}?{_N}月{_N}[日號号]"
_END = rf"(?:{_YEAR}?{_N}月|這個?月|本月|月|下個?月|{_YEAR}|年|本季|這季|季|下一?季)[底末]"
DATE = rf"{_END}|{_DAY_NAMED}"

_Function = Callable[[Match[str], date], Reading | None]


def _form(pattern: str, read: _Function) -> Form:
    return Form(pattern=re.compile(pattern), read=read)


def _number(text: str) -> int | None:
    """60, 六十, 一百二十, 二〇二七; None for what only hints at one (兩三)."""
    if text.isdecimal():
        return int(text) if text.isascii() else None
    if not any(character in "十百" for character in text):
        values = [_DIGITS.get(character) for character in text]
        if None in values or len(values) not in (1, 4):
            return None
        return int("".join(str(value) for value in values))
    fits = re.fullmatch(
        r"(?:([一二兩两三四五六七八九])百[零〇]?)?(?:([一二三四五六七八九])?(十))?([一二三四五六七八九])?", text
    )
    if not fits:
        return None
    hundreds, tens, ten, ones = fits.groups()
    if hundreds and ones and not ten and not re.search("[零〇]", text):
        return None  # 一百二 is 120 to most and 102 to some
    return (
        (_DIGITS[hundreds] * 100 if hundreds else 0)
        + (_DIGITS[tens] * 10 if tens else 10 if ten else 0)
        + (_DIGITS[ones] if ones else 0)
    )


def _year(text: str | None, today: date) -> int | None:
    """The year; None where none is written. 民國 and three-digit years count from 1911."""
    if not text:
        return None
    near = {"今年": 0, "明年": 1, "後年": 2, "后年": 2}.get(text)
    if near is not None:
        return today.year + near
    written = text.removesuffix("年")
    number = _number(written.removeprefix("民國").removeprefix("民国"))
    if number is None:
        return 0  # a year that no calendar has
    return number + 1911 if written[:1] == "民" or 100 <= number < 200 else number


_EACH_PIECE = re.compile(_PIECE)


def _duration(match: Match[str], today: date) -> Reading | None:
    months = days = 0
    for piece in _EACH_PIECE.finditer(match[0]):
        half = piece["amount"] == "半"
        amount = 0 if half else _number(piece["amount"])
        if amount is None:
            return None
        halves = 2 * amount + half + bool(piece["half"])
        unit = piece["unit"].lstrip("個个") if piece["unit"] not in ("個月", "个月") else "月"
        if unit == "年":
            months += halves * 6
        elif halves % 2:
            return None
        elif unit in ("月", "季"):
            months += halves // 2 * (1 if unit == "月" else 3)
        else:
            days += halves // 2 * (1 if unit in "天日" else 7)
    return (later(today, months=months, days=days),)


def _days_or_date(match: Match[str], today: date) -> Reading | None:
    """「30日」: thirty days, or the thirtieth; after 到 the latter."""
    number = _number(match["day"])
    if number is None:
        return None
    named = day_of_month(number, today)
    if match["until"] or match["kind"] != "日":
        return named
    return tuple(dict.fromkeys((later(today, days=number), *named)))


def _named(match: Match[str], today: date) -> Reading | None:
    month, day = _number(match["month"]), _number(match["day"])
    return days_named(_year(match["year"], today), month or 0, day or 0, today)


def _of_month(match: Match[str], today: date) -> Reading:
    start = month_start(today, match["which"].startswith("下"))
    return days_named(start.year, start.month, _number(match["day"]) or 0, today)


def _end_of(match: Match[str], today: date) -> Reading:
    following = match[0].startswith("下")
    if match["month"]:
        named = month_named(_year(match["year"], today), _number(match["month"]) or 0, today)
        return named[1:] if named else ()
    if "季" in match[0]:
        return (quarter_end(today, following),)
    if "月" in match[0]:
        return (month_end(today, following),)
    year = _year(match["year"], today)
    return year_end(today.year if year is None else year)


def _start_of(match: Match[str], today: date) -> Reading:
    if match["month"]:
        return days_named(_year(match["year"], today), _number(match["month"]) or 0, 1, today)
    return (month_start(today, 1),)


def _bare_month(match: Match[str], today: date) -> Reading:
    return month_named(_year(match["year"], today), _number(match["month"]) or 0, today) or ()


def _weekday(match: Match[str], today: date) -> Reading:
    weekday = min("一二三四五六日天".index(match["weekday"]), 6)
    if not match["which"].startswith("下"):
        return (coming(weekday, today),)
    monday = week_start(today, 1)
    if weekday < 6:
        return (later(monday, days=weekday),)
    # Some calendars begin the week on Sunday.
    return tuple(dict.fromkeys((coming(6, today), later(monday, days=6))))


def _next(match: Match[str], today: date) -> Reading:
    if match[0].endswith("月"):
        return month_start(today, 1), month_end(today, 1)
    if match[0] == "明年":
        return days_named(today.year + 1, 1, 1, today) + year_end(today.year + 1)
    return week_start(today, 1), later(week_start(today, 1), days=6)


def _year_alone(match: Match[str], today: date) -> Reading | None:
    year = _number(match["year"])
    return days_named(year, 1, 1, today) + year_end(year) if year else None


_RELATIVE = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "後天": 2, "后天": 2, "大後天": 3}

CHINESE_FORMS = (
    _form(r"(?P<until>[到至])?(?P<day>[0-9一二三四五六七八九十]{1,3})(?P<kind>[日號号])", _days_or_date),
    _form(rf"[到至]?(?P<year>{_YEAR})?(?P<month>{_N})月(?P<day>{_N})[日號号]", _named),
    _form(rf"[到至]?(?P<which>這個?月|本月|下個?月)(?P<day>{_N})[日號号]", _of_month),
    _form(
        rf"[到至]?(?:(?:(?P<year>{_YEAR})?(?P<month>{_N})月|這個?月|本月|月|下個?月|(?P<other>年)|本季|這季|季|下一?季)[底末]"
        r"|年[底終])",
        _end_of,
    ),
    _form(rf"[到至]?(?P<year>{_YEAR})(?P<month>(?!))?[底末]", _end_of),
    _form(rf"[到至]?(?:(?P<year>{_YEAR})?(?P<month>{_N})月|下個?月)初", _start_of),
    _form(rf"[到至]?(?P<year>{_YEAR})?(?P<month>{_N})月", _bare_month),
    _form(r"[到至]?(?P<which>(?:[這本下]個?)?)(?:週|周|星期|禮拜|礼拜)(?P<weekday>[一二三四五六日天])", _weekday),
    _form(
        rf"[到至]?(?:{'|'.join(_RELATIVE)})",
        lambda match, today: (later(today, days=_RELATIVE[match[0].lstrip("到至")]),),
    ),
    _form(r"[到至]?(?:下個?月|下[週周]|下個?星期|下個?禮拜|明年)", _next),
    _form(r"昨天|昨日|前天|上個?月|上[週周]|去年", lambda match, today: (yesterday(today),)),
    _form(rf"[到至]?(?P<year>20[0-9]{{2}}|{_N[:-5]}{{4}})年", _year_alone),
    _form(DURATION, _duration),
)

CHINESE_OPENING = re.compile(
    r"(?:請|麻煩|给|給|使用|開放|存取|權限|期限|期間|時間|為期|总共|總共|共|約|大約|大概|有效|延長|延到|需要|要|最多|直(?=[到至])|截(?=[到至])|從現在|[:：，,])+"
)
CHINESE_CLOSING = re.compile(
    r"(?:為止|止|左右|以內|之內|內|即可|吧|的?時間|的?權限|的?存取|期間|以後|之後|後|到期|結束|謝謝|就好|就可以|[。，,!！])+$"
)
CHINESE_FOREVER = re.compile(r"永久|永遠|永远|無限期?|无限期?|不限期?|無期限|長期|一直|沒有?期限|不設期限")
