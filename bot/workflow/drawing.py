"""Bringing one posting to the version that it should show: drawn from the state as it is now."""

from collections.abc import Callable
from datetime import timedelta

from bot.domain.assignments import AssignmentStatus
from bot.workflow.actions import Actor
from bot.workflow.alerting import PREFIX, view_of_alert
from bot.workflow.desk import Desk
from bot.workflow.ending import view_of
from bot.workflow.errors import GraphError, PostingError
from bot.workflow.interviewing import present
from bot.workflow.ports import Tx
from bot.workflow.reading import read, transact
from bot.workflow.records import Card, Conversation, Job, Posting
from bot.workflow.revising import view_of_revision
from bot.workflow.situation import situation
from bot.workflow.viewing import for_administrators, for_approvers, for_sponsor
from bot.workflow.views import (
    ApprovalView,
    AttentionView,
    Notice,
    OutcomeView,
    ProgressView,
    RedemptionNudge,
    View,
)

UNBOUND_WAIT = timedelta(minutes=1)
"""How often a card for a channel that nobody bound yet looks whether it is bound by now."""


async def draw(desk: Desk, job: Job) -> None:
    """Posts or edits, then records what is shown; where the state moved on meanwhile, once more."""
    posting, conversation, view = await read(desk, lambda tx: _to_draw(tx, desk, int(job.subject)))
    # One that could not be reached is tried again each time that there is something new to show.
    if posting is None or view is None or posting.shown >= posting.wanted:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    if conversation is None:
        due = desk.clock() + UNBOUND_WAIT
        await desk.store.transact(lambda tx: tx.jobs.postpone(job, due=due))
        return
    try:
        shown_in, activity_id = await _show(desk, posting, conversation, view)
    except PostingError as failure:
        if not failure.unreachable:
            raise
        await desk.store.transact(lambda tx: _unreachable(tx, desk, job, posting))
        return

    def record_shown(tx: Tx) -> None:
        tx.postings.shown(posting.id, version=posting.wanted, conversation_id=shown_in, activity_id=activity_id)
        if not conversation.is_open:
            tx.conversations.opened(conversation.id, shown_in)
        present = tx.postings.get(posting.id)
        if present is not None and present.wanted > posting.wanted:
            tx.jobs.postpone(job, due=desk.clock())
        else:
            tx.jobs.finish(job)

    await transact(desk, record_shown)


async def _show(desk: Desk, posting: Posting, conversation: Conversation, view: View) -> tuple[str, str]:
    if posting.conversation_id is not None and posting.activity_id is not None:
        try:
            await desk.poster.edit(conversation, posting.conversation_id, posting.activity_id, view)
        except PostingError as failure:
            # Where the channel was bound anew, the old place need not be reachable any more.
            moved = posting.channel is not None and not posting.conversation_id.startswith(conversation.id)
            if not (failure.gone or (failure.unreachable and moved)):
                raise
        else:
            return posting.conversation_id, posting.activity_id
    return await desk.poster.post(conversation, view)


def _unreachable(tx: Tx, desk: Desk, job: Job, posting: Posting) -> None:
    """Nobody can be written to there."""
    tx.postings.unreachable(posting.id)
    _tell_administrators(tx, desk, posting)
    tx.jobs.finish(job)


def give_up_drawing(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """Teams does not take the card: somebody waits for what they will never see."""
    posting = tx.postings.get(int(job.subject))
    if posting is not None:
        _tell_administrators(tx, desk, posting)


def _tell_administrators(tx: Tx, desk: Desk, posting: Posting) -> None:
    """That a card did not reach somebody, unless it is they."""
    if posting.channel != desk.admin_channel:
        tx.postings.want(
            Card.ALERT,
            "alert-unreachable",
            version=0,
            channel=desk.admin_channel,
            # Once a day: that a card does not arrive may be mended, and come again.
            slot=f"{posting.channel or posting.person} {desk.clock():%Y-%m-%d}",
            at=desk.clock(),
        )


def _to_draw(tx: Tx, desk: Desk, posting_id: int) -> tuple[Posting | None, Conversation | None, View | None]:
    posting = tx.postings.get(posting_id)
    if posting is None:
        return None, None, None
    if posting.channel is not None:
        conversation = tx.conversations.bound_to(posting.channel)
    else:
        conversation = tx.conversations.with_person(posting.person or "")
    return posting, conversation, _VIEWS[posting.card](tx, desk, posting)


def _approval(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    request = tx.requests.get(posting.subject)
    return ApprovalView(shown=for_approvers(tx, desk, request)) if request else None


def _progress(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    request = tx.requests.get(posting.subject)
    return ProgressView(shown=for_sponsor(tx, desk, request)) if request else None


def _outcome(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    request = tx.requests.get(posting.subject)
    return OutcomeView(shown=for_sponsor(tx, desk, request)) if request else None


def _attention(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    request = tx.requests.get(posting.subject)
    return AttentionView(shown=for_administrators(tx, desk, request)) if request else None


def _nudge(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    guest = tx.guests.get(posting.subject)
    held = [each for each in tx.assignments.of_guest(posting.subject) if each.sponsor.id == posting.person]
    if guest is None or not held:
        return None
    days = int(posting.slot.partition("d")[0])
    return RedemptionNudge(address=guest.address, name=guest.name, request_id=held[0].request_id, days=days)


_MOMENTS = {AssignmentStatus.EXPIRING: "ending", AssignmentStatus.ENDED: "ended"}


def _assignment(moment: str) -> Callable[[Tx, Desk, Posting], View | None]:
    def view(tx: Tx, desk: Desk, posting: Posting) -> View | None:
        held = tx.assignments.get(posting.subject)
        if held is None:
            return None
        return view_of(desk, held, _MOMENTS.get(held.status, moment))

    return view


def _policy(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    kept = tx.revisions.get(posting.subject.removeprefix("policy:"))
    return view_of_revision(tx, kept) if kept else None


def _alert(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    if posting.subject.startswith(PREFIX):
        stored = tx.alerts.get(posting.subject.removeprefix(PREFIX))
        return view_of_alert(stored) if stored else None
    return Notice(key=posting.subject, params={"id": posting.slot.partition(" ")[0]}, refused=True)


def _interview(tx: Tx, desk: Desk, posting: Posting) -> View | None:
    """The question on the table, for somebody who asked in a channel. Raises Unread."""
    person = posting.person or ""
    draft = tx.drafts.get(person)
    conversation = tx.conversations.with_person(person)
    if draft is None or conversation is None or draft.id != posting.slot:
        return None
    known = desk.lookups.person(person)
    actor = Actor(
        id=person,
        name=known.person.name,
        locale=draft.locale,
        time_zone=draft.time_zone,
        conversation=conversation,
    )
    return present(desk, situation(tx, desk, actor, draft))


_VIEWS: dict[Card, Callable[[Tx, Desk, Posting], View | None]] = {
    Card.APPROVAL: _approval,
    Card.PROGRESS: _progress,
    Card.OUTCOME: _outcome,
    Card.ATTENTION: _attention,
    Card.REDEMPTION_NUDGE: _nudge,
    Card.EXPIRY_WARNING: _assignment("warning"),
    Card.ENDED: _assignment("ended"),
    Card.ALERT: _alert,
    Card.INTERVIEW: _interview,
    Card.POLICY: _policy,
}
