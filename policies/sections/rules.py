"""The section `rules`: denies, grants and tightens."""

from collections.abc import Collection
from dataclasses import replace

from bot.domain.findings import Effect
from bot.domain.packages import LocalisedText
from bot.domain.routes import Limits
from policies import wording
from policies.evaluation import RESERVED_IDS
from policies.facts import FACTS
from policies.model import ANSWER, Condition, Mode, Rule, Source
from policies.reading import Fields, Reader
from policies.sections.conditions import ConditionReader
from policies.sections.limits import read_limits
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.questions import demanded
from policies.sections.ready_made import read_ready_made
from policies.yaml_nodes import MapNode, Node, ScalarNode

_EFFECTS = tuple(effect.value for effect in Effect)
_KEYS = ("id", "when", "mode", *_EFFECTS)
_MODES = tuple(mode.value for mode in Mode)
_DENY = ("reason", "remedy")
_ADDS = ("route", "limits", "obligations")


def read_rules(merged: Merged, reader: Reader, names: Names) -> tuple[Rule, ...]:
    """The ready-made rules, then those of the files."""
    conditions = ConditionReader(reader, names, rules=_ids(merged))
    stands: dict[str, Source] = {}
    own = tuple(_read(reader, names, conditions, node, stands) for node in merged.items["rules"])
    return (*read_ready_made(merged, reader, names), *own)


def _ids(merged: Merged) -> frozenset[str]:
    ids = (node.entries.get("id") for node in merged.items["rules"] if isinstance(node, MapNode))
    return frozenset(found[1].raw for found in ids if found is not None and isinstance(found[1], ScalarNode))


def _read(reader: Reader, names: Names, conditions: ConditionReader, node: Node, stands: dict[str, Source]) -> Rule:
    fields = Fields(reader, node, "a rule", known=_KEYS)
    identifier = fields.required("id", lambda value: reader.key(value, "a rule's id"), "")
    _check_id(reader, identifier, node, stands)
    when = fields.required("when", conditions.read, Condition())
    effects = [effect for effect in _EFFECTS if effect in fields]
    if len(effects) != 1 and isinstance(node, MapNode):
        reader.problems.add(
            node.source, f"a rule does one thing of {', '.join(_EFFECTS)}; this one does {len(effects)}"
        )
    effect = Effect(effects[0]) if effects else Effect.DENY
    body = fields.get(effect.value)
    if body is None:
        return Rule(id=identifier, effect=effect, when=when, source=node.source, reason={})
    rule = _body(reader, names, identifier, effect, when, body, node.source)
    return replace(rule, mode=fields.optional("mode", lambda value: _mode(reader, value), Mode.ENFORCE))


def _mode(reader: Reader, node: Node) -> Mode:
    found = reader.reference(node, _MODES, f"a mode, which is {' or '.join(_MODES)}")
    return Mode(found) if found in _MODES else Mode.ENFORCE


def _check_id(reader: Reader, identifier: str, node: Node, stands: dict[str, Source]) -> None:
    if not identifier:
        return
    if identifier in RESERVED_IDS:
        reader.problems.add(node.source, f"`{identifier}` is an id of the product's own findings; choose another")
    if identifier in stands:
        first = stands[identifier]
        reader.problems.add(node.source, f"a rule `{identifier}` stands in {first.file}:{first.line} already")
    stands[identifier] = node.source


def _body(
    reader: Reader, names: Names, identifier: str, effect: Effect, when: Condition, node: Node, source: Source
) -> Rule:
    known: Collection[str] = _DENY if effect is Effect.DENY else (*_ADDS, *_DENY)
    fields = Fields(reader, node, f"a {effect.value}", known=known)
    route = _route(reader, names, fields, effect)
    limits = fields.optional("limits", lambda value: read_limits(reader, value), Limits())
    questions = fields.optional("obligations", lambda value: _obligations(reader, names, value), ())
    if effect is Effect.TIGHTEN and route is None and limits == Limits() and not questions:
        reader.problems.add(node.source, f"a tighten adds something: {', '.join(_ADDS)}")
    if effect is Effect.GRANT:
        # A grant speaks for itself; a refusal or an extra step owes people its reason.
        reason = fields.optional("reason", lambda value: _words(reader, names, value, "`reason`"), None)
        reason = reason or wording.by_route(route or "")
    else:
        reason = fields.required("reason", lambda value: _words(reader, names, value, "`reason`"), {})
    return Rule(
        id=identifier,
        effect=effect,
        when=when,
        source=source,
        reason=reason,
        remedy=fields.optional("remedy", lambda value: _words(reader, names, value, "`remedy`"), None),
        route=route,
        limits=limits,
        questions=questions,
    )


def _route(reader: Reader, names: Names, fields: Fields, effect: Effect) -> str | None:
    def read(value: Node) -> str:
        return reader.reference(value, names.routes, "a route of `routes`")

    if effect is Effect.GRANT:
        return fields.required("route", read, "")
    return fields.optional("route", read, None) if effect is Effect.TIGHTEN else None


def _obligations(reader: Reader, names: Names, node: Node) -> tuple[str, ...]:
    fields = Fields(reader, node, "`obligations`", known=("questions", "terms"), later=("review_every",))
    return demanded(reader, names, fields)


def _words(reader: Reader, names: Names, node: Node, what: str) -> LocalisedText:
    """A text for people; the facts that it speaks of have to exist."""
    text = reader.localised(node, what)
    for name in sorted(wording.placeholders(text) - FACTS.keys() - {f"{ANSWER}{key}" for key in names.questions}):
        source = node.source
        if isinstance(node, MapNode):
            source = next(
                (
                    value.source
                    for language, (_, value) in node.entries.items()
                    if "{" + name + "}" in text.get(language, "")
                ),
                source,
            )
        reader.problems.add(source, f"there is no fact `{name[:70]}` to fill in here", given=name, known=FACTS)
    return text
