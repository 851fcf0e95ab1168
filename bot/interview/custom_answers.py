"""Answers to a policy's own questions, and the terms that it wants accepted: read, and looked at again later.

They are stored as texts: a choice by its key, a number in digits, a date as ISO 8601 writes it, `yes` or `no`, and
`accepted` with the version of the terms.
"""

import re
from datetime import date
from functools import lru_cache

from bot.interview.draft import Problem
from bot.interview.durations import parse_date
from bot.interview.problems import problem
from bot.interview.wording import evened, in_language, one_line
from policies.facts import accepted
from policies.model import PolicyQuestion, QuestionKind

MOST_CUSTOM = 500
MOST_PATTERNED = 200
"""A policy's pattern may be slow on long text; nothing with a form is long."""

YES = "yes"
NO = "no"

_MARKS = " .。!！"
_YES = re.compile(r"yes|yep|yeah|y|true|ok|okay|correct|right|是|是的|對|好|好的|沒錯|正確", re.IGNORECASE)
_NO = re.compile(r"no|nope|n|false|否|不|不是|沒有", re.IGNORECASE)
_ACCEPTS = re.compile(
    r"(?:yes,? )?(?:i )?(?:accept|agree|do)(?: (?:to )?(?:them|the terms|it))?|接受|我接受|同意|我同意", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}|[0-9]{1,3}(?:[ ,'][0-9]{3}){1,4})")


def read_custom(asked: PolicyQuestion, text: str, *, today: date, locale: str) -> str | Problem:
    """The answer as it is stored, from clean text as a person typed it or a card sent it; or what is wrong with it."""
    meant = one_line(evened(text)).strip(_MARKS)
    match asked.kind:
        case QuestionKind.CHOICE:
            value = _choice(text, asked)
        case QuestionKind.NUMBER:
            if not _NUMBER.fullmatch(meant):
                return problem("problem-custom-number", text=_shown(text))
            value = str(int(re.sub(r"[ ,']", "", meant)))
        case QuestionKind.DATE:
            day = parse_date(text, today=today, locale=locale)
            if isinstance(day, Problem):
                return day
            value = day.isoformat()
        case QuestionKind.YES_NO:
            value = YES if _YES.fullmatch(meant) else NO if _NO.fullmatch(meant) else meant
        case QuestionKind.TERMS:
            if not (_YES.fullmatch(meant) or _ACCEPTS.fullmatch(meant)):
                return problem("problem-custom-terms")
            value = accepted(asked)
        case QuestionKind.TEXT:
            return _text(asked, text, locale)
    return check_custom(asked, value, locale) or value


def check_custom(asked: PolicyQuestion, text: str, locale: str) -> Problem | None:
    """What speaks against this answer, as it is stored, to a policy's question."""
    match asked.kind:
        case QuestionKind.CHOICE:
            if text in asked.choices:
                return None
            labels = [in_language(label, locale) or value for value, label in asked.choices.items()]
            return problem("problem-custom-choice", text=_shown(text), options=", ".join(labels[:20]))
        case QuestionKind.NUMBER:
            return _check_number(asked, text)
        case QuestionKind.DATE:
            return None if _is_date(text) else problem("problem-custom-date", text=_shown(text))
        case QuestionKind.YES_NO:
            return None if text in (YES, NO) else problem("problem-custom-yes-no", text=_shown(text))
        case QuestionKind.TERMS:
            return None if text == accepted(asked) else problem("problem-custom-terms-changed")
    most = MOST_PATTERNED if asked.pattern else MOST_CUSTOM
    if len(text) > most:
        return problem("problem-custom-too-long", length=len(text), most=most)
    if asked.pattern and not _compiled(asked.pattern).fullmatch(text):
        return problem("problem-custom-form", text=_shown(text))
    return None


def _text(asked: PolicyQuestion, text: str, locale: str) -> str | Problem:
    wrong = check_custom(asked, text, locale)
    if wrong and asked.pattern and check_custom(asked, evened(text), locale) is None:
        return evened(text)  # full-width digits are digits
    return wrong or text


def _check_number(asked: PolicyQuestion, text: str) -> Problem | None:
    try:
        number = int(text)
    except ValueError:
        return problem("problem-custom-number", text=_shown(text))
    if asked.least is not None and number < asked.least:
        return problem("problem-custom-too-small", number=number, fewest=asked.least)
    if asked.most is not None and number > asked.most:
        return problem("problem-custom-too-large", number=number, most=asked.most)
    return None


def _choice(text: str, asked: PolicyQuestion) -> str:
    """The value of the choice that was meant, by value, label in any language, or number; the text where none is."""
    if text in asked.choices:
        return text
    meant = one_line(evened(text)).casefold().strip(_MARKS)
    for value, label in asked.choices.items():
        if meant == value.casefold() or meant in (evened(name).casefold().strip() for name in label.values()):
            return value
    values = list(asked.choices)
    if meant.isascii() and meant.isdecimal() and 1 <= int(meant[:4]) <= len(values):
        return values[int(meant[:4]) - 1]
    return text


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _shown(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
