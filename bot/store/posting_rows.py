"""Postings: which version each should show, and which one it shows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, select, update

from bot.store.codec import micros
from bot.store.job_rows import arm
from bot.store.session import Row, Session
from bot.store.sql import insert
from bot.store.tables import postings
from bot.workflow.records import Card, JobKind, Posting

_COLUMNS = select(
    postings.c.id,
    postings.c.card,
    postings.c.subject,
    postings.c.channel,
    postings.c.person,
    postings.c.slot,
    postings.c.wanted,
    postings.c.shown,
    postings.c.conversation_id,
    postings.c.activity_id,
    postings.c.unreachable,
)
_GET = _COLUMNS.where(postings.c.id == bindparam("id"))
_ABOUT = _COLUMNS.where(postings.c.subject == bindparam("subject")).order_by(postings.c.id)

_INSERT = insert(postings, without="id")
_WANT = _INSERT.on_conflict_do_update(
    index_elements=[
        postings.c.subject,
        postings.c.card,
        postings.c.channel,
        postings.c.person,
        postings.c.slot,
    ],
    set_={
        "wanted": case((_INSERT.excluded.wanted > postings.c.wanted, _INSERT.excluded.wanted), else_=postings.c.wanted)
    },
).returning(postings.c.id, postings.c.wanted, postings.c.shown)
_RAISE = (
    update(postings)
    .where(postings.c.subject == bindparam("about"), postings.c.wanted < bindparam("wanted"))
    .values(wanted=bindparam("wanted"))
    .returning(postings.c.id)
)
_SHOWN = (
    update(postings)
    .where(postings.c.id == bindparam("posting"))
    .values(
        shown=case((postings.c.shown < bindparam("version"), bindparam("version")), else_=postings.c.shown),
        conversation_id=bindparam("conversation"),
        activity_id=bindparam("activity"),
        unreachable=False,
    )
)
_LACKING = (
    select(postings.c.id)
    .where(postings.c.channel == bindparam("channel"), postings.c.shown < postings.c.wanted)
    .order_by(postings.c.id)
)
_UNREACHABLE = update(postings).where(postings.c.id == bindparam("posting")).values(unreachable=True)


def _draw(session: Session, posting_id: int, due: int) -> None:
    arm(session, JobKind.DRAW, str(posting_id), due=due)


def raise_wanted(session: Session, subject: str, version: int) -> None:
    """Every posting about this subject wants this version from now on, and is drawn again."""
    rows = session.rows(_RAISE, about=subject, wanted=version)
    if rows:
        now = session.now_micros()
        for (posting_id,) in sorted(rows):
            _draw(session, posting_id, now)


def _posting(row: Row) -> Posting:
    return Posting(
        id=row[0],
        card=Card(row[1]),
        subject=row[2],
        channel=row[3] or None,
        person=row[4] or None,
        slot=row[5],
        wanted=row[6],
        shown=row[7],
        conversation_id=row[8],
        activity_id=row[9],
        unreachable=bool(row[10]),
    )


class PostingRows:
    """`bot.workflow.ports.Postings` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def want(
        self,
        card: Card,
        subject: str,
        *,
        version: int,
        channel: str | None = None,
        person: str | None = None,
        slot: str = "",
        at: datetime,
    ) -> None:
        if bool(channel) == bool(person):
            raise ValueError("a posting is addressed to exactly one of a channel and a person")
        row = self._session.row(
            _WANT,
            card=card.value,
            subject=subject,
            channel=channel or "",
            person=person or "",
            slot=slot,
            wanted=version,
            shown=-1,
            conversation_id=None,
            activity_id=None,
            unreachable=False,
        )
        if row is not None and row[1] > row[2]:
            _draw(self._session, row[0], micros(at))

    def get(self, posting_id: int) -> Posting | None:
        row = self._session.row(_GET, id=posting_id)
        return _posting(row) if row else None

    def shown(self, posting_id: int, *, version: int, conversation_id: str, activity_id: str) -> None:
        self._session.change(
            _SHOWN, posting=posting_id, version=version, conversation=conversation_id, activity=activity_id
        )

    def unreachable(self, posting_id: int) -> None:
        self._session.change(_UNREACHABLE, posting=posting_id)

    def redraw(self, channel: str, *, at: datetime) -> None:
        # A look through all postings, for an act that administrators do a few times in a bot's life.
        for (posting_id,) in self._session.rows(_LACKING, channel=channel):
            _draw(self._session, posting_id, micros(at))

    def about(self, subject: str) -> Sequence[Posting]:
        return [_posting(row) for row in self._session.rows(_ABOUT, subject=subject)]
