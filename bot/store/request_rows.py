"""Requests, and the packages that the open ones hold against a second request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from bot.domain.errors import OpenRequestExists
from bot.domain.requests import Request
from bot.store.codec import Body, micros
from bot.store.posting_rows import raise_wanted
from bot.store.session import Session
from bot.store.sql import insert
from bot.store.tables import request_packages, requests
from bot.workflow.ports import Conflict

_BODY = Body(Request)

_GET = select(requests.c.body).where(requests.c.id == bindparam("id"))
_WITH_NONCE = select(requests.c.body).where(requests.c.nonce == bindparam("nonce"))
_INSERT = insert(requests).on_conflict_do_nothing()
_SAVE = (
    update(requests)
    .where(requests.c.id == bindparam("request"), requests.c.version == bindparam("expected"))
    .values(version=bindparam("version"), status=bindparam("status"), body=bindparam("body"))
)
_HOLD = insert(request_packages).on_conflict_do_nothing()
_LET_GO = (
    update(request_packages)
    .where(request_packages.c.request_id == bindparam("request"), request_packages.c.open)
    .values(open=False)
)
_HOLDER = select(request_packages.c.request_id).where(
    request_packages.c.guest_address == bindparam("address"),
    request_packages.c.package == bindparam("package"),
    request_packages.c.open,
)
_HELD = select(request_packages.c.package, request_packages.c.request_id).where(
    request_packages.c.guest_address == bindparam("address"), request_packages.c.open
)
_OF_SPONSOR = (
    select(requests.c.body)
    .where(requests.c.sponsor_id == bindparam("sponsor"))
    .order_by(requests.c.submitted_at.desc(), requests.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
# The sponsor's first request is the row that all of theirs share. SQLite has one writer, and passes over FOR UPDATE.
_ALONE_FOR = (
    select(requests.c.id)
    .where(requests.c.sponsor_id == bindparam("sponsor"))
    .order_by(requests.c.submitted_at, requests.c.id)
    .limit(1)
    .with_for_update()
)
_COUNT_OF_SPONSOR = (
    select(func.count())
    .select_from(requests)
    .where(
        requests.c.sponsor_id == bindparam("sponsor"),
        requests.c.submitted_at >= bindparam("since"),
        requests.c.id != bindparam("besides"),
    )
)
_ABOUT_GUEST = (
    select(requests.c.body)
    .where(requests.c.guest_address == bindparam("address"))
    .order_by(requests.c.submitted_at.desc(), requests.c.id.desc())
    .limit(bindparam("limit"))
)
_ALL_AFTER = (
    select(requests.c.body).where(requests.c.id > bindparam("after")).order_by(requests.c.id).limit(bindparam("limit"))
)


class RequestRows:
    """`bot.workflow.ports.Requests` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, request_id: str) -> Request | None:
        row = self._session.row(_GET, id=request_id)
        return _BODY.decode(row[0]) if row else None

    def with_nonce(self, nonce: str) -> Request | None:
        row = self._session.row(_WITH_NONCE, nonce=nonce)
        return _BODY.decode(row[0]) if row else None

    def add(self, request: Request) -> None:
        added = self._session.change(
            _INSERT,
            id=request.id,
            version=request.version,
            status=request.status.value,
            nonce=request.nonce,
            sponsor_id=request.sponsor.id,
            guest_address=request.guest_address,
            submitted_at=micros(request.submitted_at),
            body=_BODY.encode(request),
        )
        if not added:
            raise Conflict(f"request id {request.id} or its nonce is taken")
        # In one order for all, so that two requests for the same packages wait for one another and never deadlock.
        for package in sorted(request.packages):
            self._hold(request, package)

    def _hold(self, request: Request, package: str) -> None:
        held = self._session.change(
            _HOLD,
            request_id=request.id,
            package=package,
            guest_address=request.guest_address,
            open=request.status.is_open,
        )
        if held:
            return
        holder = self._session.row(_HOLDER, address=request.guest_address, package=package)
        if holder is None:
            # Its holder let go between the two statements (PostgreSQL): asking again may succeed.
            raise Conflict(f"{package} was held a moment ago")
        raise OpenRequestExists(id=holder[0])

    def save(self, request: Request) -> Request:
        after = replace(request, version=request.version + 1)
        saved = self._session.change(
            _SAVE,
            request=request.id,
            expected=request.version,
            version=after.version,
            status=after.status.value,
            body=_BODY.encode(after),
        )
        if not saved:
            raise Conflict(f"request {request.id} is not at version {request.version}")
        if not after.status.is_open:
            self._session.change(_LET_GO, request=request.id)
        raise_wanted(self._session, request.id, after.version)
        return after

    def of_sponsor(self, sponsor_id: str, *, limit: int, offset: int = 0) -> Sequence[Request]:
        rows = self._session.rows(_OF_SPONSOR, sponsor=sponsor_id, limit=limit, offset=offset)
        return [_BODY.decode(row[0]) for row in rows]

    def count_of_sponsor(self, sponsor_id: str, *, since: datetime | None = None, besides: str | None = None) -> int:
        row = self._session.row(
            _COUNT_OF_SPONSOR, sponsor=sponsor_id, since=micros(since) if since else 0, besides=besides or ""
        )
        return int(row[0]) if row else 0

    def alone_for(self, sponsor_id: str) -> None:
        self._session.rows(_ALONE_FOR, sponsor=sponsor_id)

    def about_guest(self, address: str, *, limit: int) -> Sequence[Request]:
        return [_BODY.decode(row[0]) for row in self._session.rows(_ABOUT_GUEST, address=address, limit=limit)]

    def all_after(self, request_id: str, *, limit: int) -> Sequence[Request]:
        return [_BODY.decode(row[0]) for row in self._session.rows(_ALL_AFTER, after=request_id, limit=limit)]

    def open_for_guest(self, address: str) -> Mapping[str, str]:
        return dict(self._session.rows(_HELD, address=address))
