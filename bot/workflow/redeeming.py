"""Following whether a guest accepts the invitation: looking, nudging the sponsor, sending it again."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.errors import NothingToDo, UnknownRequest
from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestStatus
from bot.workflow.actions import Actor, ResendInvitation
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.desk import Desk
from bot.workflow.errors import GraphError
from bot.workflow.frozen import freeze_on, hold, refuse
from bot.workflow.inviting import block_invitations, invitation_of
from bot.workflow.ports import ClaimLost, Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Card, Freeze, Job, JobKind
from bot.workflow.remembering import remember_place
from bot.workflow.views import Notice, Reply

LOOKS_PER_AGE = 100
THROTTLED = 429
REQUESTS_REDRAWN = 20


async def follow(desk: Desk, job: Job) -> None:
    """Looks whether the guest has accepted; looks again ever more rarely, and at last no more."""
    guest = await desk.store.read(lambda tx: tx.guests.get(job.subject))
    if guest is None or guest.user_id is None or guest.redemption is Redemption.ACCEPTED:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    state, changed_at = await _seen(desk, guest.user_id)

    def work(tx: Tx) -> None:
        present = tx.guests.get(job.subject)
        if present is None or state is Redemption.ACCEPTED:
            if present is not None:
                tx.guests.save(replace(present, redemption=state, redemption_changed_at=changed_at))
                _tell_redeemed(tx, desk, job.subject)
            tx.jobs.finish(job)
            return
        age = desk.clock() - (present.invited_at or job.created_at)
        if age > desk.timings.follow_until:
            tx.jobs.finish(job)
            return
        wait = max(desk.timings.follow_soon, age / LOOKS_PER_AGE)
        tx.jobs.postpone(job, due=desk.clock() + wait)

    await transact(desk, work)


async def _seen(desk: Desk, user_id: str) -> tuple[Redemption, datetime | None]:
    """What the directory says. Where it does not answer, nothing is known to have changed: the next look may tell."""
    try:
        return await desk.redemptions.redemption_of(user_id)
    except GraphError as failure:
        if not failure.retryable or failure.status == THROTTLED:
            raise
        return Redemption.PENDING, None


def _tell_redeemed(tx: Tx, desk: Desk, address: str) -> None:
    """Every card that shows a request for this guest is drawn anew."""
    for request in _of_guest(tx, address):
        saved = tx.requests.save(request)
        record(tx, desk, Act.INVITATION_REDEEMED, SYSTEM, saved)


def _of_guest(tx: Tx, address: str) -> list[Request]:
    shown = {RequestStatus.DELIVERING, RequestStatus.DELIVERED, RequestStatus.NEEDS_ATTENTION}
    return [request for request in tx.requests.about_guest(address, limit=REQUESTS_REDRAWN) if request.status in shown]


async def nudge(desk: Desk, job: Job) -> None:
    """The sponsors of a guest who has not accepted for days are told."""

    def work(tx: Tx) -> None:
        guest = tx.guests.get(job.subject)
        if guest is not None and guest.redemption is Redemption.PENDING:
            for sponsor in {held.sponsor.id for held in tx.assignments.of_guest(job.subject)}:
                tx.postings.want(
                    Card.REDEMPTION_NUDGE, job.subject, version=0, person=sponsor, slot=job.step, at=desk.clock()
                )
            for request in _of_guest(tx, job.subject)[:1]:
                record(tx, desk, Act.SPONSOR_NUDGED, SYSTEM, request, details={"after": job.step})
        tx.jobs.finish(job)

    await transact(desk, work)


async def resend(desk: Desk, actor: Actor, action: ResendInvitation) -> Reply:
    """A sponsor has the invitation sent again to a guest who has not accepted it. Clicking twice sends one."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        desk.lookups.person(actor.id)
        address = _address_of(tx, actor, action.subject_id)
        guest = tx.guests.get(address)
        sponsors = {held.sponsor.id for held in tx.assignments.of_guest(address)}
        if guest is None or guest.user_id is None or guest.redemption is not Redemption.PENDING:
            raise NothingToDo()
        if actor.id not in sponsors:
            # Asked for once, and not given or over: no reason to write to somebody else's guest.
            raise NothingToDo()
        refuse(_freeze(tx, desk, address))
        # One mail for each number of invitations sent so far: a click delivered twice finds its job there already.
        tx.jobs.enqueue(
            JobKind.RESEND_INVITATION,
            address,
            step=str(guest.invitations),
            due=desk.clock(),
            payload={"by": actor.id},
        )
        return Reply(view=Notice(key="notice-resending", params={"name": guest.name}), keep_card=True)

    return await transact(desk, work)


