"""Showing views in Teams outside of a turn, and what Teams says of a channel: the ports Poster and Rosters."""

from collections.abc import Mapping

from bot.teams.activities import card_message
from bot.teams.actors import language_of
from bot.teams.connector import JOB, Connector, Patience
from bot.teams.pacing import Pace
from bot.workflow.errors import PostingError
from bot.workflow.ports import ChannelFacts
from bot.workflow.records import Conversation, ConversationKind
from bot.workflow.views import View
from cards import Drawing, draw

_STANDARD = frozenset({"standard", "regular"})


class TeamsPostings:
    """Implements Poster and Rosters. One try a call: a job that meets a PostingError tries again when it says so."""

    def __init__(self, *, connector: Connector, app_id: str, sandbox: bool = False, pace: Pace | None = None) -> None:
        self._connector = connector
        self._app_id = app_id
        self._sandbox = sandbox
        self._pace = pace or Pace()

    async def post(self, conversation: Conversation, view: View) -> tuple[str, str]:
        self._take_turn(conversation.id)
        message = self._message(conversation, view)
        if conversation.kind is ConversationKind.CHANNEL:
            return await self._post_to_channel(conversation, message)
        conversation_id = conversation.id
        if not conversation.is_open:
            conversation_id = await self.open_chat(conversation)
        return conversation_id, await self._connector.send(
            conversation.service_url, conversation_id, message, patience=JOB
        )

    async def edit(self, conversation: Conversation, conversation_id: str, activity_id: str, view: View) -> None:
        self._take_turn(conversation_id)
        message = {**self._message(conversation, view), "id": activity_id}
        await self._connector.update(conversation.service_url, conversation_id, activity_id, message, patience=JOB)

    async def open_chat(self, conversation: Conversation, *, patience: Patience = JOB) -> str:
        """The id of the chat with `conversation.user_id` (or, where that is not known, `person_id`).

        Teams gives the same chat each time, so that asking twice makes no second one.
        """
        member = conversation.user_id or conversation.person_id
        if member is None:
            raise PostingError("teams-refused", retryable=False, unreachable=True)
        parameters = {
            "isGroup": False,
            "bot": {"id": conversation.bot_id or f"28:{self._app_id}"},
            "members": [{"id": member}],
            "tenantId": conversation.tenant_id,
            "channelData": {"tenant": {"id": conversation.tenant_id}},
        }
        opened, _ = await self._connector.create_conversation(conversation.service_url, parameters, patience=patience)
        return opened

    async def channel_facts(self, conversation: Conversation) -> ChannelFacts:
        """Raises PostingError where Teams does not say: nothing is bound then."""
        if conversation.kind is not ConversationKind.CHANNEL or conversation.team_id is None:
            return ChannelFacts(standard=False, has_guests=True)
        url = conversation.service_url
        channels = await self._connector.channels(url, conversation.team_id)
        # Teams lists a team's standard channels, and newer ones also say of each what kind it is.
        here = next((channel for channel in channels if channel.get("id") == conversation.id), None)
        members = await self._connector.members(url, conversation.id)
        return ChannelFacts(
            standard=here is not None and _kind_of(here) in _STANDARD,
            has_guests=any(_is_guest(member, conversation.tenant_id) for member in members),
        )

    async def _post_to_channel(self, conversation: Conversation, message: Mapping[str, object]) -> tuple[str, str]:
        parameters = {
            "isGroup": True,
            "bot": {"id": conversation.bot_id or f"28:{self._app_id}"},
            "tenantId": conversation.tenant_id,
            "channelData": {"channel": {"id": conversation.id}, "tenant": {"id": conversation.tenant_id}},
            "activity": message,
        }
        thread, activity_id = await self._connector.create_conversation(
            conversation.service_url, parameters, patience=JOB
        )
        # The thread's id names its first message, should the answer not.
        return thread, activity_id or thread.partition(";messageid=")[2]

    def _message(self, conversation: Conversation, view: View) -> dict[str, object]:
        drawn = draw(
            view,
            Drawing(locale=language_of(conversation.locale), time_zone=conversation.time_zone, sandbox=self._sandbox),
        )
        return card_message(drawn.card, drawn.summary)

    def _take_turn(self, conversation_id: str) -> None:
        wait = self._pace.take(conversation_id.partition(";messageid=")[0])
        if wait is not None:
            raise PostingError("teams-throttled", retryable=True, retry_after=wait)


def _kind_of(channel: Mapping[str, object]) -> str:
    kind = channel.get("type") or channel.get("channelType") or "standard"
    return kind.lower() if isinstance(kind, str) else ""


def _is_guest(member: Mapping[str, object], tenant_id: str) -> bool:
    """A guest of the tenant, or somebody from another one; the bot itself is in no roster."""
    roles = (member.get("userRole"), member.get("userType"))
    if any(isinstance(role, str) and role.lower() in ("guest", "anonymous") for role in roles):
        return True
    tenant = member.get("tenantId")
    if isinstance(tenant, str) and tenant and tenant.lower() != tenant_id.lower():
        return True
    name = member.get("userPrincipalName")
    return isinstance(name, str) and "#ext#" in name.lower()
