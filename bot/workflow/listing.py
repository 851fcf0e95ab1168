"""What a person may see: their requests, one request, their guests."""

from bot.domain.assignments import Assignment
from bot.domain.errors import UnknownRequest
from bot.domain.people import Redemption
from bot.domain.requests import Request
from bot.workflow.actions import Actor, MyGuests, MyRequests, Status
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.reading import directory_time, read
from bot.workflow.records import ConversationKind
from bot.workflow.remembering import reading_turn
from bot.workflow.situation import package_names
from bot.workflow.viewing import cans_of, for_administrators, for_approvers, for_sponsor
from bot.workflow.views import (
    ApprovalView,
    AttentionView,
    Can,
    GuestEntry,
    GuestList,
    HeldPackage,
    ProgressView,
    Reply,
    RequestList,
)

PER_PAGE = 5


async def my_requests(desk: Desk, actor: Actor, action: MyRequests) -> Reply:
    """A page of one's own requests, newest first."""

    def work(tx: Tx) -> Reply:
        desk.lookups.person(actor.id)
        pages = _pages(tx.requests.count_of_sponsor(actor.id))
        page = min(max(action.page, 0), pages - 1)
        requests = tuple(tx.requests.of_sponsor(actor.id, limit=PER_PAGE, offset=page * PER_PAGE))
        names = package_names(desk.policy(), [key for request in requests for key in request.packages])
        listed = RequestList(requests=requests, package_names=names, page=page, pages=pages)
        return Reply(view=listed, private=_is_overheard(actor))

    return await reading_turn(desk, actor, work)


def _pages(entries: int) -> int:
    return max(1, -(-entries // PER_PAGE))


async def status(desk: Desk, actor: Actor, action: Status) -> Reply:
    """One request as it is: for its sponsor, for an approver of it, for an administrator; for others it does not
    exist.
    """
    request = await reading_turn(desk, actor, lambda tx: _request(tx, desk, actor, action.request_id))
    if request is None:
        raise UnknownRequest(id=action.request_id)
    private = _is_overheard(actor)
    if request.sponsor.id == actor.id:
        return await read(
            desk, lambda tx: Reply(view=ProgressView(shown=for_sponsor(tx, desk, request)), private=private)
        )
    asked = frozenset(stage.group for stage in request.stages if stage.group)
    async with directory_time(desk):
        groups = await desk.lookups.groups_of(actor.id, asked | {desk.admin_group})
    if groups & asked or any(stage.person == actor.id for stage in request.stages):
        return await read(desk, lambda tx: Reply(view=ApprovalView(shown=for_approvers(tx, desk, request))))
    if desk.admin_group in groups:
        return await read(
            desk, lambda tx: Reply(view=AttentionView(shown=for_administrators(tx, desk, request)), private=private)
        )
    raise UnknownRequest(id=action.request_id)


def _is_overheard(actor: Actor) -> bool:
    """Whether others read along here: what is a person's own is then shown in their own chat."""
    return actor.conversation.kind is not ConversationKind.PERSONAL


def _request(tx: Tx, desk: Desk, actor: Actor, request_id: str) -> Request | None:
    desk.lookups.person(actor.id)
    return tx.requests.get(request_id)


async def my_guests(desk: Desk, actor: Actor, action: MyGuests) -> Reply:
    """One's guests, with what each holds and until when; soonest end first."""

    def work(tx: Tx) -> Reply:
        desk.lookups.person(actor.id)
        held = tx.assignments.of_sponsor(actor.id, limit=500)
        by_guest: dict[str, list[Assignment]] = {}
        for assignment in held:
            by_guest.setdefault(assignment.guest_address, []).append(assignment)
        pages = _pages(len(by_guest))
        page = min(max(action.page, 0), pages - 1)
        shown = list(by_guest.items())[page * PER_PAGE : (page + 1) * PER_PAGE]
        guests = tuple(_entry(tx, desk, address, assignments) for address, assignments in shown)
        return Reply(view=GuestList(guests=guests, page=page, pages=pages), private=_is_overheard(actor))

    return await reading_turn(desk, actor, work)


def _entry(tx: Tx, desk: Desk, address: str, assignments: list[Assignment]) -> GuestEntry:
    guest = tx.guests.get(address)
    redemption = guest.redemption if guest else Redemption.NOT_INVITED
    resend = frozenset({Can.RESEND}) if redemption is Redemption.PENDING else frozenset[Can]()
    return GuestEntry(
        address=address,
        name=assignments[0].guest_name,
        redemption=redemption,
        held=tuple(
            HeldPackage(
                assignment=held,
                package_name=package_names(desk.policy(), [held.package])[held.package],
                cans=resend | cans_of(held),
            )
            for held in assignments
        ),
    )
