"""A policy revision in memory: rules, lists, packages, partners and routes, as the loader built them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.findings import Effect, Facts
from bot.domain.packages import AccessPackage, LocalisedText, Partner
from bot.domain.routes import Limits, Route

ANSWER = "request.answers."
"""Before a question's key: the fact that is its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where in the policy files something stands; lines and columns from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWarning:
    """Something that is most likely not meant, where it stands, and the line itself."""

    source: Source
    what: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.source.file}:{self.source.line}:{self.source.column}: {self.what}"


class FactKind(StrEnum):
    """What a fact's values are: how they are written in a policy, and how they are compared."""

    TEXT = "text"
    NUMBER = "number"
    DAYS = "days"
    YES_NO = "yes/no"
    TEXTS = "list of texts"
    DOMAIN = "domain"
    DATE = "date"
    MOMENT = "date and time"


class QuestionKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes/no"
    TERMS = "terms"
    """Terms to accept; the answer is the acceptance of one version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuestion:
    """A question, or terms to accept, that a grant, a tighten, a package or a partner demands.

    `pattern` (regular expression) bounds a text answer in full, `least` and `most` a number; terms have a `version`
    and a `link` to their text.
    """

    key: str
    kind: QuestionKind
    text: LocalisedText
    help: LocalisedText
    pattern: str | None = None
    choices: Mapping[str, LocalisedText]
    least: int | None = None
    most: int | None = None
    version: str = ""
    link: str = ""


Operand = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of one fact, e.g. `partner.domain: {in: $consumer-mail}`.

    `operand` is a text, a number, yes/no, or a tuple of texts (the members of a list); `written` is how the file has
    it (`$consumer-mail`). `kind` is None where the table of facts has it: an answer's is its question's.
    """

    fact: str
    operator: str
    operand: Operand
    kind: FactKind | None = None
    written: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All of `comparisons` and of `all`, at least one of `any` (where there is one), none of `none`."""

    comparisons: tuple[Comparison, ...] = ()
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()


class Mode(StrEnum):
    """Whether a rule counts, or is only tried out."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    """What it would have said is recorded, and neither counts nor is shown to a sponsor."""


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
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a test case expects; what is None is not looked at.

    `by`: the rules behind the outcome, all of them: the denies (but the product's own findings only where they are
    named), or the grants. `tightened` and `questions` (terms among them) are whole too.
    """

    granted: bool
    by: frozenset[str] | None = None
    tightened: frozenset[str] | None = None
    route: str | None = None
    max_days: int | None = None
    justification: int | None = None
    questions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTest:
    """A case that the policy's files promise. What is not `given` is usual (policies.testing)."""

    name: str
    given: Facts
    expect: Expectation
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """What must never happen, whatever is asked: a grant `when` this holds."""

    name: str
    when: Condition
    source: Source


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
    time_zone: str = "UTC"
    """The company's (IANA name): what the facts of `time.` are in."""
    tests: tuple[PolicyTest, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    warnings: tuple[PolicyWarning, ...] = ()
    """What is allowed and most likely not meant; in the order of the files."""
    files: tuple[tuple[str, str], ...] = ()
    """Names and texts as they were read: `loader.load_texts` makes the same revision of them."""

    @property
    def enforced(self) -> tuple[Rule, ...]:
        """The rules that decide; those in shadow mode only say what they would have decided."""
        return tuple(rule for rule in self.rules if rule.mode is Mode.ENFORCE)

    def partner_of(self, domain: str) -> Partner | None:
        """The partner that has this domain, or a `*.` that covers it, found by index."""
        key = self.partner_by_domain.get(domain)
        parent = domain
        while key is None and "." in parent:
            parent = parent.partition(".")[2]
            key = self.partner_by_domain.get(f"*.{parent}")
        return self.partners[key] if key else None
