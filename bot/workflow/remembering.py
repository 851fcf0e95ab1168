"""What every turn leaves behind, whatever else it does: where to reach the person, and which message this was."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.workflow.actions import Actor
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.reading import read
from bot.workflow.records import NOT_OPEN, Conversation, ConversationKind

T = TypeVar("T")


def remember_place(tx: Tx, actor: Actor) -> None:
    """Refreshes the conversation reference; makes sure that the person's own chat can be reached too."""
    tx.conversations.save(_as_kept(tx, actor))
    if actor.conversation.kind is not ConversationKind.PERSONAL and tx.conversations.with_person(actor.id) is None:
        here = actor.conversation
        tx.conversations.save(
            Conversation(
                id=f"{NOT_OPEN}{actor.id}",
                kind=ConversationKind.PERSONAL,
                service_url=here.service_url,
                tenant_id=here.tenant_id,
                bot_id=here.bot_id,
                person_id=actor.id,
                user_id=actor.user_id,
                locale=actor.locale,
                time_zone=actor.time_zone,
            )
        )


def _as_kept(tx: Tx, actor: Actor) -> Conversation:
    """A channel keeps the language and time zone of who wrote there first: its cards do not turn with each click."""
    here = actor.conversation
    known = tx.conversations.get(here.id) if here.kind is not ConversationKind.PERSONAL else None
    return here if known is None else replace(here, locale=known.locale, time_zone=known.time_zone)


async def reading_turn(desk: Desk, actor: Actor, work: Callable[[Tx], T]) -> T:
    """A turn that only reads, in one transaction; a write only where the place changed."""

    def whole(tx: Tx) -> tuple[T, bool]:
        return work(tx), tx.conversations.get(actor.conversation.id) == _as_kept(tx, actor)

    result, is_known = await read(desk, whole)
    if not is_known:
        await desk.store.transact(lambda tx: remember_place(tx, actor))
    return result


def is_repeat(tx: Tx, desk: Desk, actor: Actor) -> bool:
    """Whether this very message was handled before (Teams delivers more than once); remembers it."""
    return bool(actor.message_keys) and not tx.seen.first_time(actor.message_keys, at=desk.clock())
