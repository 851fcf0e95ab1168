"""What the sandbox does on writes, as Graph v1.0 does."""

import re
import secrets
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

from bot.sandbox.answers import Answer, Ask, Refused, bad_request, denied, not_found
from bot.sandbox.bodies import APP_ROLE_ASSIGNMENT, INVITATION, USER_CHANGE, checked, guid, referenced
from bot.sandbox.faults import Faults
from bot.sandbox.odata import require_options
from bot.sandbox.reads import assignment_body
from bot.sandbox.state import DirectoryState, StoredAssignment, StoredGroup, StoredInvitation, StoredUser, stamp

MOST_SPONSORS = 5

# Microsoft lists which characters an invited address may not have; these are those that it may
# (https://learn.microsoft.com/graph/api/resources/invitation).
_LOCAL_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)


class Writes:
    """Handlers, one a call."""

    def __init__(self, state: DirectoryState) -> None:
        self._state = state
        self.faults = Faults()

    def invite(self, ask: Ask) -> Answer:
        require_options(ask, ())
        body = checked(ask.body, INVITATION)
        address, redirect_url = str(body["invitedUserEmailAddress"]), str(body["inviteRedirectUrl"])
        self._require_invitable(address, redirect_url)
        user_type = str(body.get("invitedUserType", "Guest"))
        if user_type not in ("Guest", "Member"):
            raise bad_request(f"Invalid value '{user_type}' specified for property 'invitedUserType'.")
        information = body.get("invitedUserMessageInfo", {})
        message = information if isinstance(information, dict) else {}
        if len(message.get("ccRecipients", ())) > 1:
            raise bad_request("At most one recipient can be given in 'ccRecipients'.")
        sponsors = self._sponsors_in(body)
        user = self._user_for(address, str(body.get("invitedUserDisplayName") or address), user_type)
        user.sponsors.extend(each for each in sponsors if each not in user.sponsors)
        if body.get("resetRedemption"):
            self.set_redemption(user, "PendingAcceptance")
        invitation = StoredInvitation(
            id=str(uuid.uuid4()),
            ticket=secrets.token_urlsafe(24),
            user=user.id,
            address=address.lower(),
            redirect_url=redirect_url,
            at=self._state.clock(),
            mailed=body.get("sendInvitationMessage") is True,
        )
        self._state.contents.invitations.append(invitation)
        state = user.properties["externalUserState"]
        answered = {
            "@odata.context": f"{ask.origin}/v1.0/$metadata#invitations/$entity",
            "id": invitation.id,
            "inviteRedeemUrl": f"{ask.origin}/redeem/{invitation.ticket}",
            "invitedUserDisplayName": user.properties["displayName"],
            "invitedUserEmailAddress": address,
            "invitedUserType": user.properties["userType"],
            "inviteRedirectUrl": redirect_url,
            "sendInvitationMessage": invitation.mailed,
            "resetRedemption": body.get("resetRedemption", False),
            "status": "Completed" if state == "Accepted" else state,
            "invitedUser": {"id": user.id},
        }
        return Answer(status=201, body=answered)

    def add_member(self, ask: Ask) -> Answer:
        require_options(ask, ())
        member = referenced(ask.body)
        group = self._changeable_group(ask)
        if self._state.user(member) is None and member not in self._state.contents.groups:
            raise not_found(member)
        if member in group.members:
            raise bad_request(
                "One or more added object references already exist for the following modified properties: 'members'."
            )
        group.members.append(member)
        return Answer(status=204)

    def remove_member(self, ask: Ask) -> Answer:
        require_options(ask, ())
        group = self._changeable_group(ask)
        member = ask.path["user"].lower()
        if member not in group.members:
            raise not_found(member)
        group.members.remove(member)
        return Answer(status=204)

    def assign_role(self, ask: Ask) -> Answer:
        require_options(ask, ())
        body = checked(ask.body, APP_ROLE_ASSIGNMENT)
        principal, resource, role = (guid(body[name], name) for name in ("principalId", "resourceId", "appRoleId"))
        if ask.path["resource"].lower() not in self._state.roles:
            raise not_found(ask.path["resource"])
        if resource != ask.path["resource"].lower():
            raise bad_request("The resourceId does not match the service principal that was addressed.")
        if role not in self._state.roles[resource].roles:
            raise bad_request("Permission being assigned was not found on application.")
        if self._state.user(principal) is None:
            raise bad_request("Not a valid reference update.")
        assignments = self._state.contents.assignments
        if any((each.principal, each.resource, each.role) == (principal, resource, role)
               for each in assignments.values()):  # fmt: skip
            raise bad_request("Permission being assigned already exists on the object.")
        assignment = StoredAssignment(
            id=secrets.token_urlsafe(32), principal=principal, resource=resource, role=role, created=self._state.clock()
        )
        assignments[assignment.id] = assignment
        return Answer(status=201, body=assignment_body(assignment))

    def unassign_role(self, ask: Ask) -> Answer:
        require_options(ask, ())
        found = self._state.contents.assignments.get(ask.path["assignment"])
        if found is None or found.resource != ask.path["resource"].lower():
            raise not_found(ask.path["assignment"])
        del self._state.contents.assignments[found.id]
        return Answer(status=204)

    def add_sponsor(self, ask: Ask) -> Answer:
        require_options(ask, ())
        user = self._visible(ask.path["user"])
        sponsor = referenced(ask.body)
        if self._state.user(sponsor) is None and sponsor not in self._state.contents.groups:
            raise not_found(sponsor)
        if sponsor in user.sponsors:
            raise bad_request(
                "One or more added object references already exist for the following modified properties: 'sponsors'."
            )
        if len(user.sponsors) == MOST_SPONSORS:
            raise bad_request(f"A user has at most {MOST_SPONSORS} sponsors.")
        user.sponsors.append(sponsor)
        return Answer(status=204)

    def remove_sponsor(self, ask: Ask) -> Answer:
        require_options(ask, ())
        user, sponsor = self._visible(ask.path["user"]), ask.path["sponsor"].lower()
        if sponsor not in user.sponsors:
            raise not_found(sponsor)
        user.sponsors.remove(sponsor)
        return Answer(status=204)

    def remove_sponsor_account(self, ask: Ask) -> Answer:
        """DELETE …/sponsors/{s} without `/$ref`: Graph follows the link, and deletes the sponsor's own account."""
        require_options(ask, ())
        user, sponsor = self._visible(ask.path["user"]), ask.path["sponsor"].lower()
        if sponsor not in user.sponsors:
            raise not_found(sponsor)
        self._state.forget_user(self._visible(sponsor))
        return Answer(status=204)

    def change_user(self, ask: Ask) -> Answer:
        require_options(ask, ())
        user = self._visible(ask.path["user"])
        user.properties.update(checked(ask.body, USER_CHANGE))
        return Answer(status=204)

    def delete_user(self, ask: Ask) -> Answer:
        require_options(ask, ())
        self._state.forget_user(self._visible(ask.path["user"]))
        return Answer(status=204)

    def restore_user(self, ask: Ask) -> Answer:
        require_options(ask, ())
        found = self._state.contents.users.get(ask.path["user"].lower())
        if found is None or not found.deleted:
            raise not_found(ask.path["user"])
        found.deleted = False
        found.properties["deletedDateTime"] = None
        return Answer(body={"@odata.type": "#microsoft.graph.user", "id": found.id})

    def revoke_sessions(self, ask: Ask) -> Answer:
        require_options(ask, ())
        self._visible(ask.path["user"])
        return Answer(body={"value": True})

    def set_redemption(self, user: StoredUser, state: str) -> None:
        user.properties["externalUserState"] = state
        user.properties["externalUserStateChangeDateTime"] = stamp(self._state.clock())

    def _visible(self, user_id: str) -> StoredUser:
        user = self._state.user(user_id)
        if user is None:
            raise not_found(user_id)
        return user

    def _changeable_group(self, ask: Ask) -> StoredGroup:
        group = self._state.contents.groups.get(ask.path["group"].lower())
        if group is None:
            raise not_found(ask.path["group"])
        if group.properties["isAssignableToRole"]:
            raise denied()
        if group.properties["onPremisesSyncEnabled"]:
            raise bad_request(
                "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects"
                " currently undergoing migration."
            )
        if group.properties["groupTypes"]:
            raise bad_request("The members of a group with dynamic membership cannot be changed.")
        return group

    def _require_invitable(self, address: str, redirect_url: str) -> None:
        local, _, domain = address.rpartition("@")
        if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
            raise bad_request("The invitedUserEmailAddress is not a valid email address.", code="BadRequest")
        redirect = urlsplit(redirect_url)
        if redirect.scheme not in ("http", "https") or not redirect.netloc:
            raise bad_request("The inviteRedirectUrl is not a valid absolute URL.", code="BadRequest")
        if self.faults.directory_blocked:
            raise Refused(403, "Forbidden", "Invitations are blocked for this directory due to suspicious activity.")
        if self.faults.allow_invites_from == "none":
            raise Refused(
                403,
                "Forbidden",
                "Guest invitations not allowed for your company. Contact your company administrator for more details.",
            )
        if domain.lower() in (blocked.lower() for blocked in self.faults.blocked_domains):
            raise Refused(
                403, "Forbidden", "The domain of the invited user is blocked by this directory's collaboration policy."
            )
        if domain.lower() in self._state.seed.tenant.domains:
            raise bad_request("The address is on a verified domain of this directory.", code="BadRequest")

    def _sponsors_in(self, body: dict[str, object]) -> list[str]:
        given = body.get("invitedUserSponsors", [])
        ids = [guid(each["id"], "invitedUserSponsors") for each in given] if isinstance(given, list) else []
        if ids and self.faults.sponsors_refused:
            raise bad_request("The property 'invitedUserSponsors' cannot be set on this invitation.")
        if len(ids) > MOST_SPONSORS:
            raise bad_request(f"At most {MOST_SPONSORS} sponsors can be given in 'invitedUserSponsors'.")
        for each in ids:
            if self._state.user(each) is None and each not in self._state.contents.groups:
                raise bad_request(f"The sponsor '{each}' in 'invitedUserSponsors' does not exist.")
        return ids

    def _user_for(self, address: str, name: str, user_type: str) -> StoredUser:
        existing = self._state.with_address(address)
        if existing is None:
            lag = timedelta(seconds=self.faults.lag_seconds)
            return self._state.new_guest(address=address, name=name, user_type=user_type, lag=lag)
        if existing.deleted:
            raise bad_request(
                "Another object with the same value for property proxyAddresses already exists.", code="BadRequest"
            )
        if existing.properties["creationType"] != "Invitation":
            raise bad_request(
                f"The invited user already exists in the directory as object ID: {existing.id}. They can use that"
                " account to sign in to shared apps and resources.",
                code="BadRequest",
            )
        return existing
