"""What is stored beside requests and assignments: conversations, postings, jobs, audit entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.people import PersonRef
from policies.changes import Change


class ConversationKind(StrEnum):
    PERSONAL = "personal"
    CHANNEL = "channel"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Where the bot can write: a stored conversation reference, refreshed at every inbound activity."""

    id: str
    """Teams' conversation id; for a channel the channel's id, without `;messageid=…`."""
    kind: ConversationKind
    service_url: str
    tenant_id: str
    bot_id: str
    """The bot's own channel account id (`28:…`)."""
    person_id: str | None = None
    """Entra object id of the person, for PERSONAL."""
    user_id: str | None = None
    """The person's channel account id (`29:…`), for PERSONAL."""
    team_id: str | None = None
    locale: str = "en-US"
    time_zone: str = "UTC"
    unreachable: bool = False

    @property
    def is_open(self) -> bool:
        """False for a person's chat that Teams has not made yet: its id is a placeholder until the first posting."""
        return not self.id.startswith(NOT_OPEN)


NOT_OPEN = "person:"
"""Begins the placeholder id of a personal chat that is still to be created: `person:<object id>`."""


class Card(StrEnum):
    """What a posting shows; with its subject it names the view that is drawn."""

    APPROVAL = "approval"
    """A request, for its approvers. Subject: the request."""
    PROGRESS = "progress"
    """A request, for its sponsor: one card that changes as the request moves on. Subject: the request."""
    INTERVIEW = "interview"
    """The question on the table, in the sponsor's own chat. Subject: the sponsor's object id."""
    OUTCOME = "outcome"
    """A request's end, told once. Subject: the request."""
    ATTENTION = "attention"
    """A request that needs a person, for the administrators. Subject: the request."""
    REDEMPTION_NUDGE = "redemption_nudge"
    """The guest has not accepted yet. Subject: the guest's address."""
    EXPIRY_WARNING = "expiry_warning"
    """Access ends soon. Subject: the assignment."""
    ENDED = "ended"
    """Access has ended. Subject: the assignment."""
    ALERT = "alert"
    """Something the administrators must know. Subject: a message key (`alert-…`), or a stored alert (`alert:<id>`)."""
    POLICY = "policy"
    """A policy revision, for the administrators: what it changes, what became of it. Subject: `policy:<revision>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A card in a channel or a chat: the version it should show, and the one it shows.

    Addressed to exactly one of `channel` (a policy's channel name) and `person` (an Entra object id). `slot` tells
    apart
    postings of one card about one subject (the 3-day and the 10-day nudge); (card, subject, address, slot) is unique.
    """

    id: int
    card: Card
    subject: str
    channel: str | None = None
    person: str | None = None
    slot: str = ""
    wanted: int
    shown: int = -1
    conversation_id: str | None = None
    """Where it was posted, once it was."""
    activity_id: str | None = None
    unreachable: bool = False


class JobKind(StrEnum):
    DELIVER = "deliver"
    """Begin a delivery: newest denies on fresh facts, then a job for each step. Subject: request."""
    INVITE = "invite"
    """Subject: guest address, so that two requests for one guest never invite at once."""
    ADD_SPONSOR = "add_sponsor"
    ADD_TO_GROUP = "add_to_group"
    ASSIGN_APP_ROLE = "assign_app_role"
    FOLLOW_REDEMPTION = "follow_redemption"
    """Subject: guest address."""
    NUDGE_REDEMPTION = "nudge_redemption"
    RESEND_INVITATION = "resend_invitation"
    WARN_EXPIRY = "warn_expiry"
    """Subject: assignment."""
    END_ASSIGNMENT = "end_assignment"
    LAPSE = "lapse"
    DRAW = "draw"
    """Bring one posting to its wanted version. Subject: posting id as text."""
    ANCHOR_AUDIT = "anchor_audit"
    """Log the head of the audit chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed piece of work. `token` and `attempt` fence its finish: a claim that ran out finishes nothing."""

    id: int
    kind: JobKind
    subject: str
    step: str
    due: datetime
    attempt: int
    """1 for the first try."""
    token: str
    lease_until: datetime
    payload: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime
    last_error: str | None = None


