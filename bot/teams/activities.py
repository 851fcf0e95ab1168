"""Activities between the wire and the SDK's shape: read shallowly, written from what is there, never copied deeply."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.teams.errors import Malformed

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
TEAMS = "msteams"

MOST_ID = 1024
"""Teams' ids are below 300 characters; longer ones are no ids and would only fill the store."""


class Outbound(Activity):  # type: ignore[misc]
    """What the bot says. TurnContext copies deeply what it sends; ours is made for one sending, so it is not copied."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Outbound":
        return self


class _Account(ChannelAccount):  # type: ignore[misc]
    """Nobody changes an account of an activity that came in, so the SDK's copies of it may be itself."""

    def __copy__(self) -> "_Account":
        return self


class _Where(ConversationAccount):  # type: ignore[misc]
    """As with _Account."""

    def __copy__(self) -> "_Where":
        return self


def parse_activity(body: bytes) -> Activity:
    """The activity in a request's body. Raises Malformed.

    Deeper parts (channel data, entities, value) stay plain JSON, and times stay text.
    """
    try:
        raw: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("the body is no JSON") from error
    if not isinstance(raw, dict):
        raise Malformed("an activity is a JSON object")
    if b"\\u0000" in body:
        raw = _without_nul(raw)
    kind = _text(raw, "type")
    if not kind:
        raise Malformed("the activity has no type")
    conversation = _object(raw, "conversation")
    for part in ("conversation", "from", "recipient"):
        if not _id(_object(raw, part), "id"):
            raise Malformed(f"the activity names no {part}.id")
    return Activity(
        type=kind,
        id=_id(raw, "id"),
        timestamp=_text(raw, "timestamp"),
        local_timestamp=_text(raw, "localTimestamp"),
        local_timezone=_text(raw, "localTimezone"),
        service_url=_text(raw, "serviceUrl"),
        channel_id=_text(raw, "channelId"),
        from_property=_account(raw, "from"),
        recipient=_account(raw, "recipient"),
        conversation=_Where(
            id=_id(conversation, "id"),
            conversation_type=_text(conversation, "conversationType"),
            is_group=conversation.get("isGroup") is True,
            tenant_id=_text(conversation, "tenantId"),
        ),
        locale=_text(raw, "locale"),
        text=_text(raw, "text"),
        entities=[entry for entry in _list(raw, "entities") if isinstance(entry, dict)],
        channel_data=_object(raw, "channelData"),
        action=_text(raw, "action"),
        reply_to_id=_id(raw, "replyToId"),
        name=_text(raw, "name"),
        value=raw.get("value"),
    )


def card_message(card: Mapping[str, object], summary: str) -> dict[str, object]:
    """A message that is one card and nothing else: text beside it would be split off, and the id with it."""
    return {
        "type": "message",
        "summary": summary,
        "attachments": [{"contentType": CARD_TYPE, "content": card}],
    }


def to_wire(activity: Activity) -> dict[str, object]:
    """The JSON of an outgoing activity: the fields that are set. Attachments may be plain JSON or the SDK's."""
    wire: dict[str, object] = {"type": str(getattr(activity.type, "value", activity.type))}
    optional = {
        "text": activity.text,
        "textFormat": activity.text_format,
        "summary": activity.summary,
        "speak": activity.speak,
        "locale": activity.locale,
        "replyToId": activity.reply_to_id,
        "channelData": activity.channel_data,
        "value": activity.value,
        "name": activity.name,
    }
    wire.update({key: value for key, value in optional.items() if value is not None})
    if activity.attachments:
        wire["attachments"] = [
            entry if isinstance(entry, dict) else {"contentType": entry.content_type, "content": entry.content}
            for entry in activity.attachments
        ]
    for key, account in (("from", activity.from_property), ("recipient", activity.recipient)):
        if account is not None:
            wire[key] = {"id": account.id, "name": account.name} if account.name else {"id": account.id}
    if activity.conversation is not None:
        wire["conversation"] = {"id": activity.conversation.id}
    return wire


_AT = re.compile(r"<at(?:\s[^<>]*)?>([^<]*)</at>", re.IGNORECASE)
_ENTITY = re.compile(r"&(nbsp|lt|gt|amp|quot|apos|#39|#160);", re.IGNORECASE)
_ENTITIES = {
    "nbsp": " ", "#160": " ", "lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "#39": "'",
}  # fmt: skip


def typed_text(activity: Activity) -> str:
    """What the person typed: without the mention of the bot, other mentions by name, Teams' few entities undone.

    All else stays as it was pasted: `Ana Silva <ana@fabrikam.com>` is an address, not markup.
    """
    text: str = activity.text or ""
    if "<" in text:
        bot = activity.recipient.id
        for entity in activity.entities:
            mentioned = entity.get("mentioned")
            said = entity.get("text")
            if (
                entity.get("type") == "mention"
                and isinstance(mentioned, dict)
                and mentioned.get("id") == bot
                and isinstance(said, str)
                and said
            ):
                text = text.replace(said, " ")
        own_name = (activity.recipient.name or "").strip().casefold()
        text = _AT.sub(lambda at: " " if at[1].strip().casefold() == own_name else at[1], text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: _ENTITIES[entity[1].lower()], text)
    return text.strip()


def tenants_of(activity: Activity) -> frozenset[str]:
    """The tenants that the activity names, lower case."""
    tenant = activity.channel_data.get("tenant")
    named = (activity.conversation.tenant_id, tenant.get("id") if isinstance(tenant, dict) else None)
    return frozenset(name.lower() for name in named if isinstance(name, str) and name)


def _text(raw: Mapping[str, object], key: str) -> str | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{key} is no text")
    return value


def _id(raw: Mapping[str, object], key: str) -> str | None:
    value = _text(raw, key)
    if value is not None and len(value) > MOST_ID:
        raise Malformed(f"{key} is longer than an id")
    return value


def _object(raw: Mapping[str, object], key: str) -> dict[str, object]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{key} is no object")
    return value


def _list(raw: Mapping[str, object], key: str) -> list[object]:
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _account(raw: Mapping[str, object], key: str) -> ChannelAccount:
    account = _object(raw, key)
    return _Account(id=_id(account, "id"), name=_text(account, "name"), aad_object_id=_id(account, "aadObjectId"))


def _without_nul(value: object) -> Any:
    """PostgreSQL takes no NUL character in text, and no person types one."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(entry) for key, entry in value.items()}
    return value
