"""The section `routes`: who is asked, in which order, in which channel."""

from bot.domain.routes import Route, StageRule, Who
from policies.reading import Fields, Reader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.yaml_nodes import Node

_KEYS = ("weight", "channel", "stages", "deny_after", "reason_needed")
_STAGE_KEYS = ("ask", "approvals")
_STAGE_LATER = ("escalate_after", "escalate_to")
_PEOPLE = (Who.SPONSOR_MANAGER.value, Who.PACKAGE_OWNER.value)
_HEAVIEST = 1000
_MOST_STAGES = 5
_MOST_APPROVALS = 10


def read_routes(merged: Merged, reader: Reader, names: Names) -> dict[str, Route]:
    routes = {}
    for key, source, node in merged.entries("routes", "a route's key"):
        names.sources[f"routes.{key}"] = source
        routes[key] = _read(reader, names, key, node)
    _check_weights(reader, names, routes)
    return routes


def _read(reader: Reader, names: Names, key: str, node: Node) -> Route:
    fields = Fields(reader, node, f"the route `{key}`", known=_KEYS)
    stage_nodes = fields.required("stages", lambda value: reader.items(value, "`stages`", some=False), ())
    if len(stage_nodes) > _MOST_STAGES:
        reader.problems.add(fields.source, f"`stages` are {_MOST_STAGES} at most, not {len(stage_nodes)}")
    route = Route(
        key=key,
        weight=fields.required("weight", lambda value: reader.integer(value, "`weight`", least=0, most=_HEAVIEST), 0),
        stages=tuple(_stage(reader, names, stage) for stage in stage_nodes),
        channel=fields.optional("channel", lambda value: reader.key(value, "`channel`"), None),
        deny_after=fields.optional("deny_after", lambda value: reader.duration(value, "`deny_after`"), None),
        reason_needed=fields.optional("reason_needed", lambda value: reader.yes_no(value, "`reason_needed`"), False),
    )
    if stage_nodes and "channel" not in fields:
        reader.problems.add(fields.source, f"the route `{key}` asks people, so it needs a `channel` to ask them in")
    if "stages" in fields and not stage_nodes:
        for meaningless in ("channel", "deny_after", "reason_needed"):
            if (found := fields.get(meaningless)) is not None:
                reader.problems.add(found.source, f"a route without stages asks nobody, so it has no `{meaningless}`")
    return route


def _stage(reader: Reader, names: Names, node: Node) -> StageRule:
    fields = Fields(reader, node, "a stage", known=_STAGE_KEYS, later=_STAGE_LATER)
    approvals = fields.optional(
        "approvals", lambda value: reader.integer(value, "`approvals`", least=1, most=_MOST_APPROVALS), 1
    )
    who, group = fields.required("ask", lambda value: _ask(reader, names, value), (Who.PACKAGE_OWNER, None))
    if who is Who.SPONSOR_MANAGER and approvals > 1:
        reader.problems.add(fields.source, f"a sponsor has one manager, who cannot give {approvals} approvals")
    return StageRule(who=who, group=group, approvals=approvals)


def _ask(reader: Reader, names: Names, node: Node) -> tuple[Who, str | None]:
    fields = Fields(reader, node, "`ask`", known=("who", "group"))
    if ("who" in fields) == ("group" in fields):
        reader.problems.add(node.source, "`ask` names either `who` or a `group`")
    group = fields.optional("group", lambda value: reader.reference(value, names.groups, "a group of `groups`"), None)
    if group is not None:
        return Who.GROUP, names.groups.get(group)
    known = " or ".join(f"`{person}`" for person in _PEOPLE)
    who = fields.optional("who", lambda value: reader.reference(value, _PEOPLE, known), None)
    return (Who(who) if who in _PEOPLE else Who.PACKAGE_OWNER), None


def _check_weights(reader: Reader, names: Names, routes: dict[str, Route]) -> None:
    """A request for two packages takes the heavier route, which must never be the one that asks nobody."""
    asking = [route for route in routes.values() if route.stages]
    lightest = min(asking, key=lambda route: route.weight, default=None)
    for route in routes.values():
        if lightest is not None and not route.stages and route.weight >= lightest.weight:
            reader.problems.add(
                names.sources[f"routes.{route.key}"],
                f"the route `{route.key}` asks nobody, so its weight is less than {lightest.weight}, the weight of "
                f"`{lightest.key}`, which asks somebody",
            )
