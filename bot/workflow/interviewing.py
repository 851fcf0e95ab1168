"""The interview as turns: begin, answer, go back, change, cancel. The draft is stored at each."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from bot.domain.assignments import AssignmentStatus
from bot.domain.errors import NoDraft, NothingToDo, NotYours, UnknownRequest
from bot.domain.requests import Request
from bot.interview import answers, questions
from bot.interview.draft import Draft, Problem, Topic
from bot.interview.message import read_message
from bot.workflow.actions import Actor, Another, Answer, Back, Begin, Cancel, Change, Extend, Say
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.reading import transact
from bot.workflow.records import Card, ConversationKind
from bot.workflow.remembering import is_repeat, remember_place
from bot.workflow.reviewing import review
from bot.workflow.situation import Situation, package_names, situation, today_in
from bot.workflow.views import DraftWaiting, Notice, QuestionView, Reply, Review


def new_draft(actor: Actor) -> Draft:
    return Draft(id=secrets.token_urlsafe(12), locale=actor.locale, time_zone=actor.time_zone)


def present(desk: Desk, here: Situation, problem: Problem | None = None) -> QuestionView | Review:
    """The question on the table, or the review. Raises Unread."""
    question = questions.next_question(here.draft, here.offer, here.known)
    if question.topic is Topic.REVIEW:
        return review(desk, here, (problem, *question.notes) if problem else question.notes)
    return QuestionView(
        draft=here.draft,
        question=question,
        package_names=package_names(here.policy, here.draft.packages or ()),
        partner_name=here.known.partner_name,
        problem=problem,
        denials=here.offer.denials,
    )


async def begin(desk: Desk, actor: Actor, action: Begin) -> Reply:
    """A new request, from whatever the message says; a draft that waits is offered first."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        waiting = tx.drafts.get(actor.id)
        if is_repeat(tx, desk, actor):
            if waiting is None:  # submitted or dropped since
                return Reply(view=Notice(key="notice-nothing-done"))
            return _show_draft(tx, desk, actor, waiting)
        if waiting is not None and not action.afresh and not action.text and questions.has_answers(waiting):
            names = package_names(desk.policy(), waiting.packages or ())
            return show(tx, desk, actor, DraftWaiting(draft=waiting, package_names=names))
        if waiting is not None and action.text and not waiting.address:
            # "Invite ben@…" answers who the guest is; what the draft holds already is not dropped for it.
            return _take_in(tx, desk, actor, waiting, action.text)
        if waiting is not None:
            tx.drafts.delete(actor.id)
        return _take_in(tx, desk, actor, new_draft(actor), action.text)

    return await transact(desk, work)


async def resume(desk: Desk, actor: Actor) -> Reply:
    """Go on with the draft that waits."""
    return await _with_draft(desk, actor, lambda tx, draft: _show_draft(tx, desk, actor, draft))


async def say(desk: Desk, actor: Actor, action: Say) -> Reply:
    """Free text: what it answers, of the question on the table and others; the beginning of a request otherwise."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        draft = tx.drafts.get(actor.id)
        repeat = is_repeat(tx, desk, actor)
        if draft is None:
            if actor.conversation.kind is not ConversationKind.PERSONAL:
                return Reply(view=Notice(key="notice-not-understood-here"), private=True)
            if repeat:
                return Reply(view=Notice(key="notice-not-understood"))
            return _take_in(tx, desk, actor, new_draft(actor), action.text, unsure=True)
        if repeat:
            return _show_draft(tx, desk, actor, draft)
        return _take_in(tx, desk, actor, draft, action.text)

    return await transact(desk, work)


async def answer(desk: Desk, actor: Actor, action: Answer) -> Reply:
    """An answer by card. A card of an earlier step changes nothing and shows the present one."""

    def work(tx: Tx, draft: Draft) -> Reply:
        if (action.draft_id, action.draft_version) != (draft.id, draft.version):
            return _show_draft(tx, desk, actor, draft)
        here = situation(tx, desk, actor, draft)
        result = answers.answer(draft, action.question, action.values, here.offer, here.known, locale=actor.locale)
        if isinstance(result, Problem):
            return Reply(view=present(desk, here, result))
        return _keep(tx, desk, actor, result)

    return await _with_draft(desk, actor, work)


async def back(desk: Desk, actor: Actor, action: Back) -> Reply:
    """To the question before."""
    return await _step(desk, actor, action.draft_id, action.draft_version, answers.back)


async def change(desk: Desk, actor: Actor, action: Change) -> Reply:
    """One answer again, then back to the review."""
    return await _step(
        desk, actor, action.draft_id, action.draft_version, lambda draft: answers.change(draft, action.question)
    )


async def cancel(desk: Desk, actor: Actor, action: Cancel) -> Reply:
    """Drops the draft."""

    def work(tx: Tx, draft: Draft) -> Reply:
        if action.draft_id is not None and action.draft_id != draft.id:
            return _show_draft(tx, desk, actor, draft)
        tx.drafts.delete(actor.id)
        return Reply(view=Notice(key="notice-cancelled"))

    return await _with_draft(desk, actor, work)


async def another(desk: Desk, actor: Actor, action: Another) -> Reply:
    """A draft from an earlier request of one's own: all but the guest, or, to ask the same again, the guest too."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        model = tx.requests.get(action.request_id)
        if model is None or model.sponsor.id != actor.id:
            raise UnknownRequest(id=action.request_id)
        waiting = tx.drafts.get(actor.id)
        if is_repeat(tx, desk, actor) and waiting is not None:
            return _show_draft(tx, desk, actor, waiting)
        tx.drafts.delete(actor.id)
        draft = _copied(new_draft(actor), model, action.same_guest)
        today = today_in(actor.time_zone, desk.clock())
        return _keep(tx, desk, actor, replace(draft, until=model.until) if model.until > today else draft)

    return await transact(desk, work)


