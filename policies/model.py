"""A policy revision in memory: rules, lists, packages, partners and routes, as the loader built them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.findings import Effect
from bot.domain.packages import AccessPackage, LocalisedText, Partner
from bot.domain.routes import Limits, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where in the policy files something stands; lines and columns from 1."""

    file: str
    line: int
    column: int


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


Operand = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of one fact, e.g. `partner.domain: {in: $consumer-mail}`.

    `operand` is a text, a number, yes/no, or a tuple of texts (the members of a list); `written` is how the file has
    it (`$consumer-mail`).
    """

    fact: str
    operator: str
    operand: Operand
    written: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All of `comparisons` and of `all`, at least one of `any` (where there is one), none of `none`."""

    comparisons: tuple[Comparison, ...] = ()
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `route`, `limits` and `questions` belong to grants and tightens; a grant always has a route."""

    id: str
    effect: Effect
    when: Condition
    source: Source
    reason: LocalisedText
    remedy: LocalisedText | None = None
    route: str | None = None
    limits: Limits = Limits()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Policy:
    """One revision; `revision` is the content hash (12 hex digits of SHA-256).

    Compared by identity: what is compiled from it is kept for as long as the policy itself is.
    """

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
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Where things stand that are no rules, e.g. `partners.fabrikam.preapproved`."""

    def partner_of(self, domain: str) -> Partner | None:
        """The partner that has this domain, or a `*.` that covers it, found by index."""
        key = self.partner_by_domain.get(domain)
        parent = domain
        while key is None and "." in parent:
            parent = parent.partition(".")[2]
            key = self.partner_by_domain.get(f"*.{parent}")
        return self.partners[key] if key else None