class Act(StrEnum):
    """What an audit entry records; past tense."""

    REQUEST_SUBMITTED = "request.submitted"
    REQUEST_AUTO_APPROVED = "request.auto_approved"
    REQUEST_APPROVED = "request.approved"
    STAGE_APPROVED = "request.stage_approved"
    REQUEST_DENIED = "request.denied"
    REQUEST_WITHDRAWN = "request.withdrawn"
    REQUEST_LAPSED = "request.lapsed"
    DELIVERY_STARTED = "delivery.started"
    DELIVERY_STEP_DONE = "delivery.step_done"
    DELIVERY_STEP_FAILED = "delivery.step_failed"
    DELIVERY_FINISHED = "delivery.finished"
    DELIVERY_RETRIED = "delivery.retried"
    DELIVERY_TAKEN_BACK = "delivery.taken_back"
    INVITATION_SENT = "invitation.sent"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_REDEEMED = "invitation.redeemed"
    ASSIGNMENT_STARTED = "assignment.started"
    ASSIGNMENT_EXTENDED = "assignment.extended"
    ASSIGNMENT_ENDING = "assignment.ending"
    ASSIGNMENT_ENDED = "assignment.ended"
    SPONSOR_WARNED = "sponsor.warned"
    SPONSOR_NUDGED = "sponsor.nudged"
    DECISION_REFUSED = "decision.refused"
    CHANNEL_BOUND = "channel.bound"
    POLICY_LOADED = "policy.loaded"
    """A revision was put in force."""
    POLICY_PROPOSED = "policy.proposed"
    """A revision waits for a second administrator."""
    POLICY_REJECTED = "policy.rejected"
    POLICY_REFUSED = "policy.refused"
    """The policy files are wrong, or fail their own tests: what was in force stays."""
    FROZEN = "access.frozen"
    UNFROZEN = "access.unfrozen"
    JOB_DEAD_LETTERED = "job.dead_lettered"
    AUDIT_CUT = "audit.cut"
    """Retention removed the oldest entries: `through` (sequence), `hash` (of that one), `entries` (how many)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which subject when, under which policy revision.

    `actor` is an object id, or `system`. `texts` is personal text (names, addresses, justification), which lies
    beside the
    chain with its salt: the chain holds a digest of it only. `details` holds ids and codes, never personal text.
    """

    act: Act
    actor: str
    subject: str
    at: datetime
    revision: str
    details: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAuditEntry:
    """An audit entry in its chain. `texts` is None where it was erased."""

    sequence: int
    entry: AuditEntry
    texts: Mapping[str, str] | None
    hash: str


class RevisionState(StrEnum):
    """What became of a policy revision. Which one is in force is told by a row of its own."""

    ACCEPTED = "accepted"
    """In force, or superseded by a later one."""
    WAITING = "waiting"
    """For a second administrator."""
    REJECTED = "rejected"
    REPLACED = "replaced"
    """Another revision came while it waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a revision came from, as far as it is known. The author is the commit's, where it came from Git."""

    commit: str = ""
    author: str = ""
    author_addresses: tuple[str, ...] = ()
    """Lower-case addresses of the commit's author and committer: they do not put in force what they wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What a revision would have changed for past requests: how many were looked at, and how each sort would differ."""

    looked_at: int
    differences: tuple[tuple[str, str, int], ...] = ()
    """Kind (`newly denied`), how (`by no-germany`), how many; from what matters most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRevision:
    """A policy revision with its text, stored once."""

    revision: str
    files: tuple[tuple[str, str], ...]
    """Names and texts, as they were read."""
    at: datetime
    """When it was first seen."""
    state: RevisionState
    version: int = 0
    base: str = ""
    """The revision that was in force when it came: what `changes` are told against."""
    origin: Origin = Origin()
    changes: tuple[Change, ...] = ()
    """Those that may grant first; where there are very many, not all of `changes_in_all`."""
    changes_in_all: int = 0
    grants_added: tuple[str, ...] = ()
    grants_removed: tuple[str, ...] = ()
    simulated: Simulated | None = None
    by: PersonRef | None = None
    """Who put it in force or rejected it, where somebody did."""
    settled_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Of its postings and audit entries."""
        return f"policy:{self.revision}"


class FreezeKind(StrEnum):
    ALL = "all"
    PARTNER = "partner"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Submissions, approvals and deliveries about this are held until it is lifted. `key` is empty for ALL."""

    kind: FreezeKind
    key: str
    reason: str
    by: PersonRef
    at: datetime

    @property
    def name(self) -> str:
        """As it is typed."""
        return self.key or str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that the administrators are told in their channel: a message's key and variables, and lines below."""

    id: str
    key: str
    params: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    is_trouble: bool = True
