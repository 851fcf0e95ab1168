"""What a condition can become for any facts at all, decided by z3 (the extra `[prove]`)."""

from datetime import date
from typing import Any

from policies.conditions import kind_of
from policies.facts import FACTS, FactKind
from policies.model import Comparison, Condition

try:
    import z3  # type: ignore[import-untyped]
except ImportError:  # the extra is not installed: invariants are searched, not proved
    z3 = None

_TIMEOUT_MS = 5_000


def is_available() -> bool:
    """Whether z3 is installed."""
    return z3 is not None


def can_hold(condition: Condition) -> bool:
    """False where no facts make it hold: that is a proof. True where some could, or z3 does not know.

    Facts are taken to be free of each other, which only ever allows more than there is.
    """
    solver = z3.Solver()
    solver.set("timeout", _TIMEOUT_MS)
    translator = _Translator()
    solver.add(translator.condition(condition))
    solver.add(*translator.bounds)
    return bool(solver.check() != z3.unsat)


class _Translator:
    """Conditions to formulas. Texts are compared case-folded, as the engine does; a list is a yes or no for each member
    and how many more it has.
    """

    def __init__(self) -> None:
        self.bounds: list[Any] = []
        self._members: dict[str, dict[str, Any]] = {}
        self._named: set[str] = set()

    def condition(self, condition: Condition) -> Any:
        parts = [self._comparison(comparison) for comparison in condition.comparisons]
        parts += [self.condition(part) for part in condition.all]
        if condition.any:
            parts.append(z3.Or([self.condition(part) for part in condition.any]))
        parts += [z3.Not(self.condition(part)) for part in condition.none]
        return z3.And(parts)

    def _comparison(self, comparison: Comparison) -> Any:
        match kind_of(comparison):
            case FactKind.YES_NO:
                return z3.Bool(comparison.fact) == z3.BoolVal(comparison.operand is True)
            case FactKind.NUMBER | FactKind.DAYS:
                return self._number(comparison)
            case FactKind.DATE:
                return _ordered(z3.Int(comparison.fact), comparison.operator, _day(str(comparison.operand)))
            case FactKind.TEXTS:
                return self._texts(comparison)
            case FactKind.MOMENT:
                return _ordered(z3.String(comparison.fact), comparison.operator, z3.StringVal(str(comparison.operand)))
        return self._text(comparison)

    def _number(self, comparison: Comparison) -> Any:
        number = z3.Int(comparison.fact)
        if comparison.fact in FACTS and comparison.fact not in self._named:
            self._named.add(comparison.fact)
            self.bounds.append(number >= 0)
            if comparison.fact == "time.hour":
                self.bounds.append(number <= 23)
        return _ordered(number, comparison.operator, z3.IntVal(int(str(comparison.operand))))

    def _text(self, comparison: Comparison) -> Any:
        text = z3.String(comparison.fact)
        fact = FACTS.get(comparison.fact)
        if fact is not None and fact.values and comparison.fact not in self._named:
            self._named.add(comparison.fact)
            self.bounds.append(z3.Or([text == z3.StringVal(value.casefold()) for value in fact.values]))
        operand = comparison.operand
        wanted = [
            z3.StringVal(each.casefold()) for each in (operand if isinstance(operand, tuple) else (str(operand),))
        ]
        match comparison.operator:
            case "is" | "in":
                return z3.Or([text == each for each in wanted])
            case "is_not" | "not_in":
                return z3.Not(z3.Or([text == each for each in wanted]))
            case "starts_with":
                return z3.PrefixOf(wanted[0], text)
            case "ends_with":
                return z3.SuffixOf(wanted[0], text)
            case "contains":
                return z3.Contains(text, wanted[0])
        raise ValueError(comparison.operator)

    def _texts(self, comparison: Comparison) -> Any:
        operand = comparison.operand
        if comparison.operator in ("count_at_least", "count_at_most"):
            # How many there are is left free of which they are: more than there is, so still a proof.
            count = z3.Int(f"{comparison.fact} count")
            self.bounds.append(count >= 0)
            wanted = z3.IntVal(int(str(operand)))
            return count >= wanted if comparison.operator == "count_at_least" else count <= wanted
        members = operand if isinstance(operand, tuple) else (str(operand),)
        present = [z3.Bool(f"{comparison.fact} has {member.casefold()}") for member in members]
        match comparison.operator:
            case "contains" | "contains_all":
                return z3.And(present)
            case "contains_any":
                return z3.Or(present)
            case "contains_none":
                return z3.Not(z3.Or(present))
        raise ValueError(comparison.operator)


def _day(text: str) -> Any:
    return z3.IntVal(date.fromisoformat(text).toordinal())


def _ordered(value: Any, operator: str, wanted: Any) -> Any:
    match operator:
        case "is":
            return value == wanted
        case "is_not":
            return value != wanted
        case "at_least" | "from":
            return value >= wanted
        case "at_most" | "until":
            return value <= wanted
        case "more_than" | "after":
            return value > wanted
        case "less_than" | "before":
            return value < wanted
    raise ValueError(operator)
