"""What only administrators do: bind a channel, go on with what stopped."""

from dataclasses import replace

from bot.domain.assignments import AssignmentStatus
from bot.domain.errors import (
    ChannelNotFit,
    NotAdministrator,
    NothingToDo,
    UnknownChannelName,
    UnknownRequest,
)
from bot.domain.requests import DeliveryStep, Request, RequestKind, RequestStatus, StepKind, StepState, move
from bot.workflow.actions import Actor, BindChannel, Retry
from bot.workflow.auditing import record
from bot.workflow.deciding import deny_by_policy, judge_now, look, stopping
from bot.workflow.delivering import finish_if_done, start, step_jobs
from bot.workflow.desk import Desk
from bot.workflow.ending import end_all_of
from bot.workflow.errors import PostingError
from bot.workflow.frozen import check_not_frozen
from bot.workflow.ports import Tx
from bot.workflow.reading import directory_time, transact
from bot.workflow.records import Act, ConversationKind, JobKind
from bot.workflow.remembering import remember_place
from bot.workflow.viewing import for_administrators
from bot.workflow.views import AttentionView, Notice, Reply


async def check_administrator(desk: Desk, actor: Actor) -> None:
    """Raises NotAdministrator, NotMember, DirectorySilent; read in the directory each time."""
    async with directory_time(desk):
        await desk.lookups.fresh_person(actor.id)
        if not await desk.lookups.is_in_group(actor.id, desk.admin_group):
            raise NotAdministrator()


async def bind_channel(desk: Desk, actor: Actor, action: BindChannel) -> Reply:
    """From now on this route's cards are posted in the channel where this was said."""
    await check_administrator(desk, actor)
    if actor.conversation.kind is not ConversationKind.CHANNEL:
        raise ChannelNotFit(why="not-a-channel")
    known = channel_names(desk)
    if action.name not in known:
        raise UnknownChannelName(name=action.name, known=", ".join(sorted(known)))
    try:
        facts = await desk.rosters.channel_facts(actor.conversation)
    except PostingError as failure:
        raise ChannelNotFit(why="not-known") from failure
    if not facts.standard:
        raise ChannelNotFit(why="not-standard")
    if facts.has_guests:
        raise ChannelNotFit(why="has-guests")

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        tx.conversations.bind(action.name, actor.conversation.id)
        tx.postings.redraw(action.name, at=desk.clock())
        details = {"conversation": actor.conversation.id}
        record(tx, desk, Act.CHANNEL_BOUND, actor.id, f"channel:{action.name}", details=details)
        return Reply(view=Notice(key="notice-channel-bound", params={"name": action.name}))

    return await transact(desk, work)


def channel_names(desk: Desk) -> frozenset[str]:
    """Every channel name that can be bound: those of the policy's routes, and the administrators' own."""
    routes = desk.policy().routes.values()
    return frozenset({desk.admin_channel, *(route.channel for route in routes if route.channel)})


async def retry(desk: Desk, actor: Actor, action: Retry) -> Reply:
    """Goes on with a delivery, or with an end, from where it stopped. Policy's newest denies are looked at first."""
    await check_administrator(desk, actor)
    held = await desk.store.read(lambda tx: tx.assignments.get(action.request_id))
    if held is not None:
        return await transact(desk, lambda tx: _retry_end(tx, desk, actor, action.request_id))
    seen = await look(desk, actor, action.request_id)

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        request = tx.requests.get(action.request_id)
        if request is None:
            raise UnknownRequest(id=action.request_id)
        if request.status is not RequestStatus.NEEDS_ATTENTION:
            if request.status is RequestStatus.DELIVERING:
                # It may be waiting for invitations that another one had stopped.
                tx.jobs.unpause([JobKind.INVITE, JobKind.RESEND_INVITATION])
            return Reply(view=AttentionView(shown=for_administrators(tx, desk, request)))
        # Whatever becomes of this request: others may wait for a blocked directory, and have no button of their own.
        tx.jobs.unpause([JobKind.INVITE, JobKind.RESEND_INVITATION])
        _, verdict = judge_now(tx, desk, request, seen.sponsor, seen.guest)
        denials = stopping(desk, verdict, seen.sponsor)
        if denials:
            saved = deny_by_policy(tx, desk, request, denials)
            end_all_of(tx, desk, saved)
            return Reply(view=AttentionView(shown=for_administrators(tx, desk, saved)))
        check_not_frozen(tx, desk, request)
        saved = _go_on(tx, desk, actor, request)
        return Reply(view=AttentionView(shown=for_administrators(tx, desk, saved)))

    return await transact(desk, work)


def _go_on(tx: Tx, desk: Desk, actor: Actor, request: Request) -> Request:
    record(tx, desk, Act.DELIVERY_RETRIED, actor.id, request)
    if request.kind is RequestKind.EXTENSION or not request.steps:
        # It failed before it had steps that are jobs, so it begins anew.
        start(tx, desk, replace(request, problem=None))
        return tx.requests.get(request.id) or request
    steps = tuple(_again(step) for step in request.steps)
    saved = finish_if_done(tx, desk, replace(move(request, RequestStatus.DELIVERING), steps=steps, problem=None))
    step_jobs(tx, saved, desk.clock())
    return saved


def _again(step: DeliveryStep) -> DeliveryStep:
    # The guest is looked up once more, whatever failed: the account may be another one by now, or none.
    again = step.state is StepState.FAILED or step.kind is StepKind.INVITE
    return replace(step, state=StepState.WAITING, error=None) if again else step


def _retry_end(tx: Tx, desk: Desk, actor: Actor, assignment_id: str) -> Reply:
    remember_place(tx, actor)
    held = tx.assignments.get(assignment_id)
    if held is None or held.status is AssignmentStatus.ENDED or held.problem is None:
        raise NothingToDo()
    saved = tx.assignments.save(replace(held, problem=None))
    record(tx, desk, Act.DELIVERY_RETRIED, actor.id, saved)
    tx.jobs.arm(JobKind.END_ASSIGNMENT, saved.id, due=desk.clock())
    return Reply(view=Notice(key="notice-retrying", params={"id": saved.id}))
