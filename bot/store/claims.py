"""Claiming jobs: which are due, not paused and within their pace; and when the next one may be."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Executable, bindparam, literal, select, text, update

from bot.store.job_rows import COLUMNS, PAUSED, job_of
from bot.store.session import Row, Session
from bot.store.sql import insert
from bot.store.tables import LIVE, jobs, pacing
from bot.workflow.records import Job, JobKind

_DUE = (
    select(*COLUMNS)
    .where(jobs.c.kind == bindparam("kind"), text(LIVE), jobs.c.due <= bindparam("now"))
    .order_by(jobs.c.due, jobs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"))
    .values(state="claimed", token=bindparam("held"), due=bindparam("lease_until"), attempt=jobs.c.attempt + 1)
)
_RENEW = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"), jobs.c.token == bindparam("held"), jobs.c.attempt == bindparam("tried"))
    .values(due=bindparam("lease_until"))
)
_PACE_NEW = insert(pacing)
_TAKE_TURN = _PACE_NEW.on_conflict_do_update(
    index_elements=[pacing.c.kind],
    set_={"last_at": _PACE_NEW.excluded.last_at},
    where=pacing.c.last_at <= bindparam("latest"),
)
_PACING = select(pacing.c.kind, pacing.c.last_at)

_peeks: dict[tuple[JobKind, ...], Executable] = {}


def _peek(kinds: tuple[JobKind, ...]) -> Executable:
    """For each of these kinds the first due time after `after`: a look into the index each, however many wait."""
    known = _peeks.get(kinds)
    if known is None:
        first = (
            select(jobs.c.due)
            .where(jobs.c.kind == literal(kind.value), text(LIVE), jobs.c.due > bindparam("after"))
            .order_by(jobs.c.due)
            .limit(1)
            .scalar_subquery()
            for kind in kinds
        )
        known = _peeks[kinds] = select(*first)
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a worker asks for. Times and durations in microseconds."""

    kinds: tuple[JobKind, ...]
    limit: int
    lease: int
    pace: Mapping[JobKind, int]


def wanted(kinds: Collection[JobKind], *, limit: int, lease: int, pace: Mapping[JobKind, int]) -> Wanted:
    return Wanted(kinds=tuple(sorted(kinds)), limit=limit, lease=lease, pace=pace)


def claim(session: Session, asked: Wanted, now: int) -> Sequence[Job]:
    """The oldest due jobs of these kinds that nobody holds, held from now on until `now` and the lease."""
    rows = _due(session, asked, now)
    if not rows:
        return []
    token, lease_until = secrets.token_hex(8), now + asked.lease
    session.change_each(_CLAIM, [{"job": row[0], "held": token, "lease_until": lease_until} for row in rows])
    return [job_of(row, token=token, lease_until=lease_until, attempt=row[5] + 1) for row in rows]


def _due(session: Session, asked: Wanted, now: int) -> Sequence[Row]:
    if not asked.kinds or asked.limit < 1:
        return []
    first = session.row(_peek(asked.kinds), after=-1)
    if first is None or not any(due is not None and due <= now for due in first):
        return []
    paused = {row[0] for row in session.rows(PAUSED, now=now)}
    found: list[Row] = []
    for kind, due in zip(asked.kinds, first, strict=True):
        if due is not None and due <= now and kind.value not in paused:
            limit = 1 if kind in asked.pace else asked.limit
            found += session.rows(_DUE, kind=kind.value, now=now, limit=limit)
    found.sort(key=lambda row: (row[4], row[0]))
    chosen: list[Row] = []
    for row in found:
        if len(chosen) == asked.limit:
            break
        interval = asked.pace.get(JobKind(row[1]))
        # The turn is taken last: only for a job that is held, so that no turn is lost.
        if interval is None or session.change(_TAKE_TURN, kind=row[1], last_at=now, latest=now - interval):
            chosen.append(row)
    return chosen


def renew(session: Session, job: Job, lease_until: int) -> bool:
    return bool(session.change(_RENEW, job=job.id, held=job.token, tried=job.attempt, lease_until=lease_until))


def next_due(session: Session, asked: Wanted, after: int) -> int | None:
    """The first moment after `after` at which a claim of the same may find more than it would have found then.

    A job that becomes due, a pause that ends, a pace that opens. Jobs that were due by then and were not claimed wait
    for one of the latter two, or are held by another.
    """
    if not asked.kinds:
        return None
    paused = {row[0]: int(row[1]) for row in session.rows(PAUSED, now=after)}
    turns = {row[0]: int(row[1]) for row in session.rows(_PACING)} if asked.pace else {}
    moments = [paused[kind.value] for kind in asked.kinds if kind.value in paused]
    moments += [turns[kind.value] + gap for kind, gap in asked.pace.items() if kind.value in turns]
    due = session.row(_peek(asked.kinds), after=after) or ()
    moments += [moment for moment in due if moment is not None]
    return min((moment for moment in moments if moment > after), default=None)
