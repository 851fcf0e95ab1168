"""Values of facts that make a condition hold, found by trying what is on either side of its boundaries."""

from collections.abc import Iterator

from bot.domain.findings import FactValue
from policies.candidates import Candidates
from policies.conditions import comparisons_in
from policies.model import Condition
from policies.specialised import ALWAYS, specialise


class Exhausted(Exception):
    """More was tried than is worth it."""


class Budget:
    """How many values may be tried. Raises Exhausted beyond it."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Exhausted()


def solutions(condition: Condition, candidates: Candidates, budget: Budget) -> Iterator[dict[str, FactValue]]:
    """Values of the facts that it speaks of which make it hold. Raises Exhausted."""
    if condition == ALWAYS:
        yield {}
        return
    name = next(comparison.fact for comparison in comparisons_in(condition))
    tried: set[Condition] = set()
    for values in candidates.of(name, condition):
        budget.spend()
        left = specialise(condition, values)
        # Two values that leave the same to be asked are as good as one.
        if left is None or left in tried:
            continue
        tried.add(left)
        for rest in solutions(left, candidates, budget):
            yield {**values, **rest}


def solvable(condition: Condition, candidates: Candidates, *, most: int = 3_000) -> bool:
    """Whether anything makes it hold; where more would have to be tried than `most`, that is taken for granted."""
    try:
        return next(solutions(condition, candidates, Budget(most)), None) is not None
    except Exhausted:
        return True
