"""Short ids that people type: any one wrong character, and any two swapped, are caught."""

import secrets
from collections.abc import Callable

from bot.domain.errors import MistypedId

ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""31 characters, a prime: no 0, I, L, O, U. ISBN-10's weighted sum modulo a prime needs that."""

LENGTH = 7
"""Six random characters (8.9e8 ids) and the check character."""

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_LOOKS_LIKE = str.maketrans(
    {"I": "1", "L": "1", "-": None, " ": None, "\N{EN DASH}": None, "\N{NON-BREAKING HYPHEN}": None}
)


def _check(payload: str) -> str:
    # Weights 2..n+1 for the payload and 1 for the check character: all differ and none is 0 modulo 31, so a
    # changed character and a swapped pair both change the sum (the argument behind ISBN-10).
    total = sum(weight * _VALUE[character] for weight, character in enumerate(reversed(payload), start=2))
    return ALPHABET[-total % len(ALPHABET)]


def new_id(choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh id such as `7KQ2M9X`, stored without the hyphen that `display` adds."""
    payload = "".join(choose(ALPHABET) for _ in range(LENGTH - 1))
    return payload + _check(payload)


def parse_id(text: str) -> str:
    """The id in what a person typed: any case, with or without hyphens, I and L read as 1.

    Raises MistypedId where the check character does not fit.
    """
    candidate = text.strip().lstrip("#").upper().translate(_LOOKS_LIKE)
    if (
        len(candidate) != LENGTH
        or any(character not in _VALUE for character in candidate)
        or _check(candidate[:-1]) != candidate[-1]
    ):
        raise MistypedId(id=text.strip()[:40])
    return candidate


def display(identifier: str) -> str:
    """`7KQ-2M9X`: how an id is shown."""
    return f"{identifier[:3]}-{identifier[3:]}"
