"""The sections `groups`, `lists` and `defaults`."""

from policies.model import Source
from policies.reading import Reader
from policies.sections.merged import Merged
from policies.sections.names import Listed

_DEFAULTS = ("redirect_url",)


def read_groups(merged: Merged, reader: Reader) -> dict[str, str]:
    """Key to object id, in lower case. A group has one key: else a rule about one key would miss the other."""
    groups: dict[str, str] = {}
    key_of: dict[str, str] = {}
    for key, source, node in merged.entries("groups", "a group's key"):
        group_id = reader.guid(node, f"the group `{key}`")
        if group_id and group_id in key_of:
            reader.problems.add(source, f"`{key}` is the group `{key_of[group_id]}`, which has this object id already")
        key_of.setdefault(group_id, key)
        groups[key] = group_id
    return groups


def read_lists(merged: Merged, reader: Reader) -> dict[str, Listed]:
    lists: dict[str, Listed] = {}
    for key, _, node in merged.entries("lists", "a list's key"):
        members = [
            (reader.text(item, f"a member of the list `{key}`"), item.source)
            for item in reader.items(node, f"the list `{key}`")
        ]
        for text, source in members:
            if text.startswith("$"):
                reader.problems.add(source, f"a list holds values, not another list as `{text[:70]}`")
        lists[key] = tuple(members)
    return lists


def read_defaults(merged: Merged, reader: Reader, top: Source) -> str:
    """Where a guest lands after accepting, unless the partner says otherwise."""
    found = merged.fixed("defaults")
    for key, (source, _) in found.items():
        if key not in _DEFAULTS:
            reader.problems.add(source, f"`{key[:70]}` is no key of `defaults`", given=key, known=_DEFAULTS)
    if "redirect_url" not in found:
        reader.problems.add(
            top, "`defaults: {redirect_url: https://…}` is missing: where guests land after accepting an invitation"
        )
        return ""
    return reader.https(found["redirect_url"][1], "`redirect_url`")
