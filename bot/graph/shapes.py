"""What we read of Graph's JSON, typed; what else an answer holds is ignored."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from bot.domain.people import DirectoryGuest, Person, PersonRef, Redemption, UserType


class Named(msgspec.Struct, rename="camel"):
    """A directory object in a list."""

    id: str
    display_name: str | None = None


class User(msgspec.Struct, rename="camel"):
    """https://learn.microsoft.com/graph/api/resources/user"""

    id: str
    display_name: str | None = None
    mail: str | None = None
    user_principal_name: str | None = None
    user_type: str | None = None
    account_enabled: bool | None = None
    job_title: str | None = None
    department: str | None = None
    employee_type: str | None = None
    country: str | None = None
    preferred_language: str | None = None
    manager: Named | None = None
    creation_type: str | None = None
    external_user_state: str | None = None
    external_user_state_change_date_time: datetime | None = None

    @property
    def is_external(self) -> bool:
        """A guest, or an external whom an invitation brought in and who was made a member since (invariant 8)."""
        if self.user_type == UserType.GUEST:
            return True
        invited = self.creation_type == "Invitation"
        return invited and "#ext#" in (self.user_principal_name or "").lower()


class Group(msgspec.Struct, rename="camel"):
    """https://learn.microsoft.com/graph/api/resources/group"""

    id: str
    display_name: str | None = None
    is_assignable_to_role: bool | None = None
    on_premises_sync_enabled: bool | None = None
    group_types: list[str] = []


class TenantInformation(msgspec.Struct, rename="camel"):
    """https://learn.microsoft.com/graph/api/resources/tenantinformation"""

    tenant_id: str


class AppRoleAssignment(msgspec.Struct, rename="camel"):
    """https://learn.microsoft.com/graph/api/resources/approleassignment"""

    id: str
    principal_id: str
    app_role_id: str
    resource_id: str


class InvitedUser(msgspec.Struct):
    id: str


class InvitationAnswer(msgspec.Struct, rename="camel"):
    """https://learn.microsoft.com/graph/api/resources/invitation. `status` is not read: it is not reliable."""

    invited_user: InvitedUser
    invite_redeem_url: str


class GroupIds(msgspec.Struct):
    """The answer of checkMemberGroups."""

    value: list[str]


class VerifiedDomain(msgspec.Struct):
    name: str


class Organization(msgspec.Struct, rename="camel"):
    verified_domains: list[VerifiedDomain] = []


PERSON_SELECT = (
    "id,displayName,mail,userPrincipalName,jobTitle,department,employeeType,userType,accountEnabled,country,"
    "preferredLanguage"
)
GUEST_SELECT = (
    "id,displayName,mail,userPrincipalName,userType,accountEnabled,creationType,externalUserState,"
    "externalUserStateChangeDateTime"
)
DELETED_SELECT = "id,displayName,mail,userPrincipalName,userType,accountEnabled"


def user_type(text: str | None) -> UserType:
    return UserType(text) if text in (UserType.MEMBER, UserType.GUEST) else UserType.UNKNOWN


def redemption(state: str | None) -> Redemption:
    """`externalUserState`: PendingAcceptance, Accepted or null."""
    if state == "Accepted":
        return Redemption.ACCEPTED
    return Redemption.PENDING if state == "PendingAcceptance" else Redemption.NOT_INVITED


def person(user: User) -> Person:
    manager = user.manager
    return Person(
        id=user.id,
        name=user.display_name or user.mail or user.id,
        address=user.mail or user.user_principal_name,
        other_addresses=(user.user_principal_name,) if user.mail and user.user_principal_name else (),
        user_type=user_type(user.user_type),
        enabled=user.account_enabled is True,
        title=user.job_title,
        department=user.department,
        employee_type=user.employee_type,
        country=user.country,
        language=user.preferred_language,
        manager=PersonRef(id=manager.id, name=manager.display_name or manager.id) if manager else None,
    )


def directory_guest(user: User, *, address: str | None = None, deleted: bool = False) -> DirectoryGuest:
    """`address`: the one that was looked for, where the user may carry others."""
    return DirectoryGuest(
        id=user.id,
        name=user.display_name or user.mail or user.id,
        address=address or user.mail or user.user_principal_name or "",
        user_type=user_type(user.user_type),
        enabled=user.account_enabled is True,
        redemption=redemption(user.external_user_state),
        redemption_changed_at=user.external_user_state_change_date_time,
        deleted=deleted,
    )


def one_of(users: Iterable[User]) -> User | None:
    """The one to speak of where several users carry an address: a member before a guest, enabled before disabled.

    An employee's address must never pass for a guest's because a guest carries it among its other addresses.
    """
    ranked = sorted(users, key=lambda user: (user.user_type == UserType.GUEST, user.account_enabled is not True))
    return ranked[0] if ranked else None
