"""The audit trail, on both databases: chained, append-only, erasable, cut by retention; every tampering is found."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.store.audit_check import AuditBreak
from bot.store.audit_rows import ZEROS, hash_of
from bot.store.codec import texts_to_json
from bot.store.errors import ReadOnly
from bot.store.store import DatabaseStore
from bot.workflow.ports import Tx
from bot.workflow.records import Act, AuditEntry
from tests.contract.store_samples import NOW, an_entry

GUARDS = {
    "audit_entries": ("audit_entries_kept", "audit_entries_not_removed"),
    "audit_texts": ("audit_texts_kept",),
    "audit_tail": ("audit_tail_only_forward",),
    "audit_checkpoint": ("audit_checkpoint_only_forward",),
}


@pytest.fixture
def tamper(database_url: str, store: DatabaseStore) -> Callable[[str], None]:
    """Runs SQL as somebody who owns the database and has dropped the guards."""

    def run(statement: str) -> None:
        engine = sa.create_engine(database_url)
        with closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            for table, names in GUARDS.items():
                for name in names:
                    on = "" if database_url.startswith("sqlite") else f" ON {table}"
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
            cursor.execute(statement)
            connection.commit()
        engine.dispose()

    return run


async def append(store: DatabaseStore, *entries: AuditEntry) -> None:
    def append_all(tx: Tx) -> None:
        for entry in entries:
            tx.audit.append(entry)

    await store.transact(append_all)


async def append_ten(store: DatabaseStore) -> None:
    await append(store, *(an_entry(f"R{number}", at=NOW + timedelta(days=number)) for number in range(10)))


async def head(store: DatabaseStore) -> tuple[int, str]:
    return await store.read(lambda tx: tx.audit.head())


async def test_an_empty_trail_is_whole(store: DatabaseStore) -> None:
    assert await head(store) == (0, ZEROS)
    assert (await store.verify_audit()).whole
    assert (await store.verify_audit(head=(0, ZEROS))).whole


async def test_entries_come_back_as_they_were_written_oldest_first(store: DatabaseStore) -> None:
    second = an_entry("A1", act=Act.ASSIGNMENT_STARTED, texts={}, details={})
    await append(store, an_entry(), second, an_entry("other"))

    stored = await store.audit_entries(["A1", "7KQ2M9X"])

    assert [(entry.sequence, entry.entry) for entry in stored] == [(1, an_entry()), (2, second)]
    assert [entry.texts for entry in stored] == [an_entry().texts, {}]
    assert (await store.verify_audit()).entries == 3


async def test_a_transaction_sees_the_entries_that_it_has_appended(store: DatabaseStore) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        tx.audit.append(an_entry())
        about = len(tx.audit.about(["7KQ2M9X"]))
        tx.audit.append(an_entry())
        return about, tx.audit.head()[0]

    assert await store.transact(work) == (1, 2)
    assert (await store.verify_audit()).whole


async def test_replicas_that_audit_at_once_make_one_chain(store: DatabaseStore, second: DatabaseStore) -> None:
    await asyncio.gather(*(append(replica, an_entry(), an_entry()) for replica in (store, second) * 20))

    verdict = await store.verify_audit()

    assert verdict.whole
    assert verdict.head == await head(second)
    assert verdict.head[0] == verdict.entries == 80


async def test_a_refused_transaction_leaves_no_entry_and_no_gap(store: DatabaseStore) -> None:
    def refused(tx: Tx) -> None:
        tx.audit.append(an_entry("refused"))
        raise ValueError("refused")

    results = await asyncio.gather(
        *(store.transact(refused) if number % 3 == 0 else append(store, an_entry()) for number in range(12)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, ValueError) for result in results) == 4
    assert (await store.verify_audit()).entries == 8
    assert await store.audit_entries(["refused"]) == []


async def test_appending_in_a_read_is_refused(store: DatabaseStore) -> None:
    with pytest.raises(ReadOnly):
        await store.read(lambda tx: tx.audit.append(an_entry()))


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'somebody else'",
        "at = at + 1",
        "act = 'request.denied'",
        "subject = 'R9'",
        "revision = 'other'",
        "details = '{}'",
        "digest = ''",
        "hash = 'made up'",
    ],
)
async def test_a_changed_entry_is_found(store: DatabaseStore, tamper: Callable[[str], None], change: str) -> None:
    await append_ten(store)

    tamper(f"UPDATE audit_entries SET {change} WHERE sequence = 4")

    verdict = await store.verify_audit()
    assert (verdict.broken, verdict.at_sequence, verdict.entries) == (AuditBreak.CHANGED_ENTRY, 4, 3)


async def test_a_changed_entry_with_a_hash_made_to_fit_is_found_at_the_next(
    store: DatabaseStore, tamper: Callable[[str], None]
) -> None:
    await append_ten(store)
    third, fourth = await store.audit_entries(["R2", "R3"])
    at = int((NOW + timedelta(days=3)).timestamp() * 1_000_000)
    act, subject, revision = fourth.entry.act.value, fourth.entry.subject, fourth.entry.revision
    columns = (4, at, act, "somebody else", subject, revision, texts_to_json(fourth.entry.details), "")
    fitting = hash_of(third.hash, columns)

    tamper(f"UPDATE audit_entries SET actor = 'somebody else', digest = '', hash = '{fitting}' WHERE sequence = 4")
    tamper("DELETE FROM audit_texts WHERE sequence = 4")

    verdict = await store.verify_audit()
    assert (verdict.broken, verdict.at_sequence) == (AuditBreak.CHANGED_ENTRY, 5)


@pytest.mark.parametrize(
    ("statement", "broken", "at"),
    [
        ("DELETE FROM audit_entries WHERE sequence = 4", AuditBreak.GAP, 5),
        ("DELETE FROM audit_entries WHERE sequence <= 4", AuditBreak.CUT_PREFIX, 5),
        ("DELETE FROM audit_entries WHERE sequence > 8", AuditBreak.CUT_TAIL, 9),
        ("DELETE FROM audit_entries", AuditBreak.CUT_TAIL, 1),
        ('UPDATE audit_texts SET texts = \'{"guest":"Bo"}\' WHERE sequence = 4', AuditBreak.CHANGED_TEXT, 4),
        ("UPDATE audit_texts SET salt = 'x' WHERE sequence = 4", AuditBreak.CHANGED_TEXT, 4),
    ],
)
async def test_what_is_missing_or_changed_is_found(
    store: DatabaseStore, tamper: Callable[[str], None], statement: str, broken: AuditBreak, at: int
) -> None:
    await append_ten(store)

    tamper(statement)

    verdict = await store.verify_audit()
    assert (verdict.broken, verdict.at_sequence) == (broken, at)


async def test_a_prefix_cut_with_a_forged_checkpoint_is_found(
    store: DatabaseStore, tamper: Callable[[str], None]
) -> None:
    await append_ten(store)
    tamper("UPDATE audit_checkpoint SET sequence = 4, hash = (SELECT hash FROM audit_entries WHERE sequence = 4)")
    tamper("DELETE FROM audit_entries WHERE sequence <= 4")

    assert (await store.verify_audit()).broken is AuditBreak.CUT_PREFIX


async def test_a_tail_cut_together_with_its_tail_row_is_found_by_a_head_kept_elsewhere(
    store: DatabaseStore, tamper: Callable[[str], None]
) -> None:
    await append_ten(store)
    kept = await head(store)
    assert (await store.verify_audit(head=kept)).whole
    tamper("DELETE FROM audit_entries WHERE sequence > 8")
    tamper("DELETE FROM audit_texts WHERE sequence > 8")
    tamper("UPDATE audit_tail SET sequence = 8, hash = (SELECT hash FROM audit_entries WHERE sequence = 8)")
    assert (await store.verify_audit()).whole

    verdict = await store.verify_audit(head=kept)
    assert (verdict.broken, verdict.at_sequence) == (AuditBreak.CUT_TAIL, 9)

    await append(store, an_entry("new"), an_entry("new"), an_entry("new"))
    verdict = await store.verify_audit(head=kept)
    assert (verdict.broken, verdict.at_sequence) == (AuditBreak.REWRITTEN, 10)


async def test_erased_text_is_gone_and_the_chain_stays_whole(store: DatabaseStore) -> None:
    await append_ten(store)
    before = await head(store)

    assert await store.transact(lambda tx: tx.audit.erase(["R3", "R4", "unknown"])) == 2

    verdict = await store.verify_audit(head=before)
    (entry,) = await store.audit_entries(["R3"])
    assert (verdict.whole, verdict.erased, verdict.head) == (True, 2, before)
    assert (entry.texts, entry.entry.texts, entry.entry.details) == (None, {}, an_entry().details)
    assert await store.transact(lambda tx: tx.audit.erase(["R3"])) == 0


async def test_retention_cuts_a_prefix_under_an_entry_that_says_so(store: DatabaseStore) -> None:
    await append_ten(store)
    kept_elsewhere = await head(store)
    at = NOW + timedelta(days=30)

    assert await store.transact(lambda tx: tx.audit.cut(before=NOW + timedelta(days=4), at=at)) == 4

    verdict = await store.verify_audit(head=kept_elsewhere)
    assert (verdict.whole, verdict.first, verdict.entries) == (True, 5, 7)
    (cut,) = await store.audit_entries(["audit"])
    assert (cut.entry.act, cut.entry.details["through"], cut.entry.at) == (Act.AUDIT_CUT, "4", at)
    assert await store.audit_entries(["R3"]) == []
    assert len(await store.audit_entries(["R4"])) == 1


async def test_retention_can_cut_again_and_over_its_own_entry(store: DatabaseStore) -> None:
    await append_ten(store)
    for days in (4, 4, 8, 400):
        before = NOW + timedelta(days=days)
        await store.transact(lambda tx, before=before: tx.audit.cut(before=before, at=before))  # type: ignore[misc]
    await append(store, an_entry("later"))

    verdict = await store.verify_audit()

    assert verdict.whole
    assert verdict.entries == verdict.head[0] - verdict.first + 1


async def test_nothing_old_enough_means_nothing_cut_and_nothing_written(store: DatabaseStore) -> None:
    await append_ten(store)

    assert await store.transact(lambda tx: tx.audit.cut(before=NOW, at=NOW)) == 0

    assert (await head(store))[0] == 10


async def test_a_head_from_before_retention_is_compared_with_the_checkpoint_or_proves_nothing(
    store: DatabaseStore,
) -> None:
    await append_ten(store)
    hashes = {entry.sequence: entry.hash for entry in await store.audit_entries(["R1", "R3"])}
    await store.transact(lambda tx: tx.audit.cut(before=NOW + timedelta(days=4), at=NOW))

    assert (await store.verify_audit(head=(4, hashes[4]))).whole
    assert (await store.verify_audit(head=(4, "0" * 64))).broken is AuditBreak.REWRITTEN
    assert (await store.verify_audit(head=(2, hashes[2]))).head_before_retention


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'x'",
        "DELETE FROM audit_entries WHERE sequence = 3",
        "UPDATE audit_texts SET texts = '{}'",
        "DELETE FROM audit_tail",
        "UPDATE audit_tail SET sequence = 1",
        "UPDATE audit_checkpoint SET sequence = 0",
        "DELETE FROM audit_checkpoint",
    ],
)
async def test_the_database_itself_refuses_to_change_the_trail(
    store: DatabaseStore, database_url: str, statement: str
) -> None:
    await append_ten(store)
    engine = sa.create_engine(database_url)

    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.execute(sa.text(statement))

    engine.dispose()
    assert (await store.verify_audit()).entries == 10
