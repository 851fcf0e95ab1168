"""What is settled with each PostgreSQL connection, whatever the server's defaults are."""

import time
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.store.errors import StoreFailed
from bot.store.open import open_store
from bot.store.store import DatabaseStore
from bot.workflow.ports import Tx
from tests.contract.store_samples import MovableClock, a_chat
from tests.databases import DATA_KEYS, Postgres


@pytest.fixture
async def store(postgres_server: Postgres, postgres_url: str) -> AsyncIterator[DatabaseStore]:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    opened = open_store(postgres_url, clock=MovableClock(), data_keys=DATA_KEYS)
    await opened.start()
    yield opened
    await opened.close()


async def setting(store: DatabaseStore, name: str) -> str:
    ask = sa.select(sa.func.current_setting(name))
    answer: str = (await store._write(lambda session: session.rows(ask)))[0][0]
    return answer


async def test_commits_are_synced_where_the_server_would_not(store: DatabaseStore) -> None:
    assert await setting(store, "synchronous_commit") == "on"


async def test_a_replica_that_froze_in_a_transaction_lets_go_in_the_end(store: DatabaseStore) -> None:
    assert await setting(store, "idle_in_transaction_session_timeout") == "30s"


async def test_transactions_read_what_is_committed_and_reads_one_state(store: DatabaseStore) -> None:
    ask = sa.select(sa.func.current_setting("transaction_isolation"))

    assert await store._write(lambda session: session.rows(ask)) == [("read committed",)]
    assert await store._read(lambda session: session.rows(ask)) == [("repeatable read",)]


async def test_work_whose_connection_is_lost_before_its_commit_is_run_again(
    store: DatabaseStore, postgres_server: Postgres, postgres_url: str
) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    runs = 0

    def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        tx.conversations.save(a_chat())
        if runs == 1:
            postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            time.sleep(0.05)
        tx.drafts.delete("x")

    await store.transact(work)

    assert runs == 2
    assert await store.read(lambda tx: tx.conversations.get("a:1")) == a_chat()


async def test_a_server_that_is_gone_is_told_and_found_again(
    store: DatabaseStore, postgres_server: Postgres, postgres_url: str
) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    postgres_server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    with pytest.raises(StoreFailed):
        await store.transact(lambda tx: tx.conversations.save(a_chat()))
    assert not await store.ready()

    postgres_server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await store.transact(lambda tx: tx.conversations.save(a_chat()))
    assert await store.ready()
