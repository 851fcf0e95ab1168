"""What a person can ask of the bot: typed actions, the same from a typed message and from a card.

None of them says who acts: that is the `Actor`, from the authenticated activity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.requests import Choice
from bot.workflow.records import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, and where, from an authenticated activity."""

    id: str
    """Entra object id."""
    name: str
    locale: str
    """A language of ours: `en` or `zh-Hant`."""
    time_zone: str
    conversation: Conversation
    message_keys: tuple[str, ...] = ()
    """For a typed message: what makes it this message and no other (invariant 3); empty for clicks."""
    user_id: str | None = None
    """The person's channel account id (`29:…`): whom a chat of their own is created with."""
    locale_given: bool = True
    """False at a first contact whose activity names no language: the directory may know one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """The bot was installed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """`help`: at any point; in an interview it explains the present question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """`request access`, with whatever else the message said. `afresh` drops a draft that exists."""

    text: str = ""
    afresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Go on with the draft that exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Free text: an answer to the question on the table, or the beginning of a request."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer by card. `draft_version` and `draft_id` name the card it stood on."""

    draft_id: str
    draft_version: int
    question: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    draft_id: str | None = None
    draft_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change one answer, from the review."""

    question: str
    draft_id: str | None = None
    draft_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Drop the draft."""

    draft_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Submit the draft as reviewed."""

    draft_id: str | None = None
    draft_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MyRequests:
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MyGuests:
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """A new draft from an old request; `same_guest` keeps the guest (request it again), else all but the guest."""

    request_id: str
    same_guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """A new draft that prolongs an assignment."""

    assignment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAccess:
    """End an assignment now; asks back unless `confirmed`."""

    assignment_id: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendInvitation:
    """Of the guest of this request or assignment."""

    subject_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Approve or deny, by a card's button. `stage` and `nonce` are what the card carried."""

    request_id: str
    choice: Choice
    stage: int
    nonce: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideByText:
    """`approve <id>`: shown first, done on `confirmed`; `deny <id> <reason>` is done at once."""

    request_id: str
    choice: Choice
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """`yes` or `no` to what the bot asked back last in this conversation, or to the interview's question."""

    yes: bool
    text: str = ""
    """As it was typed; empty from a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Go on with a delivery from where it stopped."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BindChannel:
    """`approvals here <name>`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRevision:
    """Put a waiting policy revision in force, or reject it."""

    revision: str
    accept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezing:
    """`freeze <partner|package|all> <reason>`. `text` is the whole message: it may have been meant as an answer."""

    what: str
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfreezing:
    """`unfreeze <partner|package|all>`."""

    what: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """An automatic refresh of an approval card: answered from the store alone, changes nothing."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistyped:
    """A command was meant, and its id is no id. `text` is what was typed for it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A card action that is none of ours, or is malformed: answered 400."""

    why: str
    data: Mapping[str, object] = field(default_factory=dict)


Action = (
    Install
    | Help
    | Begin
    | Resume
    | Say
    | Answer
    | Back
    | Change
    | Cancel
    | Submit
    | MyRequests
    | MyGuests
    | Status
    | Withdraw
    | Another
    | Extend
    | EndAccess
    | ResendInvitation
    | Decide
    | DecideByText
    | Confirm
    | Retry
    | BindChannel
    | SettleRevision
    | Freezing
    | Unfreezing
    | Refresh
    | Mistyped
    | Unusable
)
