"""Refusals: what a person asked for and may not have, each with the words that tell them what to do."""

from datetime import date, datetime
from typing import ClassVar

Param = str | int | date | datetime


class DomainError(Exception):
    """Tell the person what to do. `key` names a message in every catalogue; `params` fill its variables.

    Every subclass is a distinct refusal; a test sees that each `key` exists in each language.
    """

    key: ClassVar[str] = "error-domain"

    def __init__(self, **params: Param) -> None:
        super().__init__(self.key, params)
        self.params = params


class UnknownRequest(DomainError):
    """No request has this id, or the person asking may not know of it; both read the same."""

    key = "error-unknown-request"


class MistypedId(DomainError):
    """The id's check character does not fit: it was mistyped, so nothing is looked up."""

    key = "error-mistyped-id"


class IllegalTransition(DomainError):
    """The status table has no such step; nothing was changed."""

    key = "error-illegal-transition"


class Stale(DomainError):
    """The card, or the state it was decided on, is older than what is stored now."""

    key = "error-stale"


class NotApprover(DomainError):
    """Not an approver of this stage now."""

    key = "error-not-approver"


class OwnRequest(DomainError):
    """A sponsor never decides their own request."""

    key = "error-own-request"


class DecidedEarlierStage(DomainError):
    """Whoever decided one stage does not decide another."""

    key = "error-decided-earlier-stage"


class AlreadyDecided(DomainError):
    """The request, or this person's part in it, was decided before this click. params: status, by."""

    key = "error-already-decided"


class ReasonNeeded(DomainError):
    """A denial is given with a reason."""

    key = "error-reason-needed"


class NotMember(DomainError):
    """Only members of the tenant act as sponsor, approver or administrator."""

    key = "error-not-member"


class NotAdministrator(DomainError):
    """Only members of ADMIN_GROUP do this."""

    key = "error-not-administrator"


class NotYours(DomainError):
    """Only the sponsor, the package's owner or an administrator does this."""

    key = "error-not-yours"


class DirectorySilent(DomainError):
    """The directory did not answer in time, and no answer is no grant. Nothing is lost: try again."""

    key = "error-directory-silent"


class OpenRequestExists(DomainError):
    """A request for this guest and package is under way. params: id."""

    key = "error-open-request-exists"


class AlreadyHolds(DomainError):
    """The guest holds this package until a date. params: package, until."""

    key = "error-already-holds"


class GuestDisabled(DomainError):
    """The guest's account is disabled in the directory. params: address."""

    key = "error-guest-disabled"


class GuestDeleted(DomainError):
    """The guest's account was deleted and can still be restored. params: address."""

    key = "error-guest-deleted"


class GuestIsEmployee(DomainError):
    """The address belongs to a member of the tenant. params: address."""

    key = "error-guest-is-employee"


class NoManager(DomainError):
    """The route asks the sponsor's manager, and the directory names none."""

    key = "error-no-manager"


class NoApprover(DomainError):
    """Too few people besides the sponsor are in a group that the route asks. params: group."""

    key = "error-no-approver"


class NoDraft(DomainError):
    """Something was said to a draft, and there is none."""

    key = "error-no-draft"


class NothingAsked(DomainError):
    """Yes or no, and nothing was asked, or too long ago."""

    key = "error-nothing-asked"


class NothingToDo(DomainError):
    """What was asked for is so already, or there is nothing it could apply to."""

    key = "error-nothing-to-do"


class ChannelNotFit(DomainError):
    """Approvals go to a standard channel of a team without guests. params: why."""

    key = "error-channel-not-fit"


class UnknownChannelName(DomainError):
    """Policy names no such channel. params: name, known."""

    key = "error-unknown-channel-name"


class ChannelNotBound(DomainError):
    """The route's channel is bound to no Teams channel yet. params: name."""

    key = "error-channel-not-bound"


class Frozen(DomainError):
    """An administrator froze this; it goes on by itself when that is lifted. params: what, reason, by, at."""

    key = "error-frozen"


class UnknownFreezeScope(DomainError):
    """Policy has no such partner or package. params: name, known."""

    key = "error-unknown-freeze-scope"


class FreezeReasonNeeded(DomainError):
    """Whoever is held up is told why. params: name."""

    key = "error-freeze-reason-needed"


class UnknownRevision(DomainError):
    """No policy revision has this hash. params: revision."""

    key = "error-unknown-revision"


class OwnPolicyChange(DomainError):
    """Whoever wrote a policy change does not put it in force."""

    key = "error-own-policy-change"


class PolicyNeedsSecond(DomainError):
    """The revision may grant something new, and waits for an administrator already. params: revision."""

    key = "error-policy-needs-second"


class PolicyBehind(DomainError):
    """This process cannot read the policy revision that is in force, so it decides nothing. params: revision."""

    key = "error-policy-behind"
