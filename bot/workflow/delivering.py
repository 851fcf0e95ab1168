"""Making an approved request true in the directory: one job begins it, then one job for each step."""

from dataclasses import replace
from datetime import datetime

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.packages import AppRole, Grants
from bot.domain.people import Guest
from bot.domain.requests import DeliveryStep, Request, RequestKind, RequestStatus, StepKind, StepState, move
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.deciding import ACCESS_ENDED, deny_by_policy, judge_now, sponsor_of, stopping, tell_outcome
from bot.workflow.desk import Desk
from bot.workflow.ending import schedule_end
from bot.workflow.errors import GraphError
from bot.workflow.frozen import freeze_of, hold, hold_if_frozen
from bot.workflow.ports import Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Card, Freeze, Job, JobKind
from bot.workflow.situation import partner_of
from bot.workflow.viewing import redraw

_JOB_OF_STEP: dict[StepKind, JobKind] = {
    StepKind.SPONSOR: JobKind.ADD_SPONSOR,
    StepKind.GROUP: JobKind.ADD_TO_GROUP,
    StepKind.APP_ROLE: JobKind.ASSIGN_APP_ROLE,
}


async def begin_delivery(desk: Desk, job: Job) -> None:
    """The newest denies on fresh facts; then what is to be done, stored as steps, and the end of it all scheduled."""
    request = await desk.store.read(lambda tx: tx.requests.get(job.subject))
    if request is None or request.status is not RequestStatus.APPROVED:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    sponsor = await sponsor_of(desk, request)
    guest = await desk.lookups.fresh_guest(request.guest_address)

    def work(tx: Tx) -> None:
        present = tx.requests.get(job.subject)
        if present is not None and present.status is RequestStatus.APPROVED:
            if hold_if_frozen(tx, desk, job, present):
                return
            _, verdict = judge_now(tx, desk, present, sponsor, guest)
            denials = stopping(desk, verdict, sponsor)
            if denials:
                deny_by_policy(tx, desk, present, denials)
            else:
                start(tx, desk, present)
        tx.jobs.finish(job)

    await transact(desk, work)


def start(tx: Tx, desk: Desk, request: Request) -> None:
    """The first transaction of a delivery, of one too that could not begin and is retried."""
    if request.kind is RequestKind.EXTENSION:
        _prolong(tx, desk, request)
    else:
        _start(tx, desk, request)


def _start(tx: Tx, desk: Desk, request: Request) -> None:
    now = desk.clock()
    if request.ends_at <= now:
        # It could not begin in time: nobody is invited for access that is over.
        deny_by_policy(tx, desk, request, (ACCESS_ENDED,))
        return
    held = _assignments(desk, request, now)
    steps = _steps(held)
    saved = tx.requests.save(replace(move(request, RequestStatus.DELIVERING), steps=steps))
    record(tx, desk, Act.DELIVERY_STARTED, SYSTEM, saved, details={"steps": ",".join(step.name for step in steps)})
    for assignment in held:
        tx.assignments.add(assignment)
        record(tx, desk, Act.ASSIGNMENT_STARTED, SYSTEM, assignment)
        schedule_end(tx, desk, assignment)
    tx.jobs.arm(JobKind.INVITE, saved.guest_address, due=now)


def _assignments(desk: Desk, request: Request, now: datetime) -> list[Assignment]:
    """One for each package, with what it gives written down: it is taken back by this, whatever policy says then."""
    policy = desk.policy()
    partner = partner_of(policy, request.guest_address)
    extra = partner.add_groups if partner else ()
    held = []
    for key in request.packages:
        grants = policy.packages[key].grants
        held.append(
            Assignment(
                id=desk.new_id(),
                request_id=request.id,
                guest_address=request.guest_address,
                guest_name=request.guest_name,
                package=key,
                sponsor=request.sponsor.ref,
                grants=Grants(groups=(*grants.groups, *extra), app_roles=grants.app_roles),
                since=now,
                until=request.until,
                ends_at=request.ends_at,
            )
        )
    return held


