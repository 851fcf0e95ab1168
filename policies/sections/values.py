"""Values of facts as a policy writes them: behind a comparison word, and in a test case's `given`."""

import re
from collections.abc import Collection
from datetime import date

from bot.domain.findings import FactValue
from policies import domains
from policies.facts import FACTS, Fact, FactKind, fact_of_answer
from policies.facts import Names as NamesOf
from policies.model import ANSWER, Source
from policies.operators import DATE_FORM, MOMENT_FORM
from policies.reading import Reader
from policies.sections.names import Names
from policies.yaml_nodes import ListNode, Node, ScalarNode, describe

_DAYS = re.compile(r"([0-9]{1,4})([dw])")
_LARGEST = 1_000_000_000


class ValueReader:
    """Reads values against what the policy names; one that a fact can never have is a problem."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names
        self._known: dict[NamesOf, Collection[str]] = {
            NamesOf.GROUPS: names.groups,
            NamesOf.PACKAGES: names.packages,
            NamesOf.PARTNERS: names.partners,
            NamesOf.CLASSES: names.classes,
            NamesOf.QUESTIONS: names.questions,
        }

    def fact(self, name: str) -> Fact | None:
        """The fact of this name; of an answer, as its question has it."""
        question = self._names.questions.get(name.removeprefix(ANSWER)) if name.startswith(ANSWER) else None
        return fact_of_answer(question) if question else FACTS.get(name)

    def names(self) -> tuple[str, ...]:
        """Every fact there is in this policy."""
        return (*FACTS, *(f"{ANSWER}{key}" for key in self._names.questions))

    def given(self, name: str, fact: Fact, node: Node) -> FactValue:
        """The value that a fact is given; nothing (`null`, `~`) for one that is not known."""
        if isinstance(node, ScalarNode) and node.value is None:
            return None
        if fact.kind is FactKind.TEXTS:
            items = self._reader.items(node, f"`{name}`", some=False)
            return tuple(self.text(name, fact, item) for item in items)
        return self.one(name, fact, node)

    def one(self, name: str, fact: Fact, node: Node) -> str | int | bool:
        """One value of the fact's kind, as facts have it; of a list, one member."""
        what = f"`{name}`"
        match fact.kind:
            case FactKind.NUMBER:
                return self._reader.integer(node, what, least=-_LARGEST, most=_LARGEST)
            case FactKind.DAYS:
                return self._days(what, node)
            case FactKind.YES_NO:
                return self._reader.yes_no(node, what)
            case FactKind.DATE:
                return self._date(what, node)
            case FactKind.MOMENT:
                return self._moment(what, node)
        return self.text(name, fact, node)

    def text(self, name: str, fact: Fact, node: Node) -> str:
        if fact.can_be_empty and isinstance(node, ScalarNode) and node.value == "":
            return ""
        text = self._reader.text(node, f"`{name}`")
        if text.startswith("$"):
            word = "contains_any" if fact.kind is FactKind.TEXTS else "in"
            self._reader.problems.add(node.source, f"`{text[:70]}` is a list; write `{{{word}: {text[:70]}}}`")
            return text
        return self.checked(name, fact, text, node.source)

    def listed(self, name: str, fact: Fact, node: Node) -> tuple[tuple[str, ...], str]:
        """The members of `[…]` or of a list (`$name`), and how it is written."""
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.startswith("$"):
            return self._members(name, fact, node.value, node.source), node.value
        members: dict[str, None] = {}
        for item in self._reader.items(node, f"what `{name}` is compared with"):
            if isinstance(item, ScalarNode) and isinstance(item.value, str) and item.value.startswith("$"):
                members.update(dict.fromkeys(self._members(name, fact, item.value, item.source)))
                continue
            text = self._reader.text(item, f"a value of `{name}`")
            members[self.checked(name, fact, text, item.source)] = None
        written = (
            [item.raw for item in node.items if isinstance(item, ScalarNode)] if isinstance(node, ListNode) else []
        )
        return tuple(members), f"[{', '.join(written)}]"

    def _members(self, name: str, fact: Fact, text: str, source: Source) -> tuple[str, ...]:
        members = self._names.lists.get(text[1:])
        if members is None:
            known = [f"${key}" for key in self._names.lists]
            self._reader.problems.add(source, f"there is no list `{text[:70]}` in `lists`", given=text, known=known)
            return ()
        self._names.used_lists.add(text[1:])
        return tuple(self.checked(name, fact, member, stands) for member, stands in members)

    def checked(self, name: str, fact: Fact, text: str, source: Source) -> str:
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

    def _days(self, what: str, node: Node) -> int:
        found = _DAYS.fullmatch(node.value) if isinstance(node, ScalarNode) and isinstance(node.value, str) else None
        if found:
            return int(found[1]) * (7 if found[2] == "w" else 1)
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            self._reader.problems.add(
                node.source, f"{what} is a number of days such as 90, 90d or 12w, not {describe(node)}"
            )
            return 0
        return self._reader.integer(node, what, least=0, most=1_000_000)

    def _date(self, what: str, node: Node) -> str:
        text = node.raw if isinstance(node, ScalarNode) else ""
        if not _is_date(text):
            self._reader.problems.add(node.source, f"{what} is a date such as 2026-02-20, not {describe(node)}")
        return text

    def _moment(self, what: str, node: Node) -> str:
        text = node.raw if isinstance(node, ScalarNode) else ""
        whole = f"{text}T00:00:00" if len(text) == 10 else f"{text}:00" if len(text) == 16 else text
        if not MOMENT_FORM.fullmatch(whole) or not _is_date(whole[:10]):
            self._reader.problems.add(
                node.source, f"{what} is a date and time such as 2026-02-20T18:30, not {describe(node)}"
            )
        return whole


def _is_date(text: str) -> bool:
    if not DATE_FORM.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
