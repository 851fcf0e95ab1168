"""What people are shown, before it is drawn: a view holds all that its card needs, and nothing it must not show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.assignments import Assignment
from bot.domain.findings import Finding, Outcome
from bot.domain.packages import LocalisedText
from bot.domain.people import Redemption
from bot.domain.requests import Request
from bot.interview.draft import Draft, Problem, Question
from bot.workflow.records import PolicyRevision


class Can(StrEnum):
    """What the person who is shown a view can do next; each is a button (and a typed word)."""

    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"
    ANOTHER = "another"
    AGAIN = "again"
    RESEND = "resend"
    RETRY = "retry"
    EXTEND = "extend"
    END = "end"
    SUBMIT = "submit"
    PUT_IN_FORCE = "put_in_force"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """First contact. `draft` is offered again where one waits."""

    first_name: str
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpView:
    """What can be said here. `question`: in an interview, the question on the table, explained."""

    question: Question | None = None
    draft: Draft | None = None
    for_administrators: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWaiting:
    """A new request was begun while a draft waits: go on, or start over."""

    draft: Draft
    package_names: Mapping[str, LocalisedText]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """The interview's next question; `problem` is what was wrong with the last answer."""

    draft: Draft
    question: Question
    package_names: Mapping[str, LocalisedText]
    partner_name: str | None = None
    problem: Problem | None = None
    denials: tuple[Finding, ...] = ()
    """What policy already refuses whatever is answered next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoDecides:
    """Whom one stage asks: "Megan Bowen or 3 others in Guest approvers"."""

    first: str
    others: int = 0
    group: str = ""
    approvals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All of a draft, with policy's findings and what happens next, before it is submitted."""

    draft: Draft
    package_names: Mapping[str, LocalisedText]
    question_texts: Mapping[str, LocalisedText]
    partner_name: str | None
    days: int
    outcome: Outcome
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    """What stands in the way besides policy: held already, under way, an account disabled."""
    deciders: tuple[WhoDecides, ...]
    """A stage each; empty and granted: approved at once."""
    notes: tuple[Problem, ...] = ()
    changeable: tuple[str, ...] = ()
    """Question names that *Change* offers."""
    answer_texts: Mapping[str, LocalisedText] = field(default_factory=dict)
    """The answers as people read them, by the question's key; one that is not among them is drawn as it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """What has been asked for this guest before."""

    id: str
    sponsor: str
    packages: tuple[LocalisedText, ...]
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as it is now: one function makes it, for every card that shows one."""

    request: Request
    package_names: Mapping[str, LocalisedText]
    question_texts: Mapping[str, LocalisedText]
    partner_name: str | None
    deciders: tuple[WhoDecides, ...] = ()
    history: tuple[PastRequest, ...] = ()
    redemption: Redemption | None = None
    cans: frozenset[Can] = frozenset()
    notes: tuple[Problem, ...] = ()
    approver_ids: tuple[str, ...] = ()
    """For `refresh.userIds`: at most 60 approvers of the present stage (object ids)."""
    answer_texts: Mapping[str, LocalisedText] = field(default_factory=dict)
    """As in Review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """A request for its approvers, in the channel; `locale` and `time_zone` of the channel."""

    shown: RequestView
    notice: str = ""
    """The key of a message for the person who clicked (`notice-…`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """A request for its sponsor; changes in place as the request moves on."""

    shown: RequestView


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """A request's outcome, told to its sponsor once, with the link or next step."""

    shown: RequestView


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionView:
    """A request that needs a person, for administrators: what stopped, why, and *Retry*."""

    shown: RequestView
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDecision:
    """`approve <id>` was typed: guest, packages and end date, and whether it is meant."""

    shown: RequestView


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestList:
    requests: tuple[Request, ...]
    package_names: Mapping[str, LocalisedText]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPackage:
    assignment: Assignment
    package_name: LocalisedText
    cans: frozenset[Can]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestEntry:
    """One of a sponsor's guests, with what each holds and until when."""

    address: str
    name: str
    redemption: Redemption
    held: tuple[HeldPackage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestList:
    guests: tuple[GuestEntry, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """One assignment: the warning before its end, the question whether to end it now, the word that it has ended."""

    assignment: Assignment
    package_name: LocalisedText
    moment: str
    """`warning`, `confirm_end`, `ending` or `ended`."""
    days_left: int = 0
    cans: frozenset[Can] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionNudge:
    """The guest has not accepted the invitation."""

    address: str
    name: str
    request_id: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A policy revision for the administrators: what it changes, and what became of it."""

    revision: PolicyRevision
    in_force: bool
    cans: frozenset[Can] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence: the key of a message (`notice-…`, or an error's key) and its variables.

    `retry` offers the same again (a silent directory); `problems` are listed below it.
    """

    key: str
    params: Mapping[str, str | int | date | datetime] = field(default_factory=dict)
    refused: bool = False
    problems: tuple[Problem, ...] = ()


View = (
    Welcome
    | HelpView
    | DraftWaiting
    | QuestionView
    | Review
    | ApprovalView
    | ProgressView
    | OutcomeView
    | AttentionView
    | ConfirmDecision
    | RequestList
    | GuestList
    | AssignmentView
    | RedemptionNudge
    | PolicyView
    | Notice
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a turn answers: `view` in the place of the card that was clicked, or as a new message for a typed one.

    `private`: meant for this person alone; in a channel a click is then answered by a message only they see.
    `keep_card`:
    the card that was clicked stays as it is, and the view is said beside it.
    """

    view: View
    private: bool = False
    keep_card: bool = False
    locale: str | None = None
    """The language to draw in, where it is not the actor's."""
