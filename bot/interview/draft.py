"""A draft: what a sponsor has told us so far of one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from policies.model import QuestionKind


class Topic(StrEnum):
    """What a question is about. A policy's own questions are Topic.CUSTOM with the question's key."""

    ADDRESS = "address"
    NAME = "name"
    PACKAGES = "packages"
    DURATION = "duration"
    JUSTIFICATION = "justification"
    CUSTOM = "custom"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Answers so far. None means: not asked or not answered yet. JSON-safe field by field, so that it is stored as
    it is.
    """

    id: str
    """Of this draft; the submitted request's nonce derives from it, so one draft is never submitted twice."""
    locale: str
    time_zone: str
    """IANA name, from the activity; UTC where the client named none."""
    address: str | None = None
    """Normalised: NFC, lower case, domain in A-labels."""
    name: str | None = None
    packages: tuple[str, ...] | None = None
    until: date | None = None
    justification: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    extends: str | None = None
    """The assignment this would prolong: address, name and package are fixed then."""
    asking: str = Topic.ADDRESS
    """The question on the table: a topic, or `custom:<key>`."""
    changing: bool = False
    """One answer is being changed; afterwards it goes straight back to the review."""
    trail: tuple[str, ...] = ()
    """Questions answered before this one, oldest first: what `back` goes through."""
    version: int = 0
    """Counts stored changes; a card made for another version is an old card."""
    proposals: Mapping[str, str] = field(default_factory=dict)
    """Question to what it may begin from: a name pasted with the address, an answer that did not do yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with an answer: the key of a message (`problem-…`) and its variables."""

    key: str
    params: Mapping[str, str | int | date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something to choose; `label` is ready to show in the draft's language."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question to ask now, all that is needed to draw it."""

    name: str
    """A topic, or `custom:<key>`."""
    topic: Topic
    number: int
    of: int
    value: str = ""
    """What is answered already, to begin from."""
    text: str = ""
    """A policy's own wording (CUSTOM only)."""
    help: str = ""
    kind: QuestionKind = QuestionKind.TEXT
    """How it is answered (CUSTOM only)."""
    version: str = ""
    """Of terms to accept, with the link to their text."""
    link: str = ""
    least: int | None = None
    most: int | None = None
    options: tuple[Option, ...] = ()
    many: bool = False
    max_days: int | None = None
    latest: date | None = None
    held_until: date | None = None
    """How long the guest has it already (DURATION of an extension only): what is asked for has to be later."""
    fewest_characters: int = 0
    can_go_back: bool = False
    notes: tuple[Problem, ...] = ()
    """Things to point out that stop nothing: mixed scripts in the address, a partner recognised, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known from outside when an answer is looked at; gathered before the pure functions are called.

    `own_domains`: the company's verified domains, A-labels. `holds`: package key to last day, for the guest of the
    draft; `under_way`: package key to the id of an open request for that guest.
    """

    today: date
    """In the sponsor's time zone."""
    own_domains: frozenset[str] = frozenset()
    holds: Mapping[str, date] = field(default_factory=dict)
    under_way: Mapping[str, str] = field(default_factory=dict)
    partner_name: str | None = None
    """The partner recognised by the draft's address."""
    guest_trouble: Problem | None = None
    """What about the guest's existing account forbids giving it anything."""
