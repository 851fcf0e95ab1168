"""What deceives the eye in an address or a name: invisible, right-to-left and mixed-script characters."""

import unicodedata
from collections.abc import Iterable

import idna

from bot.interview.draft import Problem
from bot.interview.problems import problem
from bot.interview.wording import code_points, is_invisible
from policies.scripts import go_together, in_latin, scripts_of


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
    mixed = [scripts for label in shown.split(".") if not go_together(scripts := scripts_of(label))]
    if mixed:
        listed = _listed(frozenset().union(*mixed))
        notes.append(problem("note-address-mixed-scripts", address=_with_domain(address, shown), scripts=listed))
    looks_like = in_latin(shown)
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
    scripts = scripts_of(name)
    if not go_together(scripts):
        notes.append(problem("note-name-mixed-scripts", name=name, scripts=_listed(scripts)))
    if _has_right_to_left(name):
        notes.append(problem("note-name-right-to-left", name=name))
    return tuple(notes)


def _listed(scripts: Iterable[str]) -> str:
    return ", ".join(sorted(script.capitalize() for script in scripts))


def _has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _with_domain(address: str, domain: str) -> str:
    return f"{address.rpartition('@')[0]}@{domain}"
