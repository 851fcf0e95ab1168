"""The sections `tests` and `invariants`: what the policy promises of itself."""

from collections.abc import Mapping

from bot.domain.findings import Facts, FactValue
from policies.evaluation import RESERVED_IDS
from policies.model import Condition, Expectation, Invariant, PolicyTest, QuestionKind, Rule, Source
from policies.reading import Fields, Reader
from policies.sections.conditions import ConditionReader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.values import ValueReader
from policies.yaml_nodes import Node

_OUTCOMES = {"deny": False, "denied": False, "grant": True, "granted": True}
_EXPECT = ("outcome", "by", "tightened", "route", "max_days", "justification", "questions", "terms")
_OF_GRANTS = ("route", "max_days", "justification", "questions", "terms")
_MOST_DAYS = 3650
_MOST_CHARACTERS = 500


def read_tests(merged: Merged, reader: Reader, names: Names, rules: tuple[Rule, ...]) -> tuple[PolicyTest, ...]:
    """The test cases. `by` and `tightened` name `rules`, pre-approvals and the product's own findings."""
    preapproved = (f"partners.{key}.preapproved" for key, partner in names.partners.items() if partner.preapproved)
    findings = dict.fromkeys((*(rule.id for rule in rules), *preapproved, *RESERVED_IDS))
    seen: dict[str, Source] = {}
    return tuple(_test(reader, names, findings, node, seen) for node in merged.items["tests"])


def read_invariants(merged: Merged, reader: Reader, conditions: ConditionReader) -> tuple[Invariant, ...]:
    seen: dict[str, Source] = {}
    return tuple(_invariant(reader, conditions, node, seen) for node in merged.items["invariants"])


def _invariant(reader: Reader, conditions: ConditionReader, node: Node, seen: dict[str, Source]) -> Invariant:
    fields = Fields(reader, node, "an invariant", known=("name", "never", "when"))
    name = _name(reader, fields, node, seen, "an invariant")
    fields.required("never", lambda value: reader.reference(value, ("granted",), "`granted`"), "")
    return Invariant(name=name, when=fields.required("when", conditions.read, Condition()), source=node.source)


def _test(
    reader: Reader, names: Names, findings: Mapping[str, None], node: Node, seen: dict[str, Source]
) -> PolicyTest:
    fields = Fields(reader, node, "a test case", known=("name", "given", "expect"))
    return PolicyTest(
        name=_name(reader, fields, node, seen, "a test case"),
        given=fields.required("given", lambda value: _given(reader, names, value), {}),
        expect=fields.required(
            "expect", lambda value: _expectation(reader, names, findings, value), Expectation(granted=False)
        ),
        source=node.source,
    )


def _name(reader: Reader, fields: Fields, node: Node, seen: dict[str, Source], what: str) -> str:
    name = fields.required("name", lambda value: reader.text(value, "`name`", longest=200), "")
    if name and name in seen:
        reader.problems.add(node.source, f"{what} `{name[:70]}` stands in {seen[name].file}:{seen[name].line} already")
    seen.setdefault(name, node.source)
    return name


def _given(reader: Reader, names: Names, node: Node) -> Facts:
    values = ValueReader(reader, names)
    given: dict[str, FactValue] = {}
    for name, source, value in reader.mapping(node, "`given`"):
        fact = values.fact(name)
        if fact is None:
            reader.problems.add(source, f"there is no fact `{name[:70]}`", given=name, known=values.names())
        elif name.startswith("package."):
            reader.problems.add(source, "facts of `package.` follow from `request.packages`, which is what to give")
        else:
            given[name] = values.given(name, fact, value)
    return given


def _expectation(reader: Reader, names: Names, findings: Mapping[str, None], node: Node) -> Expectation:
    fields = Fields(reader, node, "`expect`", known=_EXPECT)
    outcome = fields.required(
        "outcome", lambda value: reader.reference(value, ("deny", "grant"), "`deny` or `grant`"), "deny"
    )
    granted = _OUTCOMES.get(outcome, False)
    for key in _OF_GRANTS:
        found = fields.get(key)
        if found is not None and not granted:
            reader.problems.add(found.source, f"`{key}` is of a grant; what is denied has none")
    terms = {key for key, each in names.questions.items() if each.kind is QuestionKind.TERMS}
    questions = _names(reader, fields, "questions", names.questions.keys() - terms, "a question of `questions`")
    accepted = _names(reader, fields, "terms", terms, "terms of `terms`")
    nothing_said = questions is None and accepted is None
    return Expectation(
        granted=granted,
        by=_names(reader, fields, "by", findings, "a rule"),
        tightened=_names(reader, fields, "tightened", findings, "a rule"),
        route=fields.optional(
            "route", lambda value: reader.reference(value, names.routes, "a route of `routes`"), None
        ),
        max_days=fields.optional(
            "max_days", lambda value: reader.integer(value, "`max_days`", least=1, most=_MOST_DAYS), None
        ),
        justification=fields.optional(
            "justification",
            lambda value: reader.integer(value, "`justification`", least=0, most=_MOST_CHARACTERS),
            None,
        ),
        questions=None if nothing_said else (questions or frozenset()) | (accepted or frozenset()),
    )


def _names(
    reader: Reader, fields: Fields, key: str, known: Mapping[str, None] | set[str], what: str
) -> frozenset[str] | None:
    node = fields.get(key)
    if node is None:
        return None
    return frozenset(reader.reference(item, known, what) for item in reader.items(node, f"`{key}`", some=False))
