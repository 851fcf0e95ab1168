"""Turns: an authenticated activity becomes a typed action, the workflow acts, and what it replies is drawn and said."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import structlog
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ActivityTypes

from bot.domain.errors import DomainError, NotMember
from bot.teams import invokes
from bot.teams.activities import Outbound, card_message, typed_text
from bot.teams.actors import actor_of, language_of
from bot.teams.adapter import INVOKE_RESPONSE, InvokeAnswer
from bot.teams.connector import TURN
from bot.teams.errors import Malformed
from bot.teams.postings import TeamsPostings
from bot.workflow.actions import Action, Actor, Help, Install, Refresh, Unusable
from bot.workflow.errors import PostingError
from bot.workflow.ports import Acts
from bot.workflow.records import Conversation, ConversationKind
from bot.workflow.views import Notice, Reply
from cards import Drawing, Drawn, draw, parse_card, parse_words

log = structlog.get_logger(__name__)

TYPING_AFTER_SECONDS = 1.0


class Turns(TeamsActivityHandler):  # type: ignore[misc]
    """Handles activities whose sender, tenant and service URL were checked before.

    `postings` carries answers that belong in a person's own chat. `close` waits for those under way.
    """

    def __init__(self, *, acts: Acts, postings: TeamsPostings, sandbox: bool = False) -> None:
        super().__init__()
        self._acts = acts
        self._postings = postings
        self._sandbox = sandbox
        self._under_way: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        await asyncio.gather(*self._under_way, return_exceptions=True)

    # --- messages ----------------------------------------------------------------------------------------------------

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        text = typed_text(activity)
        clicked = not text and isinstance(activity.value, dict)
        actor = actor_of(activity, typed=not clicked)
        if actor is None:
            await self._refuse_stranger(turn_context)
            return
        if clicked:  # an Action.Submit, where the client is too old for Action.Execute
            action = parse_card(str(activity.value.get("verb", "")), activity.value)
        else:
            action = parse_words(text, actor.locale) if text else Help()
        await self._answer(turn_context, actor, action)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """The welcome. A conversationUpdate comes with each installation too, so that one says nothing."""
        if turn_context.activity.action != "add":
            return
        actor = actor_of(turn_context.activity, typed=True)
        if actor is not None:
            await self._answer(turn_context, actor, Install())

    async def _answer(self, context: TurnContext, actor: Actor, action: Action) -> None:
        if isinstance(action, Unusable):
            log.warning("a card's data is none of ours", why=action.why)
            reply = Reply(view=Notice(key="notice-not-understood", refused=True))
        else:
            reply = await self._act(context, actor, action)
        where = actor.conversation.kind
        if reply.private and where is not ConversationKind.PERSONAL and not isinstance(reply.view, Notice):
            self._begin(self._answer_in_own_chat(actor, reply))
            reply = Reply(view=Notice(key="notice-on-in-your-chat"))
        await self._say(context, self._draw(actor, reply))

    async def _refuse_stranger(self, context: TurnContext) -> None:
        locale = language_of(context.activity.locale)
        notice = Notice(key=NotMember.key, refused=True)
        await self._say(context, draw(notice, Drawing(locale=locale, sandbox=self._sandbox)))

    async def _nothing(self, turn_context: TurnContext) -> None:
        """Teams tells of more than the bot acts on, and the SDK's own handlers would call Teams for more of it."""

    on_conversation_update_activity = _nothing
    on_message_update_activity = _nothing
    on_message_delete_activity = _nothing
    on_message_reaction_activity = _nothing
    on_event_activity = _nothing

    # --- invokes -----------------------------------------------------------------------------------------------------

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        """Every invoke is answered with a body. The answer goes into the turn's state, past the SDK's own sending."""
        name = turn_context.activity.name
        if name == "adaptiveCard/action":
            answer = await self._answer_click(turn_context)
        elif name == "application/search":
            answer = invokes.no_results_answer()
        else:
            answer = invokes.not_ours_answer(name)
        turn_context.turn_state[INVOKE_RESPONSE] = answer

    async def _answer_click(self, context: TurnContext) -> InvokeAnswer:
        try:
            click = invokes.read_card_action(context.activity.value)
        except Malformed as malformed:
            return invokes.malformed_answer(malformed.why)
        action = parse_card(click.verb, click.data)
        if isinstance(action, Unusable):
            return invokes.malformed_answer(action.why)
        if click.automatic and not isinstance(action, Refresh):
            return invokes.malformed_answer("only a refresh happens by itself")
        actor = actor_of(context.activity, typed=False)
        if actor is None:
            if click.automatic:
                return invokes.unchanged_answer("not signed in")
            notice = Notice(key=NotMember.key, refused=True)
            locale = language_of(context.activity.locale)
            return invokes.message_answer(draw(notice, Drawing(locale=locale, sandbox=self._sandbox)).summary)
        reply = await self._act(context, actor, action)
        if click.automatic and isinstance(reply.view, Notice):
            return invokes.unchanged_answer("nothing to show")
        return await self._reply_to_click(context, actor, reply)

    async def _reply_to_click(self, context: TurnContext, actor: Actor, reply: Reply) -> InvokeAnswer:
        refused = isinstance(reply.view, Notice) and reply.view.refused
        if not (reply.private or reply.keep_card or refused):
            return invokes.card_answer(self._draw(actor, reply).card)
        drawn = self._draw(actor, reply)
        if isinstance(reply.view, Notice):
            return invokes.message_answer(drawn.summary)
        # More than a sentence, and the clicked card stays: it is said beside that card, where it belongs.
        if reply.private and actor.conversation.kind is not ConversationKind.PERSONAL:
            self._begin(self._answer_in_own_chat(actor, reply))
            notice = Reply(view=Notice(key="notice-on-in-your-chat"), locale=reply.locale)
            return invokes.message_answer(self._draw(actor, notice).summary)
        self._begin(self._say(context, drawn))
        return invokes.message_answer(drawn.summary)

    # --- acting and saying -------------------------------------------------------------------------------------------

    async def _act(self, context: TurnContext, actor: Actor, action: Action) -> Reply:
        """What the workflow replies; a refusal, or a bug's correlation id, as a notice.

        While a message's answer takes long, typing is shown; a click shows its own progress.
        """
        timer = None
        if context.activity.type == ActivityTypes.message:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(TYPING_AFTER_SECONDS, lambda: self._begin(self._say_typing(context)))
        try:
            return await self._acts.act(actor, action)
        except DomainError as refusal:
            return Reply(view=Notice(key=refusal.key, params=refusal.params, refused=True), private=True)
        except Exception:
            return _unexpected(type(action).__name__)
        finally:
            if timer is not None:
                timer.cancel()

    def _draw(self, actor: Actor, reply: Reply) -> Drawn:
        drawing = Drawing(locale=reply.locale or actor.locale, time_zone=actor.time_zone, sandbox=self._sandbox)
        try:
            return draw(reply.view, drawing)
        except Exception:
            return draw(_unexpected(type(reply.view).__name__).view, drawing)

    async def _say(self, context: TurnContext, drawn: Drawn) -> None:
        """One card. A person who cannot be answered now has lost nothing: what was done is stored."""
        message = card_message(drawn.card, drawn.summary)
        try:
            await context.send_activity(
                Outbound(type=ActivityTypes.message, summary=message["summary"], attachments=message["attachments"])
            )
        except PostingError as error:
            log.warning("an answer did not reach Teams", code=error.code)

    async def _say_typing(self, context: TurnContext) -> None:
        try:
            await context.send_activity(Activity(type=ActivityTypes.typing))
        except PostingError as error:
            log.info("typing was not shown", code=error.code)

    async def _answer_in_own_chat(self, actor: Actor, reply: Reply) -> None:
        own: Conversation = replace(
            actor.conversation,
            kind=ConversationKind.PERSONAL,
            person_id=actor.id,
            user_id=actor.user_id,
            team_id=None,
            locale=reply.locale or actor.locale,
            time_zone=actor.time_zone,
        )
        try:
            chat = await self._postings.open_chat(own, patience=TURN)
            await self._postings.post(replace(own, id=chat), reply.view)
        except PostingError as error:
            log.warning("a private answer did not reach the person's own chat", code=error.code)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _unexpected(what: str) -> Reply:
    """To be called while a bug's exception is handled: logs it, and what the person is told names the log entry."""
    correlation_id = secrets.token_hex(4)
    log.exception("a turn failed", id=correlation_id, what=what)
    return Reply(view=Notice(key="error-unexpected", params={"id": correlation_id}, refused=True), private=True)
