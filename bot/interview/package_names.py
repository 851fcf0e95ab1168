"""Access packages by the names that people call them: never a wrong one, rather ask."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.packages import AccessPackage
from bot.interview.draft import Draft, Known, Option, Problem
from bot.interview.problems import problem
from bot.interview.wording import cleaned, evened, has_wide, in_language, one_line
from policies.offer import Offer

_JOINERS = re.compile(r"[\s_\-–—/.]+")
_LIST = re.compile(r"\s*[,;、，；\n]\s*(?:and\s+)?|\s+(?:and|&|\+|plus)\s+|\s*(?:以及|和|與|及|跟)\s*")
_FILLERS = frozenset(
    {"the", "a", "our", "to", "access", "package", "packages", "please", "both", "just", "only", "thanks"}
)
_NUMBER = re.compile(r"#?(\d{1,3})[.)]?")
_SHOWN_OPTIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the packages on offer can be called, evened and in lower case."""

    exact: Mapping[str, frozenset[str]]
    words: Mapping[str, frozenset[str]]
    labels: Mapping[str, str]
    """Key to the name to show."""


def offered_options(draft: Draft, offer: Offer, known: Known) -> tuple[Option, ...]:
    """What can be chosen, in policy's order; what the guest has, or is being given, is left out."""
    return tuple(
        Option(
            value=package.key,
            label=in_language(package.name, draft.locale) or package.key,
            hint=in_language(package.description, draft.locale),
        )
        for package in (offered.package for offered in offer.packages)
        if package.key not in known.holds and package.key not in known.under_way
    )


def names_of(offer: Offer, locale: str) -> Names:
    """Every name of every package on offer."""
    exact: dict[str, set[str]] = {}
    words: dict[str, set[str]] = {}
    labels = {}
    for offered in offer.packages:
        package = offered.package
        labels[package.key] = in_language(package.name, locale) or package.key
        for name in _names(package):
            exact.setdefault(name, set()).add(package.key)
            for word in name.split(" "):
                words.setdefault(word, set()).add(package.key)
    return Names(
        exact={name: frozenset(keys) for name, keys in exact.items()},
        words={word: frozenset(keys) for word, keys in words.items()},
        labels=labels,
    )


def plain(text: str) -> str:
    """As names are compared: lower case, one space between words, no hyphens."""
    return _JOINERS.sub(" ", evened(text).casefold()).strip(" '\"!?。！？()[]*")


def fitting(phrase: str, names: Names) -> frozenset[str]:
    """The packages that the phrase can mean: one, several (ask), or none."""
    whole = plain(phrase)
    if whole in names.exact:
        return names.exact[whole]
    words = [word for word in whole.split(" ") if word in names.words or word not in _FILLERS]
    if words and all(word in names.words for word in words):
        return frozenset.intersection(*(names.words[word] for word in words))
    joined = whole.replace(" ", "")
    if len(joined) > 1 and has_wide(joined):
        return frozenset().union(*(keys for name, keys in names.exact.items() if joined in name.replace(" ", "")))
    return frozenset()


def parse_packages(values: Sequence[str], draft: Draft, offer: Offer, known: Known) -> tuple[str, ...] | Problem:
    """The keys that the values name: card values, or typed names, words of names, or numbers in the list shown."""
    keys = {offered.package.key for offered in offer.packages}
    if values and all(value in keys for value in values):
        return tuple(dict.fromkeys(values))
    names = names_of(offer, draft.locale)
    options = offered_options(draft, offer, known)
    chosen: list[str] = []
    for value in values:
        clean = cleaned(value)
        if isinstance(clean, Problem):
            return clean
        parsed = _parse_list(clean, names, options)
        if isinstance(parsed, Problem):
            return parsed
        chosen += parsed
    return tuple(dict.fromkeys(chosen)) if chosen else problem("problem-empty")


def ambiguous(text: str, keys: Iterable[str], names: Names) -> Problem:
    options = [label for key, label in names.labels.items() if key in set(keys)]
    return problem("problem-package-ambiguous", text=text, options=", ".join(options[:_SHOWN_OPTIONS]))


def _parse_list(text: str, names: Names, options: Sequence[Option]) -> list[str] | Problem:
    whole = fitting(text, names)
    if len(whole) == 1:
        return list(whole)
    chosen: list[str] = []
    for phrase in filter(None, (part.strip() for part in _LIST.split(one_line(text.replace("\n", ","))))):
        number = _NUMBER.fullmatch(phrase)
        if number and 1 <= int(number[1]) <= len(options) and plain(phrase) not in names.words:
            chosen.append(options[int(number[1]) - 1].value)
            continue
        keys = fitting(phrase, names)
        if len(keys) != 1:
            return ambiguous(phrase[:100], keys, names) if keys else _unknown(phrase, names)
        chosen += keys
    return chosen


def _unknown(phrase: str, names: Names) -> Problem:
    text = phrase[:100]
    known = [*names.exact, *(word for word, keys in names.words.items() if len(keys) == 1 and len(word) > 3)]
    close = difflib.get_close_matches(plain(text), known, n=1, cutoff=0.75)
    if not close:
        return problem("problem-package-unknown", text=text)
    key = min(names.exact.get(close[0]) or names.words[close[0]])
    return problem("problem-package-did-you-mean", text=text, suggestion=names.labels[key])


def _names(package: AccessPackage) -> set[str]:
    return {plain(name) for name in (package.key, *package.name.values())} - {""}
