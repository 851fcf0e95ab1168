"""The section `access_packages`: what can be asked for."""

from bot.domain.packages import AccessPackage, AppRole, Grants
from policies.model import Source
from policies.reading import Fields, Reader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.questions import demanded
from policies.yaml_nodes import Node

_KEYS = ("name", "description", "class", "owner", "grants", "questions", "terms")


def read_packages(merged: Merged, reader: Reader, names: Names) -> dict[str, AccessPackage]:
    return {
        key: _read(reader, names, key, node, source)
        for key, source, node in merged.entries("access_packages", "an access package's key")
    }


def _read(reader: Reader, names: Names, key: str, node: Node, source: Source) -> AccessPackage:
    names.sources[f"access_packages.{key}"] = source
    fields = Fields(reader, node, f"the access package `{key}`", known=_KEYS)
    owner = fields.required("owner", lambda value: _owner(reader, names, value), "")
    return AccessPackage(
        key=key,
        name=fields.required("name", lambda value: reader.localised(value, "`name`"), {}),
        description=fields.optional("description", lambda value: reader.localised(value, "`description`"), {"": ""}),
        package_class=fields.required("class", lambda value: reader.key(value, "`class`"), ""),
        owner_group=names.groups.get(owner, ""),
        grants=fields.required("grants", lambda value: _grants(reader, names, value), Grants()),
        questions=demanded(reader, names, fields),
        owner=owner,
    )


def _owner(reader: Reader, names: Names, node: Node) -> str:
    fields = Fields(reader, node, "`owner`", known=("group",))
    return fields.required("group", lambda value: reader.reference(value, names.groups, "a group of `groups`"), "")


def _grants(reader: Reader, names: Names, node: Node) -> Grants:
    fields = Fields(reader, node, "`grants`", known=("groups", "app_roles"))
    groups = fields.optional("groups", lambda value: reader.references(value, names.groups, "a group of `groups`"), ())
    roles = fields.optional(
        "app_roles",
        lambda value: tuple(_app_role(reader, item) for item in reader.items(value, "`app_roles`")),
        (),
    )
    if "groups" not in fields and "app_roles" not in fields:
        reader.problems.add(node.source, "`grants` names `groups` or `app_roles`: a package gives something")
    return Grants(groups=tuple(names.groups.get(group, "") for group in groups), app_roles=roles)


def _app_role(reader: Reader, node: Node) -> AppRole:
    fields = Fields(reader, node, "an app role", known=("app", "role"))
    return AppRole(
        app=fields.required("app", lambda value: reader.guid(value, "`app`"), ""),
        role=fields.required("role", lambda value: reader.guid(value, "`role`"), ""),
    )
