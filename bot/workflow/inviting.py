"""Inviting a guest: the directory is looked at first, always, and one job a guest does it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.assignments import AssignmentStatus
from bot.domain.people import DirectoryGuest, Guest, Redemption, UserType
from bot.domain.requests import Request, RequestStatus, StepKind, StepState
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.deciding import deny_by_policy, judge_now, sponsor_of, stopping
from bot.workflow.delivering import finish_if_done, step_jobs, stop, with_step
from bot.workflow.desk import Desk
from bot.workflow.ending import end_all_of
from bot.workflow.errors import GraphError
from bot.workflow.frozen import freeze_of, hold, hold_if_frozen
from bot.workflow.ports import ClaimLost, Invitation, Invited, Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Card, Job, JobKind
from bot.workflow.situation import package_names, partner_of

DEFAULT_LANGUAGE = "en-US"
BLOCKED_UNTIL_LIFTED_DAYS = 3650


def waiting_for_invitation(tx: Tx, address: str) -> Sequence[Request]:
    """The requests for this guest whose delivery has come to its invitation, oldest first."""
    under_way = {RequestStatus.DELIVERING, RequestStatus.NEEDS_ATTENTION}
    still_open = [tx.requests.get(request_id) for request_id in set(tx.requests.open_for_guest(address).values())]
    found = [
        request
        for request in still_open
        if request is not None
        and request.status in under_way
        and any(step.kind is StepKind.INVITE and step.state is StepState.WAITING for step in request.steps)
    ]
    return sorted(found, key=lambda request: (request.submitted_at, request.id))


def _still_needed(tx: Tx, address: str) -> Sequence[Request]:
    """Those of them whose access was not ended meanwhile."""
    return [request for request in waiting_for_invitation(tx, address) if _holds_something(tx, request)]


def _holds_something(tx: Tx, request: Request) -> bool:
    return any(held.status is AssignmentStatus.ACTIVE for held in tx.assignments.of_request(request.id))


def _not_needed(tx: Tx, desk: Desk, job: Job) -> None:
    """Nobody is invited for access that has ended: such a delivery has nothing left to do."""
    for request in waiting_for_invitation(tx, job.subject):
        if not _holds_something(tx, request):
            steps = tuple(replace(step, state=StepState.DONE, error=None) for step in request.steps)
            finish_if_done(tx, desk, replace(request, steps=steps))
    if waiting_for_invitation(tx, job.subject):
        tx.jobs.postpone(job, due=desk.clock())
    else:
        tx.jobs.finish(job)


async def invite(desk: Desk, job: Job) -> None:
    """Looks, invites whom nobody invited yet, and lets the deliveries that waited for it go on."""
    address = job.subject
    waiting, guest = await desk.store.read(lambda tx: (_still_needed(tx, address), tx.guests.get(address)))
    if not waiting:
        await transact(desk, lambda tx: _not_needed(tx, desk, job))
        return
    first = await _first_not_frozen(desk, job, waiting)
    if first is None:
        return
    guest = guest or Guest(address=address, name=first.guest_name, language=language_of(first))
    if await _settles(desk, job, guest):
        return
    found = await _look(desk, guest)
    if await _is_refused_by_now(desk, job, waiting, found):
        return
    if found is not None:
        _check_account(found)
        await transact(desk, lambda tx: _exists(tx, desk, job, found))
        return
    if not await _announce(desk, job, guest, first):
        return
    invited = await desk.inviter.invite(invitation_of(desk, first))
    await transact(desk, lambda tx: _invited(tx, desk, job, invited))


async def _first_not_frozen(desk: Desk, job: Job, waiting: Sequence[Request]) -> Request | None:
    """Whom the invitation is for. None where all are frozen: the job is held until that is lifted."""

    def work(tx: Tx) -> Request | None:
        first = next((request for request in waiting if freeze_of(tx, desk, request) is None), None)
        if first is None:
            hold(tx, desk, job)
        return first

    return await desk.store.transact(work)


async def _is_refused_by_now(desk: Desk, job: Job, waiting: Sequence[Request], found: DirectoryGuest | None) -> bool:
    """Denies what the newest policy refuses. An invitation may have waited for days, and it is the first write."""
    # In one order for all, so that two guests of the same two sponsors never wait for one another.
    in_order = sorted(waiting, key=lambda request: request.sponsor.id)
    sponsors = [(request.id, await sponsor_of(desk, request)) for request in in_order]

    def work(tx: Tx) -> bool:
        refused = False
        for request_id, sponsor in sponsors:
            request = tx.requests.get(request_id)
            if request is None or request.status is not RequestStatus.DELIVERING:
                continue
            _, verdict = judge_now(tx, desk, request, sponsor, found)
            denials = stopping(desk, verdict, sponsor)
            if denials:
                end_all_of(tx, desk, deny_by_policy(tx, desk, request, denials))
                refused = True
        if refused:
            tx.jobs.postpone(job, due=desk.clock())
        return refused

    return await transact(desk, work)


async def _settles(desk: Desk, job: Job, guest: Guest) -> bool:
    """True while an earlier attempt of unknown outcome may not be visible yet; the job waits until it must be."""
    if guest.inviting_since is None:
        return False
    visible = guest.inviting_since + desk.timings.effect + desk.timings.settle
    if desk.clock() >= visible:
        return False
    await desk.store.transact(lambda tx: tx.jobs.postpone(job, due=visible))
    return True


async def _look(desk: Desk, guest: Guest) -> DirectoryGuest | None:
    if guest.user_id is not None:
        found = await desk.directory.user(guest.user_id)
        if found is not None:
            return found
        fresh = guest.invited_at is not None and desk.clock() - guest.invited_at < desk.timings.settle
        if fresh:
            raise GraphError("graph-not-visible-yet", retryable=True)
    return await desk.directory.find_guest(guest.address)


def _check_account(found: DirectoryGuest) -> None:
    """Raises GraphError, final, for an account that is to be given nothing."""
    if found.deleted:
        raise GraphError("graph-guest-deleted", retryable=False)
    if found.user_type is not UserType.GUEST:
        raise GraphError("graph-not-a-guest", retryable=False)
    if not found.enabled:
        raise GraphError("graph-guest-disabled", retryable=False)


async def _announce(desk: Desk, job: Job, guest: Guest, first: Request) -> bool:
    """Writes down that an invitation is about to go out, so that no crash and no lost answer can double it.

    False where this one or all invitations were stopped a moment ago; raises ClaimLost where too little of the lease
    is left.
    """
    began = desk.clock()
    if not await desk.store.renew(job, lease=desk.timings.lease):
        raise ClaimLost()

    def work(tx: Tx) -> bool:
        if JobKind.INVITE in tx.jobs.paused():
            tx.jobs.postpone(job, due=desk.clock())
            return False
        if hold_if_frozen(tx, desk, job, first):
            return False
        stored = tx.guests.get(guest.address) or guest
        tx.guests.save(replace(stored, inviting_since=desk.clock()))
        return True

    announced = await transact(desk, work)
    if desk.clock() - began > desk.timings.lease - desk.timings.effect - desk.timings.settle:
        # A database that stalled: what is sent now could arrive when somebody else has looked already.
        raise ClaimLost()
    return announced


def language_of(request: Request) -> str:
    """A language of Microsoft's own mail: the guest's is not known, so the sponsor's."""
    return "zh-TW" if request.locale == "zh-Hant" else DEFAULT_LANGUAGE