def _freeze(tx: Tx, desk: Desk, address: str) -> Freeze | None:
    held = tx.assignments.of_guest(address)
    return freeze_on(tx, desk, address=address, packages=[each.package for each in held])


def _address_of(tx: Tx, actor: Actor, subject_id: str) -> str:
    """Of the guest of one's own request or assignment."""
    request = tx.requests.get(subject_id)
    if request is not None and request.sponsor.id == actor.id:
        return request.guest_address
    held = tx.assignments.get(subject_id)
    if held is not None and held.sponsor.id == actor.id:
        return held.guest_address
    raise UnknownRequest(id=subject_id)


async def send_again(desk: Desk, job: Job) -> None:
    """The mail once more. Whether an attempt of unknown outcome sent it cannot be seen, so that one counts as sent."""
    guest, requests = await desk.store.read(lambda tx: (tx.guests.get(job.subject), _of_guest(tx, job.subject)))
    if guest is None or not requests or guest.redemption is not Redemption.PENDING:
        await desk.store.transact(lambda tx: tx.jobs.finish(job))
        return
    if await desk.store.read(lambda tx: _freeze(tx, desk, job.subject)) is not None:
        await desk.store.transact(lambda tx: hold(tx, desk, job))
        return
    if not await desk.store.renew(job, lease=desk.timings.lease):
        raise ClaimLost()
    # In the name of who asked for it: another sponsor of this guest is not put in copy.
    own = next((request for request in requests if request.sponsor.id == job.payload.get("by")), requests[0])
    invitation = replace(invitation_of(desk, own), name=guest.name, language=guest.language)
    redeem_url: str | None = None
    try:
        redeem_url = (await desk.inviter.invite(invitation)).redeem_url
    except GraphError as failure:
        # What was throttled did not go out, whatever else may be unknown of it.
        if not failure.unknown_outcome or failure.status == THROTTLED:
            raise
    await transact(desk, lambda tx: _sent_again(tx, desk, job, own, redeem_url))


def _sent_again(tx: Tx, desk: Desk, job: Job, request: Request, redeem_url: str | None) -> None:
    guest = tx.guests.get(job.subject)
    if guest is not None and str(guest.invitations) == job.step:
        # Followed from now on, as the first one was.
        tx.guests.save(replace(guest, invitations=guest.invitations + 1, invited_at=desk.clock()))
        if redeem_url is not None:
            tx.guests.keep_redeem_url(job.subject, redeem_url)
        record(tx, desk, Act.INVITATION_RESENT, job.payload.get("by", SYSTEM), request)
        tx.jobs.arm(JobKind.FOLLOW_REDEMPTION, job.subject, due=desk.clock() + timedelta(seconds=1))
    tx.jobs.finish(job)


def give_up_sending(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """The sponsor, who was told that it goes out, is told that it did not."""
    if error.blocks_directory:
        block_invitations(tx, desk, error)
    sponsor = job.payload.get("by")
    if sponsor is not None:
        tx.postings.want(
            Card.ALERT, "alert-resend-failed", version=0, person=sponsor, slot=str(job.id), at=desk.clock()
        )
