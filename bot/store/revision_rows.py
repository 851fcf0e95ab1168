"""Policy revisions, each kept once with its text, so that what a decision was made under can be read later."""

from datetime import datetime

from sqlalchemy import bindparam, select

from bot.store.codec import micros
from bot.store.session import Session
from bot.store.sql import insert
from bot.store.tables import revisions

_KEEP = insert(revisions).on_conflict_do_nothing()
_TEXT = select(revisions.c.text).where(revisions.c.revision == bindparam("revision"))


class RevisionRows:
    """`bot.workflow.ports.Revisions` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, revision: str, text: str, *, at: datetime) -> bool:
        return bool(self._session.change(_KEEP, revision=revision, text=text, at=micros(at)))

    def text(self, revision: str) -> str | None:
        row = self._session.row(_TEXT, revision=revision)
        return row[0] if row else None