def invitation_of(desk: Desk, request: Request) -> Invitation:
    """Policy's redirect address; the packages and the sponsor's name as message; the sponsor in copy.

    Graph ignores the language where there is a message, so only an invitation in its default language carries one.
    """
    policy = desk.policy()
    partner = partner_of(policy, request.guest_address)
    names = package_names(policy, request.packages).values()
    titles = ", ".join(name.get(request.locale) or name.get("", "") for name in names)
    language = language_of(request)
    return Invitation(
        address=request.guest_address,
        name=request.guest_name,
        redirect_url=(partner.redirect_url if partner else None) or policy.default_redirect_url,
        language=language,
        message=f"{titles} ({request.sponsor.name})" if language == DEFAULT_LANGUAGE else "",
        sponsor_id=request.sponsor.id,
        cc=request.sponsor.ref if request.sponsor.address else None,
        cc_address=request.sponsor.address,
    )


def _exists(tx: Tx, desk: Desk, job: Job, found: DirectoryGuest) -> None:
    """Somebody with this address is there: an existing guest, or one whose invitation's answer was lost."""
    waiting = waiting_for_invitation(tx, job.subject)
    guest = tx.guests.get(job.subject) or Guest(address=job.subject, name=found.name)
    ours = guest.invited_by_us or guest.inviting_since is not None
    known = replace(
        guest,
        user_id=found.id,
        invited_by_us=ours,
        invited_at=guest.invited_at or guest.inviting_since,
        inviting_since=None,
        invitations=max(guest.invitations, 1 if ours else 0),
        redemption=found.redemption,
        redemption_changed_at=found.redemption_changed_at,
    )
    saved = tx.guests.save(known)
    if found.redemption is Redemption.PENDING:
        _follow(tx, desk, saved)
    _go_on(tx, desk, waiting, another=guest.user_id not in (None, found.id))
    tx.jobs.finish(job)


