"""What the use cases need of the world, named by role; adapters implement these."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.domain.assignments import Assignment
from bot.domain.packages import AppRole
from bot.domain.people import DirectoryGuest, Guest, Person, PersonRef, Redemption
from bot.domain.requests import Request
from bot.interview.draft import Draft
from bot.workflow.actions import Action, Actor
from bot.workflow.records import (
    Alert,
    AuditEntry,
    Card,
    Conversation,
    Freeze,
    FreezeKind,
    Job,
    JobKind,
    PolicyRevision,
    Posting,
    StoredAuditEntry,
)
from bot.workflow.views import Reply, View

T = TypeVar("T")

# --- time ------------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, UTC."""
        ...


# --- the store -------------------------------------------------------------------------------------------------------


class Conflict(Exception):
    """The stored version is not the expected one; load again and decide again."""


class ClaimLost(Exception):
    """The claim on a job is no longer this worker's, so what it finishes does not count: fencing."""


class Requests(Protocol):
    def get(self, request_id: str) -> Request | None: ...

    def add(self, request: Request) -> None:
        """Stores a new request (version 0). Raises OpenRequestExists where guest and package are taken, Conflict for
        a taken id
        or nonce."""
        ...

    def save(self, request: Request) -> Request:
        """Stores it if the stored version is `request.version`, and returns it one version on. Raises Conflict.

        Marks every posting about it as wanting the new version, in the same transaction, with a draw job for each.
        """
        ...

    def of_sponsor(self, sponsor_id: str, *, limit: int, offset: int = 0) -> Sequence[Request]:
        """Newest first."""
        ...

    def count_of_sponsor(self, sponsor_id: str, *, since: datetime | None = None, besides: str | None = None) -> int:
        """`besides`: a request that is not counted."""
        ...

    def alone_for(self, sponsor_id: str) -> None:
        """Until this transaction ends no other one comes past here for this sponsor: what is counted for a quota stays
        so until it is used.
        """
        ...

    def about_guest(self, address: str, *, limit: int) -> Sequence[Request]:
        """Newest first."""
        ...

    def open_for_guest(self, address: str) -> Mapping[str, str]:
        """Package key to the id of the open request that holds it."""
        ...

    def with_nonce(self, nonce: str) -> Request | None: ...

    def all_after(self, request_id: str, *, limit: int) -> Sequence[Request]:
        """Every request there is, a page at a time: the next ones by id after this one ("" to begin)."""
        ...


class Assignments(Protocol):
    def get(self, assignment_id: str) -> Assignment | None: ...
    def add(self, assignment: Assignment) -> None: ...
    def save(self, assignment: Assignment) -> Assignment:
        """As Requests.save, for versions and postings."""
        ...

    def of_guest(self, address: str) -> Sequence[Assignment]:
        """All not ended."""
        ...

    def of_sponsor(self, sponsor_id: str, *, limit: int, offset: int = 0) -> Sequence[Assignment]:
        """All not ended, soonest end first."""
        ...

    def of_request(self, request_id: str) -> Sequence[Assignment]: ...
    def count_guests_of(self, sponsor_id: str, *, besides: str | None = None) -> int:
        """How many guests hold something under this sponsor now; `besides`: an address that is not counted."""
        ...


class Guests(Protocol):
    def get(self, address: str) -> Guest | None: ...
    def save(self, guest: Guest) -> Guest:
        """Inserts (version 0, not stored yet) or updates by version. Raises Conflict."""
        ...

    def keep_redeem_url(self, address: str, url: str) -> None:
        """Encrypted with the newest of DATA_KEYS."""
        ...

    def redeem_url(self, address: str) -> str | None: ...


class Drafts(Protocol):
    """One draft a person."""

    def get(self, person_id: str) -> Draft | None: ...
    def save(self, person_id: str, draft: Draft) -> Draft:
        """Stores it if the stored version is `draft.version`, one version on. Raises Conflict."""
        ...

    def delete(self, person_id: str) -> None: ...


class Conversations(Protocol):
    def get(self, conversation_id: str) -> Conversation | None: ...
    def with_person(self, person_id: str) -> Conversation | None:
        """The personal chat with this person."""
        ...

    def save(self, conversation: Conversation) -> None:
        """Inserts or refreshes; writes nothing where nothing changed."""
        ...

    def opened(self, placeholder_id: str, conversation_id: str) -> None:
        """A personal chat that was a placeholder (records.NOT_OPEN) exists now under this id."""
        ...

    def bind(self, channel_name: str, conversation_id: str) -> None: ...
    def bound_to(self, channel_name: str) -> Conversation | None: ...
    def bindings(self) -> Mapping[str, str]:
        """Channel name to conversation id."""
        ...


