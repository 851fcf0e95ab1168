"""The whole workflow as one door: every action goes to its use case."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.domain.errors import MistypedId, NothingToDo
from bot.workflow import actions as asked
from bot.workflow import (
    administering,
    confirming,
    deciding,
    ending,
    freezing,
    interviewing,
    listing,
    redeeming,
    revising,
    submitting,
    welcoming,
    withdrawing,
)
from bot.workflow.actions import Action, Actor
from bot.workflow.desk import Desk
from bot.workflow.views import Reply

_UseCase = Callable[[Desk, Actor, Any], Awaitable[Reply]]


async def _refresh(desk: Desk, actor: Actor, action: asked.Refresh) -> Reply:
    return await deciding.refresh(desk, actor, action.request_id)


async def _resume(desk: Desk, actor: Actor, action: asked.Resume) -> Reply:
    return await interviewing.resume(desk, actor)


async def _mistyped(desk: Desk, actor: Actor, action: asked.Mistyped) -> Reply:
    raise MistypedId(id=action.text)


async def _unusable(desk: Desk, actor: Actor, action: asked.Unusable) -> Reply:
    raise NothingToDo()


_USE_CASES: dict[type, _UseCase] = {
    asked.Install: welcoming.install,
    asked.Help: welcoming.give_help,
    asked.Begin: interviewing.begin,
    asked.Resume: _resume,
    asked.Say: interviewing.say,
    asked.Answer: interviewing.answer,
    asked.Back: interviewing.back,
    asked.Change: interviewing.change,
    asked.Cancel: interviewing.cancel,
    asked.Submit: submitting.submit,
    asked.MyRequests: listing.my_requests,
    asked.MyGuests: listing.my_guests,
    asked.Status: listing.status,
    asked.Withdraw: withdrawing.withdraw,
    asked.Another: interviewing.another,
    asked.Extend: interviewing.extend,
    asked.EndAccess: ending.end_access,
    asked.ResendInvitation: redeeming.resend,
    asked.Decide: deciding.decide_by_card,
    asked.DecideByText: deciding.decide_by_text,
    asked.Confirm: confirming.confirm,
    asked.Retry: administering.retry,
    asked.BindChannel: administering.bind_channel,
    asked.SettleRevision: revising.settle_revision,
    asked.Freezing: freezing.freeze,
    asked.Unfreezing: freezing.unfreeze,
    asked.Refresh: _refresh,
    asked.Mistyped: _mistyped,
    asked.Unusable: _unusable,
}


class Workflow:
    """Implements `bot.workflow.ports.Acts`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def act(self, actor: Actor, action: Action) -> Reply:
        """Does what this person asks. Raises DomainError for a refusal; nothing was changed then."""
        return await _USE_CASES[type(action)](self._desk, actor, action)
