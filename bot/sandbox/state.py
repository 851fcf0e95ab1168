"""The sandbox directory's contents: users, groups, assignments, invitations, and what was written to it."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from bot.sandbox.seed import Seed, SeedGuest, SeedPerson

USER_DEFAULTS = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
USER_PROPERTIES = frozenset(
    {
        *USER_DEFAULTS, "accountEnabled", "companyName", "country", "createdDateTime", "creationType",
        "deletedDateTime", "department", "employeeType", "externalUserState", "externalUserStateChangeDateTime",
        "onPremisesSyncEnabled", "otherMails", "proxyAddresses", "usageLocation", "userType",
    }
)  # fmt: skip
GROUP_PROPERTIES = frozenset(
    {
        "id", "displayName", "description", "groupTypes", "isAssignableToRole", "mailEnabled", "securityEnabled",
        "onPremisesSyncEnabled", "visibility", "deletedDateTime",
    }
)  # fmt: skip


class StoredUser(msgspec.Struct):
    """A user; `properties` by Graph's names. `visible_from` is when eventual consistency shows it."""

    id: str
    properties: dict[str, object]
    visible_from: datetime
    manager: str | None = None
    sponsors: list[str] = []
    deleted: bool = False


class StoredGroup(msgspec.Struct):
    id: str
    properties: dict[str, object]
    members: list[str] = []


class StoredAssignment(msgspec.Struct):
    id: str
    principal: str
    resource: str
    role: str
    created: datetime


class StoredInvitation(msgspec.Struct):
    """`ticket` is the secret of the redeem link."""

    id: str
    ticket: str
    user: str
    address: str
    redirect_url: str
    at: datetime
    mailed: bool


class JournalEntry(msgspec.Struct, frozen=True):
    """A write that arrived: what was asked, whether it took effect, and what was answered (None: nothing)."""

    method: str
    path: str
    call: str
    body: object
    at: datetime
    effect: bool
    status: int | None


class Contents(msgspec.Struct):
    users: dict[str, StoredUser] = {}
    groups: dict[str, StoredGroup] = {}
    assignments: dict[str, StoredAssignment] = {}
    invitations: list[StoredInvitation] = []
    journal: list[JournalEntry] = []


class DirectoryState:
    """The contents, and questions to them. `kept_in`: a JSON file that they survive a restart in."""

    def __init__(self, seed: Seed, clock: Callable[[], datetime], *, kept_in: Path | None = None) -> None:
        self.seed = seed
        self.clock = clock
        self._kept_in = kept_in
        if kept_in is not None and kept_in.exists():
            self.contents = msgspec.json.decode(kept_in.read_bytes(), type=Contents)
        else:
            self.contents = planted(seed, clock())
        self.roles = {each.id: each for each in seed.applications}

    def keep(self) -> None:
        """Writes the contents to their file, whole or not at all."""
        if self._kept_in is not None:
            beside = self._kept_in.with_suffix(".new")
            beside.write_bytes(msgspec.json.encode(self.contents))
            beside.replace(self._kept_in)

    def user(self, user_id: str) -> StoredUser | None:
        """The user, where it can be seen already and was not deleted."""
        user = self.contents.users.get(user_id.lower())
        return user if user and not user.deleted and user.visible_from <= self.clock() else None

    def users(self, *, deleted: bool = False) -> list[StoredUser]:
        now = self.clock()
        return [user for user in self.contents.users.values() if user.deleted is deleted and user.visible_from <= now]

    def with_address(self, address: str) -> StoredUser | None:
        """Whoever has this address, seen already or not, deleted or not."""
        wanted = address.casefold()
        return next((user for user in self.contents.users.values() if wanted in addresses_of(user)), None)

    def groups_of(self, member: str) -> set[str]:
        """Ids of the groups this user or group is in, transitively."""
        found: set[str] = set()
        begin = [member]
        while begin:
            each = begin.pop()
            fresh = {group.id for group in self.contents.groups.values() if each in group.members} - found
            found |= fresh
            begin.extend(fresh)
        return found

    def users_in(self, group_id: str) -> list[StoredUser]:
        """Users in this group, transitively, that can be seen."""
        return [user for user in self.users() if group_id in self.groups_of(user.id)]

    def new_guest(self, *, address: str, name: str, user_type: str, lag: timedelta) -> StoredUser:
        now = self.clock()
        user = StoredUser(
            id=str(uuid.uuid4()),
            properties=external_properties(self.seed, address, name, user_type, "PendingAcceptance", now),
            visible_from=now + lag,
        )
        user.properties["id"] = user.id
        self.contents.users[user.id] = user
        return user

    def forget_user(self, user: StoredUser) -> None:
        """Soft-deletes: out of all groups, as Graph shows it, restorable."""
        user.deleted = True
        user.properties["deletedDateTime"] = stamp(self.clock())
        for group in self.contents.groups.values():
            if user.id in group.members:
                group.members.remove(user.id)

    def invitations_by_address(self) -> Counter[str]:
        """How many invitations took effect for each address: more than one is a double, unless it was resent."""
        return Counter(invitation.address for invitation in self.contents.invitations)