class Postings(Protocol):
    def want(
        self,
        card: Card,
        subject: str,
        *,
        version: int,
        channel: str | None = None,
        person: str | None = None,
        slot: str = "",
        at: datetime,
    ) -> None:
        """Makes sure that this posting exists and will show at least this version (inserts or raises `wanted`), with
        its draw job.
        """
        ...

    def get(self, posting_id: int) -> Posting | None: ...
    def shown(self, posting_id: int, *, version: int, conversation_id: str, activity_id: str) -> None: ...
    def unreachable(self, posting_id: int) -> None: ...
    def redraw(self, channel: str, *, at: datetime) -> None:
        """Draws what this channel (a policy's name) should show and does not, as where it was bound anew."""
        ...

    def about(self, subject: str) -> Sequence[Posting]: ...


class Jobs(Protocol):
    def enqueue(
        self, kind: JobKind, subject: str, *, due: datetime, step: str = "", payload: Mapping[str, str] | None = None
    ) -> None:
        """One job for (kind, subject, step), once for ever: a second call changes nothing, even when the first is
        done.
        """
        ...

    def arm(
        self, kind: JobKind, subject: str, *, due: datetime, step: str = "", payload: Mapping[str, str] | None = None
    ) -> None:
        """Like enqueue, but a finished, dead or waiting job is set to run (again) at `due`, as a first try; a claimed
        one runs once more
        after its present run."""
        ...

    def cancel(self, kind: JobKind, subject: str, *, step: str = "") -> None:
        """A waiting job will not run; a claimed one's finish still counts."""
        ...

    def finish(self, job: Job) -> None:
        """Done. Raises ClaimLost (and so rolls back) where the claim is no longer this one's."""
        ...

    def retry(self, job: Job, *, due: datetime, error: str) -> None:
        """Fenced like finish; the attempt counts."""
        ...

    def postpone(self, job: Job, *, due: datetime) -> None:
        """Fenced like finish; the attempt does not count (nothing was tried)."""
        ...

    def hold(self, job: Job, *, due: datetime) -> None:
        """As postpone, for what is frozen: it also runs as soon as what is held is released."""
        ...

    def release(self, kinds: Collection[JobKind]) -> None:
        """What is held of these kinds is due now."""
        ...

    def bury(self, job: Job, *, error: str) -> None:
        """Fenced like finish; dead-lettered: kept, shown, not run again until armed."""
        ...

    def dead(self, *, limit: int) -> Sequence[Job]: ...
    def pause(self, kinds: Collection[JobKind], *, until: datetime, reason: str) -> None:
        """No replica claims these kinds before then; a later end wins over an earlier one."""
        ...

    def paused(self) -> Mapping[JobKind, tuple[datetime, str]]: ...
    def unpause(self, kinds: Collection[JobKind]) -> None: ...


class AuditTrail(Protocol):
    def append(self, entry: AuditEntry) -> None:
        """Chained to the last entry; the tail row is locked last in the transaction, at its commit."""
        ...

    def about(self, subjects: Collection[str]) -> Sequence[StoredAuditEntry]:
        """Oldest first."""
        ...

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last entry; (0, zeros) at the start."""
        ...

    def erase(self, subjects: Collection[str]) -> int:
        """Erases the personal texts of these subjects; the chain stays whole. How many entries lost theirs."""
        ...

    def cut(self, *, before: datetime, at: datetime) -> int:
        """Retention: removes the prefix older than `before` under a checkpoint entry. How many entries went."""
        ...


class Confirmations(Protocol):
    """What the bot asked back ("yes or no?"), one a person and conversation."""

    def ask(self, person_id: str, conversation_id: str, question: Mapping[str, str], *, until: datetime) -> None: ...
    def take(self, person_id: str, conversation_id: str, *, now: datetime) -> Mapping[str, str] | None:
        """The question, once, if it has not run out."""
        ...


class Revisions(Protocol):
    """Policy revisions, each stored once with its text, and which of them is in force."""

    def keep(self, revision: PolicyRevision) -> bool:
        """True if it was new."""
        ...

    def get(self, revision: str) -> PolicyRevision | None: ...
    def save(self, revision: PolicyRevision) -> PolicyRevision:
        """As Requests.save, for versions and postings."""
        ...

    def waiting(self) -> Sequence[PolicyRevision]: ...
    def newest(self, *, limit: int) -> Sequence[PolicyRevision]:
        """Those seen last, first."""
        ...

    def in_force(self, *, hold: bool = False) -> str | None:
        """None before the first. `hold`: no other is put in force before this transaction ends (not for `read`)."""
        ...

    def put_in_force(self, revision: str, *, instead_of: str | None, at: datetime) -> None:
        """Raises Conflict where another one is in force than `instead_of`."""
        ...


class Freezes(Protocol):
    """What is frozen now."""

    def all(self) -> Sequence[Freeze]: ...
    def put(self, freeze: Freeze) -> None:
        """Inserts, or takes the place of the freeze of the same."""
        ...

    def lift(self, kind: FreezeKind, key: str) -> bool:
        """False where it was not frozen."""
        ...


class Alerts(Protocol):
    """What the administrators are told, each once."""

    def keep(self, alert: Alert) -> bool:
        """True if its id was new."""
        ...

    def get(self, alert_id: str) -> Alert | None: ...


class Seen(Protocol):
    """Typed messages that were handled: an invariant-3 key, and what was answered."""

    def first_time(self, keys: Collection[str], *, at: datetime) -> bool:
        """True, and remembered, if none of these keys was seen before."""
        ...


class Tx(Protocol):
    """One transaction: everything below is read and written in it, and nothing outside is touched."""

    @property
    def requests(self) -> Requests: ...
    @property
    def assignments(self) -> Assignments: ...
    @property
    def guests(self) -> Guests: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def postings(self) -> Postings: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def seen(self) -> Seen: ...
    @property
    def confirmations(self) -> Confirmations: ...
    @property
    def revisions(self) -> Revisions: ...
    @property
    def freezes(self) -> Freezes: ...
    @property
    def alerts(self) -> Alerts: ...


class Store(Protocol):
    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in one transaction in a database thread and returns after COMMIT. `work` may run twice."""
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """As transact, but read-only: writing through this Tx raises."""
        ...

    async def claim(
        self,
        kinds: Collection[JobKind],
        *,
        limit: int,
        lease: timedelta,
        pace: Mapping[JobKind, timedelta] | None = None,
    ) -> Sequence[Job]:
        """Claims due jobs, oldest due first, that no replica holds; kinds in `pace` at most one per interval over
        all replicas.
        """
        ...

    async def renew(self, job: Job, *, lease: timedelta) -> bool:
        """False where the claim was lost."""
        ...

    async def wait_for_jobs(self, *, at_most: timedelta) -> None:
        """Returns when a job may have become due (this process enqueued one, another replica told, or a due time
        came), or after
        `at_most`."""
        ...


