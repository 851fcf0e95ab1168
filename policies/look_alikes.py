"""Domains that deceive: almost a partner's, in look-alike letters, or in letters of several scripts.

Found by an index over the partners' domains, so that ten thousand cost no more than ten: two names at most k letters
apart share at least one of k + 1 pieces that one of them is cut into (Li and others, Pass-Join, VLDB 2012).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from weakref import WeakKeyDictionary

import idna

from policies.model import Policy
from policies.scripts import go_together, in_latin, scripts_of

MOST_LETTERS = 2
"""How far from a partner's domain is still an imitation; `_allowed` asks for less of short names."""

_PIECES = MOST_LETTERS + 1
_LOOKED_AT = 2_000
"""Candidates compared for one domain at most: thousands of partners with all but one name are no reason to be slow."""

_REMEMBERED = 4_096
"""An interview asks of the same domain at each of its steps."""

_LOOKS_LIKE = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "8": "b", "i": "l", "q": "g", "v": "u"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("uu", "w"), ("cl", "d"))


def looks_like(policy: Policy, domain: str) -> str:
    """The key of the partner that this domain (A-labels), no partner's own, imitates; empty where it imitates none.

    A sub-domain imitates what the domain above it does. Of several partners it is the nearest, then the first of the
    files.
    """
    index = _kept.get(policy)
    if index is None:
        index = _kept[policy] = _Index(policy.partner_by_domain)
    return index.imitated(domain)


def has_mixed_scripts(domain: str) -> bool:
    """Whether a label of this domain (A-labels) has letters of scripts that do not go together."""
    if "xn--" not in domain:
        return False
    return any(not go_together(scripts_of(label)) for label in shown(domain).split("."))


def shown(domain: str) -> str:
    """A domain as people read it: U-labels; as it is where it has none."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return domain


class _Index:
    """The partners' domains by the pieces of their names, and by how they look."""

    def __init__(self, partner_by_domain: Mapping[str, str]) -> None:
        self._found: dict[str, str] = {}
        self._by_domain: dict[str, str] = {}
        self._by_look: dict[str, str] = {}
        self._by_piece: dict[tuple[int, int, str], list[tuple[str, str, str]]] = {}
        for pattern, key in partner_by_domain.items():
            self._add(pattern.removeprefix("*."), key)

    def _add(self, domain: str, key: str) -> None:
        if domain in self._by_domain:
            return
        self._by_domain[domain] = key
        self._by_look.setdefault(_look(domain), key)
        name, _, ending = shown(domain).rpartition(".")
        for number, (start, end) in enumerate(_pieces(len(name))):
            self._by_piece.setdefault((len(name), number, name[start:end]), []).append((name, ending, key))

    def imitated(self, domain: str) -> str:
        found = self._found.get(domain)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[domain] = self._imitated(domain)
        return found

    def _imitated(self, domain: str) -> str:
        labels = domain.split(".")
        for start in range(max(1, len(labels) - 1)):
            found = self._as(".".join(labels[start:])) or self._beginning(labels[start:])
            if found:
                return found
        return ""

    def _beginning(self, labels: list[str]) -> str:
        """`fabrikam.com.example`: a partner's whole domain stands before another."""
        for end in range(len(labels) - 1, 1, -1):
            key = self._by_domain.get(".".join(labels[:end]))
            if key is not None:
                return key
        return ""

    def _as(self, domain: str) -> str:
        if domain in self._by_domain:
            # Above it is a partner's own domain, which vouches for what is below.
            return ""
        alike = self._by_look.get(_look(domain))
        if alike is not None:
            return alike
        name, _, ending = shown(domain).rpartition(".")
        nearest, found = MOST_LETTERS + 1, ""
        for other, other_ending, key in self._near(name):
            most = min(nearest - 1, _allowed(other))
            apart = distance(name, other, most)
            if apart <= most:
                apart += distance(ending, other_ending, most - apart)
            if 0 < apart <= most:
                nearest, found = apart, key
        return found

    def _near(self, name: str) -> Iterator[tuple[str, str, str]]:
        seen: set[tuple[str, str]] = set()
        for length in range(max(1, len(name) - MOST_LETTERS), len(name) + MOST_LETTERS + 1):
            for number, (start, end) in enumerate(_pieces(length)):
                for moved in range(max(0, start - MOST_LETTERS), start + MOST_LETTERS + 1):
                    for found in self._by_piece.get((length, number, name[moved : moved + end - start]), ()):
                        if (found[0], found[1]) in seen:
                            continue
                        seen.add((found[0], found[1]))
                        yield found
                        if len(seen) >= _LOOKED_AT:
                            return


# A value must not hold its key, or nothing would ever leave.
_kept: WeakKeyDictionary[Policy, _Index] = WeakKeyDictionary()


def _pieces(length: int) -> Iterable[tuple[int, int]]:
    cuts = [length * number // _PIECES for number in range(_PIECES + 1)]
    return pairwise(cuts)


def _allowed(name: str) -> int:
    """Two letters of a name of three are another name."""
    return MOST_LETTERS if len(name) >= 6 else 1 if len(name) >= 3 else 0


def _look(domain: str) -> str:
    """The same for all domains that look the same: `fabr1karn.com` and `fabrikam.com`."""
    text = shown(domain)
    text = text if text.isascii() else in_latin(text)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text.translate(_LOOKS_LIKE)


def distance(one: str, other: str, most: int) -> int:
    """Letters to change, add, leave out or exchange with their neighbour; `most` + 1 where it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    if one == other:
        return 0
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        this = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != against))
            if before and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            this.append(cost)
        if min(this) > most:
            return most + 1
        before, last = last, this
    return min(last[-1], most + 1)
