"""Facts as a person gives them on the command line or in a file, to be explained."""

from collections.abc import Sequence

from bot.domain.findings import Facts, FactValue
from policies.errors import Problems
from policies.facts import FactKind
from policies.model import Policy, Source
from policies.reading import Reader
from policies.sections.names import Names
from policies.sections.values import ValueReader
from policies.yaml_nodes import ListNode, Node, ScalarNode, read_nodes

COMMAND_LINE = "command line"


def read_facts(policy: Policy, text: str, file: str) -> Facts:
    """The facts in a YAML file: `fact: value` lines, written as in a test case's `given`. Raises PolicyErrors."""
    problems = Problems()
    problems.read(file, text.splitlines())
    facts: dict[str, FactValue] = {}
    root = read_nodes(text, file, problems)
    if root is not None:
        reader = Reader(problems)
        for name, source, node in reader.mapping(root, "a file of facts"):
            _read(policy, reader, name, source, node, facts)
    problems.check()
    return facts


def read_pairs(policy: Policy, pairs: Sequence[str]) -> Facts:
    """`fact=value` each, lists with commas; a value left empty is not known. Raises PolicyErrors."""
    problems = Problems()
    problems.read(COMMAND_LINE, pairs)
    reader = Reader(problems)
    facts: dict[str, FactValue] = {}
    for number, pair in enumerate(pairs, start=1):
        name, equals, value = pair.partition("=")
        source = Source(file=COMMAND_LINE, line=number, column=1)
        if not equals:
            problems.add(source, "a fact is given as `fact=value`")
        else:
            behind = Source(file=COMMAND_LINE, line=number, column=len(name) + 2)
            _read(policy, reader, name.strip(), source, _node(policy, name.strip(), value, behind), facts)
    problems.check()
    return facts


def _values(policy: Policy, reader: Reader) -> ValueReader:
    names = Names(
        groups=policy.groups,
        questions=policy.questions,
        routes=policy.routes,
        packages=policy.packages,
        partners=policy.partners,
    )
    return ValueReader(reader, names)


def _read(policy: Policy, reader: Reader, name: str, source: Source, node: Node, into: dict[str, FactValue]) -> None:
    values = _values(policy, reader)
    fact = values.fact(name)
    if fact is None:
        reader.problems.add(source, f"there is no fact `{name[:70]}`", given=name, known=values.names())
    elif name.startswith("package."):
        reader.problems.add(source, "facts of `package.` follow from `request.packages`, which is what to give")
    else:
        into[name] = values.given(name, fact, node)


def _node(policy: Policy, name: str, value: str, source: Source) -> Node:
    """The value as a policy file would have it."""
    fact = _values(policy, Reader(Problems())).fact(name)
    if fact is not None and fact.kind is FactKind.TEXTS:
        texts = [text.strip() for text in value.strip("[]").split(",") if text.strip()]
        return ListNode(source=source, items=tuple(ScalarNode(source=source, value=text, raw=text) for text in texts))
    if not value:
        return ScalarNode(source=source, value=None, raw="")
    plain = fact is not None and fact.kind not in (FactKind.NUMBER, FactKind.DAYS, FactKind.YES_NO)
    node = None if plain else read_nodes(value, COMMAND_LINE, Problems())
    if isinstance(node, ScalarNode):
        return ScalarNode(source=source, value=node.value, raw=node.raw)
    return ScalarNode(source=source, value=value, raw=value)
