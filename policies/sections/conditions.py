"""`when`: comparisons of facts, put together by `any`, `all` and `not`."""

from policies.facts import Fact, FactKind
from policies.model import ANSWER, Comparison, Condition, Operand
from policies.operators import OPERATORS, Operator, Takes
from policies.reading import Reader
from policies.sections.names import Names
from policies.sections.values import ValueReader
from policies.yaml_nodes import ListNode, MapNode, Node, ScalarNode, describe

_WORDS = ("any", "all", "not")


class ConditionReader:
    """Reads conditions against what the policy names. `rules`: the ids of all rules, which no condition speaks of."""

    def __init__(self, reader: Reader, names: Names, *, rules: frozenset[str] = frozenset()) -> None:
        self._reader = reader
        self._values = ValueReader(reader, names)
        self._rules = rules

    def read(self, node: Node) -> Condition:
        """A mapping holds when all of its lines do."""
        problems = self._reader.problems
        if not isinstance(node, MapNode):
            problems.add(node.source, f"a condition is written as `fact: value` lines, not as {describe(node)}")
            return Condition()
        if not node.entries:
            # A grant that always fits is too easily written by leaving a line out.
            problems.add(node.source, "a condition says something; an empty one would always hold")
        comparisons: list[Comparison] = []
        parts: dict[str, tuple[Condition, ...]] = {}
        for key, (source, value) in node.entries.items():
            fact = self._values.fact(key)
            if fact is not None:
                comparisons += self._comparisons(key, fact, value)
            elif key == "not":
                if isinstance(value, ListNode):
                    problems.add(value.source, "`not` turns one condition round; write `not: {any: [...]}` for several")
                else:
                    parts[key] = (self.read(value),)
            elif key in _WORDS:
                parts[key] = tuple(self.read(item) for item in self._reader.items(value, f"`{key}`"))
            elif key in self._rules or key in ("rule", "rules"):
                problems.add(source, f"a condition speaks of facts, never of a rule, itself or another: `{key[:70]}`")
            else:
                known = (*self._values.names(), *_WORDS)
                problems.add(source, f"there is no fact `{key[:70]}`", given=key, known=known)
        return Condition(
            comparisons=tuple(comparisons),
            all=parts.get("all", ()),
            any=parts.get("any", ()),
            none=parts.get("not", ()),
        )

    def _comparisons(self, name: str, fact: Fact, node: Node) -> list[Comparison]:
        operators = OPERATORS[fact.kind]
        if isinstance(node, ScalarNode):
            if "is" in operators:
                return [self._comparison(name, fact, "is", operators["is"], node)]
            self._reader.problems.add(node.source, f"`{name}` is a list; write `{{contains: {node.raw}}}`")
            return []
        if isinstance(node, ListNode):
            word = "contains_any" if fact.kind is FactKind.TEXTS else "in"
            hint = f"; write `{{{word}: [...]}}`" if word in operators else ""
            self._reader.problems.add(node.source, f"`{name}` is compared with a list by a word{hint}")
            return []
        comparisons = []
        if not node.entries:
            self._reader.problems.add(node.source, f"`{name}` is compared with nothing here")
        for word, (source, value) in node.entries.items():
            operator = operators.get(word)
            if operator is None:
                message = (
                    f"`{word[:70]}` is no comparison of `{name}` ({fact.kind.value}), which has {', '.join(operators)}"
                )
                self._reader.problems.add(source, message, given=word, known=operators)
            else:
                comparisons.append(self._comparison(name, fact, word, operator, value))
        return comparisons

    def _comparison(self, name: str, fact: Fact, word: str, operator: Operator, node: Node) -> Comparison:
        operand: Operand
        written = node.raw if isinstance(node, ScalarNode) else ""
        if operator.takes is Takes.MANY:
            operand, written = self._values.listed(name, fact, node)
        elif operator.takes is Takes.COUNT:
            operand = self._reader.integer(node, f"`{word}`", least=0, most=10_000)
        else:
            operand = self._values.one(name, fact, node)
        kind = fact.kind if name.startswith(ANSWER) else None
        return Comparison(fact=name, operator=word, operand=operand, written=written, kind=kind, source=node.source)
