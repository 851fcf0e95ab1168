"""SQLite under stress: a full disk, a killed process, many waiting at once."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.errors import StoreFailed
from bot.store.open import open_store
from bot.store.sqlite import _connect
from bot.store.store import DatabaseStore
from bot.workflow.ports import Tx
from bot.workflow.records import JobKind
from tests.contract.store_samples import NOW, MovableClock, a_chat, an_entry
from tests.databases import DATA_KEYS


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[DatabaseStore]:
    opened = open_store(sqlite_url, clock=MovableClock(), data_keys=DATA_KEYS)
    await opened.start()
    yield opened
    await opened.close()


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def wal_size(url: str) -> int:
    return Path(f"{file_of(url)}-wal").stat().st_size


def chats_in(url: str) -> set[str]:
    with closing(sqlite3.connect(file_of(url))) as connection:
        return {identifier for (identifier,) in connection.execute("SELECT id FROM conversations")}


async def save_chat(store: DatabaseStore, identifier: str, *, filler: int = 0) -> None:
    await store.transact(lambda tx: tx.conversations.save(a_chat(identifier, locale="x" * filler)))


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Every write of this process beyond this size of a file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


async def test_a_full_disk_fails_the_whole_group_and_the_store_goes_on_when_there_is_room(
    store: DatabaseStore, sqlite_url: str
) -> None:
    await save_chat(store, "before")

    with no_room_beyond(wal_size(sqlite_url) + 10_000):
        results = await asyncio.gather(
            *(save_chat(store, f"during {number}", filler=50_000 if number == 3 else 0) for number in range(8)),
            return_exceptions=True,
        )

    stored = chats_in(sqlite_url)
    for number, result in enumerate(results):
        assert result is None or isinstance(result, StoreFailed)
        assert (f"during {number}" in stored) == (result is None)
    assert isinstance(results[3], StoreFailed)

    await save_chat(store, "after")
    assert {"before", "after"} <= chats_in(sqlite_url)


async def test_a_store_that_cannot_write_is_not_ready_but_reads(store: DatabaseStore) -> None:
    await save_chat(store, "before")

    with no_room_beyond(1):
        with pytest.raises(StoreFailed):
            await save_chat(store, "during")
        assert not await store.ready()
        assert await store.read(lambda tx: tx.conversations.get("before")) is not None

    assert await store.ready()
    await save_chat(store, "after")


async def test_work_that_swallows_a_full_disk_commits_nothing(store: DatabaseStore, sqlite_url: str) -> None:
    def swallow(tx: Tx) -> str:
        tx.conversations.save(a_chat("small"))
        try:
            for number in range(400):
                tx.conversations.save(a_chat(f"large {number}", locale="x" * 20_000))
        except Exception:
            return "all is well"
        return "there was room"

    with no_room_beyond(200_000), pytest.raises(StoreFailed):
        await store.transact(swallow)

    assert chats_in(sqlite_url) == set()
    await save_chat(store, "after")
    assert chats_in(sqlite_url) == {"after"}


async def test_a_file_that_is_locked_for_long_fails_the_group_and_the_thread_lives(
    store: DatabaseStore, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.sqlite.BUSY", 0.05)
    with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed):
            await save_chat(store, "during")
        other.execute("ROLLBACK")

    await save_chat(store, "after")
    assert chats_in(sqlite_url) == {"after"}


async def test_whoever_waits_together_is_committed_together(store: DatabaseStore) -> None:
    holding = threading.Event()
    blocker = asyncio.create_task(store.transact(lambda tx: holding.wait(5)))
    await asyncio.sleep(0.02)
    commits: list[str] = []

    def visible(tx: Tx) -> list[str]:
        commits.append("read")
        return [name for name in ("1", "2", "3") if tx.conversations.get(name)]

    group = [asyncio.create_task(save_chat(store, name)) for name in ("1", "2", "3")]
    await asyncio.sleep(0.02)
    assert await store.read(visible) == []
    holding.set()
    await asyncio.gather(blocker, *group)

    assert await store.read(visible) == ["1", "2", "3"]


async def test_a_refusal_waits_for_the_commit_of_the_neighbour_it_rests_on(
    store: DatabaseStore, sqlite_url: str
) -> None:
    holding = threading.Event()
    blocker = asyncio.create_task(store.transact(lambda tx: holding.wait(5)))
    await asyncio.sleep(0.02)

    def refuse_if_there(tx: Tx) -> None:
        if tx.conversations.get("neighbour"):
            raise LookupError("the neighbour is there")

    # In one group: the neighbour, a refusal that rests on it, and what fills the disk and so undoes the neighbour.
    group = asyncio.gather(
        save_chat(store, "neighbour"),
        store.transact(refuse_if_there),
        save_chat(store, "too large", filler=3_000_000),
        return_exceptions=True,
    )
    await asyncio.sleep(0.02)
    with no_room_beyond(200_000):
        holding.set()
        results = await group
    await blocker

    assert [type(result) for result in results] == [StoreFailed, StoreFailed, StoreFailed]
    assert chats_in(sqlite_url) == set()


async def test_the_chain_goes_on_over_the_transactions_of_a_group(store: DatabaseStore) -> None:
    def audit(tx: Tx) -> None:
        tx.audit.append(an_entry())

    def refused(tx: Tx) -> None:
        tx.audit.append(an_entry())
        raise LookupError

    await asyncio.gather(
        *(store.transact(refused if number % 4 == 2 else audit) for number in range(40)), return_exceptions=True
    )

    verdict = await store.verify_audit()
    assert (verdict.whole, verdict.entries) == (True, 30)


KILLED = """
    import asyncio, sys
    from datetime import UTC, datetime
    from bot.store.open import open_store
    from bot.workflow.records import JobKind
    from tests.contract.store_samples import a_chat, an_entry
    from tests.databases import DATA_KEYS

    async def main() -> None:
        store = open_store(sys.argv[1], clock=lambda: datetime.now(UTC), data_keys=DATA_KEYS)
        await store.start()

        async def caller(caller: int) -> None:
            for number in range(10**6):
                name = f"{caller}-{number}"
                def work(tx):
                    tx.conversations.save(a_chat(name))
                    tx.audit.append(an_entry(name))
                    tx.jobs.enqueue(JobKind.DELIVER, name, due=datetime.now(UTC))
                await store.transact(work)
                sys.stdout.write(name + "\\n")
                sys.stdout.flush()

        await asyncio.gather(*(caller(number) for number in range(16)))

    asyncio.run(main())
