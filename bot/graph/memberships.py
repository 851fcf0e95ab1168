"""Groups and application roles of externals: looking, adding, taking away."""

from bot.domain.packages import AppRole
from bot.graph.client import GraphClient, segment
from bot.graph.errors import Call, GraphCode
from bot.graph.guard import is_there_and_external, require_changeable, require_external
from bot.graph.shapes import AppRoleAssignment, GroupIds, Named
from bot.workflow.errors import GraphError


class GraphMemberships:
    """The Memberships port over Graph. Only externals are ever changed (invariant 8), and no role-assignable group."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def is_in_group(self, group_id: str, user_id: str) -> bool:
        """Transitively, as Graph counts; raises a retryable GraphError while the user is not visible."""
        try:
            answer = await self._client.post(
                f"/users/{segment(user_id)}/checkMemberGroups", {"groupIds": [group_id]}, GroupIds, call=Call.READ
            )
        except GraphError as error:
            raise _not_there_yet(error) from error
        return any(_same(each, group_id) for each in answer.value)

    async def add_to_group(self, group_id: str, user_id: str) -> None:
        await require_changeable(self._client, group_id)
        await require_external(self._client, user_id)
        await self._client.write(
            "POST",
            f"/groups/{segment(group_id)}/members/$ref",
            {"@odata.id": f"{self._client.endpoint}/v1.0/directoryObjects/{segment(user_id)}"},
            call=Call.ADD_MEMBER,
        )

    async def remove_from_group(self, group_id: str, user_id: str) -> None:
        if not await is_there_and_external(self._client, user_id):
            # Deleted, or not visible on this replica: the group itself says whether anything is left to do.
            members, _ = await self._client.pages(
                f"/groups/{segment(group_id)}/members", Named, params={"$select": "id", "$top": "999"}
            )
            if any(_same(member.id, user_id) for member in members):
                raise _invisible(user_id)
            return
        # `$ref` takes the membership away; without it the call would be about the user.
        await self._client.write(
            "DELETE",
            f"/groups/{segment(group_id)}/members/{segment(user_id)}/$ref",
            None,
            call=Call.REMOVE_MEMBER,
        )

    async def has_app_role(self, role: AppRole, user_id: str) -> bool:
        try:
            return bool(await self._assignments(role, user_id))
        except GraphError as error:
            raise _not_there_yet(error) from error

    async def assign_app_role(self, role: AppRole, user_id: str) -> None:
        await require_external(self._client, user_id)
        await self._client.write(
            "POST",
            f"/servicePrincipals/{segment(role.app)}/appRoleAssignedTo",
            {"principalId": user_id, "resourceId": role.app, "appRoleId": role.role},
            call=Call.ASSIGN_ROLE,
        )

    async def unassign_app_role(self, role: AppRole, user_id: str) -> None:
        path = f"/servicePrincipals/{segment(role.app)}/appRoleAssignedTo"
        if not await is_there_and_external(self._client, user_id):
            left, _ = await self._client.pages(path, AppRoleAssignment)
            if any(_is_of(each, role, user_id) for each in left):
                raise _invisible(user_id)
            return
        for assignment in await self._assignments(role, user_id):
            await self._client.write("DELETE", f"{path}/{segment(assignment.id)}", None, call=Call.UNASSIGN_ROLE)

    async def _assignments(self, role: AppRole, user_id: str) -> list[AppRoleAssignment]:
        """The user's own assignments of this role; those that come through a group are not ours to take."""
        found, _ = await self._client.pages(
            f"/users/{segment(user_id)}/appRoleAssignments",
            AppRoleAssignment,
            params={"$filter": f"resourceId eq {segment(role.app)}"},
        )
        return [each for each in found if _is_of(each, role, user_id)]


def _same(one: str, other: str) -> bool:
    """Whether two object ids are the same: Graph writes them in lower case, people as they like."""
    return one.lower() == other.lower()


def _is_of(assignment: AppRoleAssignment, role: AppRole, user_id: str) -> bool:
    return _same(assignment.principal_id, user_id) and _same(assignment.app_role_id, role.role)


def _not_there_yet(error: GraphError) -> GraphError:
    """A user who is not found may have been made a moment ago (graph.md, D)."""
    if error.code != GraphCode.NOT_FOUND:
        return error
    return GraphError(GraphCode.NOT_THERE_YET.value, retryable=True, status=error.status, detail=error.detail)


def _invisible(user_id: str) -> GraphError:
    return GraphError(GraphCode.NOT_THERE_YET.value, retryable=True, status=404, detail=f"user {user_id}")
