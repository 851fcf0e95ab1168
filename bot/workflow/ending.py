"""And it ends: the warning before, the end in time or sooner, and the clearing of the directory."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.assignments import Assignment, AssignmentStatus, move
from bot.domain.errors import NothingToDo, UnknownRequest
from bot.domain.people import PersonRef
from bot.domain.requests import Request, RequestStatus, StepKind
from bot.workflow.actions import Actor, EndAccess
from bot.workflow.asking_back import ask_back
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.deciding import ACCESS_ENDED, deny_by_policy
from bot.workflow.desk import Desk
from bot.workflow.errors import GraphError
from bot.workflow.ports import Tx
from bot.workflow.reading import directory_time, transact
from bot.workflow.records import Act, Card, Job, JobKind
from bot.workflow.remembering import remember_place
from bot.workflow.situation import package_names
from bot.workflow.viewing import cans_of, redraw
from bot.workflow.views import AssignmentView, Reply


def schedule_end(tx: Tx, desk: Desk, assignment: Assignment) -> None:
    """Its end, and the warnings before it that still lie ahead."""
    tx.jobs.arm(JobKind.END_ASSIGNMENT, assignment.id, due=assignment.ends_at)
    for before in desk.timings.warn_before:
        due = assignment.ends_at - before
        # A warning that lies behind would only tell the sponsor what they asked for a moment ago.
        if due > desk.clock():
            tx.jobs.arm(JobKind.WARN_EXPIRY, assignment.id, step=f"{before.days}d", due=due)


async def warn(desk: Desk, job: Job) -> None:
    """Tells the sponsor that access ends soon; says nothing where it was prolonged or has ended."""

    def work(tx: Tx) -> None:
        held = tx.assignments.get(job.subject)
        days = int(job.step.removesuffix("d"))
        if held is not None and held.status is AssignmentStatus.ACTIVE:
            left = held.ends_at - desk.clock()
            if left.days <= days:
                # Named by its end too: an extension brings warnings of its own.
                slot = f"{job.step} {held.until.isoformat()}"
                tx.postings.want(
                    Card.EXPIRY_WARNING,
                    held.id,
                    version=held.version,
                    person=held.sponsor.id,
                    slot=slot,
                    at=desk.clock(),
                )
                record(tx, desk, Act.SPONSOR_WARNED, SYSTEM, held, details={"before": job.step})
        tx.jobs.finish(job)

    await transact(desk, work)


async def end_access(desk: Desk, actor: Actor, action: EndAccess) -> Reply:
    """Ends an assignment now: by its sponsor, the package's owner or an administrator. Asks back first."""
    held = await desk.store.read(lambda tx: _assignment(tx, action.assignment_id))
    async with directory_time(desk):
        person = (await desk.lookups.fresh_person(actor.id)).person
        if held is None or not await _may_end(desk, actor.id, held):
            # Whoever may not end it learns nothing of it either.
            raise UnknownRequest(id=action.assignment_id)
    if not action.confirmed:
        await desk.store.transact(lambda tx: ask_back(tx, desk, actor, {"end": held.id}))
        return Reply(view=view_of(desk, held, "confirm_end"))
    return await transact(desk, lambda tx: _end_now(tx, desk, actor, held.id, person.ref))


def _assignment(tx: Tx, given: str) -> Assignment | None:
    """By its own id, or by the id of a request that led to it: of several its first, and so one after the other."""
    held = tx.assignments.get(given)
    if held is not None:
        return held
    of_request = [each for each in tx.assignments.of_request(given) if each.status is AssignmentStatus.ACTIVE]
    return of_request[0] if of_request else None


async def _may_end(desk: Desk, person_id: str, held: Assignment) -> bool:
    if held.sponsor.id == person_id:
        return True
    package = desk.policy().packages.get(held.package)
    groups = [desk.admin_group, *([package.owner_group] if package else [])]
    return bool(await desk.lookups.groups_of(person_id, groups))


def _end_now(tx: Tx, desk: Desk, actor: Actor, assignment_id: str, by: PersonRef) -> Reply:
    remember_place(tx, actor)
    held = tx.assignments.get(assignment_id)
    if held is None or held.status is AssignmentStatus.ENDED:
        raise NothingToDo()
    if held.status is AssignmentStatus.ACTIVE:
        held = begin_end(tx, desk, held, by)
    elif held.problem is not None:
        # Its clearing was given up; the alert says to ask for it again.
        held = tx.assignments.save(replace(held, problem=None))
        tx.jobs.arm(JobKind.END_ASSIGNMENT, held.id, due=desk.clock())
    return Reply(view=view_of(desk, held, "ending"))


def begin_end(tx: Tx, desk: Desk, held: Assignment, by: PersonRef | None) -> Assignment:
    """From here on nothing counts on this assignment; a job clears the directory."""
    saved = tx.assignments.save(replace(move(held, AssignmentStatus.EXPIRING), ended_by=by))
    record(tx, desk, Act.ASSIGNMENT_ENDING, by.id if by else SYSTEM, saved)
    tx.jobs.arm(JobKind.END_ASSIGNMENT, saved.id, due=desk.clock())
    _close_stopped(tx, desk, saved)
    return saved


