"""Running jobs: claim, do, and record in one transaction; what fails is tried again, paused or dead-lettered."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import DirectorySilent, PolicyBehind
from bot.workflow import delivering, drawing, ending, inviting, redeeming, withdrawing
from bot.workflow.auditing import SYSTEM, record
from bot.workflow.desk import Desk, Timings
from bot.workflow.errors import GraphError, PostingError
from bot.workflow.ports import ClaimLost, Tx
from bot.workflow.reading import transact
from bot.workflow.records import Act, Job, JobKind

log = structlog.get_logger(__name__)

_Run = Callable[[Desk, Job], Awaitable[None]]
_GiveUp = Callable[[Tx, Desk, Job, GraphError], None]

THROTTLED = 429
MOST_DOUBLINGS = 20
"""Of the time between two tries: far beyond any longest one, and short of what a timedelta holds."""
IDLE = timedelta(seconds=10)
"""The longest that the worker sleeps without looking: the net under every missed wake-up."""


def _nothing_more(tx: Tx, desk: Desk, job: Job, error: GraphError) -> None:
    """Nobody waits for this one: that it is dead-lettered is all there is to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handler:
    run: _Run
    give_up: _GiveUp = _nothing_more
    endless: bool = False
    """It is told at what would be the last try, and goes on: nothing else would do what it has to."""


async def _anchor_audit(desk: Desk, job: Job) -> None:
    """The chain's head into the log, where a rewritten database cannot follow it."""
    sequence, head = await desk.store.read(lambda tx: tx.audit.head())
    log.info("audit_head", sequence=sequence, hash=head, verify=f"audit verify --head {sequence}:{head}")
    due = desk.clock() + desk.timings.anchor_audit
    await desk.store.transact(lambda tx: tx.jobs.postpone(job, due=due))


HANDLERS: Mapping[JobKind, _Handler] = {
    JobKind.DELIVER: _Handler(run=delivering.begin_delivery, give_up=delivering.give_up_beginning),
    JobKind.INVITE: _Handler(run=inviting.invite, give_up=inviting.give_up_inviting),
    JobKind.ADD_SPONSOR: _Handler(run=delivering.run_step, give_up=delivering.give_up_step),
    JobKind.ADD_TO_GROUP: _Handler(run=delivering.run_step, give_up=delivering.give_up_step),
    JobKind.ASSIGN_APP_ROLE: _Handler(run=delivering.run_step, give_up=delivering.give_up_step),
    JobKind.FOLLOW_REDEMPTION: _Handler(run=redeeming.follow),
    JobKind.NUDGE_REDEMPTION: _Handler(run=redeeming.nudge),
    JobKind.RESEND_INVITATION: _Handler(run=redeeming.send_again, give_up=redeeming.give_up_sending),
    JobKind.WARN_EXPIRY: _Handler(run=ending.warn),
    JobKind.END_ASSIGNMENT: _Handler(run=ending.clear, give_up=ending.give_up_clearing, endless=True),
    JobKind.LAPSE: _Handler(run=withdrawing.lapse),
    JobKind.DRAW: _Handler(run=drawing.draw, give_up=drawing.give_up_drawing),
    JobKind.ANCHOR_AUDIT: _Handler(run=_anchor_audit),
}


