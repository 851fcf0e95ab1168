"""The comparison words of conditions: what each is written with, and when it holds of a known fact."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.findings import FactValue
from policies import domains
from policies.model import FactKind, Operand

DATE_FORM = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
MOMENT_FORM = re.compile(DATE_FORM.pattern + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")

Holds = Callable[[FactValue], bool | None]
"""Whether a comparison holds of a fact's value; None where the value is unknown or of another kind."""


class Takes(StrEnum):
    """What stands behind a comparison word."""

    ONE = "one value"
    MANY = "a list"
    COUNT = "a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    takes: Takes
    words: str
    """Before the operand, in an explanation: `at least`."""
    prepare: Callable[[Operand], Holds]


def _text(compare: Callable[[str, str], bool]) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        wanted = str(operand).casefold()

        def holds(value: FactValue) -> bool | None:
            return compare(value.casefold(), wanted) if isinstance(value, str) else None

        return holds

    return prepare


def _texts(compare: Callable[[set[str], frozenset[str]], bool]) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        wanted = _folded(operand)

        def holds(value: FactValue) -> bool | None:
            return compare({text.casefold() for text in value}, wanted) if isinstance(value, tuple) else None

        return holds

    return prepare


def _count(compare: Callable[[int, float], bool]) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        if not isinstance(operand, int | float):
            raise TypeError(operand)
        wanted = operand

        def holds(value: FactValue) -> bool | None:
            return compare(len({text.casefold() for text in value}), wanted) if isinstance(value, tuple) else None

        return holds

    return prepare


def _when(compare: Callable[[str, str], bool]) -> Callable[[Operand], Holds]:
    """Dates and times as ISO 8601 writes them, which sorts as time goes."""

    def prepare(operand: Operand) -> Holds:
        wanted = str(operand)
        form = DATE_FORM if len(wanted) == len("2026-02-20") else MOMENT_FORM

        def holds(value: FactValue) -> bool | None:
            return compare(value, wanted) if isinstance(value, str) and form.fullmatch(value) else None

        return holds

    return prepare


def _number(compare: Callable[[float, float], bool]) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        if not isinstance(operand, int | float):
            raise TypeError(operand)
        wanted = operand

        def holds(value: FactValue) -> bool | None:
            # bool is an int, but no number.
            return (
                compare(value, wanted)
                if isinstance(value, int | float) and value is not True and value is not False
                else None
            )

        return holds

    return prepare


def _domain(expected: bool) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        patterns = _folded(operand)
        # Most lists hold no `*.`: then nothing above the domain is looked for.
        covered = domains.covered if any(pattern.startswith("*.") for pattern in patterns) else _among

        def holds(value: FactValue) -> bool | None:
            return covered(value.lower(), patterns) is expected if isinstance(value, str) and value else None

        return holds

    return prepare


def _among(domain: str, names: frozenset[str]) -> bool:
    return domain in names


def _in(expected: bool) -> Callable[[Operand], Holds]:
    def prepare(operand: Operand) -> Holds:
        wanted = _folded(operand)

        def holds(value: FactValue) -> bool | None:
            return (value.casefold() in wanted) is expected if isinstance(value, str) else None

        return holds

    return prepare


def _yes_no(operand: Operand) -> Holds:
    def holds(value: FactValue) -> bool | None:
        return value is operand if value is True or value is False else None

    return holds


def _folded(operand: Operand) -> frozenset[str]:
    return frozenset(text.casefold() for text in (operand if isinstance(operand, tuple) else (str(operand),)))


def _one(words: str, prepare: Callable[[Operand], Holds]) -> Operator:
    return Operator(takes=Takes.ONE, words=words, prepare=prepare)


def _many(words: str, prepare: Callable[[Operand], Holds]) -> Operator:
    return Operator(takes=Takes.MANY, words=words, prepare=prepare)


def _counted(words: str, prepare: Callable[[Operand], Holds]) -> Operator:
    return Operator(takes=Takes.COUNT, words=words, prepare=prepare)


_NUMBERS: Mapping[str, Operator] = {
    "is": _one("", _number(lambda value, wanted: value == wanted)),
    "is_not": _one("not", _number(lambda value, wanted: value != wanted)),
    "at_least": _one("at least", _number(lambda value, wanted: value >= wanted)),
    "at_most": _one("at most", _number(lambda value, wanted: value <= wanted)),
    "more_than": _one("more than", _number(lambda value, wanted: value > wanted)),
    "less_than": _one("less than", _number(lambda value, wanted: value < wanted)),
}
_WHEN: Mapping[str, Operator] = {
    "is": _one("", _when(str.__eq__)),
    "is_not": _one("not", _when(str.__ne__)),
    "before": _one("before", _when(str.__lt__)),
    "until": _one("no later than", _when(str.__le__)),
    "after": _one("after", _when(str.__gt__)),
    "from": _one("no earlier than", _when(str.__ge__)),
}

OPERATORS: Mapping[FactKind, Mapping[str, Operator]] = {
    FactKind.TEXT: {
        "is": _one("", _text(str.__eq__)),
        "is_not": _one("not", _text(str.__ne__)),
        "in": _many("one of", _in(True)),
        "not_in": _many("none of", _in(False)),
        "starts_with": _one("beginning with", _text(str.startswith)),
        "ends_with": _one("ending with", _text(str.endswith)),
        "contains": _one("containing", _text(str.__contains__)),
    },
    FactKind.NUMBER: _NUMBERS,
    FactKind.DAYS: _NUMBERS,
    FactKind.YES_NO: {"is": _one("", _yes_no)},
    FactKind.TEXTS: {
        "contains": _one("containing", _texts(lambda values, wanted: wanted <= values)),
        "contains_any": _many("containing any of", _texts(lambda values, wanted: not wanted.isdisjoint(values))),
        "contains_all": _many("containing all of", _texts(lambda values, wanted: wanted <= values)),
        "contains_none": _many("containing none of", _texts(lambda values, wanted: wanted.isdisjoint(values))),
        "count_at_least": _counted("counting at least", _count(lambda count, wanted: count >= wanted)),
        "count_at_most": _counted("counting at most", _count(lambda count, wanted: count <= wanted)),
    },
    FactKind.DOMAIN: {
        "is": _one("", _domain(True)),
        "is_not": _one("not", _domain(False)),
        "in": _many("one of", _domain(True)),
        "not_in": _many("none of", _domain(False)),
    },
    FactKind.DATE: _WHEN,
    FactKind.MOMENT: _WHEN,
}
"""`is` may be left out: `partner.known: true`."""
