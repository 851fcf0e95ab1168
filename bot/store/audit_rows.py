"""The audit trail: entries chained by hash, personal text beside them, retention under a checkpoint.

Each entry's hash is SHA-256 over the hash before it and everything of the entry, where personal text counts only by a
digest of it with a random salt. Text and salt lie in a row of their own; when that is erased, the digest says nothing
of what it was, and every hash still fits.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from bot.store.codec import canonical, micros, moment, texts_from_json, texts_to_json
from bot.store.session import Row, Session, Values
from bot.store.sql import insert
from bot.store.tables import audit_checkpoint, audit_entries, audit_tail, audit_texts
from bot.workflow.records import Act, AuditEntry, StoredAuditEntry

ZEROS = "0" * 64
"""The hash before the first entry."""

SYSTEM = "system"
_CUT_SUBJECT = "audit"
_BATCH = 1000

_TAIL = select(audit_tail.c.sequence, audit_tail.c.hash)
_LOCK_TAIL = _TAIL.with_for_update()
_MOVE_TAIL = update(audit_tail).values(sequence=bindparam("last"), hash=bindparam("last_hash"))
_INSERT = insert(audit_entries)
_INSERT_TEXTS = insert(audit_texts)
ENTRY_COLUMNS = (
    audit_entries.c.sequence,
    audit_entries.c.at,
    audit_entries.c.act,
    audit_entries.c.actor,
    audit_entries.c.subject,
    audit_entries.c.revision,
    audit_entries.c.details,
    audit_entries.c.digest,
    audit_entries.c.hash,
    audit_texts.c.salt,
    audit_texts.c.texts,
)
ENTRIES = select(*ENTRY_COLUMNS).outerjoin(audit_texts, audit_texts.c.sequence == audit_entries.c.sequence)
_ABOUT = ENTRIES.where(audit_entries.c.subject == bindparam("subject")).order_by(audit_entries.c.sequence)
_BATCH_AFTER = (
    ENTRIES.where(audit_entries.c.sequence > bindparam("after")).order_by(audit_entries.c.sequence).limit(_BATCH)
)
_ERASE = delete(audit_texts).where(
    audit_texts.c.sequence.in_(select(audit_entries.c.sequence).where(audit_entries.c.subject == bindparam("subject")))
)
# Times in the chain follow the clocks of several replicas, so the prefix ends before the first entry to be kept,
# not after the last that is old enough.
_FIRST_KEPT = select(func.min(audit_entries.c.sequence)).where(audit_entries.c.at >= bindparam("before"))
_HASH_AND_COUNT = select(
    select(audit_entries.c.hash).where(audit_entries.c.sequence == bindparam("through")).scalar_subquery(),
    select(func.count())
    .select_from(audit_entries)
    .where(audit_entries.c.sequence <= bindparam("through"))
    .scalar_subquery(),
)
CHECKPOINT = select(audit_checkpoint.c.sequence, audit_checkpoint.c.hash)
_SET_CHECKPOINT = update(audit_checkpoint).values(sequence=bindparam("through"), hash=bindparam("through_hash"))
_CUT_TEXTS = delete(audit_texts).where(audit_texts.c.sequence <= bindparam("through"))
_CUT_ENTRIES = delete(audit_entries).where(audit_entries.c.sequence <= bindparam("through"))


def digest_of(salt: str, texts: str) -> str:
    """What the chain holds of personal text."""
    return hashlib.sha256(f"{salt}:{texts}".encode()).hexdigest()


def hash_of(before: str, row: Sequence[object]) -> str:
    """The hash of an entry: sequence, at, act, actor, subject, revision, details and digest, after `before`."""
    return hashlib.sha256(canonical([before, *row])).hexdigest()


def flush(session: Session) -> None:
    """Chains the entries that the transaction has appended: the last thing it does, as it locks the tail."""
    pending: list[AuditEntry] = session.pending_audit
    if not pending:
        return
    session.pending_audit = []
    entries: list[Values] = []
    texts: list[Values] = []
    prepared = [_prepare(entry) for entry in pending]
    tail = session.row(_LOCK_TAIL)
    if tail is None:
        raise RuntimeError("the audit trail has lost its tail row")
    sequence, before = tail
    for columns, salt, text in prepared:
        sequence += 1
        before = hash_of(before, (sequence, *columns))
        entries.append(_entry_values(sequence, columns, before))
        if text is not None:
            texts.append({"sequence": sequence, "salt": salt, "texts": text})
    session.change_each(_INSERT, entries)
    session.change_each(_INSERT_TEXTS, texts)
    session.change(_MOVE_TAIL, last=sequence, last_hash=before)


_Columns = tuple[int, str, str, str, str, str, str]


def _prepare(entry: AuditEntry) -> tuple[_Columns, str, str | None]:
    salt, text, digest = "", None, ""
    if entry.texts:
        salt, text = secrets.token_hex(16), texts_to_json(entry.texts)
        digest = digest_of(salt, text)
    details = texts_to_json(entry.details)
    at = micros(entry.at)
    return (at, entry.act.value, entry.actor, entry.subject, entry.revision, details, digest), salt, text


def _entry_values(sequence: int, columns: _Columns, digest: str) -> Values:
    names = ("at", "act", "actor", "subject", "revision", "details", "digest")
    return {"sequence": sequence, **dict(zip(names, columns, strict=True)), "hash": digest}


def _stored(row: Row) -> StoredAuditEntry:
    sequence, at, act, actor, subject, revision, details, digest, entry_hash, _, texts = row
    personal: Mapping[str, str] | None = texts_from_json(texts) if texts is not None else None if digest else {}
    return StoredAuditEntry(
        sequence=sequence,
        entry=AuditEntry(
            act=Act(act),
            actor=actor,
            subject=subject,
            at=moment(at),
            revision=revision,
            details=texts_from_json(details),
            texts=personal or {},
        ),
        texts=personal,
        hash=entry_hash,
    )


def all_rows(session: Session) -> Iterator[Row]:
    """Every entry with its text, as `ENTRY_COLUMNS`, oldest first, a batch at a time."""
    after = 0
    while rows := session.rows(_BATCH_AFTER, after=after):
        yield from rows
        after = rows[-1][0]


class AuditRows:
    """`bot.workflow.ports.AuditTrail` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, entry: AuditEntry) -> None:
        self._session.check_writable()
        self._session.pending_audit.append(entry)

    def about(self, subjects: Collection[str]) -> Sequence[StoredAuditEntry]:
        flush(self._session)
        rows = [row for subject in set(subjects) for row in self._session.rows(_ABOUT, subject=subject)]
        return [_stored(row) for row in sorted(rows, key=lambda row: int(row[0]))]

    def head(self) -> tuple[int, str]:
        flush(self._session)
        row = self._session.row(_TAIL)
        return (int(row[0]), str(row[1])) if row else (0, ZEROS)

    def erase(self, subjects: Collection[str]) -> int:
        flush(self._session)
        return sum(self._session.change(_ERASE, subject=subject) for subject in sorted(set(subjects)))

    def cut(self, *, before: datetime, at: datetime) -> int:
        """The cut is itself an entry, so that a prefix removed by anyone else has none and is found."""
        flush(self._session)
        # Held from here on, so that no other transaction cuts, or appends, in between.
        tail = self._session.row(_LOCK_TAIL)
        first_kept = self._session.row(_FIRST_KEPT, before=micros(before))
        last = int(tail[0]) if tail else 0
        through = int(first_kept[0]) - 1 if first_kept and first_kept[0] is not None else last
        found = self._session.row(_HASH_AND_COUNT, through=through)
        if found is None or not found[1]:
            return 0
        self.append(
            AuditEntry(
                act=Act.AUDIT_CUT,
                actor=SYSTEM,
                subject=_CUT_SUBJECT,
                at=at,
                revision="",
                details={"through": str(through), "hash": found[0], "entries": str(found[1])},
            )
        )
        flush(self._session)
        self._session.change(_SET_CHECKPOINT, through=through, through_hash=found[0])
        self._session.change(_CUT_TEXTS, through=through)
        self._session.change(_CUT_ENTRIES, through=through)
        return int(found[1])
