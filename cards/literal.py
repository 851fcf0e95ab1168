"""What people wrote, made fit to be drawn literally: nothing invisible, nothing that a client would interpret."""

import re
import unicodedata
from functools import lru_cache

from bot.interview.wording import is_invisible

MOST_MARKS = 3
"""Combining marks in a row that a script may need; more of them paint over the neighbouring lines."""

_SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
"""Parts of an emoji when they stand behind one; invisible anywhere else."""

_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_WORD_JOINER = "\u2060"


def literal(text: str, *, most: int, lines: bool = False) -> str:
    """`text` as it is to be drawn, `most` characters of it at most, with an ellipsis where it was cut.

    Invisible characters are shown as escapes such as ⟨U+200B⟩, right-to-left text is isolated, and `{{DATE(…)}}` is no
    template any more. `lines` keeps line breaks.
    """
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text if "{{" not in text else _untemplated(text)
    return _drawn(text, most, lines)


@lru_cache(maxsize=4096)
def _drawn(text: str, most: int, lines: bool) -> str:
    pieces: list[str] = []
    length = marks = 0
    before = ""
    for character in text[: most + 1].replace("\r\n", "\n"):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if character in "\n\t":
            piece = character if lines and character == "\n" else " "
        elif character in _SPACES:
            piece = " "
        elif _is_hidden(character, before) or marks > MOST_MARKS:
            piece = f"⟨U+{ord(character):04X}⟩"
        else:
            piece = character
        # An escape is long: what counts is what is drawn, or a text of nothing but invisible characters fills the card.
        length += len(piece)
        if length > most:
            pieces.append("…")
            break
        pieces.append(piece)
        before = character
    else:
        if len(text) > most + 1:
            pieces.append("…")
    drawn = _untemplated("".join(pieces))
    return f"{_ISOLATE}{drawn}{_END_ISOLATE}" if is_right_to_left(drawn) else drawn


def _is_hidden(character: str, before: str) -> bool:
    if character in _JOINERS:
        return not _is_emoji(before)
    return character != "\u3000" and (not character.isprintable() or is_invisible(character))


def _untemplated(text: str) -> str:
    # Clients look for "{{DATE(" and "{{TIME(" in every text, a TextRun's too; a word joiner between the braces is not
    # seen by a reader and not passed by them.
    return re.sub(r"\{(?=\{)", "{" + _WORD_JOINER, text)


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) in {"So", "Sk"} or character in _JOINERS)


def is_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text)


_ACTIVE = str.maketrans(
    {
        "*": "∗",
        "_": "＿",
        "[": "［",
        "]": "］",
        "`": "ˋ",
        "~": "∼",
        "<": "＜",
        ">": "＞",
        "\\": "＼",
        "&": "＆",
        "|": "｜",
    }
)


def label(text: str, *, most: int = 120) -> str:
    """`text` for a place that is Markdown in some clients and plain in others (a choice, a button): with look-alikes
    for whatever Markdown would act on, for an escape would show in the plain ones.
    """
    plain = literal(text, most=most).translate(_ACTIVE)
    return _WORD_JOINER + plain if re.match(r"\s*(\d+[.)]|[-+#=])", plain) else plain


def spoken(text: str) -> str:
    """`text` for `speak`, which is read as SSML."""
    return text.replace("&", " ").replace("<", " ").replace(">", " ")
