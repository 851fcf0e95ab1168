"""Policy revisions, freezes and held jobs in the store, on both databases."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command

from bot.domain.people import PersonRef
from bot.store.migrating import _config
from bot.store.open import open_store
from bot.store.sqlite import SqliteDatabase
from bot.store.store import DatabaseStore
from bot.workflow.ports import Conflict
from bot.workflow.records import (
    Alert,
    Card,
    Freeze,
    FreezeKind,
    JobKind,
    Origin,
    PolicyRevision,
    RevisionState,
    Simulated,
)
from policies.changes import Change, ChangeKind
from tests.contract.store_samples import NOW, MovableClock
from tests.databases import DATA_KEYS

LEASE = timedelta(seconds=30)
FIRST = PolicyRevision(
    revision="0123456789ab",
    files=(("10-a.yaml", "rules: []\n# b.yaml\n"), ("20-ü.yaml", "lists: {}")),
    at=NOW,
    state=RevisionState.ACCEPTED,
    origin=Origin(commit="c" * 40, author="Ana <ana@x.example>", author_addresses=("ana@x.example",)),
    changes=(Change(kind=ChangeKind.ADDED, what="rules", key="a", may_grant=True),),
    simulated=Simulated(looked_at=3, differences=(("newly denied", "by a", 2),)),
)
SECOND = replace(FIRST, revision="ba9876543210", at=NOW + timedelta(hours=1), state=RevisionState.WAITING)


async def test_a_revision_is_kept_once_and_comes_back_as_it_was(store: DatabaseStore) -> None:
    assert await store.transact(lambda tx: tx.revisions.keep(FIRST))
    assert not await store.transact(lambda tx: tx.revisions.keep(replace(FIRST, files=())))
    await store.transact(lambda tx: tx.revisions.keep(SECOND))
    assert await store.read(lambda tx: tx.revisions.get(FIRST.revision)) == FIRST
    assert await store.read(lambda tx: tx.revisions.get("nothing")) is None
    assert await store.read(lambda tx: tx.revisions.newest(limit=5)) == [SECOND, FIRST]
    assert await store.read(lambda tx: tx.revisions.newest(limit=1)) == [SECOND]
    assert await store.read(lambda tx: tx.revisions.waiting()) == [SECOND]


async def test_a_revision_is_settled_once_and_its_card_is_drawn_again(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    await store.transact(lambda tx: tx.revisions.keep(SECOND))
    await store.transact(lambda tx: tx.postings.want(Card.POLICY, SECOND.subject, version=0, channel="admins", at=NOW))
    settled = replace(SECOND, state=RevisionState.REJECTED, by=PersonRef(id="p", name="P"), settled_at=NOW)
    saved = await store.transact(lambda tx: tx.revisions.save(settled))
    assert saved == replace(settled, version=1)
    with pytest.raises(Conflict):
        await second.transact(lambda tx: tx.revisions.save(replace(SECOND, state=RevisionState.ACCEPTED)))
    assert await store.read(lambda tx: tx.revisions.get(SECOND.revision)) == saved
    assert await store.read(lambda tx: tx.revisions.waiting()) == []
    [posting] = await store.read(lambda tx: tx.postings.about(SECOND.subject))
    assert posting.wanted == 1


async def test_one_row_names_the_revision_in_force_and_only_its_successor_replaces_it(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    assert await store.read(lambda tx: tx.revisions.in_force()) is None
    await store.transact(lambda tx: tx.revisions.put_in_force("a", instead_of=None, at=NOW))
    with pytest.raises(Conflict):
        await second.transact(lambda tx: tx.revisions.put_in_force("b", instead_of=None, at=NOW))
    await second.transact(lambda tx: tx.revisions.put_in_force("b", instead_of="a", at=NOW))
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.revisions.put_in_force("c", instead_of="a", at=NOW))
    assert await store.read(lambda tx: tx.revisions.in_force()) == "b"


async def test_of_two_successors_at_the_same_moment_one_wins(store: DatabaseStore, second: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.revisions.put_in_force("a", instead_of=None, at=NOW))
    outcomes = await asyncio.gather(
        *(
            each.transact(lambda tx, name=name: tx.revisions.put_in_force(name, instead_of="a", at=NOW))  # type: ignore[misc]
            for each, name in ((store, "b"), (second, "c"))
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]


async def test_what_is_held_in_force_is_not_replaced_before_the_end(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    """Two that decide hold it together; a change waits for both, and is not lost."""
    await store.transact(lambda tx: tx.revisions.put_in_force("a", instead_of=None, at=NOW))

    def decide(tx: object) -> list[str | None]:
        import time

        seen = [tx.revisions.in_force(hold=True)]  # type: ignore[attr-defined]
        time.sleep(0.2)
        return [*seen, tx.revisions.in_force()]  # type: ignore[attr-defined]

    deciding = [asyncio.create_task(each.transact(decide)) for each in (store, second)]
    await asyncio.sleep(0.05)
    await second.transact(lambda tx: tx.revisions.put_in_force("b", instead_of="a", at=NOW))
    first, other = await asyncio.gather(*deciding)
    assert first in (["a", "a"], ["b", "b"]) and other in (["a", "a"], ["b", "b"])
    assert await store.read(lambda tx: tx.revisions.in_force()) == "b"


async def test_a_freeze_is_put_changed_and_lifted(store: DatabaseStore, second: DatabaseStore) -> None:
    freeze = Freeze(kind=FreezeKind.PARTNER, key="fabrikam", reason="Audit.", by=PersonRef(id="p", name="P"), at=NOW)
    everything = replace(freeze, kind=FreezeKind.ALL, key="")
    await store.transact(lambda tx: tx.freezes.put(freeze))
    await store.transact(lambda tx: tx.freezes.put(everything))
    await second.transact(lambda tx: tx.freezes.put(replace(freeze, reason="Longer.")))
    assert await store.read(lambda tx: tx.freezes.all()) == [everything, replace(freeze, reason="Longer.")]
    assert await store.transact(lambda tx: tx.freezes.lift(FreezeKind.PARTNER, "fabrikam"))
    assert not await store.transact(lambda tx: tx.freezes.lift(FreezeKind.PARTNER, "fabrikam"))
    assert await store.read(lambda tx: tx.freezes.all()) == [everything]
    assert (freeze.name, everything.name) == ("fabrikam", "all")


async def test_an_alert_is_kept_once(store: DatabaseStore, second: DatabaseStore) -> None:
    alert = Alert(id="a", key="alert-policy-refused", params={"revision": "x"}, lines=("a.yaml:1:1: no",))
    assert await store.transact(lambda tx: tx.alerts.keep(alert))
    assert not await second.transact(lambda tx: tx.alerts.keep(replace(alert, lines=())))
    assert await store.read(lambda tx: tx.alerts.get("a")) == alert
    assert await store.read(lambda tx: tx.alerts.get("b")) is None


async def test_a_held_job_runs_when_it_is_released_and_counts_no_try(store: DatabaseStore, clock: MovableClock) -> None:
    for kind in (JobKind.DELIVER, JobKind.INVITE):
        await store.transact(lambda tx, kind=kind: tx.jobs.enqueue(kind, "ana", due=NOW))  # type: ignore[misc]
    jobs = await store.claim((JobKind.DELIVER, JobKind.INVITE), limit=5, lease=LEASE)
    for job in jobs:
        await store.transact(lambda tx, job=job: tx.jobs.hold(job, due=NOW + timedelta(minutes=10)))  # type: ignore[misc]
    assert await store.claim((JobKind.DELIVER, JobKind.INVITE), limit=5, lease=LEASE) == []
    await store.transact(lambda tx: tx.jobs.release([JobKind.DELIVER]))
    [released] = await store.claim((JobKind.DELIVER, JobKind.INVITE), limit=5, lease=LEASE)
    assert (released.kind, released.attempt, released.last_error) == (JobKind.DELIVER, 1, None)
    clock.move(minutes=10)
    [by_itself] = await store.claim((JobKind.INVITE,), limit=5, lease=LEASE)
    assert by_itself.attempt == 1


async def test_only_what_is_held_is_released(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.jobs.enqueue(JobKind.DELIVER, "later", due=NOW + timedelta(hours=1)))
    await store.transact(lambda tx: tx.jobs.release([JobKind.DELIVER]))
    assert await store.claim((JobKind.DELIVER,), limit=5, lease=LEASE) == []


async def test_revisions_of_the_first_schema_are_brought_over(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    database = SqliteDatabase(file, clock=MovableClock())

    def to_the_first() -> None:
        config, engine = _config(), database.engine()
        with engine.connect() as connection:
            database.lock_schema(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.commit()
        engine.dispose()

    await asyncio.to_thread(to_the_first)
    text = "# 10-a.yaml\nrules: []\n# a remark\n# 20-b.yaml\nlists: {}\n"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO revisions VALUES ('0123456789ab', ?, 1795424400000000)", (text,))
        connection.commit()
    store = open_store(f"sqlite:///{file}", clock=MovableClock(), data_keys=DATA_KEYS)
    await store.start(migrate=True)
    try:
        found = await store.read(lambda tx: tx.revisions.get("0123456789ab"))
    finally:
        await store.close()
    assert found is not None
    assert found.files == (("10-a.yaml", "rules: []\n# a remark\n"), ("20-b.yaml", "lists: {}\n"))
    assert (found.state, found.version, found.at.year) == (RevisionState.ACCEPTED, 0, 2026)
