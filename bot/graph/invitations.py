"""Inviting guests, and who sponsors them."""

from bot.graph.client import GraphClient, segment
from bot.graph.errors import Call, GraphCode
from bot.graph.guard import require_external
from bot.graph.shapes import InvitationAnswer, Named
from bot.workflow.errors import GraphError
from bot.workflow.ports import Invitation, Invited


class GraphInviter:
    """The Inviter port over Graph."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def invite(self, invitation: Invitation) -> Invited:
        body = invitation_body(invitation)
        try:
            answer = await self._client.post("/invitations", body, InvitationAnswer, call=Call.INVITE)
        except GraphError as error:
            if error.code != GraphCode.SPONSOR_REFUSED:
                raise
            # Refused, so nothing went out; the sponsor is added by a call of its own afterwards (graph.md, C).
            del body["invitedUserSponsors"]
            answer = await self._client.post("/invitations", body, InvitationAnswer, call=Call.INVITE)
        return Invited(user_id=answer.invited_user.id, redeem_url=answer.invite_redeem_url)

    async def add_sponsor(self, user_id: str, sponsor_id: str) -> None:
        await require_external(self._client, user_id)
        await self._client.write(
            "POST",
            f"/users/{segment(user_id)}/sponsors/$ref",
            {"@odata.id": f"{self._client.endpoint}/v1.0/users/{segment(sponsor_id)}"},
            call=Call.ADD_SPONSOR,
        )

    async def sponsors(self, user_id: str) -> frozenset[str]:
        try:
            found, _ = await self._client.pages(
                f"/users/{segment(user_id)}/sponsors", Named, params={"$select": "id,displayName"}
            )
        except GraphError as error:
            if error.code == GraphCode.NOT_FOUND:
                raise GraphError(
                    GraphCode.NOT_THERE_YET.value, retryable=True, status=404, detail=error.detail
                ) from error
            raise
        return frozenset(sponsor.id for sponsor in found)


def invitation_body(invitation: Invitation) -> dict[str, object]:
    """The body of POST /invitations (graph.md, C)."""
    message: dict[str, object] = {"messageLanguage": invitation.language}
    if invitation.message:
        message["customizedMessageBody"] = invitation.message
    if invitation.cc_address:
        address = {"address": invitation.cc_address}
        if invitation.cc:
            address["name"] = invitation.cc.name
        message["ccRecipients"] = [{"emailAddress": address}]
    return {
        "invitedUserEmailAddress": invitation.address,
        "invitedUserDisplayName": invitation.name,
        "inviteRedirectUrl": invitation.redirect_url,
        "invitedUserType": "Guest",
        "sendInvitationMessage": True,
        "invitedUserMessageInfo": message,
        "invitedUserSponsors": [{"id": invitation.sponsor_id}],
    }
