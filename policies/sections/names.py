"""What sections may refer to: filled section by section, in an order in which each finds what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.packages import AccessPackage, Partner
from bot.domain.routes import Route
from policies.model import PolicyQuestion, Source

Listed = tuple[tuple[str, Source], ...]
"""The members of a list, and where each stands: whether they fit depends on the fact they are compared with."""


@dataclass(slots=True, kw_only=True)
class Names:
    """What was read so far."""

    groups: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Listed] = field(default_factory=dict)
    questions: Mapping[str, PolicyQuestion] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    packages: Mapping[str, AccessPackage] = field(default_factory=dict)
    partners: Mapping[str, Partner] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    used_lists: set[str] = field(default_factory=set)
    """Lists that something speaks of, so that the others can be pointed out."""
    time_zone: str = "UTC"

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(package.package_class for package in self.packages.values())
