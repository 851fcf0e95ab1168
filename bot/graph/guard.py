"""Invariant 8, at the moment of a call: who may be changed, and which groups may be."""

from bot.graph.client import GraphClient, segment
from bot.graph.errors import GraphCode
from bot.graph.shapes import Group, User
from bot.workflow.errors import GraphError

_GUARDED_SELECT = "id,userType,creationType,userPrincipalName"


async def require_external(client: GraphClient, user_id: str) -> None:
    """Raises GraphError unless this is a guest, or an external whom an invitation brought in.

    A user that is not found may only not be visible yet: retryable.
    """
    if not await is_there_and_external(client, user_id):
        raise GraphError(GraphCode.NOT_THERE_YET.value, retryable=True, status=404, detail=f"user {user_id}")


async def is_there_and_external(client: GraphClient, user_id: str) -> bool:
    """True for an external, False where no such user is found. Raises GraphError (`graph-not-a-guest`) for others."""
    try:
        user = await client.get(f"/users/{segment(user_id)}", User, params={"$select": _GUARDED_SELECT})
    except GraphError as error:
        if error.code == GraphCode.NOT_FOUND:
            return False
        raise
    if user.id.lower() != user_id.lower() or not user.is_external:
        raise GraphError(
            GraphCode.NOT_A_GUEST.value, retryable=False, detail=f"user {user_id} has userType {user.user_type}"
        )
    return True


async def require_changeable(client: GraphClient, group_id: str) -> None:
    """Raises GraphError for a group whose members we do not change: one that Entra roles hang on, one that is filled
    from on-premises or by a rule, one that does not exist.
    """
    try:
        group = await client.get(
            f"/groups/{segment(group_id)}",
            Group,
            params={"$select": "id,displayName,isAssignableToRole,onPremisesSyncEnabled,groupTypes"},
        )
    except GraphError as error:
        if error.code == GraphCode.NOT_FOUND:
            raise GraphError(
                GraphCode.GROUP_MISSING.value, retryable=False, status=404, detail=f"group {group_id}"
            ) from error
        raise
    refusal = (
        GraphCode.ROLE_ASSIGNABLE_GROUP
        if group.is_assignable_to_role
        else GraphCode.GROUP_SYNCED
        if group.on_premises_sync_enabled
        else GraphCode.GROUP_DYNAMIC
        if "DynamicMembership" in group.group_types
        else None
    )
    if refusal:
        raise GraphError(refusal.value, retryable=False, detail=f"group {group_id} ({group.display_name})")
