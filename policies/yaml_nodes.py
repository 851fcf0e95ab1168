"""YAML text to nodes that know their place: YAML 1.2's core types, and nothing that can surprise.

Built from the parser's events, not from composed nodes: an alias is seen there before it is followed, and ten times
faster.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from policies.errors import Problems
from policies.model import Source

DEEPEST = 20
"""Levels; a policy needs about eight."""

_TOO_MANY = "there are too many values in this file; split it into several of one folder"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"~|null|Null|NULL|")
_YES_NO = re.compile(r"true|True|TRUE|false|False|FALSE")
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """One value. `raw` is its text as written, without quotes."""

    source: Source
    value: Scalar
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    source: Source
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A mapping: key as written to where the key stands and its value."""

    source: Source
    entries: dict[str, tuple[Source, "Node"]] = field(default_factory=dict)


Node = ScalarNode | ListNode | MapNode


def describe(node: Node) -> str:
    """What a node is, for a message: `the number 3`, `a list`."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    if node.value is None:
        return "nothing"
    shown = node.raw if len(node.raw) <= 40 else node.raw[:39] + "…"
    if isinstance(node.value, str):
        return f"the text `{shown}`"
    return f"the yes/no value `{shown}`" if isinstance(node.value, bool) else f"the number `{shown}`"


def read_nodes(text: str, file: str, problems: Problems) -> Node | None:
    """The one document in `text`. None where it is empty or no YAML at all, which is then among the problems."""
    reader = _Reader(text, file, problems)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        source = Source(file=file, line=mark.line + 1, column=mark.column + 1) if mark else reader.top
        context = f" ({error.context})" if error.context else ""
        problems.add(source, f"this is no YAML: {error.problem or 'it cannot be read'}{context}")
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line_start = before.rfind("\n") + 1
        source = Source(file=file, line=before.count("\n") + 1, column=len(before) - line_start + 1)
        problems.add(source, "there is a character here that YAML does not allow")
    except _RefusedError as error:
        problems.add(error.source, error.why)
    return None


class _RefusedError(Exception):
    def __init__(self, source: Source, why: str) -> None:
        super().__init__(source, why)
        self.source = source
        self.why = why


class _Reader:
    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._text = text
        self._file = file
        self._problems = problems
        self._events: Iterator[yaml.Event] = iter(())
        self.top = Source(file=file, line=1, column=1)
        # A policy has a value for every ten characters or so; a file of single letters would fill the memory.
        self._left = 50_000 + len(text) // 8
        self._sections = 5_000  # keys and values at the top, where a policy has a dozen

    def document(self) -> Node | None:
        if self._text.count(",") > self._left:
            # Seen before a single one is read: what makes the values is a comma for each.
            raise _RefusedError(self.top, _TOO_MANY)
        self._events = iter(yaml.parse(self._text, Loader=_LOADER))
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._problems.add(self._source(event), "a second document begins here; write one in each file")
                    return root
                root = self._node(next(self._events), 1)
        if root is None:
            self._problems.add(self.top, "the file is empty")
        return root

    def _source(self, event: yaml.Event) -> Source:
        mark = event.start_mark
        return Source(file=self._file, line=mark.line + 1, column=mark.column + 1) if mark else self.top

    def _node(self, event: yaml.Event, depth: int) -> Node:
        source = self._source(event)
        self._left -= 1
        if depth == 2:
            self._sections -= 1
        if depth > DEEPEST:
            raise _RefusedError(source, f"this is nested more than {DEEPEST} levels deep")
        if self._left < 0 or self._sections < 0:
            raise _RefusedError(source, _TOO_MANY)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(source, f"`*{event.anchor}` is an alias, which a policy does not use; write the value here")
            return ScalarNode(source=source, value=None, raw="")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._problems.add(source, f"`&{event.anchor}` is an anchor, which a policy does not use; remove it")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            self._problems.add(source, f"`{event.tag}` is a YAML tag, which a policy does not use; remove it")
        if isinstance(event, yaml.ScalarEvent):
            value = _resolve(event.value) if event.implicit[0] else event.value
            return ScalarNode(source=source, value=value, raw=event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return ListNode(source=source, items=tuple(self._items(depth)))
        return self._mapping(source, depth)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, source: Source, depth: int) -> MapNode:
        entries: dict[str, tuple[Source, Node]] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, ScalarNode):
                self._problems.add(key.source, f"a key is a word, not {describe(key)}")
            elif key.raw in entries:
                first = entries[key.raw][0]
                self._problems.add(key.source, f"`{key.raw}` is here a second time; the first is in line {first.line}")
            else:
                entries[key.raw] = (key.source, value)
        return MapNode(source=source, entries=entries)

    def _refuse(self, source: Source, what: str) -> None:
        self._problems.add(source, what)
        self._problems.broken(source)


def _resolve(text: str) -> Scalar:
    # The core schema of YAML 1.2.2, 10.3.2: `NO`, `yes`, `12:30` and `2026-02-20` are text.
    if not text or text[0] in "~nN":
        return None if _NULL.fullmatch(text) else text
    if text[0] in "tTfF":
        return text[0] in "tT" if _YES_NO.fullmatch(text) else text
    if text[0] in "+-.0123456789":
        if _WHOLE.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
