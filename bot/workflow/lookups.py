"""What was read in the directory lately: so that a turn needs no second read, and a transaction none at all.

A transaction that finds something missing here raises `Unread`; it is read outside of it, and the transaction runs
again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from cachetools import TTLCache

from bot.domain.errors import DirectorySilent, NotMember
from bot.domain.people import DirectoryGuest, Person, UserType
from bot.workflow.errors import GraphError
from bot.workflow.ports import Clock, Directory, GroupMembers
from policies.model import Policy

T = TypeVar("T")

SPONSOR_KEPT = timedelta(minutes=5)
GUEST_KEPT = timedelta(minutes=2)
GROUP_KEPT = timedelta(minutes=5)
DOMAINS_KEPT = timedelta(hours=1)
TENANT_KEPT = timedelta(hours=1)
MOST_KEPT = 10_000


class Unread(Exception):
    """Something must be read in the directory before the transaction can go on."""

    def __init__(self, read: Callable[["Lookups"], Awaitable[object]]) -> None:
        super().__init__()
        self.read = read


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A person, and which of the policy's groups (keys) they are in."""

    person: Person
    groups: frozenset[str]


class _Kept:
    """Answers by key, for a while. Transactions look in from their database threads, hence the lock: the cache has
    none, and a time-out of its entries that went wrong would keep somebody who left a member for ever.
    """

    def __init__(self, kept: timedelta, clock: Clock) -> None:
        self._answers: TTLCache[str, object] = TTLCache(
            MOST_KEPT, kept.total_seconds(), timer=lambda: clock().timestamp()
        )
        self._lock = Lock()

    def get(self, key: str, default: object = None) -> object:
        with self._lock:
            return self._answers.get(key, default)

    def keep(self, key: str, answer: object) -> None:
        with self._lock:
            self._answers[key] = answer

    def drop(self, key: str) -> None:
        with self._lock:
            self._answers.pop(key, None)


class Lookups:
    """Directory answers kept for minutes. Whatever is granted or decided rests on fresh ones: see `fresh_*`."""

    def __init__(self, directory: Directory, clock: Clock, policy: Callable[[], Policy]) -> None:
        self._directory = directory
        self._policy = policy
        self._people = _Kept(SPONSOR_KEPT, clock)
        self._guests = _Kept(GUEST_KEPT, clock)
        self._groups = _Kept(GROUP_KEPT, clock)
        self._domains = _Kept(DOMAINS_KEPT, clock)
        self._tenants = _Kept(TENANT_KEPT, clock)

    async def fresh_person(self, person_id: str) -> KnownPerson:
        """Reads anew. Raises NotMember for anyone but an enabled member of the tenant, DirectorySilent."""
        by_id = {group: key for key, group in self._policy().groups.items()}
        person, held = await _answered(
            asyncio.gather(self._directory.person(person_id), self._directory.groups_of(person_id, tuple(by_id)))
        )
        if person is None or person.user_type is not UserType.MEMBER or not person.enabled:
            self._people.drop(person_id)
            raise NotMember()
        known = KnownPerson(person=person, groups=frozenset(by_id[group] for group in held))
        self._people.keep(person_id, known)
        return known

    async def fresh_guest(self, address: str) -> DirectoryGuest | None:
        """Reads anew who has this address. Raises DirectorySilent."""
        found = await _answered(self._directory.find_guest(address))
        self._guests.keep(address, found)
        return found

    async def fresh_group(self, group_id: str) -> GroupMembers:
        """Reads anew. Raises DirectorySilent."""
        members = await _answered(self._directory.group_members(group_id))
        self._groups.keep(group_id, members)
        return members

    async def fresh_domains(self) -> frozenset[str]:
        """Reads anew. Raises DirectorySilent."""
        domains = await _answered(self._directory.own_domains())
        self._domains.keep("", domains)
        return domains

    async def fresh_is_entra_tenant(self, domain: str) -> bool:
        """Reads anew whether an Entra tenant has this domain. Raises DirectorySilent."""
        found = await _answered(self._directory.is_entra_tenant(domain))
        self._tenants.keep(domain, found)
        return found

    async def groups_of(self, person_id: str, among: Collection[str]) -> frozenset[str]:
        """Now, never from memory: whether somebody may decide or administer rests on it. Raises DirectorySilent."""
        return await _answered(self._directory.groups_of(person_id, among))

    async def is_in_group(self, person_id: str, group_id: str) -> bool:
        """As groups_of, for one group."""
        return bool(await self.groups_of(person_id, [group_id]))

    def person(self, person_id: str) -> KnownPerson:
        """As read in the last minutes; raises Unread otherwise."""
        known = self._people.get(person_id)
        if not isinstance(known, KnownPerson):
            raise Unread(lambda lookups: lookups.fresh_person(person_id))
        return known

    def guest(self, address: str) -> DirectoryGuest | None:
        """As read in the last minutes; raises Unread otherwise."""
        found = self._guests.get(address, Unread)
        if found is not None and not isinstance(found, DirectoryGuest):
            raise Unread(lambda lookups: lookups.fresh_guest(address))
        return found

    def group(self, group_id: str) -> GroupMembers:
        """As read in the last minutes; raises Unread otherwise."""
        members = self._groups.get(group_id)
        if not isinstance(members, GroupMembers):
            raise Unread(lambda lookups: lookups.fresh_group(group_id))
        return members

    def own_domains(self) -> frozenset[str]:
        """As read in the last hour; raises Unread otherwise."""
        domains = self._domains.get("")
        if not isinstance(domains, frozenset):
            raise Unread(lambda lookups: lookups.fresh_domains())
        return domains

    def is_entra_tenant(self, domain: str) -> bool:
        """As read in the last hour; raises Unread otherwise."""
        found = self._tenants.get(domain)
        if not isinstance(found, bool):
            raise Unread(lambda lookups: lookups.fresh_is_entra_tenant(domain))
        return found


async def _answered(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except GraphError as failure:
        raise DirectorySilent() from failure