"""


def acknowledged_until_killed(url: str, lines: int) -> list[str]:
    """Kills a process that stores without end, once it has said so many times that something is stored."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), url], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    os.kill(process.pid, signal.SIGKILL)
    said += process.stdout.read().splitlines(keepends=True)
    process.wait()
    return [line.strip() for line in said if line.endswith("\n")]


@pytest.mark.parametrize("lines", [1, 150, 700])
async def test_what_was_acknowledged_is_there_after_kill_9(sqlite_url: str, lines: int) -> None:
    acknowledged = acknowledged_until_killed(sqlite_url, lines)

    store = open_store(sqlite_url, clock=MovableClock(NOW + timedelta(days=3650)), data_keys=DATA_KEYS)
    await store.start()
    jobs = await store.claim([JobKind.DELIVER], limit=10**6, lease=timedelta(minutes=1))
    verdict = await store.verify_audit()
    await store.close()

    chats = chats_in(sqlite_url)
    assert len(acknowledged) >= lines
    assert set(acknowledged) <= chats
    assert {job.subject for job in jobs} == chats
    assert (verdict.whole, verdict.entries) == (True, len(chats))


def test_every_connection_syncs_each_commit_to_disk(sqlite_url: str) -> None:
    for read_only in (False, True):
        with closing(_connect(file_of(sqlite_url), read_only=read_only)) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_database_itself_refuses_a_reader_that_writes(sqlite_url: str) -> None:
    with (
        closing(_connect(file_of(sqlite_url), read_only=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM drafts")
