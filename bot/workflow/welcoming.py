"""First contact, and help at any point."""

from bot.interview import questions
from bot.workflow.actions import Actor, Help, Install
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.reading import transact
from bot.workflow.records import ConversationKind
from bot.workflow.remembering import reading_turn, remember_place
from bot.workflow.situation import situation
from bot.workflow.views import HelpView, Reply, Welcome


async def install(desk: Desk, actor: Actor, action: Install) -> Reply:
    """Says what this is; in the person's preferred language where the client has not said one yet."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        if actor.conversation.kind is not ConversationKind.PERSONAL:
            return Reply(view=HelpView(for_administrators=True))
        person = desk.lookups.person(actor.id).person
        first = person.name.split()[0] if person.name else actor.name
        draft = tx.drafts.get(actor.id)
        locale = None if actor.locale_given else ours(person.language)
        return Reply(view=Welcome(first_name=first, draft=draft), locale=locale)

    return await transact(desk, work)


def ours(language: str | None) -> str | None:
    """Ours of a BCP 47 tag: Chinese, whichever, is answered in Traditional Chinese; unknown is None."""
    if not language:
        return None
    return "zh-Hant" if language.lower().startswith("zh") else "en"


async def give_help(desk: Desk, actor: Actor, action: Help) -> Reply:
    """What can be said here; in an interview, what the present question means."""

    def work(tx: Tx) -> Reply:
        desk.lookups.person(actor.id)
        is_channel = actor.conversation.kind is not ConversationKind.PERSONAL
        draft = tx.drafts.get(actor.id)
        if draft is None or is_channel:
            return Reply(view=HelpView(for_administrators=is_channel), keep_card=True)
        here = situation(tx, desk, actor, draft)
        question = questions.next_question(draft, here.offer, here.known)
        return Reply(view=HelpView(question=question, draft=draft), keep_card=True)

    return await reading_turn(desk, actor, work)
