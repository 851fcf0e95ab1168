"""The sections of all files of a policy, put together."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from policies.model import Source
from policies.reading import Fields, Reader
from policies.yaml_nodes import Node

SECTIONS = (
    "groups",
    "lists",
    "questions",
    "terms",
    "access_packages",
    "routes",
    "ready_made",
    "rules",
    "partners",
    "defaults",
    "invariants",
    "tests",
)
_LISTS = ("rules", "invariants", "tests")


@dataclass(slots=True)
class Merged:
    """Entries by section and key; `rules`, `invariants` and `tests` are lists, and go on from file to file."""

    reader: Reader
    _entries: dict[str, dict[str, tuple[Source, Node]]] = field(default_factory=dict)
    items: dict[str, list[Node]] = field(default_factory=lambda: {section: [] for section in _LISTS})

    def add(self, root: Node) -> None:
        """Adds one file. A key that another file has already is a problem."""
        fields = Fields(self.reader, root, "a policy file", known=SECTIONS)
        for section in SECTIONS:
            node = fields.get(section)
            if node is None:
                continue
            if section in self.items:
                self.items[section].extend(self.reader.items(node, f"`{section}`"))
                continue
            into = self._entries.setdefault(section, {})
            for key, source, value in self.reader.mapping(node, f"`{section}`"):
                if key in into:
                    first = into[key][0]
                    self.reader.problems.add(
                        source, f"`{section}` has `{key}` already, in {first.file}:{first.line}:{first.column}"
                    )
                else:
                    into[key] = (source, value)

    def entries(self, section: str, what: str) -> Iterator[tuple[str, Source, Node]]:
        """Key, where it stands, value, of a section with keys of the administrator's own. `what`: `a group's key`."""
        for key, (source, value) in self._entries.get(section, {}).items():
            self.reader.check_key(key, source, what)
            yield key, source, value

    def fixed(self, section: str) -> dict[str, tuple[Source, Node]]:
        """A section whose keys are ours."""
        return self._entries.get(section, {})
