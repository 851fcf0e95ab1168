"""What is left of a condition where some facts are known beforehand."""

from bot.domain.findings import Facts
from policies.conditions import holds_of
from policies.model import Comparison, Condition

ALWAYS = Condition()
"""What is left of a condition that holds whatever else is so."""


def specialise(condition: Condition, known: Facts) -> Condition | None:
    """What is left to ask where these facts are known: None if it can no longer hold, ALWAYS if it holds already.

    For any facts that agree with `known`, what is left is true, false or unknown just as the whole would be.
    """
    comparisons = _undecided(condition.comparisons, known)
    needed = [specialise(part, known) for part in condition.all]
    choices = [specialise(part, known) for part in condition.any]
    refused = [specialise(part, known) for part in condition.none]
    if comparisons is None or None in needed or ALWAYS in refused:
        return None
    possible = tuple(part for part in choices if part is not None)
    if condition.any and not possible:
        return None
    return Condition(
        comparisons=comparisons,
        all=tuple(part for part in needed if part is not None and part != ALWAYS),
        any=() if ALWAYS in possible else possible,
        none=tuple(part for part in refused if part is not None),
    )


def _undecided(comparisons: tuple[Comparison, ...], known: Facts) -> tuple[Comparison, ...] | None:
    """Those whose fact is not known; None where one that is known does not hold."""
    left = []
    for comparison in comparisons:
        held = holds_of(comparison)(known.get(comparison.fact)) if comparison.fact in known else None
        if held is False:
            return None
        if held is None:
            left.append(comparison)
    return tuple(left)
