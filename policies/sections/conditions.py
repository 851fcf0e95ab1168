"""`when`: comparisons of facts, put together by `any`, `all` and `not`."""

import re
from collections.abc import Collection

from policies import domains
from policies.facts import FACTS, Fact, FactKind
from policies.facts import Names as NamesOf
from policies.model import Comparison, Condition, Operand, Source
from policies.operators import OPERATORS, Operator, Takes
from policies.reading import Reader
from policies.sections.names import Names
from policies.yaml_nodes import ListNode, MapNode, Node, ScalarNode, describe

_WORDS = ("any", "all", "not")

_REFUSED = Comparison(fact="", operator="is", operand="")
"""Stands in for what could not be read."""


class ConditionReader:
    """Reads conditions against what the policy names."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names
        self._known: dict[NamesOf, Collection[str]] = {
            NamesOf.GROUPS: names.groups,
            NamesOf.PACKAGES: names.packages,
            NamesOf.PARTNERS: names.partners,
            NamesOf.CLASSES: names.classes,
        }

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
            if key in FACTS:
                comparisons += self._comparisons(key, value)
            elif key == "not":
                if isinstance(value, ListNode):
                    problems.add(value.source, "`not` turns one condition round; write `not: {any: [...]}` for several")
                else:
                    parts[key] = (self.read(value),)
            elif key in _WORDS:
                parts[key] = tuple(self.read(item) for item in self._reader.items(value, f"`{key}`"))
            else:
                problems.add(source, f"there is no fact `{key[:70]}`", given=key, known=(*FACTS, *_WORDS))
        return Condition(
            comparisons=tuple(comparisons),
            all=parts.get("all", ()),
            any=parts.get("any", ()),
            none=parts.get("not", ()),
        )

    def _comparisons(self, name: str, node: Node) -> list[Comparison]:
        operators = OPERATORS[FACTS[name].kind]
        if isinstance(node, ScalarNode):
            if "is" in operators:
                return [self._comparison(name, "is", operators["is"], node)]
            self._reader.problems.add(node.source, f"`{name}` is a list; write `{{contains: {node.raw}}}`")
            return []
        if isinstance(node, ListNode):
            word = "contains_any" if FACTS[name].kind is FactKind.TEXTS else "in"
            hint = f"; write `{{{word}: [...]}}`" if word in operators else ""
            self._reader.problems.add(node.source, f"`{name}` is compared with a list by a word{hint}")
            return []
        comparisons = []
        if not node.entries:
            self._reader.problems.add(node.source, f"`{name}` is compared with nothing here")
        for word, (source, value) in node.entries.items():
            operator = operators.get(word)
            if operator is None:
                kind = FACTS[name].kind.value
                message = f"`{word[:70]}` is no comparison of `{name}` ({kind}), which has {', '.join(operators)}"
                self._reader.problems.add(source, message, given=word, known=operators)
            else:
                comparisons.append(self._comparison(name, word, operator, value))
        return comparisons

    def _comparison(self, name: str, word: str, operator: Operator, node: Node) -> Comparison:
        fact = FACTS[name]
        operand: Operand
        if operator.takes is Takes.MANY:
            operand, written = self._many(name, fact, node)
        else:
            operand, written = self._one(name, fact, node), node.raw if isinstance(node, ScalarNode) else ""
        return Comparison(fact=name, operator=word, operand=operand, written=written, source=node.source)

    def _one(self, name: str, fact: Fact, node: Node) -> Operand:
        if fact.kind is FactKind.NUMBER:
            return self._reader.integer(node, f"`{name}`", least=0, most=1_000_000)
        if fact.kind is FactKind.YES_NO:
            return self._reader.yes_no(node, f"`{name}`")
        text = self._reader.text(node, f"`{name}`")
        if text.startswith("$"):
            word = "contains_any" if fact.kind is FactKind.TEXTS else "in"
            self._reader.problems.add(node.source, f"`{text[:70]}` is a list; write `{{{word}: {text[:70]}}}`")
            return text
        return self._checked(name, fact, text, node.source)

    def _many(self, name: str, fact: Fact, node: Node) -> tuple[tuple[str, ...], str]:
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.startswith("$"):
            members = self._names.lists.get(node.value[1:])
            if members is None:
                known = [f"${key}" for key in self._names.lists]
                self._reader.problems.add(
                    node.source, f"there is no list `{node.value[:70]}` in `lists`", given=node.value, known=known
                )
                return (), node.value
            return tuple(self._checked(name, fact, text, source) for text, source in members), node.value
        texts = tuple(
            self._checked(name, fact, self._reader.text(item, f"a value of `{name}`"), item.source)
            for item in self._reader.items(node, f"what `{name}` is compared with")
        )
        return texts, f"[{', '.join(texts)}]"

    def _checked(self, name: str, fact: Fact, text: str, source: Source) -> str:
        """The value as facts have it; one that the fact can never have is a problem."""
        problems = self._reader.problems
        if not text:
            return text
        if fact.kind is FactKind.DOMAIN:
            try:
                return domains.normalise_pattern(text)
            except domains.BadDomain:
                problems.add(source, f"`{text[:70]}` is no domain, such as fabrikam.com or *.fabrikam.com")
                return text
        possible = self._known[fact.names] if fact.names else fact.values
        if (fact.names or fact.values) and text not in possible:
            where = f"is not among `{fact.names.value}`" if fact.names else f"is not one of {', '.join(fact.values)}"
            problems.add(source, f"`{text[:70]}` {where}, so `{name}` is never that", given=text, known=possible)
        if fact.form and not re.fullmatch(fact.form, text):
            problems.add(source, f"`{name}` is {fact.form_words}, not `{text[:70]}`")
        return text
