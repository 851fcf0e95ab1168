"""Text as people send it, made fit to read: what no database stores is dropped, odd spaces and widths are evened."""

import re
import unicodedata

from bot.domain.packages import LocalisedText
from bot.interview.draft import Problem
from bot.interview.problems import problem

MOST_CHARACTERS = 4_000
"""Of one message or answer: far more than anyone types, and little enough that reading it takes bounded time."""

ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""For `str.translate`: lower case that keeps every character's place."""

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n|[\r\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")

_EVEN = str.maketrans(
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
    | {ord(space): " " for space in "\t\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))}
    | {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2010: "-", 0x2011: "-"}
)

_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
"""Letters and marks that show nothing, beside those of category Cf."""

OVERRIDES = "\u202d\u202e"
"""Bidi overrides: what is read differs from what is stored, wherever they stand."""


def cleaned(text: str) -> str | Problem:
    """The text in NFC without control characters, lines broken by `\\n`; a Problem where it is too long.

    Lone surrogates (valid JSON, but no Unicode text) become U+FFFD.
    """
    if len(text) > MOST_CHARACTERS:
        return problem("problem-too-long", most=MOST_CHARACTERS)
    if not (text.isascii() and text.isprintable()):
        text = _LONE_SURROGATE.sub("\ufffd", text)
        text = _UNSTORABLE.sub("", _LINE_BREAK.sub("\n", text))
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def evened(text: str) -> str:
    """The same number of characters, with full-width ASCII, odd spaces, curly quotes and odd hyphens made plain."""
    return text if text.isascii() and "\t" not in text else text.translate(_EVEN)


def one_line(text: str) -> str:
    """All on one line, each run of spaces one space."""
    return _SPACES.sub(" ", text.replace("\n", " ")).strip()


def is_invisible(character: str) -> bool:
    """Whether it shows nothing, or only changes how others are shown (joiners, bidi controls, tags, fillers)."""
    if character.isascii():
        return False
    return (
        character in _BLANK_LETTERS
        or unicodedata.category(character) == "Cf"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def code_points(text: str) -> str:
    """`U+200B U+202E`: characters that cannot be shown, named, each once."""
    return " ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(text))


def without_invisible_ends(text: str) -> str:
    """Without the spaces and invisible characters that copying leaves at either end."""
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or is_invisible(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or is_invisible(text[end - 1])):
        end -= 1
    return text[start:end]


def in_language(text: LocalisedText, locale: str) -> str:
    """The text in this language, else in its base language, else the one for every other."""
    for tag in (locale, locale.partition("-")[0], ""):
        if tag in text:
            return text[tag]
    return next(iter(text.values()), "")


def is_wide(character: str) -> bool:
    """A letter of a script that is written without spaces: Han, Kana, Bopomofo, Hangul."""
    return (
        (
            "\u3040" <= character <= "\u9fff"
            or "\uac00" <= character <= "\ud7a3"
            or "\uf900" <= character <= "\ufaff"
            or "\U00020000" <= character <= "\U0003ffff"
        )
        and character.isalpha()
        and character not in _BLANK_LETTERS
    )


def has_wide(text: str) -> bool:
    """Whether any of it is written so."""
    return not text.isascii() and any(map(is_wide, text))
