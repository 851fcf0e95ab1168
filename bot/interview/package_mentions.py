"""Finding access packages in a longer message: only where one is plainly asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.interview.draft import Problem
from bot.interview.package_names import Names, ambiguous, fitting, plain
from bot.interview.wording import ASCII_LOWER, is_wide

GAP = "\x1f"
"""Stands where something understood was taken out; no cleaned text has one."""

_ENGLISH_ANCHOR = re.compile(r"(?<![a-z])(?:access to|to|into|onto|join|on|use|using|and|plus|also) +")
_LISTED_ANCHOR = re.compile(rf"(?:^|[{GAP},;:\n、，；：])\s*")
_CHINESE_ANCHOR = re.compile(r"(?:使用|加入|存取|進入|參加|開通|申請|用|到|權限：?) ?")
_ANCHORS = (_ENGLISH_ANCHOR, _CHINESE_ANCHOR, _LISTED_ANCHOR)
_WORD = re.compile(r"[a-z0-9][\w'-]*")
_SEPARATOR = re.compile(r" *(?:,|&|\+|、|和|與|及| and ) *")
_ENDS_A_PHRASE = re.compile(
    rf" *(?:$|[.,;:!?()\n{GAP}–—]|- |[^\x00-\x7f]|\d|(?:for|until|till?|because|since|so|from|through|with|by|as"
    r"|please|thanks|starting|access|too|and|we|she|he|they|a|an|one|two|three|four|five|six|half)\b)"
)
_ENDS_A_CHINESE_PHRASE = re.compile(
    rf"\s*(?:$|[\s，、；。：！!,;.)）{GAP}0-9]|[一二兩三四五六七八九十半]|的?(?:使用)?權限|的?存取|到|至|為期|和|與|及|因為|為了)"
)
_FILLERS = frozenset({"the", "our", "access", "package"})
_MOST_TAKEN = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageMentions:
    """Packages that a text asks for, where they stand, and what is unclear about one."""

    keys: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    problem: Problem | None = None


def find_packages(text: str, names: Names) -> PackageMentions:
    """Packages named in a list, or after "to", "use", 使用 and the like; where there are none, in full anywhere.

    A part of a name counts where it ends as a phrase would: "to design reviews" does not ask for the Design library.
    """
    lower = text.translate(ASCII_LOWER)
    keys: list[str] = []
    spans: list[tuple[int, int]] = []
    unclear = None
    for at in sorted({match.end() for pattern in _ANCHORS for match in pattern.finditer(lower)}):
        found = _after(lower, at, names)
        keys += found.keys
        spans += found.spans
        unclear = unclear or found.problem
    if not keys and not unclear:
        return _in_full(lower, names)
    return PackageMentions(keys=tuple(dict.fromkeys(keys)), spans=tuple(spans), problem=unclear)


def _in_full(lower: str, names: Names) -> PackageMentions:
    keys: list[str] = []
    spans: list[tuple[int, int]] = []
    for name, meant in _long_names(names).items():
        at = lower.find(name)
        while at >= 0:
            end = at + len(name)
            if _stands_alone(lower, at, end) and len(meant) == 1:
                keys += meant
                spans.append((at, end))
                lower = lower[:at] + GAP * len(name) + lower[end:]
            at = lower.find(name, end)
    return PackageMentions(keys=tuple(dict.fromkeys(keys)), spans=tuple(spans))


def _long_names(names: Names) -> Mapping[str, frozenset[str]]:
    """Names of more than one word, longest first, hyphenated too: what no one writes by chance."""
    spelt = {name: keys for name, keys in names.exact.items() if " " in name or (is_wide(name[0]) and len(name) > 3)}
    spelt |= {name.replace(" ", "-"): keys for name, keys in spelt.items()}
    return dict(sorted(spelt.items(), key=lambda entry: -len(entry[0])))


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not any(edge.isascii() and (edge.isalnum() or edge in "-_@") for edge in (before, after) if edge)


def _after(text: str, at: int, names: Names) -> PackageMentions:
    """The packages in the list that begins here, if that is what it is."""
    keys: list[str] = []
    start = end = at
    while True:
        phrase_end = _wide_phrase_end(text, end, names) if _is_wide_at(text, end) else _phrase_end(text, end, names)
        phrase = text[end:phrase_end]
        meant = fitting(phrase, names) if phrase else frozenset()
        if not meant:
            break
        if len(meant) > 1:
            return PackageMentions(problem=ambiguous(phrase.strip(), meant, names))
        keys += meant
        start, end = at, phrase_end
        following = _SEPARATOR.match(text, end)
        if not following or not (_phrase_end(text, following.end(), names) or _is_wide_at(text, following.end())):
            break
        end = following.end()
    return PackageMentions(keys=tuple(keys), spans=((start, end),)) if keys else PackageMentions()


def _is_wide_at(text: str, at: int) -> bool:
    return at < len(text) and is_wide(text[at])


def _phrase_end(text: str, at: int, names: Names) -> int:
    """Where the run of words that stand in names ends; 0 where there is none, or it goes on with other words."""
    end = position = at
    named = False
    for _ in range(_MOST_TAKEN):
        word = _WORD.match(text, position)
        if not word:
            break
        parts = plain(word[0]).split(" ")
        if all(part in names.words for part in parts):
            named, end = True, word.end()
        elif word[0] not in _FILLERS:
            break
        position = word.end() + (text[word.end() : word.end() + 1] == " ")
    return end if named and _ENDS_A_PHRASE.match(text, end) else 0


def _wide_phrase_end(text: str, at: int, names: Names) -> int:
    """Where the longest run that is part of a name ends; 0 where there is none, or it goes on with other words."""
    joined = [name.replace(" ", "") for name in names.exact]
    for length in range(min(_MOST_TAKEN, len(text) - at), 1, -1):
        phrase = text[at : at + length]
        if any(phrase in name for name in joined):
            return at + length if _ENDS_A_CHINESE_PHRASE.match(text, at + length) else 0
    return 0
