"""`yes` or `no`: to what the bot asked back last in this conversation, or else to the interview's question."""

from collections.abc import Mapping

from bot.domain.errors import DirectorySilent, NothingAsked
from bot.workflow import deciding, ending, interviewing
from bot.workflow.actions import Actor, Confirm, EndAccess, Say
from bot.workflow.asking_back import ask_back, take_question
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import ConversationKind
from bot.workflow.views import Notice, Reply


async def confirm(desk: Desk, actor: Actor, action: Confirm) -> Reply:
    """Does what was asked about. Raises NothingAsked, Stale where it moved on meanwhile."""
    asked, is_interview = await desk.store.transact(lambda tx: _asked(tx, desk, actor))
    if asked is not None and action.yes:
        return await _do(desk, actor, asked)
    if asked is not None or (not action.text and not action.yes):
        return Reply(view=Notice(key="notice-nothing-done"))
    if is_interview and action.text:
        return await interviewing.say(desk, actor, Say(text=action.text))
    raise NothingAsked()


def _asked(tx: Tx, desk: Desk, actor: Actor) -> tuple[Mapping[str, str] | None, bool]:
    """What was asked back, and whether an interview is under way here."""
    asked = take_question(tx, desk, actor)
    in_own_chat = actor.conversation.kind is ConversationKind.PERSONAL
    return asked, in_own_chat and tx.drafts.get(actor.id) is not None


async def _do(desk: Desk, actor: Actor, asked: Mapping[str, str]) -> Reply:
    try:
        if "end" in asked:
            return await ending.end_access(desk, actor, EndAccess(assignment_id=asked["end"], confirmed=True))
        return await deciding.approve_as_asked(desk, actor, asked)
    except DirectorySilent:
        # Nothing is lost: the next yes answers the same question.
        await desk.store.transact(lambda tx: ask_back(tx, desk, actor, asked))
        raise