def _invited(tx: Tx, desk: Desk, job: Job, invited: Invited) -> None:
    now = desk.clock()
    waiting = waiting_for_invitation(tx, job.subject)
    guest = tx.guests.get(job.subject)
    if guest is None:
        raise LookupError("an announced invitation has its guest stored")
    saved = tx.guests.save(
        replace(
            guest,
            user_id=invited.user_id,
            invited_by_us=True,
            invited_at=now,
            inviting_since=None,
            invitations=guest.invitations + 1,
            redemption=Redemption.PENDING,
        )
    )
    tx.guests.keep_redeem_url(job.subject, invited.redeem_url)
    for request in waiting[:1]:
        record(tx, desk, Act.INVITATION_SENT, SYSTEM, request, details={"user": invited.user_id})
    _follow(tx, desk, saved)
    _go_on(tx, desk, waiting, another=guest.user_id not in (None, invited.user_id))
    tx.jobs.finish(job)


def _follow(tx: Tx, desk: Desk, guest: Guest) -> None:
    """Looks for the redemption, and nudges once for each invitation: who is invited anew is followed anew."""
    now = desk.clock()
    tx.jobs.arm(JobKind.FOLLOW_REDEMPTION, guest.address, due=now + desk.timings.follow_soon)
    for after in desk.timings.nudge_after:
        step = f"{after.days}d of invitation {guest.invitations}"
        tx.jobs.enqueue(JobKind.NUDGE_REDEMPTION, guest.address, step=step, due=now + after)


def _go_on(tx: Tx, desk: Desk, waiting: Sequence[Request], *, another: bool) -> None:
    """`another`: the guest's account is not the one it was, so what was given before was given to nobody."""
    for request in waiting:
        if another:
            steps = tuple(replace(step, state=StepState.WAITING, error=None) for step in request.steps)
            request = replace(request, steps=steps)
        record(tx, desk, Act.DELIVERY_STEP_DONE, SYSTEM, request, details={"step": str(StepKind.INVITE)})
        saved = finish_if_done(tx, desk, with_step(request, str(StepKind.INVITE), StepState.DONE))
        step_jobs(tx, saved, desk.clock())


def give_up_inviting(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """Nobody can be invited here: every delivery that waited for it needs a person. A blocked directory stops them
    all.
    """
    if error.blocks_directory:
        block_invitations(tx, desk, error)
    guest = tx.guests.get(job.subject)
    if guest is not None and not error.unknown_outcome:
        tx.guests.save(replace(guest, inviting_since=None))
    for request in waiting_for_invitation(tx, job.subject):
        details = {"step": str(StepKind.INVITE), "error": error.code}
        record(tx, desk, Act.DELIVERY_STEP_FAILED, SYSTEM, request, details=details)
        stop(tx, desk, with_step(request, str(StepKind.INVITE), StepState.FAILED, error.code), error.code)


def block_invitations(tx: Tx, desk: Desk, error: GraphError) -> None:
    """Stops the whole queue, over all replicas, until an administrator retries one of its requests."""
    now = desk.clock()
    until = now + timedelta(days=BLOCKED_UNTIL_LIFTED_DAYS)
    _, reason = tx.jobs.paused().get(JobKind.INVITE, (now, ""))
    tx.jobs.pause([JobKind.INVITE, JobKind.RESEND_INVITATION], until=until, reason=error.code)
    if reason == error.code:
        return  # Another invitation that was under way has told them.
    # By the hour, so that two replicas that find out at the same moment tell them once.
    tx.postings.want(
        Card.ALERT, "alert-directory-blocked", version=0, channel=desk.admin_channel, slot=f"{now:%Y-%m-%d %H}", at=now
    )