def _close_stopped(tx: Tx, desk: Desk, ended: Assignment) -> None:
    """A delivery that stopped has nothing to go on with once all that it gives has ended, and holds its packages no
    longer against a new request.
    """
    request = tx.requests.get(ended.request_id)
    if request is None or request.status is not RequestStatus.NEEDS_ATTENTION:
        return
    if not any(each.status is AssignmentStatus.ACTIVE for each in tx.assignments.of_request(request.id)):
        deny_by_policy(tx, desk, request, (ACCESS_ENDED,))


async def clear(desk: Desk, job: Job) -> None:
    """Takes the guest out of what this assignment gave, unless another one still needs it."""
    held, others, guest = await desk.store.read(
        lambda tx: (
            (held := tx.assignments.get(job.subject)),
            _others(tx, held) if held else [],
            tx.guests.get(held.guest_address) if held else None,
        )
    )
    if held is None or held.status is AssignmentStatus.ENDED:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    if held.status is AssignmentStatus.ACTIVE:
        await transact(desk, lambda tx: _begin_in_time(tx, desk, job))
        return
    if guest is not None and guest.user_id is not None:
        needed = {group for other in others for group in other.grants.groups}
        needed_roles = {role for other in others for role in other.grants.app_roles}
        for group in held.grants.groups:
            if group not in needed:
                await desk.memberships.remove_from_group(group, guest.user_id)
        for role in held.grants.app_roles:
            if role not in needed_roles:
                await desk.memberships.unassign_app_role(role, guest.user_id)
    await transact(desk, lambda tx: _ended(tx, desk, job))


def _others(tx: Tx, held: Assignment) -> list[Assignment]:
    return [
        other
        for other in tx.assignments.of_guest(held.guest_address)
        if other.id != held.id and other.status is AssignmentStatus.ACTIVE
    ]


def _begin_in_time(tx: Tx, desk: Desk, job: Job) -> None:
    """Its time has come, or was moved meanwhile."""
    held = tx.assignments.get(job.subject)
    if held is not None and held.status is AssignmentStatus.ACTIVE:
        if desk.clock() < held.ends_at:
            tx.jobs.postpone(job, due=held.ends_at)
            return
        begin_end(tx, desk, held, None)
    tx.jobs.postpone(job, due=desk.clock())


def _ended(tx: Tx, desk: Desk, job: Job) -> None:
    held = tx.assignments.get(job.subject)
    if held is not None and held.status is AssignmentStatus.EXPIRING:
        saved = tx.assignments.save(replace(move(held, AssignmentStatus.ENDED), problem=None))
        record(tx, desk, Act.ASSIGNMENT_ENDED, held.ended_by.id if held.ended_by else SYSTEM, saved)
        tx.postings.want(
            Card.ENDED, saved.id, version=saved.version, person=saved.sponsor.id, slot="ended", at=desk.clock()
        )
        redraw(tx, saved.request_id)
        _look_again(tx, desk, held)
    tx.jobs.finish(job)


def _look_again(tx: Tx, desk: Desk, ended: Assignment) -> None:
    """What another assignment needs by now may have been cleared a moment ago: its steps are run once more."""
    cleared = {*ended.grants.groups, *(f"{role.app}/{role.role}" for role in ended.grants.app_roles)}
    for other in _others(tx, ended):
        request = tx.requests.get(other.request_id)
        for step in request.steps if request else ():
            if step.target in cleared:
                kind = JobKind.ADD_TO_GROUP if step.kind is StepKind.GROUP else JobKind.ASSIGN_APP_ROLE
                tx.jobs.arm(kind, other.request_id, step=step.name, due=desk.clock())


def give_up_clearing(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """Access that should have ended has not: the administrators are told, and can retry it by its id."""
    held = tx.assignments.get(job.subject)
    if held is None:
        return
    saved = tx.assignments.save(replace(held, problem=error.code))
    record(tx, desk, Act.JOB_DEAD_LETTERED, SYSTEM, saved, details={"error": error.code})
    tx.postings.want(
        Card.ALERT,
        "alert-end-failed",
        version=saved.version,
        channel=desk.admin_channel,
        slot=saved.id,
        at=desk.clock(),
    )


def end_all_of(tx: Tx, desk: Desk, request: Request) -> None:
    """Takes back what a delivery that was stopped for good has given."""
    for held in tx.assignments.of_request(request.id):
        if held.status is AssignmentStatus.ACTIVE:
            begin_end(tx, desk, held, None)


def view_of(desk: Desk, held: Assignment, moment: str) -> AssignmentView:
    """An assignment at this moment (see AssignmentView.moment), with what its sponsor can do."""
    return AssignmentView(
        assignment=held,
        package_name=package_names(desk.policy(), [held.package])[held.package],
        moment=moment,
        # Days begun count: the warning 14 days before is drawn a moment later than that.
        days_left=max(0, -((desk.clock() - held.ends_at) // timedelta(days=1))),
        cans=cans_of(held),
    )
