"""Reading the directory: people, groups, who has an address, our own domains."""

import asyncio
import time
from collections.abc import Collection

from bot.domain.people import DirectoryGuest, Person, PersonRef
from bot.graph.client import ADVANCED, GraphClient, literal, segment
from bot.graph.errors import Call, GraphCode
from bot.graph.shapes import (
    DELETED_SELECT,
    GUEST_SELECT,
    PERSON_SELECT,
    Group,
    GroupIds,
    Named,
    Organization,
    TenantInformation,
    User,
    directory_guest,
    one_of,
    person,
)
from bot.workflow.errors import GraphError
from bot.workflow.ports import GroupMembers

MOST_GROUPS_AT_ONCE = 20
"""checkMemberGroups takes no more ids (graph.md, B)."""

_DOMAINS_KEPT_SECONDS = 3600.0


class GraphDirectory:
    """The Directory port over Graph. `deadline`: seconds for each call that a question takes."""

    def __init__(self, client: GraphClient, *, deadline: float | None = None) -> None:
        self._client = client
        self._deadline = deadline
        self._domains: tuple[float, frozenset[str]] | None = None

    async def person(self, person_id: str) -> Person | None:
        try:
            user = await self._client.get(
                f"/users/{segment(person_id)}",
                User,
                params={"$select": PERSON_SELECT, "$expand": "manager($select=id,displayName)"},
                deadline=self._deadline,
            )
        except GraphError as error:
            _raise_unless_missing(error)
            return None
        return person(user)

    async def groups_of(self, person_id: str, among: Collection[str]) -> frozenset[str]:
        wanted = sorted(set(among))
        slices = [wanted[at : at + MOST_GROUPS_AT_ONCE] for at in range(0, len(wanted), MOST_GROUPS_AT_ONCE)]
        found = await asyncio.gather(*(self._groups_of(person_id, each) for each in slices))
        held = {group_id.lower() for each in found for group_id in each}
        return frozenset(group_id for group_id in wanted if group_id.lower() in held)

    async def group_members(self, group_id: str, *, limit: int = 60) -> GroupMembers:
        path = f"/groups/{segment(group_id)}"
        try:
            group, (members, more) = await asyncio.gather(
                self._client.get(path, Group, params={"$select": "id,displayName"}, deadline=self._deadline),
                self._client.pages(
                    f"{path}/transitiveMembers/microsoft.graph.user",
                    Named,
                    params={"$select": "id,displayName", "$count": "true", "$top": str(min(max(limit, 1), 999))},
                    headers=ADVANCED,
                    limit=limit,
                    deadline=self._deadline,
                ),
            )
        except GraphError as error:
            if error.code == GraphCode.NOT_FOUND:
                raise GraphError(
                    GraphCode.GROUP_MISSING.value,
                    retryable=False,
                    status=404,
                    detail=f"group {group_id}; {error.detail}",
                ) from error
            raise
        return GroupMembers(
            name=group.display_name or group.id,
            members=tuple(PersonRef(id=member.id, name=member.display_name or member.id) for member in members),
            more=more,
        )

    async def find_guest(self, address: str) -> DirectoryGuest | None:
        found = one_of(await self._with_address(address))
        if found is not None:
            return directory_guest(found, address=address)
        deleted = one_of(await self._deleted_with_address(address))
        return directory_guest(deleted, address=address, deleted=True) if deleted else None

    async def user(self, user_id: str) -> DirectoryGuest | None:
        path = segment(user_id)
        try:
            user = await self._client.get(
                f"/users/{path}", User, params={"$select": GUEST_SELECT}, deadline=self._deadline
            )
            return directory_guest(user)
        except GraphError as error:
            _raise_unless_missing(error)
        try:
            deleted = await self._client.get(f"/directory/deletedItems/{path}", User, deadline=self._deadline)
        except GraphError as error:
            _raise_unless_missing(error)
            return None
        return directory_guest(deleted, deleted=True)

    async def own_domains(self) -> frozenset[str]:
        """Kept for an hour: a tenant verifies a domain a few times in its life."""
        if self._domains is None or time.monotonic() - self._domains[0] > _DOMAINS_KEPT_SECONDS:
            organizations, _ = await self._client.pages(
                "/organization", Organization, params={"$select": "verifiedDomains"}, deadline=self._deadline
            )
            names = (domain.name.lower() for each in organizations for domain in each.verified_domains)
            self._domains = (time.monotonic(), frozenset(names))
        return self._domains[1]

    async def is_entra_tenant(self, domain: str) -> bool:
        path = f"/tenantRelationships/findTenantInformationByDomainName(domainName='{segment(domain)}')"
        try:
            await self._client.get(path, TenantInformation, deadline=self._deadline)
        except GraphError as error:
            _raise_unless_missing(error)
            return False
        return True

    async def _groups_of(self, person_id: str, group_ids: list[str]) -> frozenset[str]:
        try:
            answer = await self._client.post(
                f"/users/{segment(person_id)}/checkMemberGroups",
                {"groupIds": group_ids},
                GroupIds,
                call=Call.READ,
                deadline=self._deadline,
            )
        except GraphError as error:
            _raise_unless_missing(error)
            return frozenset()
        return frozenset(answer.value)

    async def _with_address(self, address: str) -> list[User]:
        quoted = literal(address)
        comparisons = (
            f"mail eq {quoted}",
            f"userPrincipalName eq {quoted}",
            f"proxyAddresses/any(p:p eq {literal('SMTP:' + address)})",
            f"otherMails/any(o:o eq {quoted})",
        )
        return await self._filtered("/users", comparisons, GUEST_SELECT)

    async def _deleted_with_address(self, address: str) -> list[User]:
        # Only `mail` carries the whole address: a deleted user's principal name begins with its object id.
        path = "/directory/deletedItems/microsoft.graph.user"
        try:
            return await self._matching(path, f"mail eq {literal(address)}", DELETED_SELECT)
        except GraphError as error:
            if error.code != GraphCode.QUERY_REFUSED:
                raise
        deleted, _ = await self._client.pages(path, User, params={"$select": DELETED_SELECT}, deadline=self._deadline)
        return [user for user in deleted if (user.mail or "").lower() == address.lower()]

    async def _filtered(self, path: str, comparisons: tuple[str, ...], select: str) -> list[User]:
        """Users for whom one comparison holds; asked apart where Graph refuses to be asked all at once."""
        try:
            return await self._matching(path, " or ".join(comparisons), select)
        except GraphError as error:
            if error.code != GraphCode.QUERY_REFUSED:
                raise
        apart = await asyncio.gather(*(self._matching(path, comparison, select) for comparison in comparisons))
        return list({user.id: user for users in apart for user in users}.values())

    async def _matching(self, path: str, comparison: str, select: str) -> list[User]:
        users, _ = await self._client.pages(
            path, User, params={"$filter": comparison, "$select": select}, deadline=self._deadline
        )
        return users


def _raise_unless_missing(error: GraphError) -> None:
    if error.code != GraphCode.NOT_FOUND:
        raise error
