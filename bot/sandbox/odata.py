"""The few OData query options that the calls of this product use, and a refusal of everything else."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from bot.sandbox.answers import Answer, Ask, bad_request, unsupported

_COMPARISON = re.compile(r"(?P<property>[A-Za-z]+) eq (?:'(?P<text>(?:[^']|'')*)'|(?P<guid>[0-9a-fA-F-]{36}))")
_ANY = re.compile(r"(?P<property>[A-Za-z]+)/any\((?P<variable>[a-z]):(?P=variable) eq '(?P<text>(?:[^']|'')*)'\)")
_OR = re.compile(r"\s+or\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`property eq 'value'`, or, `many`, `property/any(x:x eq 'value')`."""

    property: str
    value: str
    many: bool = False


def require_options(ask: Ask, allowed: Collection[str]) -> None:
    for name in ask.query:
        if name not in allowed:
            raise bad_request(f"Query option '{name}' was specified, but it is not supported here.", code="BadRequest")


def selected(text: str | None, known: Collection[str], default: Sequence[str], kind: str) -> Sequence[str]:
    """The properties of `$select`, in its order."""
    if text is None:
        return default
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise bad_request(
                "Parsing OData Select and Expand failed: Could not find a property named"
                f" '{name}' on type 'microsoft.graph.{kind}'.",
                code="BadRequest",
            )
    return names


def filtered(text: str) -> list[Comparison]:
    """The comparisons of `$filter`, of which one has to hold. Only `eq`, `any` and `or` are understood."""
    comparisons: list[Comparison] = []
    at = 0
    while True:
        match = _ANY.match(text, at) or _COMPARISON.match(text, at)
        if match is None:
            raise bad_request(f"Invalid filter clause: syntax error at position {at} in '{text}'.", code="BadRequest")
        groups = match.groupdict()
        value = groups.get("guid") or (groups["text"] or "").replace("''", "'")
        comparisons.append(Comparison(property=groups["property"], value=value, many="variable" in groups))
        at = match.end()
        if at == len(text):
            return comparisons
        between = _OR.match(text, at)
        if between is None:
            raise unsupported("Unsupported or invalid query filter clause specified for property.")
        at = between.end()


def holds(comparison: Comparison, properties: Mapping[str, object], filterable: Collection[str]) -> bool:
    """Whether an object fits; Graph compares text without regard to case."""
    if comparison.property not in filterable:
        raise unsupported(
            f"Unsupported or invalid query filter clause specified for property '{comparison.property}' of resource"
            " 'User'."
        )
    held = properties.get(comparison.property)
    if isinstance(held, list | tuple) != comparison.many:
        raise unsupported(f"Unsupported query for property '{comparison.property}'.")
    values = held if isinstance(held, list | tuple) else [held]
    return any(isinstance(value, str) and value.casefold() == comparison.value.casefold() for value in values)


def page(ask: Ask, items: Sequence[Mapping[str, object]], *, size: int, context: str) -> Answer:
    """One page of a collection, with `@odata.nextLink` where there are more. `$top` and `$skiptoken` are minded."""
    top = ask.query.get("$top")
    if top is not None:
        if not top.isdecimal() or not 1 <= int(top) <= 999:
            raise bad_request("Invalid page size specified. Must be between 1 and 999 inclusive.")
        size = min(size, int(top))
    start = _offset(ask.query.get("$skiptoken"))
    body: dict[str, object] = {"@odata.context": f"{ask.origin}/v1.0/$metadata#{context}"}
    if "$count" in ask.query and start == 0:
        body["@odata.count"] = len(items)
    if start + size < len(items):
        token = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        parts = urlsplit(ask.url)
        query = urlencode({**ask.query, "$skiptoken": token})
        body["@odata.nextLink"] = urlunsplit((*urlsplit(ask.origin)[:2], parts.path, query, ""))
    body["value"] = list(items[start : start + size])
    return Answer(body=body)


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise bad_request("The specified page token value is invalid.", code="Directory_ExpiredPageToken") from error