def _steps(held: list[Assignment]) -> tuple[DeliveryStep, ...]:
    groups = dict.fromkeys(group for assignment in held for group in assignment.grants.groups)
    roles = dict.fromkeys(role for assignment in held for role in assignment.grants.app_roles)
    return (
        DeliveryStep(kind=StepKind.INVITE),
        DeliveryStep(kind=StepKind.SPONSOR),
        *(DeliveryStep(kind=StepKind.GROUP, target=group) for group in groups),
        *(DeliveryStep(kind=StepKind.APP_ROLE, target=f"{role.app}/{role.role}") for role in roles),
    )


def _prolong(tx: Tx, desk: Desk, request: Request) -> None:
    """An extension touches nothing in the directory: what is held is held longer."""
    held = tx.assignments.get(request.extends or "")
    if held is None or held.status is not AssignmentStatus.ACTIVE:
        # No retry could mend it, and an open request would hold the package against a new one.
        deny_by_policy(tx, desk, request, (ACCESS_ENDED,))
        return
    step = DeliveryStep(kind=StepKind.EXTEND, state=StepState.DONE)
    started = replace(move(request, RequestStatus.DELIVERING), steps=(step,))
    longer = tx.assignments.save(replace(held, until=request.until, ends_at=request.ends_at))
    record(tx, desk, Act.ASSIGNMENT_EXTENDED, SYSTEM, longer, details={"by": request.id})
    schedule_end(tx, desk, longer)
    finish_if_done(tx, desk, started)
    redraw(tx, longer.request_id)


def step_jobs(tx: Tx, request: Request, at: datetime) -> None:
    """A job for each step that waits; the invitation comes first, for all the others need its guest."""
    waiting = [step for step in request.steps if step.state is StepState.WAITING]
    if any(step.kind is StepKind.INVITE for step in waiting):
        tx.jobs.arm(JobKind.INVITE, request.guest_address, due=at)
        return
    for step in waiting:
        tx.jobs.arm(_JOB_OF_STEP[step.kind], request.id, step=step.name, due=at)


async def run_step(desk: Desk, job: Job) -> None:
    """One step, brought to what it should be: given while an active assignment needs it, taken back otherwise.

    What is so already is success, so it may be run again at any time.
    """
    (request, guest, needed), freeze = await desk.store.read(lambda tx: (_step_now(tx, job), _freeze(tx, desk, job)))
    step = next((step for step in request.steps if step.name == job.step), None) if request else None
    if request is None or step is None or guest is None or guest.user_id is None:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    if needed and freeze is not None:
        await desk.store.transact(lambda tx: hold(tx, desk, job))
        return
    if needed:
        await _give(desk, request, step, guest.user_id)
    else:
        await _take_back(desk, step, guest.user_id)
    await transact(desk, lambda tx: _done(tx, desk, job, needed))


def _freeze(tx: Tx, desk: Desk, job: Job) -> Freeze | None:
    request = tx.requests.get(job.subject)
    return freeze_of(tx, desk, request) if request is not None else None


def _step_now(tx: Tx, job: Job) -> tuple[Request | None, Guest | None, bool]:
    request = tx.requests.get(job.subject)
    if request is None:
        return None, None, False
    step = next((step for step in request.steps if step.name == job.step), None)
    active = [held for held in tx.assignments.of_guest(request.guest_address) if held.status is AssignmentStatus.ACTIVE]
    if step is None or step.kind is StepKind.SPONSOR:
        needed = any(held.request_id == request.id for held in active)
    else:
        needed = any(step.target in _targets(held.grants) for held in active)
    return request, tx.guests.get(request.guest_address), needed


def _targets(grants: Grants) -> frozenset[str]:
    return frozenset((*grants.groups, *(f"{role.app}/{role.role}" for role in grants.app_roles)))


def _role(step: DeliveryStep) -> AppRole:
    app, _, role = step.target.partition("/")
    return AppRole(app=app, role=role)


