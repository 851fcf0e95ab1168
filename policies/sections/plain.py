"""The sections `groups`, `lists` and `defaults`."""

from zoneinfo import available_timezones

from policies.model import Source
from policies.reading import Reader
from policies.sections.merged import Merged
from policies.sections.names import Listed, Names

_DEFAULTS = ("redirect_url", "time_zone")
_DEEPEST_LIST = 20


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


def read_lists(merged: Merged, reader: Reader, names: Names) -> dict[str, Listed]:
    """The members of each list; one that begins with `$` stands for all of another list."""
    written: dict[str, Listed] = {}
    for key, source, node in merged.entries("lists", "a list's key"):
        names.sources[f"lists.{key}"] = source
        items = reader.items(node, f"the list `{key}`")
        written[key] = tuple((reader.text(item, f"a member of the list `{key}`"), item.source) for item in items)
    whole: dict[str, Listed] = {}
    for key in written:
        _put_together(key, (), written, whole, reader, names)
    return whole


def _put_together(
    key: str, above: tuple[str, ...], written: dict[str, Listed], whole: dict[str, Listed], reader: Reader, names: Names
) -> Listed:
    if key in whole:
        return whole[key]
    members: dict[str, Source] = {}
    for text, source in written[key]:
        other = text[1:]
        if not text.startswith("$"):
            members.setdefault(text, source)
        elif other not in written:
            known = [f"${each}" for each in written]
            reader.problems.add(source, f"there is no list `{text[:70]}` in `lists`", given=text, known=known)
        elif other == key or other in above:
            way = [*above[above.index(other) :], key, other] if other in above else [key, other]
            shown = " → ".join(f"`${each}`" for each in way[:10])
            reader.problems.add(source, f"a list cannot hold itself: {shown}")
        elif len(above) >= _DEEPEST_LIST:
            reader.problems.add(source, f"lists that hold lists go {_DEEPEST_LIST} deep at most")
        else:
            names.used_lists.add(other)
            for member, stands in _put_together(other, (*above, key), written, whole, reader, names):
                members.setdefault(member, stands)
    whole[key] = tuple(members.items())
    return whole[key]


def read_time_zone(merged: Merged, reader: Reader) -> str:
    """The company's time zone (IANA name), which the facts of `time.` are in."""
    found = merged.fixed("defaults").get("time_zone")
    if found is None:
        return "UTC"
    name = reader.text(found[1], "`time_zone`", longest=60)
    known = available_timezones()
    if name and name not in known:
        reader.problems.add(
            found[1].source, f"`{name}` is no time zone, such as Europe/Berlin", given=name, known=known
        )
        return "UTC"
    return name or "UTC"


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
