"""Whether one condition holds wherever another does, as far as their form proves it: `False` is "not proved".

It holds with missing facts too: wherever the stronger condition is true the weaker one is, and wherever the weaker one
is false the stronger one is. So a grant may be made stronger, and a deny weaker, without granting anything new.
"""

from collections.abc import Callable, Mapping

from policies.model import Comparison, Condition, Operand


def implies(stronger: Condition, weaker: Condition) -> bool:
    """Whether `weaker` provably holds wherever `stronger` does."""
    return (
        all(any(_comparison(had, wanted) for had in _conjuncts(stronger)) for wanted in weaker.comparisons)
        and all(_has(stronger, part) for part in weaker.all)
        and (not weaker.any or _one_of(stronger, weaker.any))
        and all(any(implies(part, refused) for refused in _refused(stronger)) for part in weaker.none)
    )


def _has(stronger: Condition, part: Condition) -> bool:
    return part in stronger.all or implies(stronger, part)


def _one_of(stronger: Condition, choices: tuple[Condition, ...]) -> bool:
    if any(implies(stronger, choice) for choice in choices):
        return True
    had = stronger.any or next((part.any for part in stronger.all if part.any), ())
    return bool(had) and all(any(implies(each, choice) for choice in choices) for each in had)


def _conjuncts(condition: Condition) -> tuple[Comparison, ...]:
    """The comparisons that hold wherever the condition does."""
    return (*condition.comparisons, *(each for part in condition.all for each in _conjuncts(part)))


def _refused(condition: Condition) -> tuple[Condition, ...]:
    return (*condition.none, *(each for part in condition.all for each in _refused(part)))


def _comparison(had: Comparison, wanted: Comparison) -> bool:
    if had.fact != wanted.fact or had.kind != wanted.kind:
        return False
    if had.operator == wanted.operator and had.operand == wanted.operand:
        return True
    if had.operator == "is" and wanted.operator == "in":
        return _members(had.operand) <= _members(wanted.operand)
    narrower = _NARROWER.get(had.operator) if had.operator == wanted.operator else None
    return narrower is not None and narrower(had.operand, wanted.operand)


def _members(operand: Operand) -> frozenset[str]:
    return frozenset(operand if isinstance(operand, tuple) else (str(operand),))


def _fewer(had: Operand, wanted: Operand) -> bool:
    return _members(had) <= _members(wanted)


def _more(had: Operand, wanted: Operand) -> bool:
    return _members(had) >= _members(wanted)


def _greater(had: Operand, wanted: Operand) -> bool:
    return isinstance(had, int | float) and isinstance(wanted, int | float) and had >= wanted


def _less(had: Operand, wanted: Operand) -> bool:
    return isinstance(had, int | float) and isinstance(wanted, int | float) and had <= wanted


_NARROWER: Mapping[str, Callable[[Operand, Operand], bool]] = {
    "in": _fewer,
    "contains_any": _fewer,
    "not_in": _more,
    "contains_all": _more,
    "contains_none": _more,
    "at_least": _greater,
    "more_than": _greater,
    "count_at_least": _greater,
    "at_most": _less,
    "less_than": _less,
    "count_at_most": _less,
}
"""Words whose narrower operand is found by looking at it; of every other only the same operand is."""
