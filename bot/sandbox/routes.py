"""Every call that the sandbox knows: method, path, name, and the permissions of which one is enough."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.answers import Answer, Ask
from bot.sandbox.reads import Reads
from bot.sandbox.writes import Writes

Handler = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    path: str
    call: str
    permissions: tuple[str, ...]
    handler: Handler
    write: bool
    version: str = "v1.0"


_READ_USERS = ("User.Read.All", "User.ReadWrite.All")
_READ_GROUPS = ("GroupMember.Read.All", "GroupMember.ReadWrite.All")
_WRITE_USERS = ("User.ReadWrite.All",)
_ROLES = ("AppRoleAssignment.ReadWrite.All",)
_MEMBERS = ("GroupMember.ReadWrite.All",)

_USER = "/users/{user}"
_GROUP = "/groups/{group}"
_ASSIGNED = "/servicePrincipals/{resource}/appRoleAssignedTo"
_DELETED = "/directory/deletedItems"


def routes(reads: Reads, writes: Writes) -> tuple[Route, ...]:
    """The table, most particular paths first."""
    table: tuple[tuple[str, str, str, tuple[str, ...], Handler], ...] = (
        ("GET", "/users", "find_users", _READ_USERS, reads.users),
        ("GET", _USER, "user", _READ_USERS, reads.user),
        ("GET", f"{_USER}/sponsors", "sponsors", _READ_USERS, reads.sponsors),
        ("GET", f"{_USER}/appRoleAssignments", "app_roles_of", _ROLES, reads.role_assignments_of_user),
        ("GET", f"{_DELETED}/microsoft.graph.user", "find_deleted", _READ_USERS, reads.deleted_users),
        ("GET", f"{_DELETED}/{{user}}", "deleted", _READ_USERS, reads.deleted_item),
        ("GET", _GROUP, "group", _READ_GROUPS, reads.group),
        ("GET", f"{_GROUP}/members", "members", _READ_GROUPS, reads.members),
        ("GET", f"{_GROUP}/transitiveMembers/microsoft.graph.user", "transitive_members", _READ_GROUPS,
         reads.transitive_users),
        ("GET", _ASSIGNED, "app_role_assigned_to", _ROLES, reads.role_assigned_to),
        ("GET", "/organization", "organization", _READ_USERS, reads.organization),
        ("GET", "/policies/authorizationPolicy", "authorization_policy", ("Policy.Read.All",),
         reads.authorization_policy),
        ("GET", "/tenantRelationships/findTenantInformationByDomainName(domainName='{domain}')", "tenant_by_domain",
         ("CrossTenantInformation.ReadBasic.All",), reads.tenant_by_domain),
        ("POST", "/invitations", "invite", ("User.Invite.All", "User.ReadWrite.All"), writes.invite),
        ("POST", f"{_GROUP}/members/$ref", "add_member", _MEMBERS, writes.add_member),
        ("DELETE", f"{_GROUP}/members/{{user}}/$ref", "remove_member", _MEMBERS, writes.remove_member),
        ("POST", _ASSIGNED, "assign_role", _ROLES, writes.assign_role),
        ("DELETE", f"{_ASSIGNED}/{{assignment}}", "unassign_role", _ROLES, writes.unassign_role),
        ("POST", f"{_USER}/sponsors/$ref", "add_sponsor", _WRITE_USERS, writes.add_sponsor),
        ("DELETE", f"{_USER}/sponsors/{{sponsor}}/$ref", "remove_sponsor", _WRITE_USERS, writes.remove_sponsor),
        ("DELETE", f"{_USER}/sponsors/{{sponsor}}", "remove_sponsor_account", _WRITE_USERS,
         writes.remove_sponsor_account),
        ("PATCH", _USER, "change_user", _WRITE_USERS, writes.change_user),
        ("DELETE", _USER, "delete_user", _WRITE_USERS, writes.delete_user),
        ("POST", f"{_DELETED}/{{user}}/restore", "restore_user", _WRITE_USERS, writes.restore_user),
        ("POST", f"{_USER}/revokeSignInSessions", "revoke_sessions", _WRITE_USERS, writes.revoke_sessions),
    )  # fmt: skip
    return (
        *(
            Route(method=method, path=path, call=call, permissions=permissions, handler=handler, write=method != "GET")
            for method, path, call, permissions, handler in table
        ),
        # A question that comes as a POST.
        Route(
            method="POST",
            path=f"{_USER}/checkMemberGroups",
            call="check_member_groups",
            permissions=_READ_USERS,
            handler=reads.check_member_groups,
            write=False,
        ),
        Route(
            method="GET",
            path="/policies/b2bManagementPolicies",
            call="b2b_policies",
            permissions=("Policy.Read.B2BManagementPolicy",),
            handler=reads.b2b_policies,
            write=False,
            version="beta",
        ),
    )
