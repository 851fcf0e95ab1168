"""The sandbox is as strict as Graph: what Graph refuses is refused, in Graph's shape."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.sandbox.directory import SandboxAddresses, SandboxDirectory

ADELE = "a0000000-0000-4000-8000-000000000001"
MEGAN = "a0000000-0000-4000-8000-000000000002"
PAT = "b0000000-0000-4000-8000-000000000001"
ROBIN = "b0000000-0000-4000-8000-000000000003"
FALCON_MEMBERS = "11111111-1111-1111-1111-111111111111"
FALCON_TRACKER = "22222222-2222-2222-2222-222222222222"
ROLE = "33333333-3333-3333-3333-333333333333"
INVITATION = {"invitedUserEmailAddress": "ana@fabrikam.com", "inviteRedirectUrl": "https://myapps.microsoft.com"}


@dataclass
class Caller:
    """A bare HTTP client with a token."""

    sandbox: SandboxDirectory
    addresses: SandboxAddresses
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        url = f"{self.addresses.graph_endpoint}{path}"
        async with self.session.request(method, url, json=body, **options) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def refusal(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str, str]:
        status, answer = await self.call(method, path, body, **options)
        assert set(answer["error"]) == {"code", "message", "innerError"}
        assert {"date", "request-id"} <= set(answer["error"]["innerError"])
        return status, answer["error"]["code"], answer["error"]["message"]


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    sandbox = SandboxDirectory()
    addresses = await sandbox.start()
    token = sandbox.authority._signed(addresses.graph_endpoint)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Caller(sandbox, addresses, session)
    await sandbox.stop()


@pytest.mark.parametrize(
    "changes",
    [
        {"invitedUserEmailAddress": None},
        {"inviteRedirectUrl": None},
        {"inviteRedirectUrl": "myapps"},
        {"inviteRedirectUrl": "javascript:alert(1)"},
        {"invitedUserEmailAddress": ["ana@fabrikam.com"]},
        {"invitedUserEmailAddress": "ana"},
        {"invitedUserEmailAddress": "a&b@fabrikam.com"},
        {"invitedUserEmailAddress": ".ana@fabrikam.com"},
        {"sendInvitationMessage": "true"},
        {"sendInvitationMessage": 1},
        {"invitedUserMessage": "hello"},
        {"invitedUserType": "Visitor"},
        {"invitedUserMessageInfo": {"messageLanguage": "en-US", "body": "x"}},
        {"invitedUserMessageInfo": {"ccRecipients": {"emailAddress": {"address": "a@b.com"}}}},
        {"invitedUserMessageInfo": {"ccRecipients": [{"emailAddress": {"name": "A"}}]}},
        {"invitedUserMessageInfo": {"ccRecipients": [{"emailAddress": {"address": "a@b.com"}}] * 2}},
        {"invitedUserSponsors": [ADELE]},
        {"invitedUserSponsors": [{"id": "adele"}]},
        {"invitedUserSponsors": [{"id": "00000000-0000-4000-8000-000000000000"}]},
        {"invitedUserSponsors": [{"id": ADELE}] * 6},
    ],
)
async def test_a_wrong_invitation_is_400_and_invites_nobody(caller: Caller, changes: dict[str, object]) -> None:
    body = {name: value for name, value in {**INVITATION, **changes}.items() if value is not None}
    status, _, message = await caller.refusal("POST", "/v1.0/invitations", body)
    assert status == 400
    assert message
    assert caller.sandbox.state.contents.invitations == []


@pytest.mark.parametrize("body", [None, [], "x", 1])
async def test_an_invitation_that_is_no_object_is_400(caller: Caller, body: object) -> None:
    assert (await caller.refusal("POST", "/v1.0/invitations", body))[0] == 400


async def test_json_that_is_none_is_400(caller: Caller) -> None:
    status, _ = await caller.call(
        "POST", "/v1.0/invitations", None, data=b"{", headers={"Content-Type": "application/json"}
    )
    assert status == 400


async def test_a_body_of_another_type_is_refused(caller: Caller) -> None:
    status, _ = await caller.call("POST", "/v1.0/invitations", None, data=b"{}", headers={"Content-Type": "text/plain"})
    assert status == 415


async def test_an_invitation_of_the_fewest_properties_is_taken(caller: Caller) -> None:
    status, answer = await caller.call("POST", "/v1.0/invitations", INVITATION)
    assert status == 201
    assert answer["status"] == "PendingAcceptance"
    assert answer["invitedUserType"] == "Guest"
    assert answer["sendInvitationMessage"] is False


@pytest.mark.parametrize(
    "path",
    [
        "/v1.0/users?$filter=mail+eq+pat@contoso.com",
        "/v1.0/users?$filter=mail+eq+'pat@contoso.com'+and+userType+eq+'Guest'",
        "/v1.0/users?$filter=startswith(mail,'pat')",
        "/v1.0/users?$filter=mail+eq+'o'brien@contoso.com'",
        "/v1.0/users?$filter=department+eq+'Design'",
        "/v1.0/users?$filter=otherMails+eq+'pat@contoso.com'",
        "/v1.0/users?$filter=mail/any(m:m+eq+'pat@contoso.com')",
        "/v1.0/users?$filter=",
        "/v1.0/users?$select=id,emailAddress",
        "/v1.0/users?$search=pat",
        "/v1.0/users?$top=0",
        "/v1.0/users?$top=1000",
        "/v1.0/users?$skiptoken=nonsense",
        "/v1.0/users?$select=id&$select=mail",
        f"/v1.0/users/{ADELE}?$expand=manager",
        f"/v1.0/users/{ADELE}?$expand=memberOf",
        f"/v1.0/groups/{FALCON_MEMBERS}?$select=id,owner",
        f"/v1.0/users/{PAT}/appRoleAssignments?$filter=appRoleId+eq+{ROLE}",
        "/v1.0/me",
        f"/v1.0/users/{ADELE}/messages",
    ],
)
async def test_a_query_that_graph_does_not_support_is_400(caller: Caller, path: str) -> None:
    assert (await caller.refusal("GET", path))[0] == 400


async def test_a_cast_without_the_advanced_query_header_is_refused(caller: Caller) -> None:
    path = f"/v1.0/groups/{FALCON_MEMBERS}/transitiveMembers/microsoft.graph.user"
    header = {"ConsistencyLevel": "eventual"}
    assert (await caller.refusal("GET", path))[1] == "Request_UnsupportedQuery"
    assert (await caller.refusal("GET", f"{path}?$count=true"))[1] == "Request_UnsupportedQuery"
    assert (await caller.refusal("GET", path, headers=header))[1] == "Request_UnsupportedQuery"
    assert (await caller.call("GET", f"{path}?$count=true", headers=header))[0] == 200


async def test_external_user_state_comes_only_when_selected(caller: Caller) -> None:
    _, plain = await caller.call("GET", f"/v1.0/users/{PAT}")
    assert "externalUserState" not in plain
    assert "userType" not in plain
    _, chosen = await caller.call("GET", f"/v1.0/users/{PAT}?$select=externalUserState")
    assert chosen["externalUserState"] == "Accepted"
    assert "mail" not in chosen


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"groupIds": FALCON_MEMBERS},
        {"groupIds": []},
        {"groupIds": [FALCON_MEMBERS] * 21},
        {"groupIds": ["falcon"]},
        {"groupIds": [1]},
        {"ids": [FALCON_MEMBERS]},
    ],
)
async def test_a_wrong_question_for_groups_is_400(caller: Caller, body: object) -> None:
    assert (await caller.refusal("POST", f"/v1.0/users/{ADELE}/checkMemberGroups", body))[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"@odata.id": PAT},
        {"@odata.id": f"https://graph.microsoft.com/v1.0/{PAT}"},
        {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{PAT}/x"},
        {"@odata.id": 1},
        {"id": PAT},
    ],
)
async def test_a_wrong_reference_is_400(caller: Caller, body: object) -> None:
    for path in (f"/v1.0/groups/{FALCON_MEMBERS}/members/$ref", f"/v1.0/users/{PAT}/sponsors/$ref"):
        assert (await caller.refusal("POST", path, body))[0] == 400


@pytest.mark.parametrize(
    "changes",
    [{"principalId": "pat"}, {"appRoleId": None}, {"principalType": "User"}, {"resourceId": FALCON_MEMBERS},
     {"appRoleId": FALCON_MEMBERS}, {"principalId": ROBIN}],
)  # fmt: skip
async def test_a_wrong_role_assignment_is_400(caller: Caller, changes: dict[str, object]) -> None:
    whole = {"principalId": PAT, "resourceId": FALCON_TRACKER, "appRoleId": ROLE, **changes}
    body = {name: value for name, value in whole.items() if value is not None}
    path = f"/v1.0/servicePrincipals/{FALCON_TRACKER}/appRoleAssignedTo"
    assert (await caller.refusal("POST", path, body))[0] == 400
    assert caller.sandbox.state.contents.assignments == {}


async def test_deleting_a_sponsor_without_ref_deletes_the_sponsors_account_as_graph_does(caller: Caller) -> None:
    assert (await caller.call("DELETE", f"/v1.0/users/{PAT}/sponsors/{ADELE}"))[0] == 204
    assert (await caller.refusal("GET", f"/v1.0/users/{ADELE}"))[0] == 404


async def test_deleting_a_sponsors_reference_leaves_the_sponsor(caller: Caller) -> None:
    assert (await caller.call("DELETE", f"/v1.0/users/{PAT}/sponsors/{ADELE}/$ref"))[0] == 204
    assert (await caller.call("GET", f"/v1.0/users/{ADELE}"))[0] == 200
    assert (await caller.refusal("DELETE", f"/v1.0/users/{PAT}/sponsors/{ADELE}/$ref"))[0] == 404


async def test_a_deleted_user_is_out_of_sight_and_can_be_restored(caller: Caller) -> None:
    assert (await caller.call("DELETE", f"/v1.0/users/{PAT}"))[0] == 204
    assert (await caller.refusal("GET", f"/v1.0/users/{PAT}"))[0] == 404
    assert (await caller.call("GET", f"/v1.0/directory/deletedItems/{PAT}"))[0] == 200
    assert (await caller.call("POST", f"/v1.0/directory/deletedItems/{PAT}/restore"))[0] == 200
    assert (await caller.call("GET", f"/v1.0/users/{PAT}"))[0] == 200


async def test_a_user_is_blocked_by_a_change_and_unknown_changes_are_refused(caller: Caller) -> None:
    assert (await caller.call("PATCH", f"/v1.0/users/{PAT}", {"accountEnabled": False}))[0] == 204
    _, pat = await caller.call("GET", f"/v1.0/users/{PAT}?$select=accountEnabled")
    assert pat["accountEnabled"] is False
    assert (await caller.refusal("PATCH", f"/v1.0/users/{PAT}", {"userType": "Member"}))[0] == 400
    assert (await caller.call("POST", f"/v1.0/users/{PAT}/revokeSignInSessions"))[0] == 200


async def test_a_tenant_is_found_by_its_domain(caller: Caller) -> None:
    path = "/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='{}')"
    assert (await caller.call("GET", path.format("fabrikam.com")))[1]["displayName"] == "Fabrikam"
    assert (await caller.refusal("GET", path.format("example.org")))[0] == 404


# --- who asks ---


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic dXNlcjpwYXNz", "Bearer eyJhbGciOiJub25lIn0.e30."]
)
async def test_a_token_that_is_none_of_ours_is_401(caller: Caller, authorization: str) -> None:
    for path in (f"/v1.0/users/{ADELE}", "/v1.0/nothing"):
        status, code, _ = await caller.refusal("GET", path, headers={"Authorization": authorization})
        assert (status, code) == (401, "InvalidAuthenticationToken")


async def test_an_expired_token_is_401() -> None:
    sandbox = SandboxDirectory(token_seconds=-1)
    addresses = await sandbox.start()
    token = sandbox.authority._signed(addresses.graph_endpoint)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{addresses.graph_endpoint}/v1.0/users", headers={"Authorization": f"Bearer {token}"}) as answer,
    ):
        assert answer.status == 401
        assert "expired" in (await answer.json())["error"]["message"]
    await sandbox.stop()


@pytest.mark.parametrize("host", ["sandbox.example.org", "sandbox.example.org:80", "10.0.0.1", "127.0.0.1.nip.io"])
async def test_another_host_name_is_refused(caller: Caller, host: str) -> None:
    for path in ("/v1.0/users", "/sandbox/journal", "/"):
        url = f"{caller.addresses.graph_endpoint}{path}"
        async with caller.session.get(url, headers={"Host": host}) as answer:
            assert answer.status == 403


async def test_only_loopback_is_listened_on(caller: Caller) -> None:
    hosts = {address[0] for runner in caller.sandbox._runners for address in runner.addresses}
    assert hosts == {"127.0.0.1"}
