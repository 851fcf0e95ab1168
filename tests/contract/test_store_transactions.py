"""What a transaction is, on both databases: all or nothing, told after COMMIT, never half of it."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.errors import DomainError, OpenRequestExists
from bot.store.errors import ReadOnly, SchemaMismatch, StoreClosed, TransactionOver
from bot.store.store import DatabaseStore
from bot.workflow.ports import Conflict, Tx
from bot.workflow.records import Card, JobKind
from tests.contract.store_samples import NOW, MovableClock, a_chat, a_request, an_entry
from tests.databases import Postgres


def submit(tx: Tx) -> str:
    """A state change, its audit entry and the jobs that it causes."""
    tx.requests.add(a_request())
    tx.audit.append(an_entry())
    tx.postings.want(Card.APPROVAL, "7KQ2M9X", version=0, channel="guest-requests", at=NOW)
    tx.jobs.enqueue(JobKind.DELIVER, "7KQ2M9X", due=NOW)
    return "submitted"


async def stored(store: DatabaseStore) -> tuple[bool, int, int, int]:
    def look(tx: Tx) -> tuple[bool, int, int]:
        about = tx.postings.about("7KQ2M9X")
        return tx.requests.get("7KQ2M9X") is not None, len(tx.audit.about(["7KQ2M9X"])), len(about)

    there, entries, postings = await store.read(look)
    jobs = await store.claim([JobKind.DELIVER, JobKind.DRAW], limit=9, lease=timedelta(seconds=1))
    return there, entries, postings, len(jobs)


async def test_a_change_its_audit_entry_and_its_jobs_are_stored_together(store: DatabaseStore) -> None:
    assert await store.transact(submit) == "submitted"

    assert await stored(store) == (True, 1, 1, 2)


async def test_a_refusal_after_everything_was_written_leaves_nothing(store: DatabaseStore) -> None:
    def refused(tx: Tx) -> None:
        submit(tx)
        raise OpenRequestExists(id="x")

    with pytest.raises(OpenRequestExists):
        await store.transact(refused)

    assert await stored(store) == (False, 0, 0, 0)


async def test_a_refused_transaction_does_not_touch_its_neighbours(store: DatabaseStore) -> None:
    def work(number: int) -> Callable[[Tx], int]:
        def run(tx: Tx) -> int:
            tx.drafts.delete("nobody")
            tx.conversations.save(a_chat(f"a:{number}"))
            if number % 2:
                raise DomainError(number=number)
            return number

        return run

    results = await asyncio.gather(*(store.transact(work(number)) for number in range(30)), return_exceptions=True)

    assert [isinstance(result, DomainError) for result in results] == [bool(number % 2) for number in range(30)]
    for number in range(30):
        chat = await store.read(lambda tx, number=number: tx.conversations.get(f"a:{number}"))  # type: ignore[misc]
        assert (chat is None) == bool(number % 2)


async def test_a_cancelled_await_does_not_cancel_the_transaction(store: DatabaseStore) -> None:
    task = asyncio.create_task(store.transact(submit))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await store.transact(lambda tx: None)
    async with asyncio.timeout(2):
        while not (await store.read(lambda tx: tx.requests.get("7KQ2M9X"))):
            await asyncio.sleep(0.01)

    assert await stored(store) == (True, 1, 1, 2)


async def test_closing_completes_what_was_asked(store: DatabaseStore, replica: Callable[[], DatabaseStore]) -> None:
    asked = asyncio.gather(
        *(
            store.transact(lambda tx, number=number: tx.conversations.save(a_chat(f"a:{number}")))  # type: ignore[misc]
            for number in range(20)
        )
    )
    await asyncio.sleep(0)
    await store.close()
    await asked

    again = replica()
    await again.start()
    assert await again.read(lambda tx: tx.conversations.get("a:19")) is not None
    with pytest.raises(StoreClosed):
        await store.transact(lambda tx: None)


@pytest.mark.parametrize(
    "write",
    [
        lambda tx: tx.requests.add(a_request()),
        lambda tx: tx.drafts.delete("x"),
        lambda tx: tx.seen.first_time(["x"], at=NOW),
        lambda tx: tx.jobs.arm(JobKind.DRAW, "1", due=NOW),
        lambda tx: tx.confirmations.take("x", "y", now=NOW),
        lambda tx: tx.audit.append(an_entry()),
    ],
)
async def test_writing_in_a_read_is_refused(store: DatabaseStore, write: Callable[[Tx], object]) -> None:
    with pytest.raises(ReadOnly):
        await store.read(write)


async def test_a_read_sees_one_state_throughout(store: DatabaseStore, second: DatabaseStore) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(tx: Tx) -> tuple[bool, bool]:
        before = tx.requests.get("7KQ2M9X") is not None
        asyncio.run_coroutine_threadsafe(second.transact(submit), loop).result(5)
        return before, tx.requests.get("7KQ2M9X") is not None

    assert await store.read(look_twice) == (False, False)
    assert await store.read(lambda tx: tx.requests.get("7KQ2M9X")) is not None


async def test_a_statement_that_failed_ends_its_transaction_even_if_the_work_goes_on(store: DatabaseStore) -> None:
    def swallows(tx: Tx) -> None:
        tx.requests.add(a_request())
        try:
            # A version that is no number in any database.
            tx.postings.want(Card.ALERT, "x", version=2**70, person="p", at=NOW)
        except Exception:
            return

    with pytest.raises(TransactionOver):
        await store.transact(swallows)
    assert await stored(store) == (False, 0, 0, 0)


async def test_a_tx_is_of_no_use_after_its_transaction(store: DatabaseStore) -> None:
    kept: list[Tx] = []
    await store.transact(kept.append)

    with pytest.raises(TransactionOver):
        kept[0].requests.get("7KQ2M9X")


async def test_an_end_of_the_program_raised_in_the_work_reaches_the_caller_as_an_error(store: DatabaseStore) -> None:
    def stop(tx: Tx) -> None:
        raise SystemExit(1)

    def iterate(tx: Tx) -> None:
        raise StopIteration

    for work in (stop, iterate):
        with pytest.raises(RuntimeError):
            await store.transact(work)
    assert await store.ready()


async def test_rivals_that_load_and_save_lose_no_update(store: DatabaseStore, second: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    def count(tx: Tx) -> None:
        request = tx.requests.get("7KQ2M9X")
        assert request is not None
        tx.requests.save(request)

    async def until_it_counts(replica: DatabaseStore) -> None:
        while True:
            try:
                return await replica.transact(count)
            except Conflict:
                continue

    await asyncio.gather(*(until_it_counts(replica) for replica in (store, second) * 10))

    request = await store.read(lambda tx: tx.requests.get("7KQ2M9X"))
    assert request is not None
    assert request.version == 20


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_transactions_that_lock_one_another_out_are_run_again(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    for subject in ("1", "2"):
        await store.transact(lambda tx, subject=subject: tx.jobs.arm(JobKind.DRAW, subject, due=NOW))  # type: ignore[misc]
    met = [False, False]
    runs = [0, 0]

    def both(mine: int, first: str, then: str) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            runs[mine] += 1
            tx.jobs.arm(JobKind.DRAW, first, due=NOW)
            met[mine] = True
            end = time.monotonic() + 2
            while not all(met) and time.monotonic() < end:
                time.sleep(0.005)
            tx.jobs.arm(JobKind.DRAW, then, due=NOW)

        return work

    await asyncio.gather(store.transact(both(0, "1", "2")), second.transact(both(1, "2", "1")))

    assert sorted(runs) == [1, 2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lost_connection_is_replaced(
    store: DatabaseStore, database_url: str, postgres_server: Postgres
) -> None:
    await store.transact(submit)
    name = database_url.partition("?")[0].rpartition("/")[2]
    postgres_server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )

    for _ in range(12):
        await store.transact(lambda tx: tx.audit.append(an_entry()))
        assert await store.read(lambda tx: tx.requests.get("7KQ2M9X")) is not None

    assert (await store.verify_audit()).entries == 13


async def test_a_store_does_not_start_on_an_empty_database_unless_told_to_migrate(
    replica: Callable[[], DatabaseStore], empty_database: None
) -> None:
    with pytest.raises(SchemaMismatch, match=r"python app\.py migrate"):
        await replica().start()

    store = replica()
    await store.start(migrate=True)
    assert await store.ready()
    await store.transact(submit)


async def test_migrating_at_once_and_again_changes_nothing(
    replica: Callable[[], DatabaseStore], empty_database: None
) -> None:
    await asyncio.gather(*(replica().migrate() for _ in range(3)))
    store = replica()
    await store.start()
    await store.transact(submit)

    await replica().migrate()

    assert await stored(store) == (True, 1, 1, 2)


async def test_a_store_on_a_closed_or_never_started_database_is_not_ready(
    store: DatabaseStore, replica: Callable[[], DatabaseStore], clock: MovableClock
) -> None:
    assert await store.ready()
    assert not await replica().ready()
    await store.close()
    assert not await store.ready()
