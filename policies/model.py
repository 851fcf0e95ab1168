"""A policy revision in memory: rules, lists, packages, partners and routes, as the loader built them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.findings import Effect
from bot.domain.packages import AccessPackage, LocalisedText, Partner
from bot.domain.routes import Limits, Route


class QuestionKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuestion:
    """A question that a grant or a package demands; `pattern` (regular expression) bounds a text answer in full."""

    key: str
    kind: QuestionKind
    text: LocalisedText
    help: LocalisedText
    pattern: str | None = None
    choices: Mapping[str, LocalisedText]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of one fact, e.g. `partner.domain: {in: $consumer-mail}`."""

    fact: str
    operator: str
    operand: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All of `comparisons` and of `all`, at least one of `any` (where there is one), none of `none`."""

    comparisons: tuple[Comparison, ...] = ()
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where in the policy files something stands."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `route` and `limits` belong to grants; `route`, `limits` and `questions` to a tighten too."""

    id: str
    effect: Effect
    when: Condition
    source: Source
    reason: LocalisedText
    remedy: LocalisedText | None = None
    route: str | None = None
    limits: Limits = Limits()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One revision; `revision` is the content hash (12 hex digits of SHA-256)."""

    revision: str
    text: str
    groups: Mapping[str, str]
    """Key to object id: every group the policy speaks of."""
    lists: Mapping[str, tuple[str, ...]]
    packages: Mapping[str, AccessPackage]
    routes: Mapping[str, Route]
    questions: Mapping[str, PolicyQuestion]
    rules: tuple[Rule, ...]
    partners: Mapping[str, Partner]
    partner_by_domain: Mapping[str, str]
    """Index: a domain, or `*.domain`, in lower-case A-labels, to a partner's key."""
    default_redirect_url: str

    def partner_of(self, domain: str) -> Partner | None:
        """The partner that has this domain, or a `*.` that covers it, found by index."""
        key = self.partner_by_domain.get(domain)
        parent = domain
        while key is None and "." in parent:
            parent = parent.partition(".")[2]
            key = self.partner_by_domain.get(f"*.{parent}")
        return self.partners[key] if key else None