def addresses_of(user: StoredUser) -> set[str]:
    """All addresses a user answers to, case-folded."""
    properties = user.properties
    found = [properties.get("mail"), properties.get("userPrincipalName")]
    for name in ("otherMails", "proxyAddresses"):
        held = properties.get(name)
        found.extend(held if isinstance(held, list) else [])
    return {each.removeprefix("SMTP:").casefold() for each in found if isinstance(each, str)}


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def planted(seed: Seed, now: datetime) -> Contents:
    """The contents that a seed describes."""
    ids = {key: person.id for key, person in seed.people.items()} | {
        key: guest.id for key, guest in seed.guests.items()
    }
    contents = Contents()
    for person in seed.people.values():
        contents.users[person.id] = StoredUser(
            id=person.id,
            properties=_person_properties(person, now),
            visible_from=now,
            manager=ids[person.manager] if person.manager else None,
        )
    for guest in seed.guests.values():
        contents.users[guest.id] = _planted_guest(seed, guest, ids, now)
    for group in seed.groups:
        contents.groups[group.id] = StoredGroup(
            id=group.id,
            properties={
                "id": group.id, "displayName": group.name, "description": None, "mailEnabled": False,
                "securityEnabled": True, "isAssignableToRole": group.role_assignable or None,
                "onPremisesSyncEnabled": group.synced or None, "visibility": None, "deletedDateTime": None,
                "groupTypes": ["DynamicMembership"] if group.dynamic else [],
            },
            members=[ids.get(member, member) for member in group.members],
        )  # fmt: skip
    return contents


def _planted_guest(seed: Seed, guest: SeedGuest, ids: Mapping[str, str], now: datetime) -> StoredUser:
    properties = external_properties(seed, guest.mail, guest.name, guest.type, guest.state, now)
    properties |= {"id": guest.id, "accountEnabled": guest.enabled}
    if guest.deleted:
        properties["deletedDateTime"] = stamp(now)
    return StoredUser(
        id=guest.id,
        properties=properties,
        visible_from=now,
        sponsors=[ids[guest.sponsor]] if guest.sponsor else [],
        deleted=guest.deleted,
    )


def _person_properties(person: SeedPerson, now: datetime) -> dict[str, object]:
    given, _, surname = person.name.partition(" ")
    return _user_properties(now) | {
        "id": person.id, "displayName": person.name, "givenName": given, "surname": surname, "mail": person.mail,
        "userPrincipalName": person.mail, "proxyAddresses": [f"SMTP:{person.mail}"], "userType": "Member",
        "jobTitle": person.title, "department": person.department, "employeeType": person.employee_type,
        "country": person.country, "preferredLanguage": person.language,
    }  # fmt: skip


def external_properties(
    seed: Seed, address: str, name: str, user_type: str, state: str, now: datetime
) -> dict[str, object]:
    """What an invitation makes of an address, by Graph's names; `id` is still to be set."""
    return _user_properties(now) | {
        "displayName": name, "mail": address, "otherMails": [address], "proxyAddresses": [f"SMTP:{address}"],
        "userPrincipalName": f"{address.replace('@', '_')}#EXT#@{seed.tenant.domains[-1]}", "userType": user_type,
        "creationType": "Invitation", "externalUserState": state, "externalUserStateChangeDateTime": stamp(now),
    }  # fmt: skip


def _user_properties(now: datetime) -> dict[str, object]:
    empty: Iterable[str] = USER_PROPERTIES
    return dict.fromkeys(empty) | {
        "accountEnabled": True, "businessPhones": [], "otherMails": [], "proxyAddresses": [],
        "createdDateTime": stamp(now),
    }  # fmt: skip
