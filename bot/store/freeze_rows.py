"""What is frozen, and the alerts that administrators are told."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from bot.store.codec import Body
from bot.store.session import Session
from bot.store.sql import insert, upsert
from bot.store.tables import alerts, freezes
from bot.workflow.records import Alert, Freeze, FreezeKind

_FREEZE = Body(Freeze)
_ALERT = Body(Alert)

_ALL = select(freezes.c.body).order_by(freezes.c.kind, freezes.c.key)
_PUT = upsert(freezes)
_LIFT = delete(freezes).where(freezes.c.kind == bindparam("of_kind"), freezes.c.key == bindparam("of_key"))
_KEEP_ALERT = insert(alerts).on_conflict_do_nothing()
_GET_ALERT = select(alerts.c.body).where(alerts.c.id == bindparam("name"))


class FreezeRows:
    """`bot.workflow.ports.Freezes` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Sequence[Freeze]:
        return [_FREEZE.decode(row[0]) for row in self._session.rows(_ALL)]

    def put(self, freeze: Freeze) -> None:
        self._session.change(_PUT, kind=freeze.kind.value, key=freeze.key, body=_FREEZE.encode(freeze))

    def lift(self, kind: FreezeKind, key: str) -> bool:
        return bool(self._session.change(_LIFT, of_kind=kind.value, of_key=key))


class AlertRows:
    """`bot.workflow.ports.Alerts` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, alert: Alert) -> bool:
        return bool(self._session.change(_KEEP_ALERT, id=alert.id, body=_ALERT.encode(alert)))

    def get(self, alert_id: str) -> Alert | None:
        row = self._session.row(_GET_ALERT, name=alert_id)
        return _ALERT.decode(row[0]) if row else None
