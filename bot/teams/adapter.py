"""Our BotAdapter under the SDK's TurnContext: what a turn sends goes out over the one pooled session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botbuilder.core import Bot, BotAdapter, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ConversationReference, ResourceResponse

from bot.teams.activities import to_wire
from bot.teams.connector import Connector

INVOKE_RESPONSE = BotAdapter._INVOKE_RESPONSE_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeAnswer:
    """What an invoke is answered with: HTTP status and JSON body, never empty."""

    status: int
    body: Mapping[str, object]


class TeamsAdapter(BotAdapter):  # type: ignore[misc]
    """Runs turns of activities that were authenticated already. Raises PostingError for what Teams does not take."""

    def __init__(self, *, connector: Connector) -> None:
        super().__init__()
        self._connector = connector

    async def process(self, activity: Activity, bot: Bot) -> InvokeAnswer | None:
        """One turn. The answer of an invoke; None for everything else."""
        context = TurnContext(self, activity)
        await self.run_pipeline(context, bot.on_turn)
        answer = context.turn_state.get(INVOKE_RESPONSE)
        return answer if isinstance(answer, InvokeAnswer) else None

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        sent = []
        for activity in activities:
            if activity.type in (ActivityTypes.trace, ActivityTypes.invoke_response):
                sent.append(ResourceResponse())
                continue
            reply_to = activity.reply_to_id if activity.type == ActivityTypes.message else None
            activity_id = await self._connector.send(
                activity.service_url, activity.conversation.id, to_wire(activity), reply_to=reply_to
            )
            sent.append(ResourceResponse(id=activity_id))
        return sent

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        await self._connector.update(
            activity.service_url, activity.conversation.id, activity.id, {**to_wire(activity), "id": activity.id}
        )
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        await self._connector.delete(reference.service_url, reference.conversation.id, reference.activity_id)

    async def create_conversation(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("proactive chats are TeamsPostings.open_chat")
