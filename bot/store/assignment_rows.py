"""Assignments: who holds which access package until when."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, false, func, select, update

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.store.codec import Body, micros
from bot.store.posting_rows import raise_wanted
from bot.store.session import Row, Session
from bot.store.sql import insert
from bot.store.tables import assignments
from bot.workflow.ports import Conflict

_BODY = Body(Assignment)

_HELD = assignments.c.ended == false()
_GET = select(assignments.c.body).where(assignments.c.id == bindparam("id"))
_INSERT = insert(assignments).on_conflict_do_nothing()
_SAVE = (
    update(assignments)
    .where(assignments.c.id == bindparam("assignment"), assignments.c.version == bindparam("expected"))
    .values(
        version=bindparam("version"),
        sponsor_id=bindparam("sponsor_id"),
        ended=bindparam("ended"),
        ends_at=bindparam("ends_at"),
        body=bindparam("body"),
    )
)
_OF_GUEST = (
    select(assignments.c.body)
    .where(assignments.c.guest_address == bindparam("address"), _HELD)
    .order_by(assignments.c.ends_at, assignments.c.id)
)
_OF_SPONSOR = (
    select(assignments.c.body)
    .where(assignments.c.sponsor_id == bindparam("sponsor"), _HELD)
    .order_by(assignments.c.ends_at, assignments.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_OF_REQUEST = (
    select(assignments.c.body).where(assignments.c.request_id == bindparam("request")).order_by(assignments.c.id)
)
_COUNT_GUESTS = select(func.count(assignments.c.guest_address.distinct())).where(
    assignments.c.sponsor_id == bindparam("sponsor"), _HELD, assignments.c.guest_address != bindparam("besides")
)


def _records(rows: Sequence[Row]) -> Sequence[Assignment]:
    return [_BODY.decode(row[0]) for row in rows]


class AssignmentRows:
    """`bot.workflow.ports.Assignments` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, assignment_id: str) -> Assignment | None:
        row = self._session.row(_GET, id=assignment_id)
        return _BODY.decode(row[0]) if row else None

    def add(self, assignment: Assignment) -> None:
        added = self._session.change(
            _INSERT,
            id=assignment.id,
            version=assignment.version,
            request_id=assignment.request_id,
            guest_address=assignment.guest_address,
            package=assignment.package,
            sponsor_id=assignment.sponsor.id,
            ended=assignment.status is AssignmentStatus.ENDED,
            ends_at=micros(assignment.ends_at),
            body=_BODY.encode(assignment),
        )
        if not added:
            raise Conflict(f"assignment id {assignment.id} is taken")

    def save(self, assignment: Assignment) -> Assignment:
        after = replace(assignment, version=assignment.version + 1)
        saved = self._session.change(
            _SAVE,
            assignment=assignment.id,
            expected=assignment.version,
            version=after.version,
            sponsor_id=after.sponsor.id,
            ended=after.status is AssignmentStatus.ENDED,
            ends_at=micros(after.ends_at),
            body=_BODY.encode(after),
        )
        if not saved:
            raise Conflict(f"assignment {assignment.id} is not at version {assignment.version}")
        raise_wanted(self._session, assignment.id, after.version)
        return after

    def of_guest(self, address: str) -> Sequence[Assignment]:
        return _records(self._session.rows(_OF_GUEST, address=address))

    def of_sponsor(self, sponsor_id: str, *, limit: int, offset: int = 0) -> Sequence[Assignment]:
        return _records(self._session.rows(_OF_SPONSOR, sponsor=sponsor_id, limit=limit, offset=offset))

    def of_request(self, request_id: str) -> Sequence[Assignment]:
        return _records(self._session.rows(_OF_REQUEST, request=request_id))

    def count_guests_of(self, sponsor_id: str, *, besides: str | None = None) -> int:
        row = self._session.row(_COUNT_GUESTS, sponsor=sponsor_id, besides=besides or "")
        return int(row[0]) if row else 0
