"""Who acts and where, from an authenticated activity."""

import re
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from botbuilder.schema import Activity

from bot.workflow.actions import Actor
from bot.workflow.records import Conversation, ConversationKind

_KINDS = {
    "personal": ConversationKind.PERSONAL,
    "channel": ConversationKind.CHANNEL,
    "groupchat": ConversationKind.GROUP,
}
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}\Z")


@lru_cache(maxsize=512)
def language_of(tag: str | None) -> str:
    """Ours that fits a language tag best. All Chinese is drawn in Traditional Chinese until there is Simplified."""
    return "zh-Hant" if tag is not None and tag.lower().partition("-")[0] == "zh" else "en"


@lru_cache(maxsize=1024)
def time_zone_of(name: str | None) -> str:
    """An IANA name that is one; UTC for anything else."""
    if not name:
        return "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return "UTC"
    return name


def actor_of(activity: Activity, *, typed: bool) -> Actor | None:
    """Who acts: `from.aadObjectId` and nothing else. None where it is missing (a guest from elsewhere, another bot).

    `typed`: the activity is handled once only, so its message keys are set.
    """
    person: str | None = activity.from_property.aad_object_id
    if not person or activity.conversation.id is None:
        return None
    # Graph writes object ids in lower case; who is a sponsor must not depend on how a client writes them.
    person = person.lower()
    tag = activity.locale or _client_info(activity, "locale")
    return Actor(
        id=person,
        name=activity.from_property.name or "",
        locale=language_of(tag),
        locale_given=tag is not None,
        time_zone=time_zone_of(activity.local_timezone or _client_info(activity, "timezone")),
        conversation=conversation_of(activity, person),
        message_keys=message_keys(activity) if typed else (),
        user_id=activity.from_property.id,
    )


def conversation_of(activity: Activity, person: str) -> Conversation:
    where = activity.conversation
    kind = _KINDS.get((where.conversation_type or "").lower())
    if kind is None:
        # Private answers go to what is remembered as a person's own chat, so nothing uncertain is taken for one.
        shared = where.conversation_type or where.is_group or where.id.startswith("19:")
        kind = ConversationKind.GROUP if shared else ConversationKind.PERSONAL
    personal = kind is ConversationKind.PERSONAL
    team = activity.channel_data.get("team")
    team_id = team.get("id") if isinstance(team, dict) else None
    locale = activity.locale or _client_info(activity, "locale")
    return Conversation(
        id=where.id.partition(";messageid=")[0],
        kind=kind,
        service_url=activity.service_url or "",
        tenant_id=where.tenant_id or _tenant_of_channel(activity),
        bot_id=activity.recipient.id or "",
        person_id=person if personal else None,
        user_id=activity.from_property.id if personal else None,
        team_id=team_id if isinstance(team_id, str) else None,
        locale=locale if locale and _LANGUAGE_TAG.match(locale) else "en-US",
        time_zone=time_zone_of(activity.local_timezone or _client_info(activity, "timezone")),
    )


def message_keys(activity: Activity) -> tuple[str, ...]:
    """What makes a message this one and no other: its id, and (conversation, sender, client's time) (invariant 3)."""
    where = activity.conversation.id
    keys = []
    if activity.id:
        keys.append(_key("id", where, activity.id))
    if at := activity.local_timestamp or activity.timestamp:
        keys.append(_key("at", where, activity.from_property.id or "", at))
    return tuple(keys)


def _client_info(activity: Activity, key: str) -> str | None:
    """Some activities name language and time zone only here."""
    for entity in activity.entities:
        if entity.get("type") == "clientInfo":
            value = entity.get(key)
            return value if isinstance(value, str) and value else None
    return None


def _key(*parts: str) -> str:
    # Joined by a character that no part holds; short and of one length, whatever the ids are.
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _tenant_of_channel(activity: Activity) -> str:
    tenant = activity.channel_data.get("tenant")
    tenant_id = tenant.get("id") if isinstance(tenant, dict) else None
    return tenant_id if isinstance(tenant_id, str) else ""