async def _give(desk: Desk, request: Request, step: DeliveryStep, user_id: str) -> None:
    if step.kind is StepKind.SPONSOR:
        if request.sponsor.id not in await desk.inviter.sponsors(user_id):
            await desk.inviter.add_sponsor(user_id, request.sponsor.id)
    elif step.kind is StepKind.GROUP:
        # Not looked at first: a guest of a nested group seems a member, and adding is success for a member anyway.
        await desk.memberships.add_to_group(step.target, user_id)
    elif not await desk.memberships.has_app_role(_role(step), user_id):
        await desk.memberships.assign_app_role(_role(step), user_id)


async def _take_back(desk: Desk, step: DeliveryStep, user_id: str) -> None:
    if step.kind is StepKind.GROUP:
        await desk.memberships.remove_from_group(step.target, user_id)
    elif step.kind is StepKind.APP_ROLE:
        await desk.memberships.unassign_app_role(_role(step), user_id)


def _done(tx: Tx, desk: Desk, job: Job, needed: bool) -> None:
    request, _, still_needed = _step_now(tx, job)
    if still_needed != needed:
        # Its assignment ended, or another began, while the directory was written to: once more, by what is true now.
        tx.jobs.postpone(job, due=desk.clock())
        return
    under_way = {RequestStatus.DELIVERING, RequestStatus.NEEDS_ATTENTION}
    if request is not None and request.status in under_way:
        record(tx, desk, Act.DELIVERY_STEP_DONE, SYSTEM, request, details={"step": job.step})
        finish_if_done(tx, desk, with_step(request, job.step, StepState.DONE))
    tx.jobs.finish(job)


def with_step(request: Request, name: str, state: StepState, error: str | None = None) -> Request:
    """The request with this step in this state."""
    steps = tuple(replace(step, state=state, error=error) if step.name == name else step for step in request.steps)
    return replace(request, steps=steps)


def finish_if_done(tx: Tx, desk: Desk, request: Request) -> Request:
    """Stores the request; delivered where no step is left. Its sponsor is told, unless all has ended meanwhile."""
    if request.status is not RequestStatus.DELIVERING or any(
        step.state is not StepState.DONE for step in request.steps
    ):
        return tx.requests.save(request)
    now = desk.clock()
    saved = tx.requests.save(replace(move(request, RequestStatus.DELIVERED), closed_at=now))
    record(tx, desk, Act.DELIVERY_FINISHED, SYSTEM, saved)
    held = tx.assignments.of_request(saved.id)
    if saved.kind is RequestKind.EXTENSION or any(each.status is AssignmentStatus.ACTIVE for each in held):
        tell_outcome(tx, desk, saved, now)
    return saved


def give_up_step(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """A step that cannot be done: the request needs a person."""
    request = tx.requests.get(job.subject)
    if request is None:
        return
    if not request.status.is_open:
        # Delivered or over: what was to be given back or taken back then waits for nobody's Retry.
        tx.postings.want(
            Card.ALERT,
            "alert-step-failed",
            version=request.version,
            channel=desk.admin_channel,
            slot=request.id,
            at=desk.clock(),
        )
        return
    record(tx, desk, Act.DELIVERY_STEP_FAILED, SYSTEM, request, details={"step": job.step, "error": error.code})
    stop(tx, desk, with_step(request, job.step, StepState.FAILED, error.code), error.code)


def stop(tx: Tx, desk: Desk, request: Request, problem: str) -> Request:
    """Stores the request as needing attention; tells the administrators and the sponsor what and why."""
    now = desk.clock()
    if request.status is RequestStatus.DELIVERING:
        request = move(request, RequestStatus.NEEDS_ATTENTION)
    saved = tx.requests.save(replace(request, problem=problem))
    tx.postings.want(
        Card.ATTENTION, saved.id, version=saved.version, channel=desk.admin_channel, slot="attention", at=now
    )
    tell_outcome(tx, desk, saved, now)
    return saved


def give_up_beginning(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """A delivery that could not even begin: nothing was written to the directory yet."""
    request = tx.requests.get(job.subject)
    if request is not None and request.status is RequestStatus.APPROVED:
        stop(tx, desk, move(request, RequestStatus.DELIVERING), error.code)
