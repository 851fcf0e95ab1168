"""The store: `bot.workflow.ports.Store` on a database, for one event loop."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import text

from bot.store.audit_check import AuditVerdict, check_audit
from bot.store.claims import Wanted, claim, next_due, renew, wanted
from bot.store.codec import micros, span
from bot.store.database import Database
from bot.store.errors import StoreClosed, StoreFailed
from bot.store.migrating import check_schema, migrate
from bot.store.outbox import Ask, Outbox
from bot.store.sealing import Seal
from bot.store.session import Session
from bot.store.transaction import Transaction
from bot.store.waiting import Look, Waiting
from bot.workflow.ports import Clock, Tx
from bot.workflow.records import Job, JobKind, StoredAuditEntry

T = TypeVar("T")

_READY_WITHIN = 2.0
"""Seconds that the database may take to answer before it counts as not ready."""

_FAR = 2**63 - 1

# Dirties one page and changes nothing: whether the disk takes a commit again.
_TOUCH = text("UPDATE alembic_version SET version_num = version_num")
_ANSWER = text("SELECT 1")


class DatabaseStore:
    """Open it by `bot.store.open.open_store`, then `start`. Bound to the event loop that starts it."""

    def __init__(self, database: Database, *, clock: Clock, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = Waiting()
        self._failing = False

    async def migrate(self) -> None:
        """Brings the schema to the newest migration. Safe beside running replicas and other migrations."""
        await asyncio.to_thread(migrate, self._database)

    async def start(self, *, migrate: bool = False) -> None:
        """Opens the database and starts its threads.

        Raises SchemaMismatch where it is not at the newest migration, unless `migrate` brings it there first.
        """
        if self._loop is not None:
            raise RuntimeError("the store was started before")
        if migrate:
            await self.migrate()
        await asyncio.to_thread(check_schema, self._database)
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._database.start, Outbox(loop, self._waiting.tell))
        self._loop = loop

    async def close(self) -> None:
        """Completes what was asked, then ends the threads."""
        if self._loop is None:
            return
        self._loop = None
        await asyncio.to_thread(self._database.close)

    async def ready(self) -> bool:
        """Whether the database answers, and takes writes again where it last failed to."""
        try:
            async with asyncio.timeout(_READY_WITHIN):
                if self._failing:
                    await self._write(lambda session: session.change(_TOUCH))
                await self._read(lambda session: session.rows(_ANSWER))
        except Exception:
            return False
        return True

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in one transaction in a database thread; its result, or what it raised, after COMMIT."""
        seal = self._seal
        return await self._write(lambda session: work(Transaction(session, seal)))

    async def read(self, work: Callable[[Tx], T]) -> T:
        """The same on one state of the database, read-only. Raises ReadOnly where `work` writes."""
        seal = self._seal
        return await self._read(lambda session: work(Transaction(session, seal)))

    async def claim(
        self,
        kinds: Collection[JobKind],
        *,
        limit: int,
        lease: timedelta,
        pace: Mapping[JobKind, timedelta] | None = None,
    ) -> Sequence[Job]:
        """Claims due jobs that nobody holds, oldest due first, each until `lease` from now."""
        asked = wanted(
            kinds, limit=limit, lease=span(lease), pace={kind: span(gap) for kind, gap in (pace or {}).items()}
        )
        now, news = micros(self._clock()), self._waiting.news
        claimed = await self._write(lambda session: claim(session, asked, now))
        self._waiting.looked(Look(asked=asked, at=now, news=news, more=len(claimed) >= limit))
        return claimed

    async def renew(self, job: Job, *, lease: timedelta) -> bool:
        """Holds the claim until `lease` from now. False where it was lost."""
        until = micros(self._clock()) + span(lease)
        return await self._write(lambda session: renew(session, job, until))

    async def wait_for_jobs(self, *, at_most: timedelta) -> None:
        """Waits for what the calling task last claimed: until more of it may be due, and at most so long."""
        look = self._waiting.last_look() or Look(
            asked=_NOTHING, at=micros(self._clock()), news=self._waiting.news, more=False
        )
        if look.more or look.news != self._waiting.news:
            return
        due = await self._read(lambda session: next_due(session, look.asked, look.at))
        if look.news != self._waiting.news:
            return
        most, now = span(at_most), micros(self._clock())
        wait = most if due is None else min(most, due - now)
        if wait > 0:
            await self._waiting.wait(until=_FAR if due is None else due, seconds=wait / 1_000_000)

    def wake(self) -> None:
        """Makes waiting workers look at once, as when the clock was moved."""
        self._waiting.tell(0)

    async def verify_audit(self, *, head: tuple[int, str] | None = None) -> AuditVerdict:
        """Walks the audit chain. With a `head` kept elsewhere a cut tail and a rewrite are found too."""
        return await self._read(lambda session: check_audit(session, head))

    async def audit_entries(self, subjects: Collection[str]) -> Sequence[StoredAuditEntry]:
        """What the trail holds about these, oldest first."""
        return await self.read(lambda tx: tx.audit.about(subjects))

    async def _write(self, work: Callable[[Session], T]) -> T:
        try:
            result = await self._ask(self._database.write, work)
        except StoreFailed:
            self._failing = True
            raise
        self._failing = False
        return result

    async def _read(self, work: Callable[[Session], T]) -> T:
        return await self._ask(self._database.read, work)

    def _ask(self, to: Callable[[Ask], None], work: Callable[[Session], T]) -> "asyncio.Future[T]":
        if self._loop is None:
            raise StoreClosed("the store is not open")
        done: asyncio.Future[T] = self._loop.create_future()
        to(Ask(work, done))
        return done


_NOTHING = Wanted(kinds=(), limit=0, lease=0, pace={})
