"""What deceives the eye in an address or a name: invisible, right-to-left and mixed-script characters."""

import unicodedata
from collections.abc import Iterable

import idna
from confusable_homoglyphs.categories import alias  # type: ignore[import-untyped]
from confusable_homoglyphs.confusables import is_confusable  # type: ignore[import-untyped]

from bot.interview.draft import Problem
from bot.interview.problems import problem
from bot.interview.wording import code_points, is_invisible

_USED_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Scripts that one name mixes in good faith (UTS 39, "highly restrictive")."""

_NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})


def notes_on_address(address: str) -> tuple[Problem, ...]:
    """What to point out in a normalised address; all that is not plain ASCII is in its domain's A-labels."""
    domain = address.rpartition("@")[2]
    if "xn--" not in domain:
        return ()
    try:
        shown = idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return (problem("note-address-foreign-letters", domain=domain, shown=domain),)
    notes = [problem("note-address-foreign-letters", domain=domain, shown=shown)]
    mixed = [scripts for label in shown.split(".") if not _go_together(scripts := _scripts(label))]
    if mixed:
        listed = _listed(frozenset().union(*mixed))
        notes.append(problem("note-address-mixed-scripts", address=_with_domain(address, shown), scripts=listed))
    looks_like = _in_latin(shown)
    if looks_like.isascii():
        notes.append(problem("note-address-looks-like", shown=shown, looks_like=looks_like))
    if _has_right_to_left(shown):
        notes.append(problem("note-address-right-to-left", address=_with_domain(address, shown)))
    return tuple(notes)


def notes_on_name(name: str) -> tuple[Problem, ...]:
    """What to point out in a name."""
    if name.isascii():
        return ()
    notes = []
    invisible = "".join(character for character in name if is_invisible(character))
    if invisible:
        notes.append(problem("note-name-invisible", characters=code_points(invisible)))
    scripts = _scripts(name)
    if not _go_together(scripts):
        notes.append(problem("note-name-mixed-scripts", name=name, scripts=_listed(scripts)))
    if _has_right_to_left(name):
        notes.append(problem("note-name-right-to-left", name=name))
    return tuple(notes)


def _scripts(text: str) -> frozenset[str]:
    return frozenset(alias(character) for character in text if character.isalpha()) - _NO_SCRIPT


def _go_together(scripts: frozenset[str]) -> bool:
    return len(scripts) < 2 or any(scripts <= together for together in _USED_TOGETHER)


def _listed(scripts: Iterable[str]) -> str:
    return ", ".join(sorted(script.capitalize() for script in scripts))


def _in_latin(text: str) -> str:
    """The text with every letter that looks like an ASCII one replaced by it."""
    found = is_confusable(text, greedy=True, preferred_aliases=["latin"]) or []
    twins = {
        entry["character"]: twin["c"]
        for entry in found
        for twin in entry["homoglyphs"]
        if twin["c"].isascii() and twin["c"].isalnum()
    }
    return text.translate(str.maketrans(twins)).lower()


def _has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _with_domain(address: str, domain: str) -> str:
    return f"{address.rpartition('@')[0]}@{domain}"
