"""Jobs as the use cases see them: enqueued once, armed again, finished under a fence, paused by kind."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, case, delete, func, null, select, text, update

from bot.store.codec import micros, moment, texts_from_json, texts_to_json
from bot.store.session import Row, Session
from bot.store.sql import insert
from bot.store.tables import LIVE, jobs, pauses
from bot.workflow.ports import ClaimLost
from bot.workflow.records import Job, JobKind

_INSERT = insert(jobs, without="id")
_KEY = [jobs.c.subject, jobs.c.kind, jobs.c.step]
_ENQUEUE = _INSERT.on_conflict_do_nothing()

_new = _INSERT.excluded
# A claim that ran out runs no more, whatever its worker still thinks: the fence refuses its finish.
_RUNS_NOW = and_(jobs.c.token.is_not(None), jobs.c.due > bindparam("now"))
_ARM = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={
        "state": case((_RUNS_NOW, "claimed"), else_="waiting"),
        "due": case((_RUNS_NOW, jobs.c.due), else_=_new.due),
        "attempt": case((_RUNS_NOW, jobs.c.attempt), else_=0),
        "token": case((_RUNS_NOW, jobs.c.token), else_=null()),
        "payload": case((_RUNS_NOW, jobs.c.payload), else_=_new.payload),
        "again_due": case((_RUNS_NOW, _new.due), else_=null()),
        "again_payload": case((_RUNS_NOW, _new.payload), else_=null()),
        "last_error": case((_RUNS_NOW, jobs.c.last_error), else_=null()),
    },
)
# A cancelled job keeps its token, so that the run under way can still finish.
_CANCEL = (
    update(jobs)
    .where(
        jobs.c.kind == bindparam("of_kind"),
        jobs.c.subject == bindparam("about"),
        jobs.c.step == bindparam("at_step"),
        text(LIVE),
    )
    .values(state="cancelled", again_due=null(), again_payload=null())
)

_FENCED = update(jobs).where(
    jobs.c.id == bindparam("job"), jobs.c.token == bindparam("held"), jobs.c.attempt == bindparam("tried")
)
_ARMED_AGAIN = jobs.c.again_due.is_not(None)
_NEXT_RUN = {
    "due": func.coalesce(jobs.c.again_due, jobs.c.due),
    "attempt": case((_ARMED_AGAIN, 0), else_=jobs.c.attempt),
    "payload": func.coalesce(jobs.c.again_payload, jobs.c.payload),
    "token": null(),
    "again_due": null(),
    "again_payload": null(),
}
_STATE_AND_DUE = (jobs.c.state, jobs.c.due)
_FINISH = _FENCED.values(state=case((_ARMED_AGAIN, "waiting"), else_="done"), last_error=null(), **_NEXT_RUN).returning(
    *_STATE_AND_DUE
)
_BURY = _FENCED.values(
    state=case((_ARMED_AGAIN, "waiting"), else_="dead"), last_error=bindparam("error"), **_NEXT_RUN
).returning(*_STATE_AND_DUE)
_STILL_WANTED = case((jobs.c.state == "cancelled", "cancelled"), else_="waiting")
_RETRY = _FENCED.values(
    state=_STILL_WANTED, due=bindparam("at"), token=null(), last_error=bindparam("error")
).returning(*_STATE_AND_DUE)
_POSTPONE = _FENCED.values(
    state=_STILL_WANTED, due=bindparam("at"), token=null(), attempt=jobs.c.attempt - 1
).returning(*_STATE_AND_DUE)

_HELD = "held"
_HOLD = _FENCED.values(
    state=_STILL_WANTED, due=bindparam("at"), token=null(), attempt=jobs.c.attempt - 1, last_error=_HELD
).returning(*_STATE_AND_DUE)
_RELEASE = (
    update(jobs)
    .where(jobs.c.kind == bindparam("of_kind"), text(LIVE), jobs.c.state == "waiting", jobs.c.last_error == _HELD)
    .values(due=bindparam("at"), last_error=null())
)

COLUMNS = (
    jobs.c.id,
    jobs.c.kind,
    jobs.c.subject,
    jobs.c.step,
    jobs.c.due,
    jobs.c.attempt,
    jobs.c.payload,
    jobs.c.created_at,
    jobs.c.last_error,
)
_DEAD = select(*COLUMNS).where(jobs.c.state == "dead").order_by(jobs.c.due.desc()).limit(bindparam("limit"))

_PAUSE_NEW = insert(pauses)
_PAUSE = _PAUSE_NEW.on_conflict_do_update(
    index_elements=[pauses.c.kind],
    set_={"until": _PAUSE_NEW.excluded.until, "reason": _PAUSE_NEW.excluded.reason},
    where=_PAUSE_NEW.excluded.until > pauses.c.until,
)
_UNPAUSE = delete(pauses).where(pauses.c.kind == bindparam("kind"))
PAUSED = select(pauses.c.kind, pauses.c.until, pauses.c.reason).where(pauses.c.until > bindparam("now"))


_KINDS = frozenset(JobKind)
"""A newer replica may have stored a kind that this one does not know, and so leaves alone."""


def job_of(row: Row, *, token: str = "", lease_until: int | None = None, attempt: int | None = None) -> Job:
    """A job from `COLUMNS`, as a claim made it."""
    return Job(
        id=row[0],
        kind=JobKind(row[1]),
        subject=row[2],
        step=row[3],
        due=moment(row[4]),
        attempt=row[5] if attempt is None else attempt,
        token=token,
        lease_until=moment(row[4] if lease_until is None else lease_until),
        payload=texts_from_json(row[6]),
        created_at=moment(row[7]),
        last_error=row[8],
    )


def _new_row(
    session: Session, kind: JobKind, subject: str, step: str, due: int, payload: Mapping[str, str] | None
) -> dict[str, object]:
    session.wake(due)
    return {
        "kind": kind.value,
        "subject": subject,
        "step": step,
        "state": "waiting",
        "due": due,
        "attempt": 0,
        "token": None,
        "payload": texts_to_json(payload) if payload else "{}",
        "again_due": None,
        "again_payload": None,
        "created_at": session.now_micros(),
        "last_error": None,
    }


def arm(
    session: Session,
    kind: JobKind,
    subject: str,
    *,
    due: int,
    step: str = "",
    payload: Mapping[str, str] | None = None,
) -> None:
    """`bot.workflow.ports.Jobs.arm`, for a due time in microseconds."""
    row = _new_row(session, kind, subject, step, due, payload)
    session.change(_ARM, now=row["created_at"], **row)


class JobRows:
    """`bot.workflow.ports.Jobs` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(
        self, kind: JobKind, subject: str, *, due: datetime, step: str = "", payload: Mapping[str, str] | None = None
    ) -> None:
        self._session.change(_ENQUEUE, **_new_row(self._session, kind, subject, step, micros(due), payload))

    def arm(
        self, kind: JobKind, subject: str, *, due: datetime, step: str = "", payload: Mapping[str, str] | None = None
    ) -> None:
        arm(self._session, kind, subject, due=micros(due), step=step, payload=payload)

    def cancel(self, kind: JobKind, subject: str, *, step: str = "") -> None:
        self._session.change(_CANCEL, of_kind=kind.value, about=subject, at_step=step)

    def finish(self, job: Job) -> None:
        self._leave(job, self._session.row(_FINISH, **_fence(job)))

    def retry(self, job: Job, *, due: datetime, error: str) -> None:
        self._leave(job, self._session.row(_RETRY, at=micros(due), error=error, **_fence(job)))

    def postpone(self, job: Job, *, due: datetime) -> None:
        self._leave(job, self._session.row(_POSTPONE, at=micros(due), **_fence(job)))

    def hold(self, job: Job, *, due: datetime) -> None:
        self._leave(job, self._session.row(_HOLD, at=micros(due), **_fence(job)))

    def release(self, kinds: Collection[JobKind]) -> None:
        now = self._session.now_micros()
        for kind in sorted(kinds):
            if self._session.change(_RELEASE, of_kind=kind.value, at=now):
                self._session.wake(now)

    def bury(self, job: Job, *, error: str) -> None:
        self._leave(job, self._session.row(_BURY, error=error, **_fence(job)))

    def _leave(self, job: Job, row: Row | None) -> None:
        if row is None:
            raise ClaimLost(f"job {job.id} ({job.kind}) is not held by this claim any more")
        state, due = row
        if state == "waiting":
            self._session.wake(due)

    def dead(self, *, limit: int) -> Sequence[Job]:
        """The latest first."""
        return [job_of(row) for row in self._session.rows(_DEAD, limit=limit) if row[1] in _KINDS]

    def pause(self, kinds: Collection[JobKind], *, until: datetime, reason: str) -> None:
        for kind in sorted(kinds):
            self._session.change(_PAUSE, kind=kind.value, until=micros(until), reason=reason)

    def paused(self) -> Mapping[JobKind, tuple[datetime, str]]:
        rows = self._session.rows(PAUSED, now=self._session.now_micros())
        return {JobKind(kind): (moment(until), reason) for kind, until, reason in rows if kind in _KINDS}

    def unpause(self, kinds: Collection[JobKind]) -> None:
        for kind in sorted(kinds):
            self._session.change(_UNPAUSE, kind=kind.value)
        self._session.wake(self._session.now_micros())


def _fence(job: Job) -> dict[str, object]:
    return {"job": job.id, "held": job.token, "tried": job.attempt}
