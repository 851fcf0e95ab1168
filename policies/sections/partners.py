"""The section `partners`: the organisations we know, and the index of their domains."""

import sys
from collections.abc import Mapping

from bot.domain.packages import Partner, Preapproved
from bot.domain.routes import Limits
from policies import domains
from policies.model import Source
from policies.reading import Fields, Reader
from policies.sections.limits import read_limits
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.questions import demanded
from policies.yaml_nodes import Node

_KEYS = ("name", "domains", "country", "preapproved", "redemption", "questions", "terms")


def read_partners(merged: Merged, reader: Reader, names: Names) -> tuple[dict[str, Partner], dict[str, str]]:
    """The partners, and a domain (or `*.domain`) to the key of the partner that has it."""
    partners: dict[str, Partner] = {}
    index: dict[str, str] = {}
    stands: dict[str, Source] = {}
    has_auto = any(not route.stages for route in names.routes.values())
    for key, _, node in merged.entries("partners", "a partner's key"):
        partners[key] = _read(reader, names, key, node, index, stands)
        if partners[key].preapproved is not None and not has_auto:
            reader.problems.add(
                names.sources[f"partners.{key}.preapproved"],
                "`preapproved` needs a route that asks nobody, such as `auto: {weight: 0, stages: []}` in `routes`",
            )
    return partners, index


def _read(
    reader: Reader, names: Names, key: str, node: Node, index: dict[str, str], stands: dict[str, Source]
) -> Partner:
    fields = Fields(reader, node, f"the partner `{key}`", known=_KEYS)
    patterns: dict[str, None] = {}
    for item in fields.required("domains", lambda value: reader.items(value, "`domains`"), ()):
        pattern = _domain(reader, item)
        if not pattern:
            continue
        if pattern in index:
            first = stands[pattern]
            reader.problems.add(
                item.source,
                f"`{pattern}` belongs to the partner `{index[pattern]}` already, in {first.file}:{first.line}",
            )
            continue
        index[pattern], stands[pattern] = key, item.source
        patterns[pattern] = None
    if (preapproved_node := fields.get("preapproved")) is not None:
        names.sources[f"partners.{key}.preapproved"] = preapproved_node.source
    redirect_url, add_groups = fields.optional(
        "redemption", lambda value: _redemption(reader, names, value), (None, ())
    )
    return Partner(
        key=key,
        name=fields.required("name", lambda value: reader.text(value, "`name`", longest=200), ""),
        domains=tuple(patterns),
        country=fields.optional("country", lambda value: _country(reader, value), None),
        redirect_url=redirect_url,
        add_groups=add_groups,
        preapproved=fields.optional("preapproved", lambda value: _preapproved(reader, names, value), None),
        questions=demanded(reader, names, fields),
    )


def _domain(reader: Reader, node: Node) -> str:
    text = reader.text(node, "a domain", longest=300)
    if not text:
        return ""
    try:
        pattern = domains.normalise_pattern(text)
    except domains.BadDomain:
        reader.problems.add(node.source, f"`{text[:70]}` is no domain, such as fabrikam.com or *.fabrikam.com")
        return ""
    if "." not in pattern.removeprefix("*."):
        reader.problems.add(node.source, f"`{text}` is all of a top-level domain, which no partner has")
    return pattern


def _country(reader: Reader, node: Node) -> str:
    text = reader.text(node, "`country`")
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        reader.problems.add(node.source, f"`country` is two letters (ISO 3166, such as DE), not `{text[:60]}`")
    return sys.intern(text.upper())


def _preapproved(reader: Reader, names: Names, node: Node) -> Preapproved:
    fields = Fields(reader, node, "`preapproved`", known=("sponsors", "packages", "limits"))
    sponsors = fields.required(
        "sponsors", lambda value: reader.references(value, names.groups, "a group of `groups`"), ()
    )
    packages = fields.required(
        "packages",
        lambda value: reader.references(value, names.packages, "an access package of `access_packages`"),
        (),
    )
    limits = fields.optional("limits", lambda value: read_limits(reader, value), Limits())
    return Preapproved(sponsors=_ids(names.groups, sponsors), packages=packages, limits=limits)


def _redemption(reader: Reader, names: Names, node: Node) -> tuple[str | None, tuple[str, ...]]:
    fields = Fields(reader, node, "`redemption`", known=("redirect_url", "add_groups"), later=("invitation",))
    redirect_url = fields.optional("redirect_url", lambda value: reader.https(value, "`redirect_url`"), None)
    groups = fields.optional(
        "add_groups", lambda value: reader.references(value, names.groups, "a group of `groups`"), ()
    )
    return redirect_url, _ids(names.groups, groups)


def _ids(groups: Mapping[str, str], keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(groups[key] for key in keys if key in groups)
