"""People as the directory knows them, and the guests we look after."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRef:
    """Who: an Entra object id and the name to show."""

    id: str
    name: str


class UserType(StrEnum):
    """Graph's `userType`. What Graph leaves empty is no Member."""

    MEMBER = "Member"
    GUEST = "Guest"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the tenant (https://learn.microsoft.com/graph/api/resources/user)."""

    id: str
    name: str
    address: str | None = None
    other_addresses: tuple[str, ...] = ()
    """What else they are known by: the sign-in name, where it differs."""
    user_type: UserType = UserType.UNKNOWN
    enabled: bool = True
    title: str | None = None
    department: str | None = None
    employee_type: str | None = None
    country: str | None = None
    language: str | None = None
    """BCP 47, from `preferredLanguage`."""
    manager: PersonRef | None = None

    @property
    def ref(self) -> PersonRef:
        return PersonRef(id=self.id, name=self.name)


class Redemption(StrEnum):
    """Where a guest stands with the invitation (Graph's `externalUserState`)."""

    NOT_INVITED = "not_invited"
    PENDING = "pending"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryGuest:
    """What a look into the directory says of an address (graph.md, B)."""

    id: str
    name: str
    address: str
    user_type: UserType
    enabled: bool
    redemption: Redemption
    redemption_changed_at: datetime | None = None
    deleted: bool = False
    """Soft-deleted, restorable for 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One external person, one per normalised email address, and what we did for them."""

    address: str
    name: str
    user_id: str | None = None
    """The directory's object id, once known."""
    inviting_since: datetime | None = None
    """An invitation was about to be sent then, and its outcome is not recorded yet."""
    invited_by_us: bool = False
    invited_at: datetime | None = None
    redemption: Redemption = Redemption.NOT_INVITED
    redemption_changed_at: datetime | None = None
    invitations: int = 0
    """How many times an invitation went out, the first included."""
    language: str = "en-US"
    version: int = 0
