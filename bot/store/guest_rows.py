"""Guests, and their redeem URLs, which are sealed at rest."""

from dataclasses import replace

from sqlalchemy import bindparam, select, update

from bot.domain.people import Guest
from bot.store.codec import Body
from bot.store.sealing import Seal
from bot.store.session import Session
from bot.store.sql import insert, upsert
from bot.store.tables import guests, redeem_urls
from bot.workflow.ports import Conflict

_BODY = Body(Guest)

_GET = select(guests.c.body).where(guests.c.address == bindparam("address"))
_INSERT = insert(guests).on_conflict_do_nothing()
_SAVE = (
    update(guests)
    .where(guests.c.address == bindparam("guest"), guests.c.version == bindparam("expected"))
    .values(version=bindparam("version"), body=bindparam("body"))
)
_KEEP_URL = upsert(redeem_urls)
_URL = select(redeem_urls.c.sealed).where(redeem_urls.c.address == bindparam("address"))


class GuestRows:
    """`bot.workflow.ports.Guests` in one transaction."""

    __slots__ = ("_seal", "_session")

    def __init__(self, session: Session, seal: Seal) -> None:
        self._session = session
        self._seal = seal

    def get(self, address: str) -> Guest | None:
        row = self._session.row(_GET, address=address)
        return _BODY.decode(row[0]) if row else None

    def save(self, guest: Guest) -> Guest:
        after = replace(guest, version=guest.version + 1)
        body = _BODY.encode(after)
        if guest.version == 0:
            saved = self._session.change(_INSERT, address=guest.address, version=after.version, body=body)
        else:
            saved = self._session.change(
                _SAVE, guest=guest.address, expected=guest.version, version=after.version, body=body
            )
        if not saved:
            raise Conflict(f"this guest is not at version {guest.version}")
        return after

    def keep_redeem_url(self, address: str, url: str) -> None:
        self._session.change(_KEEP_URL, address=address, sealed=self._seal.close(url))

    def redeem_url(self, address: str) -> str | None:
        """None too where none of DATA_KEYS opens it any more: a new invitation gives a new one."""
        row = self._session.row(_URL, address=address)
        return self._seal.open(row[0]) if row else None
