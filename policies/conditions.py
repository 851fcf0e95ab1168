"""Conditions compiled to functions of the facts, in a logic of three values: a missing fact is neither true nor false.

`not` turns round what is known and leaves the unknown unknown; `all` takes the least of its parts, `any` the greatest
(Kleene). Knowing more never turns a true or false condition round.
"""

from collections.abc import Callable, Collection, Iterator
from enum import IntEnum

from bot.domain.findings import Facts
from policies.facts import FACTS
from policies.model import Comparison, Condition, FactKind
from policies.operators import OPERATORS, Holds, Operator


class Truth(IntEnum):
    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE

Test = Callable[[Facts], Truth]

Open = Collection[str]
"""Names of facts that are not asked yet and can still become anything, other than facts that are missing."""

Bounds = tuple[Truth, Truth]
"""The least and the greatest that a condition can become, whatever the open facts turn out to be."""

BoundsTest = Callable[[Facts, Open], Bounds]


def compile_test(condition: Condition) -> Test:
    """What the condition is of given facts."""
    parts: list[Test] = [_compile_comparisons(condition.comparisons)] if condition.comparisons else []
    parts += [compile_test(part) for part in condition.all]
    if condition.any:
        parts.append(_any_of([compile_test(part) for part in condition.any]))
    parts += [_negated(compile_test(part)) for part in condition.none]
    return parts[0] if len(parts) == 1 else _all_of(parts)


def kind_of(comparison: Comparison) -> FactKind:
    """What the fact that is compared is."""
    return comparison.kind or FACTS[comparison.fact].kind


def operator_of(comparison: Comparison) -> Operator:
    """Its comparison word."""
    return OPERATORS[kind_of(comparison)][comparison.operator]


def holds_of(comparison: Comparison) -> Holds:
    """The comparison as a function of its fact's value."""
    return operator_of(comparison).prepare(comparison.operand)


def _compile_comparison(comparison: Comparison) -> Test:
    name = comparison.fact
    holds = holds_of(comparison)

    def test(facts: Facts) -> Truth:
        held = holds(facts.get(name))
        if held is None:
            return UNKNOWN
        return TRUE if held else FALSE

    return test


def _compile_comparisons(comparisons: tuple[Comparison, ...]) -> Test:
    if len(comparisons) == 1:
        return _compile_comparison(comparisons[0])
    # One loop instead of a function within a function for each, for most conditions are just this.
    pairs = tuple((comparison.fact, holds_of(comparison)) for comparison in comparisons)

    def test(facts: Facts) -> Truth:
        truth = TRUE
        for name, holds in pairs:
            held = holds(facts.get(name))
            if held is False:
                return FALSE
            if held is None:
                truth = UNKNOWN
        return truth

    return test


def _all_of(parts: list[Test]) -> Test:
    def test(facts: Facts) -> Truth:
        least = TRUE
        for part in parts:
            truth = part(facts)
            if truth is FALSE:
                return FALSE
            if truth is UNKNOWN:
                least = UNKNOWN
        return least

    return test


def _any_of(parts: list[Test]) -> Test:
    def test(facts: Facts) -> Truth:
        greatest = FALSE
        for part in parts:
            truth = part(facts)
            if truth is TRUE:
                return TRUE
            if truth is UNKNOWN:
                greatest = UNKNOWN
        return greatest

    return test


def _not(truth: Truth) -> Truth:
    if truth is UNKNOWN:
        return UNKNOWN
    return FALSE if truth is TRUE else TRUE


def _negated(part: Test) -> Test:
    def test(facts: Facts) -> Truth:
        return _not(part(facts))

    return test


def compile_bounds(condition: Condition) -> BoundsTest:
    """What the condition can still become while some facts are open."""
    parts: list[BoundsTest] = [_bounds_of_comparison(comparison) for comparison in condition.comparisons]
    parts += [compile_bounds(part) for part in condition.all]
    choices = [compile_bounds(part) for part in condition.any]
    refused = [compile_bounds(part) for part in condition.none]

    def bounds(facts: Facts, open_facts: Open) -> Bounds:
        each = [part(facts, open_facts) for part in parts]
        if choices:
            among = [part(facts, open_facts) for part in choices]
            each.append((max(low for low, _ in among), max(high for _, high in among)))
        for part in refused:
            low, high = part(facts, open_facts)
            each.append((_not(high), _not(low)))
        return min((low for low, _ in each), default=TRUE), min((high for _, high in each), default=TRUE)

    return bounds


def _bounds_of_comparison(comparison: Comparison) -> BoundsTest:
    name = comparison.fact
    test = _compile_comparison(comparison)

    def bounds(facts: Facts, open_facts: Open) -> Bounds:
        if name in open_facts:
            return FALSE, TRUE
        truth = test(facts)
        return truth, truth

    return bounds


def comparisons_in(condition: Condition) -> Iterator[Comparison]:
    """Every comparison, however deep."""
    yield from condition.comparisons
    for part in (*condition.all, *condition.any, *condition.none):
        yield from comparisons_in(part)


def missing_facts(condition: Condition, facts: Facts, open_facts: Open = ()) -> tuple[str, ...]:
    """The facts whose absence leaves this condition unknown, each once; those not asked yet are not missing."""
    return tuple(dict.fromkeys(name for name in _missing(condition, facts) if name not in open_facts))


def _missing(condition: Condition, facts: Facts) -> Iterator[str]:
    if compile_test(condition)(facts) is not UNKNOWN:
        return
    for comparison in condition.comparisons:
        if _compile_comparison(comparison)(facts) is UNKNOWN:
            yield comparison.fact
    for part in (*condition.all, *condition.any, *condition.none):
        yield from _missing(part, facts)
