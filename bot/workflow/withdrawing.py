"""A request that ends without a decision: withdrawn by its sponsor, or lapsed."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.errors import AlreadyDecided, UnknownRequest
from bot.domain.requests import RequestStatus, move
from bot.workflow.actions import Actor, Withdraw
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.deciding import tell_outcome
from bot.workflow.desk import Desk
from bot.workflow.frozen import freeze_of
from bot.workflow.ports import Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Job, JobKind
from bot.workflow.remembering import remember_place
from bot.workflow.viewing import for_sponsor
from bot.workflow.views import ProgressView, Reply

FROZEN_GRACE = timedelta(days=1)
"""How much longer a request waits whose deadline comes while it is frozen, over and over until it is not."""


async def withdraw(desk: Desk, actor: Actor, action: Withdraw) -> Reply:
    """Its sponsor takes back a request that is not decided. A second time shows it as it is."""

    def work(tx: Tx) -> Reply:
        remember_place(tx, actor)
        desk.lookups.person(actor.id)
        request = tx.requests.get(action.request_id)
        if request is None or request.sponsor.id != actor.id:
            raise UnknownRequest(id=action.request_id)
        if request.status is RequestStatus.WITHDRAWN:
            return Reply(view=ProgressView(shown=for_sponsor(tx, desk, request)))
        if request.status is not RequestStatus.PENDING:
            by = request.decisions[-1].by.name if request.decisions else ""
            raise AlreadyDecided(status=str(request.status), by=by)
        withdrawn = replace(move(request, RequestStatus.WITHDRAWN), closed_at=desk.clock())
        saved = tx.requests.save(withdrawn)
        record(tx, desk, Act.REQUEST_WITHDRAWN, actor.id, saved)
        tx.jobs.cancel(JobKind.LAPSE, saved.id)
        return Reply(view=ProgressView(shown=for_sponsor(tx, desk, saved)))

    return await transact(desk, work)


async def lapse(desk: Desk, job: Job) -> None:
    """The deadline of a request: nobody decided it."""

    def work(tx: Tx) -> None:
        request = tx.requests.get(job.subject)
        if request is not None and request.status is RequestStatus.PENDING:
            if request.ends_at > desk.clock() and freeze_of(tx, desk, request) is not None:
                # Nobody could decide it meanwhile.
                tx.jobs.postpone(job, due=desk.clock() + FROZEN_GRACE)
                return
            saved = tx.requests.save(replace(move(request, RequestStatus.LAPSED), closed_at=desk.clock()))
            record(tx, desk, Act.REQUEST_LAPSED, SYSTEM, saved)
            tell_outcome(tx, desk, saved, desk.clock())
        tx.jobs.finish(job)

    await transact(desk, work)
