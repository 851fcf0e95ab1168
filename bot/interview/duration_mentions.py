"""Finding a duration or end date in a longer message: only one that stands as a phrase of its own."""

import re
from dataclasses import dataclass

from bot.interview import chinese_dates, english_dates
from bot.interview.numeric_dates import NUMERIC
from bot.interview.wording import ASCII_LOWER, has_wide, is_wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What stands at `text[start:end]`; `written` is for `parse_until`."""

    start: int
    end: int
    written: str


_ENGLISH = re.compile(
    r"(?<![a-z0-9_@.\-/–])(?:"
    r"(?:(?:for|until|till?|through|thru|to|up to|by) (?:an? (?=\d)|another (?=\d)|the next |next )?)?"
    rf"(?P<core>{english_dates.DATE}|{NUMERIC}|{english_dates.DURATION})"
    rf"|(?:until|till?|through|thru|by) (?P<day>{english_dates.AFTER_UNTIL})"
    r"|(?:for ?ever|indefinitely|permanently))(?![a-z0-9_@/]|-[a-z0-9]|–)"
)
_STANDS_APART = re.compile(
    r" *(?:$|[.,;:!?()\n–—]|- |[^\x00-\x7f]|(?:for|because|to|so|as|since|and|with|please|thanks|thank|access"
    r"|from (?:now|today)|in|on|at|until|we|she|he|they|max|maximum|of access|reason)\b)"
)
_NUMBER = rf"(?:\d|\b(?:{'|'.join(english_dates.NUMBER_WORDS)}|few))"
_OPENS_RANGE = re.compile(
    rf"(?:{_NUMBER}|days?|weeks?|months?|years?) ?(?:or|to|-|–) ?$"
    r"|\b(?:before|after|from|since|starting|than|every|each|per|within|first|last|past|previous|not) (?:the )?$"
    r"|\bfrom (?:the )?(?:\d|[a-z]{3,9} \d)[^,;\n]{0,30} (?:to|until|till) $"
)
"""Part of a range, or a point that something begins at: neither says how long access lasts."""
_GOES_ON = re.compile(rf" ?(?:to|or|-|–|through) ?{_NUMBER}| (?:ago|old|later|before|after|notice)\b")

_CHINESE = re.compile(rf"(?:{chinese_dates.DATE}|{chinese_dates.DURATION})")
_CHINESE_BEFORE = re.compile(
    r"(?:^|[\s，、；。：:,;(（」』]|[A-Za-z0-9]\s?|使用|存取|權限|期限|期間|時間|為期|開放|延長|最多|約|到|至|共|給|用|需要|有效)$"
)
_CHINESE_AFTER = re.compile(
    r"(?:$|[\s，、；。！!,;)）」』]|為止|止|因為|為了|以便|用於|用來|的?(?:使用)?(?:權限|時間|存取))"
)
_CHINESE_RANGE = re.compile(r"[0-9一二兩三四五六七八九十月日號天週周年][到至~～\-–或、]$")


def find_mentions(text: str) -> tuple[Mention, ...]:
    """Every duration or end date in the text, in order. The text is one that `wording.evened` returned."""
    found = _in_english(text)
    if has_wide(text):
        found += _in_chinese(text)
    return tuple(sorted(found, key=lambda mention: mention.start))


def _in_english(text: str) -> list[Mention]:
    lower = text.translate(ASCII_LOWER)
    found = []
    for match in _ENGLISH.finditer(lower):
        group = "core" if match["core"] else "day" if match["day"] else 0
        before = lower[max(0, match.start(group) - 60) : match.start(group)]
        if (
            _OPENS_RANGE.search(before)
            or _GOES_ON.match(lower, match.end())
            or not _STANDS_APART.match(lower, match.end())
        ):
            continue
        found.append(Mention(start=match.start(), end=match.end(), written=match[0]))
    return found


def _in_chinese(text: str) -> list[Mention]:
    compact, places = _without_inner_spaces(text)
    found = []
    for match in _CHINESE.finditer(compact):
        before = compact[max(0, match.start() - 6) : match.start()]
        if (
            _CHINESE_BEFORE.search(before)
            and _CHINESE_AFTER.match(compact, match.end())
            and not _CHINESE_RANGE.search(before)
        ):
            until = before[-1:] if before[-1:] in ("到", "至") else ""
            start = places[match.start()] - len(until)
            found.append(Mention(start=start, end=places[match.end() - 1] + 1, written=until + match[0]))
    return found


def _without_inner_spaces(text: str) -> tuple[str, list[int]]:
    """The text without the spaces that stand between a digit and a Chinese character, and where each character was."""
    kept = [
        index
        for index, character in enumerate(text)
        if character != " "
        or not 0 < index < len(text) - 1
        or not (
            (text[index - 1].isdigit() and is_wide(text[index + 1]))
            or (is_wide(text[index - 1]) and text[index + 1].isdigit())
        )
    ]
    return "".join(text[index] for index in kept), kept
