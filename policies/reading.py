"""Typed reading of nodes: each value is of its type, or a problem is recorded and a harmless stand-in goes on.

Nothing is built from stand-ins: the loader raises as soon as there was any problem.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from bot.domain.packages import LocalisedText
from policies.errors import Problems
from policies.model import Source
from policies.wording import LANGUAGES
from policies.yaml_nodes import ListNode, MapNode, Node, ScalarNode, describe

T = TypeVar("T")
D = TypeVar("D")

LONGEST_TEXT = 1000

_KEY = re.compile(r"[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DURATION = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=366)


class Reader:
    """Reads single nodes."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def text(self, node: Node, what: str, *, longest: int = LONGEST_TEXT) -> str:
        """A text that is not empty."""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            hint = f'; write "{node.raw}" in quotes' if isinstance(node, ScalarNode) and node.raw else ""
            self.problems.add(node.source, f"{what} is a text, not {describe(node)}{hint}")
            return ""
        if not node.value.strip():
            self.problems.add(node.source, f"{what} is empty")
        elif len(node.value) > longest:
            self.problems.add(node.source, f"{what} has {len(node.value)} characters; at most {longest} fit")
        return node.value.strip()

    def localised(self, node: Node, what: str) -> LocalisedText:
        """A plain text, or a mapping of our languages to texts; `""` holds what every other language reads."""
        if not isinstance(node, MapNode):
            return {"": self.text(node, what)}
        texts = {}
        for language, (source, value) in node.entries.items():
            if language in LANGUAGES:
                texts[language] = self.text(value, f"{what} ({language})")
            else:
                languages = " and ".join(LANGUAGES)
                self.problems.add(
                    source,
                    f"`{language}` is no language that the bot speaks ({languages})",
                    given=language,
                    known=LANGUAGES,
                )
        if not node.entries:
            self.problems.add(node.source, f"{what} is empty")
        fallback = next((texts[language] for language in LANGUAGES if language in texts), "")
        return {"": fallback, **texts}

    def integer(self, node: Node, what: str, *, least: int, most: int) -> int:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, int) or isinstance(node.value, bool):
            self.problems.add(node.source, f"{what} is a whole number, not {describe(node)}")
            return least
        if not least <= node.value <= most:
            self.problems.add(node.source, f"{what} is a number from {least} to {most}, not {node.value}")
        return node.value

    def yes_no(self, node: Node, what: str) -> bool:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, bool):
            self.problems.add(node.source, f"{what} is true or false, not {describe(node)}")
            return False
        return node.value

    def key(self, node: Node, what: str) -> str:
        text = self.text(node, what)
        if text:
            self.check_key(text, node.source, what)
        return text

    def check_key(self, key: str, source: Source, what: str) -> None:
        if not _KEY.fullmatch(key):
            self.problems.add(
                source, f"{what} `{key[:70]}` is not written in lower-case letters, digits and hyphens (64 at most)"
            )

    def guid(self, node: Node, what: str) -> str:
        text = self.text(node, what)
        if text and not _GUID.fullmatch(text):
            self.problems.add(node.source, f"{what} is an object id (8-4-4-4-12 hexadecimal digits), not `{text[:60]}`")
        return text.lower()

    def duration(self, node: Node, what: str) -> timedelta:
        text = self.text(node, what) if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""
        found = _DURATION.fullmatch(text)
        if found is None:
            self.problems.add(node.source, f"{what} is a time such as 24h, 5d or 2w, not {describe(node)}")
            return _LONGEST
        length = int(found[1]) * _UNITS[found[2]]
        if length > _LONGEST:
            self.problems.add(node.source, f"{what} is at most {_LONGEST.days}d, not {text}")
        return length

    def https(self, node: Node, what: str) -> str:
        text = self.text(node, what, longest=2000)
        if not text:
            return text
        try:
            url = urlsplit(text)
            fits = url.scheme == "https" and bool(url.hostname) and "@" not in url.netloc and text.isprintable()
        except ValueError:
            fits = False
        if not fits or " " in text:
            self.problems.add(node.source, f"{what} is an https:// address, not `{text[:60]}`")
        return text

    def items(self, node: Node, what: str, *, some: bool = True) -> tuple[Node, ...]:
        """The items of a list; `some`: an empty one is a problem."""
        if not isinstance(node, ListNode):
            self.problems.add(node.source, f"{what} is a list, such as [a, b], not {describe(node)}")
            return ()
        if some and not node.items:
            self.problems.add(node.source, f"{what} is empty")
        return node.items

    def reference(self, node: Node, known: Collection[str], what: str) -> str:
        """The name of one of `known`. `what` says of what: `a group`."""
        text = self.text(node, what)
        if text and text not in known:
            self.problems.add(node.source, f"`{text[:70]}` is not {what}", given=text, known=known)
        return text

    def references(self, node: Node, known: Collection[str], what: str) -> tuple[str, ...]:
        """Names of some of `known`, each once."""
        names: dict[str, None] = {}
        for item in self.items(node, f"what names {what}"):
            name = self.reference(item, known, what)
            if name and name in names:
                self.problems.add(item.source, f"`{name}` is named a second time")
            names[name] = None
        return tuple(names)

    def mapping(self, node: Node, what: str) -> Iterator[tuple[str, Source, Node]]:
        """Key, where the key stands, value."""
        if not isinstance(node, MapNode):
            self.problems.add(node.source, f"{what} is written as `key: value` lines, not as {describe(node)}")
            return
        for key, (source, value) in node.entries.items():
            yield key, source, value


class Fields:
    """The keys of one mapping that has a fixed set of them. What is not among them is a problem.

    `later`: keys that the product does not enforce yet. They are refused, for an administrator who writes one relies
    on it.
    """

    def __init__(
        self, reader: Reader, node: Node, what: str, *, known: Collection[str], later: Collection[str] = ()
    ) -> None:
        self._reader = reader
        self._what = what
        self.source = node.source
        self._whole = isinstance(node, MapNode)
        self._entries: Mapping[str, Node] = {}
        found = {key: (source, value) for key, source, value in reader.mapping(node, what)}
        for key, (source, _) in found.items():
            if key in later:
                reader.problems.add(
                    source,
                    f"`{key}` is not enforced by this version, so it is refused rather than ignored; remove it",
                )
            elif key not in known:
                message = f"`{key[:70]}` is no key of {what}, which has {', '.join(known)}"
                reader.problems.add(source, message, given=key, known=known)
        self._entries = {key: value for key, (_, value) in found.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def get(self, key: str) -> Node | None:
        return self._entries.get(key)

    def required(self, key: str, read: Callable[[Node], T], stand_in: D) -> T | D:
        """What `read` makes of the key's value; a missing key is a problem."""
        node = self._entries.get(key)
        if node is not None:
            return read(node)
        if self._whole:
            self._reader.problems.add(self.source, f"`{key}` is missing from {self._what}")
        return stand_in

    def optional(self, key: str, read: Callable[[Node], T], default: D) -> T | D:
        node = self._entries.get(key)
        return default if node is None else read(node)