# --- the directory ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMembers:
    """A group's display name and its transitive members (users only; the first `limit`)."""

    name: str
    members: tuple[PersonRef, ...]
    more: bool = False


class Directory(Protocol):
    """Reading the directory. Every call raises GraphError where it does not answer."""

    async def person(self, person_id: str) -> Person | None: ...
    async def groups_of(self, person_id: str, among: Collection[str]) -> frozenset[str]:
        """Which of these groups (object ids) the person is in, transitively."""
        ...

    async def group_members(self, group_id: str, *, limit: int = 60) -> GroupMembers: ...
    async def find_guest(self, address: str) -> DirectoryGuest | None:
        """The user with this address (any kind of user: look at `user_type`), or a soft-deleted one (`deleted`)."""
        ...

    async def user(self, user_id: str) -> DirectoryGuest | None:
        """The same, by object id: the truth at the moment of a call (invariant 8)."""
        ...

    async def own_domains(self) -> frozenset[str]:
        """The tenant's verified domains, lower case."""
        ...

    async def is_entra_tenant(self, domain: str) -> bool:
        """Whether some Entra tenant has verified this domain (A-labels)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What POST /invitations needs (graph.md, C)."""

    address: str
    name: str
    redirect_url: str
    language: str
    message: str
    sponsor_id: str
    cc: PersonRef | None = None
    cc_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    user_id: str
    redeem_url: str
    """A secret: stored encrypted, never logged, shown only on the card meant to carry it."""


class Inviter(Protocol):
    async def invite(self, invitation: Invitation) -> Invited:
        """Not idempotent: `Directory.find_guest` first, always. For a known guest it sends a new mail and keeps the
        user.
        """
        ...

    async def add_sponsor(self, user_id: str, sponsor_id: str) -> None: ...
    async def sponsors(self, user_id: str) -> frozenset[str]: ...


class Memberships(Protocol):
    """Groups and application roles. Writing is idempotent: what is so already is success."""

    async def is_in_group(self, group_id: str, user_id: str) -> bool: ...
    async def add_to_group(self, group_id: str, user_id: str) -> None: ...
    async def remove_from_group(self, group_id: str, user_id: str) -> None: ...
    async def has_app_role(self, role: AppRole, user_id: str) -> bool: ...
    async def assign_app_role(self, role: AppRole, user_id: str) -> None: ...
    async def unassign_app_role(self, role: AppRole, user_id: str) -> None: ...


class Redemptions(Protocol):
    async def redemption_of(self, user_id: str) -> tuple[Redemption, datetime | None]: ...


# --- Teams -----------------------------------------------------------------------------------------------------------


class Poster(Protocol):
    """Shows views in Teams outside of a turn. Raises PostingError."""

    async def post(self, conversation: Conversation, view: View) -> tuple[str, str]:
        """(conversation id, activity id) of the new card: in a channel a thread of its own."""
        ...

    async def edit(self, conversation: Conversation, conversation_id: str, activity_id: str, view: View) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """What Teams says of a channel that is to be bound."""

    standard: bool
    has_guests: bool


class Rosters(Protocol):
    async def channel_facts(self, conversation: Conversation) -> ChannelFacts: ...


class Acts(Protocol):
    """The whole workflow as one door: what an adapter (Teams, a web page, a command) knocks at."""

    async def act(self, actor: Actor, action: Action) -> Reply:
        """Does what this person asks. Raises DomainError for a refusal; nothing was changed then."""
        ...
