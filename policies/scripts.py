"""Letters that deceive the eye: the scripts of a text, which of them go together, and what it looks like in Latin."""

from functools import lru_cache

from confusable_homoglyphs.categories import alias  # type: ignore[import-untyped]
from confusable_homoglyphs.confusables import is_confusable  # type: ignore[import-untyped]

_USED_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Scripts that one name mixes in good faith (UTS 39, "highly restrictive")."""

_NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of its letters, as Unicode names them in capitals."""
    return frozenset(alias(character) for character in text if character.isalpha()) - _NO_SCRIPT


def go_together(scripts: frozenset[str]) -> bool:
    """Whether one name has letters of these in good faith."""
    return len(scripts) < 2 or any(scripts <= together for together in _USED_TOGETHER)


@lru_cache(maxsize=4096)
def in_latin(text: str) -> str:
    """The text with every letter that looks like an ASCII one replaced by it."""
    found = is_confusable(text, greedy=True, preferred_aliases=["latin"]) or []
    twins = {
        entry["character"]: twin["c"]
        for entry in found
        for twin in entry["homoglyphs"]
        if twin["c"].isascii() and twin["c"].isalnum()
    }
    return text.translate(str.maketrans(twins)).lower()
