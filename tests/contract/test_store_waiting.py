"""Waiting for jobs, on both databases: who is woken, and when."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.store.store import DatabaseStore
from bot.workflow.records import JobKind
from tests.contract.store_samples import NOW, MovableClock

LEASE = timedelta(seconds=30)
LONG = timedelta(seconds=5)
KINDS = [JobKind.INVITE, JobKind.DRAW]


class Wait:
    """A worker that has claimed nothing and waits."""

    def __init__(self, store: DatabaseStore, *, at_most: timedelta = LONG, pace: timedelta | None = None) -> None:
        self._store = store
        self._at_most = at_most
        self._pace = {JobKind.INVITE: pace} if pace else None
        self.claimed = 0

    async def run(self) -> float:
        self.claimed = len(await self._store.claim(KINDS, limit=5, lease=LEASE, pace=self._pace))
        begun = time.monotonic()
        await self._store.wait_for_jobs(at_most=self._at_most)
        return time.monotonic() - begun


@pytest.fixture
async def waiting(second: DatabaseStore) -> AsyncIterator["asyncio.Task[float]"]:
    task = asyncio.create_task(Wait(second).run())
    await asyncio.sleep(0.1)
    yield task
    task.cancel()


async def test_a_job_wakes_the_waiting_worker_of_its_own_process(store: DatabaseStore) -> None:
    task = asyncio.create_task(Wait(store).run())
    await asyncio.sleep(0.05)
    assert not task.done()

    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))

    assert await asyncio.wait_for(task, 1) < 1


async def test_a_job_that_comes_between_the_claim_and_the_wait_is_not_missed(store: DatabaseStore) -> None:
    assert await store.claim(KINDS, limit=5, lease=LEASE) == []
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))

    await asyncio.wait_for(store.wait_for_jobs(at_most=LONG), 1)


async def test_a_claim_that_was_full_waits_for_nothing(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "2", due=NOW))
    assert len(await store.claim(KINDS, limit=1, lease=LEASE)) == 1

    await asyncio.wait_for(store.wait_for_jobs(at_most=LONG), 1)


async def test_waiting_ends_after_at_most_so_long(store: DatabaseStore) -> None:
    assert await Wait(store, at_most=timedelta(seconds=0.1)).run() == pytest.approx(0.1, abs=0.09)


async def test_waiting_ends_when_a_later_job_becomes_due(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW + timedelta(seconds=0.1)))

    assert await Wait(store).run() == pytest.approx(0.1, abs=0.09)


async def test_waiting_ends_when_a_lease_runs_out(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))
    await store.claim(KINDS, limit=1, lease=timedelta(seconds=0.1))

    assert await Wait(store).run() == pytest.approx(0.1, abs=0.09)


async def test_waiting_ends_when_a_pause_ends_and_not_at_once(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))
    until = NOW + timedelta(seconds=0.1)
    await store.transact(lambda tx: tx.jobs.pause([JobKind.DRAW], until=until, reason="throttled"))
    await asyncio.sleep(0.05)  # the news of the job itself

    assert await Wait(store).run() == pytest.approx(0.1, abs=0.09)


async def test_waiting_ends_when_the_next_turn_of_a_paced_kind_opens(store: DatabaseStore) -> None:
    for guest in ("ana", "bo"):
        await store.transact(lambda tx, guest=guest: tx.jobs.enqueue(JobKind.INVITE, guest, due=NOW))  # type: ignore[misc]
    await asyncio.sleep(0.05)
    wait = Wait(store, pace=timedelta(seconds=0.1))

    assert await wait.run() == pytest.approx(0.1, abs=0.09)
    assert wait.claimed == 1


async def test_waking_makes_workers_look_at_once(store: DatabaseStore) -> None:
    task = asyncio.create_task(Wait(store).run())
    await asyncio.sleep(0.05)

    store.wake()

    assert await asyncio.wait_for(task, 1) < 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_job_of_another_replica_wakes_a_waiting_worker(
    store: DatabaseStore, waiting: "asyncio.Task[float]", clock: MovableClock
) -> None:
    assert not waiting.done()

    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DRAW, "1", due=NOW))

    assert await asyncio.wait_for(waiting, 1) < 1
