"""What the bot asks back ("yes or no?") in a conversation, and whether a yes still answers it."""

from collections.abc import Mapping

from bot.domain.errors import NothingAsked
from bot.workflow.actions import Actor
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import ConversationKind
from bot.workflow.remembering import is_repeat

_BESIDE = "beside"


def ask_back(tx: Tx, desk: Desk, actor: Actor, question: Mapping[str, str]) -> None:
    """Remembers the question for as long as a yes to it counts, in place of any before it."""
    until = desk.clock() + desk.timings.confirm_within
    tx.confirmations.ask(actor.id, actor.conversation.id, {**question, _BESIDE: _interview(tx, actor)}, until=until)


def take_question(tx: Tx, desk: Desk, actor: Actor) -> Mapping[str, str] | None:
    """The question, once; None where there is none, it ran out, or the interview has asked something since.

    Raises NothingAsked for a message that was handled before: it answers no later question.
    """
    asked = tx.confirmations.take(actor.id, actor.conversation.id, now=desk.clock())
    if asked is None or asked.get(_BESIDE) != _interview(tx, actor):
        return None
    if is_repeat(tx, desk, actor):
        raise NothingAsked()
    return asked


def _interview(tx: Tx, actor: Actor) -> str:
    """Where the interview in this conversation stands: a yes after its next question answers that one."""
    draft = tx.drafts.get(actor.id) if actor.conversation.kind is ConversationKind.PERSONAL else None
    return f"{draft.id} {draft.version}" if draft is not None else ""
