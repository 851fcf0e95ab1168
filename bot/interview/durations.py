"""How long access is to last, as people write it, in English and Chinese: always a date, never a guess.

Our own forms and not dateparser: that reads much of what is vague as one date without a word, and takes a second to
import; a test holds our readings against its own where both have one.
"""

import re
from dataclasses import replace
from datetime import date

from bot.interview import chinese_dates, english_dates
from bot.interview.calendar_dates import Reading, later, read_with
from bot.interview.draft import Problem
from bot.interview.numeric_dates import CHINESE_NUMERIC_FORMS, NUMERIC_FORMS
from bot.interview.problems import problem
from bot.interview.wording import ASCII_LOWER, cleaned, evened, has_wide, one_line

MOST_DAYS = 3_650
"""Where policy sets no limit of its own: access always ends."""

_SHOWN = 100
_TYPED_AT_MOST = 200
_FOREVER = re.compile(f"{english_dates.ENGLISH_FOREVER.pattern}|(?:{chinese_dates.CHINESE_FOREVER.pattern})")
_BARE_NUMBER = re.compile(r"\d{1,5}")
_TODAY = frozenset({"today", "now", "今天", "今日"})
_THROUGH = re.compile(r"(?:through|thru) ")
_CLOSING_MARKS = " .!,;'。！，；"


def latest(today: date, max_days: int | None) -> date:
    """The last day that may be asked for."""
    return later(today, days=MOST_DAYS if max_days is None else min(max_days, MOST_DAYS))


def parse_until(text: str, *, today: date, locale: str = "en", max_days: int | None = None) -> date | Problem:
    """The last day of access that the text names, counted from `today` (the sponsor's).

    `max_days` is policy's limit, None for none. `locale` (`en`, `zh-Hant`) decides only how `3/1` is read. Never
    raises.
    """
    clean = cleaned(text)
    if isinstance(clean, Problem):
        return clean
    written = one_line(evened(clean))
    if not written:
        return problem("problem-empty")
    shown = written if len(written) <= _SHOWN else written[: _SHOWN - 1] + "…"
    if len(written) > _TYPED_AT_MOST:
        return problem("problem-duration-unclear", text=shown)
    bare = written.translate(ASCII_LOWER).strip(_CLOSING_MARKS)
    if _FOREVER.fullmatch(bare) or _FOREVER.fullmatch(_core(bare)):
        last = latest(today, max_days)
        return problem("problem-duration-forever", max_days=(last - today).days, latest=last)
    if _BARE_NUMBER.fullmatch(bare) and not re.fullmatch(r"20\d\d", bare):
        return problem("problem-duration-unit", number=int(bare))
    reading = _read(bare, today, locale)
    if reading is None:
        return problem("problem-duration-unclear", text=shown)
    if isinstance(reading, Problem):
        return replace(reading, params={**reading.params, "text": shown})
    if not reading:
        return problem("problem-duration-no-such-day", text=shown)
    if len(reading) > 1:
        return problem("problem-duration-ambiguous", text=shown, first=reading[0], second=reading[1])
    return check_until(reading[0], today=today, max_days=max_days) or reading[0]


def parse_date(text: str, *, today: date, locale: str = "en") -> date | Problem:
    """The day that the text names, past or to come; for a policy's own question. Never raises."""
    clean = cleaned(text)
    if isinstance(clean, Problem):
        return clean
    written = one_line(evened(clean))
    shown = written if len(written) <= _SHOWN else written[: _SHOWN - 1] + "…"
    bare = written.translate(ASCII_LOWER).strip(_CLOSING_MARKS)
    if bare in _TODAY:
        return today
    reading = None if len(written) > _TYPED_AT_MOST or bare.isdecimal() else _read(bare, today, locale)
    if reading is None or isinstance(reading, Problem):
        return problem("problem-custom-date", text=shown)
    if not reading:
        return problem("problem-duration-no-such-day", text=shown)
    if len(reading) > 1:
        return problem("problem-duration-ambiguous", text=shown, first=reading[0], second=reading[1])
    return reading[0]


def check_until(until: date, *, today: date, max_days: int | None) -> Problem | None:
    """What speaks against this last day: it is past, or today, or later than allowed."""
    if until < today:
        return problem("problem-duration-past", until=until)
    if until == today:
        return problem("problem-duration-none")
    last = latest(today, max_days)
    if until > last:
        return problem(
            "problem-duration-too-long",
            until=until,
            days=(until - today).days,
            max_days=(last - today).days,
            latest=last,
        )
    return None


def _core(bare: str) -> str:
    opening = english_dates.ENGLISH_OPENING.match(bare)
    core = bare[opening.end() :] if opening else bare
    return english_dates.ENGLISH_CLOSING.sub("", core).strip(_CLOSING_MARKS)


def _read(bare: str, today: date, locale: str) -> Reading | None:
    if has_wide(bare):
        return _read_chinese(bare.replace(" ", ""), today)
    numeric = CHINESE_NUMERIC_FORMS if locale.startswith("zh") else NUMERIC_FORMS
    core = _core(bare)
    through = _THROUGH.match(core)
    if through:
        # "through March" ends with the month; before anything else the word says no more than "until".
        core = core[through.end() :]
        return read_with(english_dates.ENGLISH_FORMS, f"through {core}", today) or read_with(
            english_dates.ENGLISH_FORMS + numeric, core, today
        )
    reading = read_with(english_dates.ENGLISH_FORMS, core, today)
    return reading if reading is not None else read_with(numeric, core, today)


def _read_chinese(bare: str, today: date) -> Reading | None:
    opening = chinese_dates.CHINESE_OPENING.match(bare)
    core = bare[opening.end() :] if opening else bare
    for tried in (core, chinese_dates.CHINESE_CLOSING.sub("", core)):
        reading = read_with(chinese_dates.CHINESE_FORMS, tried, today)
        if reading is None:
            reading = read_with(CHINESE_NUMERIC_FORMS, tried.lstrip("到至"), today)
        if reading is not None:
            return reading
    return None
