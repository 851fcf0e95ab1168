"""What is frozen: it holds submissions, approvals and deliveries, and nothing that takes access away.

Frozen is no status: what is held goes on by itself when the freeze is lifted.
"""

from collections.abc import Collection
from datetime import timedelta

from bot.domain.errors import Frozen
from bot.domain.requests import Request
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import Freeze, FreezeKind, Job, JobKind
from bot.workflow.situation import partner_of

HELD_KINDS = (
    JobKind.DELIVER,
    JobKind.INVITE,
    JobKind.ADD_SPONSOR,
    JobKind.ADD_TO_GROUP,
    JobKind.ASSIGN_APP_ROLE,
    JobKind.RESEND_INVITATION,
)
"""The jobs that give; those that take back, and those that only tell, are never held."""

LOOK_AGAIN = timedelta(minutes=10)
"""When a held job looks by itself: the net under the release, which is what lets it go on."""


def freeze_on(
    tx: Tx, desk: Desk, *, address: str, packages: Collection[str] = (), partner: str | None = None
) -> Freeze | None:
    """What freezes access of this guest to any of these packages. `partner`: whose the guest was when it was asked."""
    freezes = tx.freezes.all()
    if not freezes:
        return None
    now = partner_of(desk.policy(), address)
    partners = {key for key in (partner, now.key if now else None) if key}
    for freeze in freezes:
        if (
            freeze.kind is FreezeKind.ALL
            or (freeze.kind is FreezeKind.PARTNER and freeze.key in partners)
            or (freeze.kind is FreezeKind.PACKAGE and freeze.key in packages)
        ):
            return freeze
    return None


def freeze_of(tx: Tx, desk: Desk, request: Request) -> Freeze | None:
    """What freezes this request."""
    return freeze_on(tx, desk, address=request.guest_address, packages=request.packages, partner=request.partner)


def check_not_frozen(tx: Tx, desk: Desk, request: Request) -> None:
    """Raises Frozen, which says why."""
    refuse(freeze_of(tx, desk, request))


def refuse(freeze: Freeze | None) -> None:
    """Raises Frozen where there is a freeze."""
    if freeze is not None:
        raise Frozen(what=freeze.name, reason=freeze.reason, by=freeze.by.name, at=freeze.at)


def hold_if_frozen(tx: Tx, desk: Desk, job: Job, request: Request) -> bool:
    """Whether the job was put back until the freeze is lifted."""
    if freeze_of(tx, desk, request) is None:
        return False
    hold(tx, desk, job)
    return True


def hold(tx: Tx, desk: Desk, job: Job) -> None:
    """Puts the job back until what holds it is lifted."""
    tx.jobs.hold(job, due=desk.clock() + LOOK_AGAIN)
