"""Policy revisions, each kept once with its text, and which one is in force."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, literal_column, select, update

from bot.store.codec import Body, micros
from bot.store.posting_rows import raise_wanted
from bot.store.session import Session
from bot.store.sql import insert
from bot.store.tables import policy_in_force, policy_revisions
from bot.workflow.ports import Conflict
from bot.workflow.records import PolicyRevision, RevisionState

_BODY = Body(PolicyRevision)

_KEEP = insert(policy_revisions).on_conflict_do_nothing()
_GET = select(policy_revisions.c.body).where(policy_revisions.c.revision == bindparam("name"))
_SAVE = (
    update(policy_revisions)
    .where(policy_revisions.c.revision == bindparam("name"), policy_revisions.c.version == bindparam("expected"))
    .values(version=bindparam("version"), state=bindparam("state"), body=bindparam("body"))
)
_IN_STATE = (
    select(policy_revisions.c.body)
    .where(policy_revisions.c.state == bindparam("state"))
    .order_by(policy_revisions.c.revision)
)
_NEWEST = (
    select(policy_revisions.c.body)
    .order_by(policy_revisions.c.at.desc(), policy_revisions.c.revision.desc())
    .limit(bindparam("limit"))
)
_IN_FORCE = select(policy_in_force.c.revision).where(policy_in_force.c.id == literal_column("1"))
# Whoever decides under a revision holds it in force until the decision is committed; they do not wait for one another.
_HELD = _IN_FORCE.with_for_update(read=True)
_FIRST = insert(policy_in_force).on_conflict_do_nothing()
_CHANGE = (
    update(policy_in_force)
    .where(policy_in_force.c.id == literal_column("1"), policy_in_force.c.revision == bindparam("expected"))
    .values(revision=bindparam("name"), at=bindparam("since"))
)


class RevisionRows:
    """`bot.workflow.ports.Revisions` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, revision: PolicyRevision) -> bool:
        return bool(
            self._session.change(
                _KEEP,
                revision=revision.revision,
                version=revision.version,
                state=revision.state.value,
                at=micros(revision.at),
                body=_BODY.encode(revision),
            )
        )

    def get(self, revision: str) -> PolicyRevision | None:
        row = self._session.row(_GET, name=revision)
        return _BODY.decode(row[0]) if row else None

    def save(self, revision: PolicyRevision) -> PolicyRevision:
        after = replace(revision, version=revision.version + 1)
        saved = self._session.change(
            _SAVE,
            name=revision.revision,
            expected=revision.version,
            version=after.version,
            state=after.state.value,
            body=_BODY.encode(after),
        )
        if not saved:
            raise Conflict(f"policy revision {revision.revision} is not at version {revision.version}")
        raise_wanted(self._session, after.subject, after.version)
        return after

    def waiting(self) -> Sequence[PolicyRevision]:
        return [_BODY.decode(row[0]) for row in self._session.rows(_IN_STATE, state=RevisionState.WAITING.value)]

    def newest(self, *, limit: int) -> Sequence[PolicyRevision]:
        return [_BODY.decode(row[0]) for row in self._session.rows(_NEWEST, limit=limit)]

    def in_force(self, *, hold: bool = False) -> str | None:
        row = self._session.row(_HELD if hold else _IN_FORCE)
        return str(row[0]) if row else None

    def put_in_force(self, revision: str, *, instead_of: str | None, at: datetime) -> None:
        if instead_of is None:
            changed = self._session.change(_FIRST, id=1, revision=revision, at=micros(at))
        else:
            changed = self._session.change(_CHANGE, name=revision, expected=instead_of, since=micros(at))
        if not changed:
            raise Conflict(f"another policy revision is in force than {instead_of or 'none'}")
