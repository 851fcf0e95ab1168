"""What the sandbox answers to reads, as Graph v1.0 does."""

from collections.abc import Sequence

import msgspec

from bot.sandbox import odata
from bot.sandbox.answers import Answer, Ask, Refused, bad_request, not_found, unsupported
from bot.sandbox.bodies import GROUP_IDS, checked, guid
from bot.sandbox.faults import Faults
from bot.sandbox.state import (
    GROUP_PROPERTIES,
    USER_DEFAULTS,
    USER_PROPERTIES,
    DirectoryState,
    StoredAssignment,
    StoredGroup,
    StoredUser,
)

MOST_GROUPS_AT_ONCE = 20
USER_FILTERS = frozenset(
    {"mail", "userPrincipalName", "otherMails", "proxyAddresses", "externalUserState", "userType", "displayName"}
)
DELETED_FILTERS = frozenset({"mail", "userPrincipalName", "displayName", "userType"})
_EXPAND_MANAGER = "manager($select=id,displayName)"


class Reads:
    """Handlers, one a call; `page_size` is how many items a page has at most."""

    def __init__(self, state: DirectoryState, *, page_size: int) -> None:
        self._state = state
        self._page_size = page_size
        self.faults = Faults()

    def user(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$expand"))
        user = self._visible(ask.path["user"])
        names = odata.selected(ask.query.get("$select"), USER_PROPERTIES, USER_DEFAULTS, "user")
        body: dict[str, object] = {"@odata.context": f"{ask.origin}/v1.0/$metadata#users/$entity"}
        body |= _shown(user, names)
        expand = ask.query.get("$expand")
        if expand is not None:
            if expand != _EXPAND_MANAGER:
                raise bad_request(f"Parsing OData Select and Expand failed: '{expand}'.", code="BadRequest")
            manager = self._state.user(user.manager) if user.manager else None
            if manager:
                body["manager"] = {"@odata.type": "#microsoft.graph.user", **_shown(manager, ("id", "displayName"))}
        return Answer(body=body)

    def users(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$filter", "$top", "$skiptoken"))
        return self._listed(ask, self._state.users(), USER_FILTERS, "users")

    def deleted_users(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$filter", "$top", "$skiptoken"))
        if self.faults.deleted_filter_refused and "$filter" in ask.query:
            raise unsupported("Unsupported or invalid query filter clause specified for deletedItems.")
        return self._listed(ask, self._state.users(deleted=True), DELETED_FILTERS, "directoryObjects")

    def deleted_item(self, ask: Ask) -> Answer:
        odata.require_options(ask, ())
        found = self._state.contents.users.get(ask.path["user"].lower())
        if found is None or not found.deleted:
            raise not_found(ask.path["user"])
        shown = _shown(found, (*USER_DEFAULTS, "deletedDateTime", "userType"))
        return Answer(body={"@odata.type": "#microsoft.graph.user", **shown})

    def check_member_groups(self, ask: Ask) -> Answer:
        odata.require_options(ask, ())
        wanted = checked(ask.body, GROUP_IDS)["groupIds"]
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_GROUPS_AT_ONCE:
            raise bad_request(f"Too many or no items in 'groupIds': 1 to {MOST_GROUPS_AT_ONCE} are allowed.")
        ids = [guid(each, "groupIds") for each in wanted]
        held = self._state.groups_of(self._visible(ask.path["user"]).id)
        return Answer(body={"value": [each for each in ids if each in held]})

    def sponsors(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$top", "$skiptoken"))
        odata.selected(ask.query.get("$select"), {"id", "displayName"}, (), "directoryObject")
        user = self._visible(ask.path["user"])
        return odata.page(
            ask, [self._reference(each) for each in user.sponsors], size=self._page_size, context="directoryObjects"
        )

    def group(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select",))
        group = self.existing_group(ask.path["group"])
        # isAssignableToRole comes only when it is asked for, as externalUserState does of a user.
        default = sorted(GROUP_PROPERTIES - {"isAssignableToRole"})
        names = odata.selected(ask.query.get("$select"), GROUP_PROPERTIES, default, "group")
        return Answer(body={name: group.properties.get(name) for name in names})

    def members(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$top", "$skiptoken"))
        odata.selected(ask.query.get("$select"), {"id", "displayName"}, (), "directoryObject")
        group = self.existing_group(ask.path["group"])
        return odata.page(
            ask, [self._reference(each) for each in group.members], size=self._page_size, context="directoryObjects"
        )

    def transitive_users(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select", "$count", "$top", "$skiptoken"))
        group = self.existing_group(ask.path["group"])
        if ask.headers.get("ConsistencyLevel", "").lower() != "eventual" or ask.query.get("$count") != "true":
            raise unsupported(
                "The specified OData cast needs the ConsistencyLevel header set to eventual and $count=true."
            )
        names = odata.selected(ask.query.get("$select"), USER_PROPERTIES, USER_DEFAULTS, "user")
        shown = [_shown(user, names) for user in self._state.users_in(group.id)]
        return odata.page(ask, shown, size=self._page_size, context="users")

    def role_assignments_of_user(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$filter", "$top", "$skiptoken"))
        user = self._visible(ask.path["user"])
        found = [each for each in self._state.contents.assignments.values() if each.principal == user.id]
        if "$filter" in ask.query:
            comparisons = odata.filtered(ask.query["$filter"])
            if len(comparisons) != 1 or comparisons[0].property != "resourceId":
                raise unsupported("Unsupported or invalid query filter clause specified for appRoleAssignment.")
            found = [each for each in found if each.resource == comparisons[0].value.lower()]
        return self._assignments(ask, found)

    def role_assigned_to(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$top", "$skiptoken"))
        resource = ask.path["resource"].lower()
        if resource not in self._state.roles:
            raise not_found(resource)
        found = [each for each in self._state.contents.assignments.values() if each.resource == resource]
        return self._assignments(ask, found)

    def organization(self, ask: Ask) -> Answer:
        odata.require_options(ask, ("$select",))
        tenant = self._state.seed.tenant
        domains = [
            {"name": name, "isDefault": at == 0, "isInitial": name.endswith(".onmicrosoft.com"), "type": "Managed"}
            for at, name in enumerate(tenant.domains)
        ]
        properties = {"id": tenant.id, "displayName": tenant.name, "verifiedDomains": domains}
        names = odata.selected(ask.query.get("$select"), properties, tuple(properties), "organization")
        return odata.page(
            ask, [{name: properties[name] for name in names}], size=self._page_size, context="organization"
        )

    def authorization_policy(self, ask: Ask) -> Answer:
        odata.require_options(ask, ())
        return Answer(
            body={
                "id": "authorizationPolicy",
                "displayName": "Authorization Policy",
                "allowInvitesFrom": self.faults.allow_invites_from,
            }
        )

    def b2b_policies(self, ask: Ask) -> Answer:
        odata.require_options(ask, ())
        lists = {
            "B2BManagementPolicy": {
                "InvitationsAllowedAndBlockedDomainsPolicy": {"BlockedDomains": list(self.faults.blocked_domains)}
            }
        }
        value = [{"id": "b2b", "displayName": "B2B", "definition": [msgspec.json.encode(lists).decode()]}]
        return Answer(body={"value": value if self.faults.blocked_domains else []})

    def tenant_by_domain(self, ask: Ask) -> Answer:
        odata.require_options(ask, ())
        domain = ask.path["domain"].lower()
        found = self._state.seed.partner_tenants.get(domain)
        if found is None:
            raise Refused(404, "Directory_ObjectNotFound", f"Unable to find tenant with domain '{domain}'.")
        return Answer(body={"tenantId": found.id, "displayName": found.name, "defaultDomainName": domain})

    def existing_group(self, group_id: str) -> StoredGroup:
        group = self._state.contents.groups.get(group_id.lower())
        if group is None:
            raise not_found(group_id)
        return group

    def _visible(self, user_id: str) -> StoredUser:
        user = self._state.user(user_id)
        if user is None:
            raise not_found(user_id)
        return user

    def _listed(self, ask: Ask, users: list[StoredUser], filterable: frozenset[str], context: str) -> Answer:
        names = odata.selected(ask.query.get("$select"), USER_PROPERTIES, USER_DEFAULTS, "user")
        if "$filter" in ask.query:
            comparisons = odata.filtered(ask.query["$filter"])
            if self.faults.or_filter_refused and len(comparisons) > 1:
                raise unsupported("Complex query on property other than the first is not supported.")
            # Every comparison is judged for every user, so that an unsupported one is refused whoever there is.
            fits = [[odata.holds(each, user.properties, filterable) for each in comparisons] for user in users]
            users = [user for user, hits in zip(users, fits, strict=True) if any(hits)]
        return odata.page(ask, [_shown(user, names) for user in users], size=self._page_size, context=context)

    def _reference(self, object_id: str) -> dict[str, object]:
        group = self._state.contents.groups.get(object_id)
        if group:
            return {"@odata.type": "#microsoft.graph.group", **_named(group.properties)}
        return {"@odata.type": "#microsoft.graph.user", **_named(self._state.contents.users[object_id].properties)}

    def _assignments(self, ask: Ask, found: list[StoredAssignment]) -> Answer:
        shown = [assignment_body(each) for each in found]
        return odata.page(ask, shown, size=self._page_size, context="appRoleAssignments")


def assignment_body(assignment: StoredAssignment) -> dict[str, object]:
    return {
        "id": assignment.id,
        "principalId": assignment.principal,
        "principalType": "User",
        "resourceId": assignment.resource,
        "appRoleId": assignment.role,
    }


def _shown(user: StoredUser, names: Sequence[str]) -> dict[str, object]:
    return {name: user.properties.get(name) for name in names}


def _named(properties: dict[str, object]) -> dict[str, object]:
    return {"id": properties["id"], "displayName": properties["displayName"]}