class Worker:
    """Claims and runs due jobs until stopped; any number of them on any number of replicas."""

    def __init__(self, desk: Desk, *, at_once: int = 8) -> None:
        self._desk = desk
        self._at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Also sees that the audit head is logged regularly."""
        now = self._desk.clock()
        await self._desk.store.transact(lambda tx: tx.jobs.enqueue(JobKind.ANCHOR_AUDIT, "audit", due=now))
        self._loop_task = asyncio.create_task(self._loop(), name="worker")

    async def stop(self) -> None:
        """Lets what runs finish for a moment; what does not is taken over when its lease ends."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop_task
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=5)
            for task in late:
                task.cancel()

    async def _loop(self) -> None:
        while True:
            try:
                claimed = await self._claim()
                if not claimed:
                    await self._wait()
            except Exception:
                log.exception("worker_claim_failed")
                await asyncio.sleep(1)

    async def _claim(self) -> int:
        room = self._at_once - len(self._running)
        if room <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        timings = self._desk.timings
        pace = {JobKind.INVITE: timings.invitation_pace, JobKind.RESEND_INVITATION: timings.invitation_pace}
        jobs = await self._desk.store.claim(tuple(HANDLERS), limit=room, lease=timings.lease, pace=pace)
        for job in jobs:
            task = asyncio.create_task(self.run(job), name=f"job {job.kind} {job.id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(jobs)

    async def _wait(self) -> None:
        """For a due job, or for room."""
        await self._desk.store.wait_for_jobs(at_most=IDLE)

    async def run(self, job: Job) -> None:
        """One claimed job, to its finish, its next try or its end."""
        try:
            async with asyncio.timeout((job.lease_until - self._desk.clock()).total_seconds()):
                await HANDLERS[job.kind].run(self._desk, job)
        except ClaimLost:
            log.info("job_claim_lost", job=job.id, kind=job.kind)
        except Exception as failure:
            await self._failed(job, failure)

    async def _failed(self, job: Job, failure: Exception) -> None:
        error = _as_graph_error(failure)
        pauses = isinstance(failure, GraphError) and failure.status == THROTTLED
        # Teams may be away for hours; a card that waits costs nothing, and one that is lost leaves somebody unasked.
        # And a process that cannot read the policy in force is replaced by one that can.
        endless = isinstance(failure, PostingError | PolicyBehind)
        if error.code == "error-unexpected":
            log.error("job_failed_unexpectedly", job=job.id, kind=job.kind, exc_info=failure)
        else:
            log.warning("job_failed", job=job.id, kind=job.kind, code=error.code, detail=error.detail)
        with contextlib.suppress(ClaimLost):
            try:
                await transact(self._desk, lambda tx: self._settle(tx, job, error, pauses=pauses, endless=endless))
            except ClaimLost:
                raise
            except Exception:
                # Its lease will run out, and it is tried again.
                log.exception("job_failure_not_recorded", job=job.id, kind=job.kind)

    def _settle(self, tx: Tx, job: Job, error: GraphError, *, pauses: bool, endless: bool) -> None:
        """`pauses`: Graph throttles this kind of call: every replica holds it back. `endless`: no try is the last."""
        desk = self._desk
        now = desk.clock()
        if error.status == THROTTLED:
            until = now + (error.retry_after or desk.timings.first_retry)
            if pauses:
                tx.jobs.pause([job.kind], until=until, reason=error.code)
            # Being told to wait is no failed try.
            tx.jobs.postpone(job, due=max(until, now + desk.timings.settle) if error.unknown_outcome else until)
            return
        if error.retryable and (endless or job.attempt < desk.timings.tries):
            tx.jobs.retry(job, due=next_try(desk.timings, job.attempt, error, now), error=error.code)
            return
        handler = HANDLERS[job.kind]
        if error.retryable and handler.endless:
            if job.attempt == desk.timings.tries:
                handler.give_up(tx, desk, job, error)
            tx.jobs.retry(job, due=next_try(desk.timings, job.attempt, error, now), error=error.code)
            return
        handler.give_up(tx, desk, job, error)
        record(
            tx, desk, Act.JOB_DEAD_LETTERED, SYSTEM, f"job:{job.id}", details={"kind": job.kind, "error": error.code}
        )
        tx.jobs.bury(job, error=error.code)


def next_try(timings: Timings, attempt: int, error: GraphError, now: datetime) -> datetime:
    """Exponential with jitter; Retry-After always wins; an unknown outcome is given time to show first."""
    if error.retry_after is not None:
        return now + error.retry_after
    doublings = min(attempt - 1, MOST_DOUBLINGS)
    longest = min(timings.longest_retry, timings.first_retry * float(2**doublings))
    wait = longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, no secret
    return now + (max(wait, timings.settle) if error.unknown_outcome else wait)


def _as_graph_error(failure: Exception) -> GraphError:
    """All failures of a job in one shape; what is none of the known ones is a bug, and is tried again as well."""
    if isinstance(failure, GraphError):
        return failure
    if isinstance(failure, PostingError):
        status = THROTTLED if failure.retry_after is not None else None
        return GraphError(failure.code, retryable=failure.retryable, retry_after=failure.retry_after, status=status)
    if isinstance(failure, DirectorySilent | PolicyBehind):
        return GraphError(failure.key, retryable=True)
    if isinstance(failure, TimeoutError):
        return GraphError("graph-timeout", retryable=True, unknown_outcome=True)
    return GraphError("error-unexpected", retryable=True, unknown_outcome=True, detail=type(failure).__name__)
