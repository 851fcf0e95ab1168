"""A request: one sponsor's ask for one guest, its statuses, and the table of all its transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.domain.errors import IllegalTransition
from bot.domain.findings import Facts, Verdict
from bot.domain.people import Person, PersonRef
from bot.domain.routes import Stage


class RequestKind(StrEnum):
    ACCESS = "access"
    EXTENSION = "extension"


class RequestStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    NEEDS_ATTENTION = "needs_attention"

    @property
    def is_open(self) -> bool:
        """Still on its way: holds its guest and packages against a second request."""
        return self in _OPEN


_OPEN = frozenset(
    {RequestStatus.PENDING, RequestStatus.APPROVED, RequestStatus.DELIVERING, RequestStatus.NEEDS_ATTENTION}
)

TRANSITIONS: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.PENDING: frozenset(
        {RequestStatus.APPROVED, RequestStatus.DENIED, RequestStatus.WITHDRAWN, RequestStatus.LAPSED}
    ),
    RequestStatus.APPROVED: frozenset({RequestStatus.DELIVERING, RequestStatus.PENDING, RequestStatus.DENIED}),
    RequestStatus.DELIVERING: frozenset({RequestStatus.DELIVERED, RequestStatus.NEEDS_ATTENTION, RequestStatus.DENIED}),
    RequestStatus.NEEDS_ATTENTION: frozenset({RequestStatus.DELIVERING, RequestStatus.DENIED}),
    RequestStatus.DENIED: frozenset(),
    RequestStatus.WITHDRAWN: frozenset(),
    RequestStatus.LAPSED: frozenset(),
    RequestStatus.DELIVERED: frozenset(),
}


class Choice(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Approve or deny: by whom, when, why, and on what policy said of fresh facts at that moment."""

    stage: int
    choice: Choice
    by: PersonRef
    at: datetime
    reason: str
    facts: Facts
    verdict: Verdict


class StepState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class StepKind(StrEnum):
    """The steps of a delivery, each one job."""

    INVITE = "invite"
    SPONSOR = "sponsor"
    GROUP = "group"
    APP_ROLE = "app_role"
    EXTEND = "extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStep:
    """One step of making a request true in the directory. `target`: a group id, `app/role`, or empty."""

    kind: StepKind
    target: str = ""
    state: StepState = StepState.WAITING
    error: str | None = None
    """The key of a message that says what stopped it (`graph-…`)."""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.target}" if self.target else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One sponsor's ask for one guest. `version` counts every stored change."""

    id: str
    kind: RequestKind
    status: RequestStatus
    version: int
    nonce: str
    """Unguessable; a card that carries another is not of this request."""
    sponsor: Person
    guest_address: str
    guest_name: str
    partner: str | None
    """A key of the policy's partners; None is an organisation nobody named."""
    packages: tuple[str, ...]
    until: date
    """The last day of access, in the sponsor's time zone."""
    ends_at: datetime
    """The end of that day, UTC: when access ends."""
    justification: str
    answers: Mapping[str, str]
    """Question key to answer."""
    locale: str
    submitted_at: datetime
    route: str
    channel: str | None
    reason_needed: bool
    stages: tuple[Stage, ...]
    facts: Facts
    verdict: Verdict
    """What policy said at submission."""
    extends: str | None = None
    """For an extension: the assignment it prolongs."""
    decisions: tuple[Decision, ...] = ()
    steps: tuple[DeliveryStep, ...] = ()
    problem: str | None = None
    """Why it needs attention: the key of a message (`graph-…`)."""
    closed_at: datetime | None = None
    closed_reason: str = ""
    """In a person's words, or policy's, why it was denied or withdrawn."""

    @property
    def stage(self) -> int:
        """Index of the stage that is asked now; `len(stages)` when all have approved."""
        for index, stage in enumerate(self.stages):
            approvals = sum(
                1 for decision in self.decisions if decision.stage == index and decision.choice is Choice.APPROVE
            )
            if approvals < stage.approvals:
                return index
        return len(self.stages)


def move(request: Request, to: RequestStatus) -> Request:
    """The request in its next status. Raises IllegalTransition for what the table does not hold."""
    if to not in TRANSITIONS[request.status]:
        raise IllegalTransition(status=str(request.status), to=str(to))
    return replace(request, status=to)