def _copied(draft: Draft, model: Request, same_guest: bool) -> Draft:
    copied = replace(draft, packages=model.packages, justification=model.justification, answers=dict(model.answers))
    return replace(copied, address=model.guest_address, name=model.guest_name) if same_guest else copied


async def extend(desk: Desk, actor: Actor, action: Extend) -> Reply:
    """A draft that prolongs what a guest of one's own holds."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        held = tx.assignments.get(action.assignment_id)
        if held is None or held.sponsor.id != actor.id:
            raise NotYours()
        if held.status is not AssignmentStatus.ACTIVE:
            raise NothingToDo()
        waiting = tx.drafts.get(actor.id)
        if waiting is not None and (waiting.extends == held.id or is_repeat(tx, desk, actor)):
            return _show_draft(tx, desk, actor, waiting)
        tx.drafts.delete(actor.id)
        draft = replace(
            new_draft(actor),
            extends=held.id,
            address=held.guest_address,
            name=held.guest_name,
            packages=(held.package,),
            asking=Topic.DURATION,
        )
        return _keep(tx, desk, actor, draft)

    return await transact(desk, work)


async def _with_draft(desk: Desk, actor: Actor, work: Callable[[Tx, Draft], Reply]) -> Reply:
    def whole(tx: Tx) -> Reply:
        remember_place(tx, actor)
        draft = tx.drafts.get(actor.id)
        if draft is None:
            raise NoDraft()
        if is_repeat(tx, desk, actor):
            return _show_draft(tx, desk, actor, draft)
        return work(tx, draft)

    return await transact(desk, whole)


async def _step(
    desk: Desk, actor: Actor, draft_id: str | None, version: int | None, move: Callable[[Draft], Draft]
) -> Reply:
    """A typed word (no id) means the draft as it is; a card means the one it was drawn for."""

    def work(tx: Tx, draft: Draft) -> Reply:
        if draft_id is not None and (draft_id, version) != (draft.id, draft.version):
            return _show_draft(tx, desk, actor, draft)
        return _keep(tx, desk, actor, move(draft))

    return await _with_draft(desk, actor, work)


def _take_in(tx: Tx, desk: Desk, actor: Actor, draft: Draft, text: str, *, unsure: bool = False) -> Reply:
    """All that a message answers, kept; what was wrong with it, said."""
    here = situation(tx, desk, actor, draft)
    understood = read_message(text, draft, here.offer, here.known) if text else None
    if unsure and understood is not None and understood.draft == draft and understood.problem is None:
        return Reply(view=Notice(key="notice-not-understood"))
    if understood is None:
        return _keep(tx, desk, actor, draft)
    return _keep(tx, desk, actor, understood.draft, understood.problem)


def _keep(tx: Tx, desk: Desk, actor: Actor, draft: Draft, problem: Problem | None = None) -> Reply:
    """Stores the draft, set to the question that is to be asked now, and shows that."""
    here = situation(tx, desk, actor, draft)
    saved = tx.drafts.save(actor.id, questions.settle(draft, here.offer, here.known))
    problem = problem or questions.fallen(saved, here.offer, here.known)
    # Settling moves the question, not the answers: all that is around them stands.
    return show(tx, desk, actor, present(desk, replace(here, draft=saved), problem))


def _show_draft(tx: Tx, desk: Desk, actor: Actor, draft: Draft) -> Reply:
    return show(tx, desk, actor, present(desk, situation(tx, desk, actor, draft)))


def show(tx: Tx, desk: Desk, actor: Actor, view: QuestionView | Review | DraftWaiting) -> Reply:
    """The view itself in the person's own chat; asked elsewhere, it goes on there."""
    if actor.conversation.kind is ConversationKind.PERSONAL:
        return Reply(view=view)
    tx.postings.want(
        Card.INTERVIEW, actor.id, version=view.draft.version, person=actor.id, slot=view.draft.id, at=desk.clock()
    )
    return Reply(view=Notice(key="notice-on-in-your-chat"), private=True, keep_card=True)
