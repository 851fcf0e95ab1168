"""Jobs in the store, on both databases: once for ever, armed again, leases, fencing, pace, pause."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.store.store import DatabaseStore
from bot.workflow.ports import ClaimLost, Tx
from bot.workflow.records import Job, JobKind
from tests.contract.store_samples import NOW, MovableClock

LEASE = timedelta(seconds=30)
INVITE = JobKind.INVITE


async def enqueue(store: DatabaseStore, subject: str = "ana", due: datetime = NOW, kind: JobKind = INVITE) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(kind, subject, due=due, payload={"run": "enqueued"}))


async def arm(store: DatabaseStore, subject: str = "ana", due: datetime = NOW) -> None:
    await store.transact(lambda tx: tx.jobs.arm(INVITE, subject, due=due, payload={"run": "armed"}))


async def claim(store: DatabaseStore, *kinds: JobKind, limit: int = 10) -> list[Job]:
    return list(await store.claim(kinds or (INVITE,), limit=limit, lease=LEASE))


async def claim_one(store: DatabaseStore) -> Job:
    (job,) = await claim(store)
    return job


async def finish(store: DatabaseStore, job: Job) -> None:
    await store.transact(lambda tx: tx.jobs.finish(job))


async def test_a_due_job_is_claimed_once_and_under_a_lease(store: DatabaseStore, second: DatabaseStore) -> None:
    await enqueue(store)

    job = await claim_one(store)

    assert (job.kind, job.subject, job.step, job.attempt) == (INVITE, "ana", "", 1)
    assert (job.due, job.created_at, job.lease_until) == (NOW, NOW, NOW + LEASE)
    assert job.payload == {"run": "enqueued"}
    assert await claim(store) == []
    assert await claim(second) == []


async def test_a_job_is_enqueued_once_for_ever(store: DatabaseStore) -> None:
    await enqueue(store)
    await enqueue(store, due=NOW - timedelta(days=1))
    job = await claim_one(store)
    assert job.due == NOW
    await finish(store, job)

    await enqueue(store)

    assert await claim(store) == []


async def test_steps_of_one_subject_are_jobs_of_their_own(store: DatabaseStore) -> None:
    def both(tx: Tx) -> None:
        tx.jobs.enqueue(INVITE, "ana", due=NOW, step="3d")
        tx.jobs.enqueue(INVITE, "ana", due=NOW, step="10d")

    await store.transact(both)

    assert [job.step for job in await claim(store)] == ["3d", "10d"]


async def test_a_job_is_not_claimed_before_it_is_due(store: DatabaseStore, clock: MovableClock) -> None:
    await enqueue(store, due=NOW + timedelta(minutes=1))

    assert await claim(store) == []
    clock.move(minutes=1)
    assert len(await claim(store)) == 1


async def test_the_oldest_due_jobs_are_claimed_first_over_all_kinds(store: DatabaseStore) -> None:
    await enqueue(store, "third", NOW - timedelta(minutes=1))
    await enqueue(store, "first", NOW - timedelta(minutes=3), kind=JobKind.DRAW)
    await enqueue(store, "second", NOW - timedelta(minutes=2))

    claimed = await claim(store, JobKind.DRAW, INVITE, limit=2)

    assert [job.subject for job in claimed] == ["first", "second"]


async def test_a_worker_claims_only_the_kinds_that_it_knows(store: DatabaseStore) -> None:
    await enqueue(store)

    assert await claim(store, JobKind.DRAW, JobKind.LAPSE) == []
    assert await store.claim([], limit=5, lease=LEASE) == []


async def test_a_claim_that_ran_out_is_taken_over_and_finishes_nothing(
    store: DatabaseStore, second: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store)
    lost = await claim_one(store)
    clock.move(seconds=31)

    taken = await claim_one(second)

    assert (taken.id, taken.attempt) == (lost.id, 2)
    assert taken.token != lost.token
    for leave in (
        lambda tx: tx.jobs.finish(lost),
        lambda tx: tx.jobs.retry(lost, due=NOW, error="x"),
        lambda tx: tx.jobs.postpone(lost, due=NOW),
        lambda tx: tx.jobs.bury(lost, error="x"),
    ):
        with pytest.raises(ClaimLost):
            await store.transact(leave)
    assert not await store.renew(lost, lease=LEASE)
    await finish(second, taken)


async def test_a_lost_claim_rolls_back_all_that_its_transaction_wrote(
    store: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store)
    lost = await claim_one(store)
    clock.move(seconds=31)
    await claim_one(store)

    def record(tx: Tx) -> None:
        tx.jobs.enqueue(JobKind.DELIVER, "follows", due=NOW)
        tx.jobs.finish(lost)

    with pytest.raises(ClaimLost):
        await store.transact(record)
    assert await claim(store, JobKind.DELIVER) == []


async def test_finishing_twice_is_refused(store: DatabaseStore) -> None:
    await enqueue(store)
    job = await claim_one(store)
    await finish(store, job)

    with pytest.raises(ClaimLost):
        await finish(store, job)


async def test_a_renewed_claim_is_held_longer(store: DatabaseStore, clock: MovableClock) -> None:
    await enqueue(store)
    job = await claim_one(store)
    clock.move(seconds=20)

    assert await store.renew(job, lease=LEASE)

    clock.move(seconds=20)
    assert await claim(store) == []
    await finish(store, job)


async def test_a_retry_counts_the_attempt_and_a_postponement_does_not(
    store: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store)
    job = await claim_one(store)
    await store.transact(lambda tx: tx.jobs.retry(job, due=NOW + timedelta(minutes=1), error="graph-throttled"))
    assert await claim(store) == []
    clock.move(minutes=1)

    second = await claim_one(store)
    assert (second.attempt, second.last_error) == (2, "graph-throttled")
    await store.transact(lambda tx: tx.jobs.postpone(second, due=clock.now))

    assert (await claim_one(store)).attempt == 2


async def test_a_buried_job_is_kept_and_not_run_until_it_is_armed(store: DatabaseStore, clock: MovableClock) -> None:
    await enqueue(store)
    job = await claim_one(store)
    await store.transact(lambda tx: tx.jobs.bury(job, error="graph-not-allowed"))
    clock.move(days=1)
    assert await claim(store) == []
    (dead,) = await store.read(lambda tx: tx.jobs.dead(limit=5))
    assert (dead.subject, dead.last_error, dead.attempt) == ("ana", "graph-not-allowed", 1)

    await arm(store)

    again = await claim_one(store)
    assert (again.attempt, again.last_error, again.payload) == (1, None, {"run": "armed"})
    assert await store.read(lambda tx: tx.jobs.dead(limit=5)) == []


async def test_arming_a_finished_job_runs_it_again_as_a_first_try(store: DatabaseStore) -> None:
    await enqueue(store)
    await finish(store, await claim_one(store))

    await arm(store)

    assert (await claim_one(store)).attempt == 1


async def test_arming_a_waiting_job_moves_it(store: DatabaseStore, clock: MovableClock) -> None:
    await enqueue(store)
    await arm(store, due=NOW + timedelta(hours=1))

    assert await claim(store) == []
    clock.move(hours=1)
    assert (await claim_one(store)).payload == {"run": "armed"}


async def test_a_job_armed_while_it_runs_runs_exactly_once_more(store: DatabaseStore) -> None:
    await enqueue(store)
    job = await claim_one(store)
    for _ in range(3):
        await arm(store)
    assert await claim(store) == []

    await finish(store, job)

    once_more = await claim_one(store)
    assert (once_more.attempt, once_more.payload) == (1, {"run": "armed"})
    await finish(store, once_more)
    assert await claim(store) == []


async def test_a_job_armed_while_it_runs_still_runs_again_after_a_retry_or_its_burial(store: DatabaseStore) -> None:
    await enqueue(store)
    job = await claim_one(store)
    await arm(store)
    await store.transact(lambda tx: tx.jobs.retry(job, due=NOW, error="x"))
    retried = await claim_one(store)
    assert (retried.attempt, retried.payload) == (2, {"run": "enqueued"})

    await store.transact(lambda tx: tx.jobs.bury(retried, error="x"))

    assert (await claim_one(store)).payload == {"run": "armed"}
    assert await store.read(lambda tx: tx.jobs.dead(limit=5)) == []


async def test_arming_a_job_whose_claim_ran_out_shuts_the_late_worker_out(
    store: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store)
    late = await claim_one(store)
    clock.move(seconds=31)

    await arm(store, due=clock.now + timedelta(days=90))

    assert await claim(store) == []
    with pytest.raises(ClaimLost):
        await finish(store, late)


async def test_a_cancelled_job_does_not_run_until_it_is_armed(store: DatabaseStore) -> None:
    await enqueue(store)
    await store.transact(lambda tx: tx.jobs.cancel(INVITE, "ana"))

    assert await claim(store) == []
    await enqueue(store)
    assert await claim(store) == []
    await arm(store)
    assert len(await claim(store)) == 1


async def test_a_job_cancelled_while_it_runs_may_finish_but_does_not_run_again(
    store: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store, "ana")
    await enqueue(store, "bo")
    ana, bo = await claim(store)
    for subject in ("ana", "bo"):
        await store.transact(lambda tx, subject=subject: tx.jobs.cancel(INVITE, subject))  # type: ignore[misc]

    await finish(store, ana)
    await store.transact(lambda tx: tx.jobs.retry(bo, due=NOW, error="x"))
    clock.move(hours=1)

    assert await claim(store) == []


async def test_a_pause_holds_its_kinds_for_every_replica_until_it_ends(
    store: DatabaseStore, second: DatabaseStore, clock: MovableClock
) -> None:
    await enqueue(store)
    await enqueue(store, kind=JobKind.DRAW)
    until = NOW + timedelta(minutes=5)

    await store.transact(lambda tx: tx.jobs.pause([INVITE], until=until, reason="throttled"))
    await store.transact(lambda tx: tx.jobs.pause([INVITE], until=NOW + timedelta(minutes=1), reason="earlier"))

    assert await second.read(lambda tx: tx.jobs.paused()) == {INVITE: (until, "throttled")}
    assert [job.kind for job in await claim(second, INVITE, JobKind.DRAW)] == [JobKind.DRAW]
    clock.move(minutes=5)
    assert await second.read(lambda tx: tx.jobs.paused()) == {}
    assert len(await claim(second)) == 1


async def test_a_pause_can_be_lifted(store: DatabaseStore, second: DatabaseStore) -> None:
    await enqueue(store)
    await store.transact(lambda tx: tx.jobs.pause([INVITE], until=NOW + timedelta(days=9), reason="blocked"))

    await store.transact(lambda tx: tx.jobs.unpause([INVITE]))

    assert len(await claim(second)) == 1


async def test_a_paced_kind_is_claimed_once_an_interval_over_all_replicas(
    store: DatabaseStore, second: DatabaseStore, clock: MovableClock
) -> None:
    pace = {INVITE: timedelta(seconds=10)}
    for number in range(5):
        await enqueue(store, f"guest {number}")
    await enqueue(store, "posting", kind=JobKind.DRAW)

    async def paced() -> list[JobKind]:
        found = await asyncio.gather(
            *(replica.claim([INVITE, JobKind.DRAW], limit=5, lease=LEASE, pace=pace) for replica in (store, second) * 4)
        )
        return sorted(job.kind for jobs in found for job in jobs)

    assert await paced() == [JobKind.DRAW, INVITE]
    clock.move(seconds=9)
    assert await paced() == []
    clock.move(seconds=1)
    assert await paced() == [INVITE]


async def test_no_turn_is_lost_where_a_paced_kind_has_nothing_due(store: DatabaseStore) -> None:
    pace = {INVITE: timedelta(hours=1)}
    assert await store.claim([INVITE], limit=5, lease=LEASE, pace=pace) == []
    await enqueue(store)

    assert len(await store.claim([INVITE], limit=5, lease=LEASE, pace=pace)) == 1


async def test_replicas_that_claim_at_once_share_the_jobs_out(store: DatabaseStore, second: DatabaseStore) -> None:
    def many(tx: Tx) -> None:
        for number in range(60):
            tx.jobs.enqueue(INVITE, f"guest {number}", due=NOW)

    await store.transact(many)

    found = await asyncio.gather(*(claim(replica, limit=7) for replica in (store, second) * 10))
    found.append(await claim(store, limit=60))

    ids = [job.id for jobs in found for job in jobs]
    assert len(ids) == len(set(ids)) == 60
