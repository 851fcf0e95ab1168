"""Whether the audit trail is what was written: walks the chain and names the first break."""

from dataclasses import dataclass
from enum import StrEnum

from bot.store.audit_rows import CHECKPOINT, ZEROS, AuditRows, all_rows, digest_of, hash_of
from bot.store.codec import texts_from_json
from bot.store.session import Row, Session
from bot.workflow.records import Act


class AuditBreak(StrEnum):
    """What is wrong with the trail."""

    CHANGED_ENTRY = "changed_entry"
    """An entry is not what was hashed, or was put in the place of another."""
    GAP = "gap"
    """Entries are missing in the middle."""
    CHANGED_TEXT = "changed_text"
    """Personal text is not what its digest was taken of (erased text is no break)."""
    CUT_PREFIX = "cut_prefix"
    """The oldest entries are missing, and no retention removed them."""
    CUT_TAIL = "cut_tail"
    """The newest entries are missing: the trail ends before its tail row, or before the head that was given."""
    REWRITTEN = "rewritten"
    """The trail fits in itself, but is not the one that the given head was taken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """What a check of the trail found. `broken` is None where it is whole."""

    broken: AuditBreak | None
    at_sequence: int | None
    """Where it breaks first."""
    entries: int
    """How many were walked and found whole."""
    first: int
    """Sequence of the first one that is kept; greater than 1 after retention."""
    head: tuple[int, str]
    """Sequence and hash of the last one found whole: what to compare a later check with."""
    erased: int
    """How many have lost their personal text, as erasure leaves them."""
    head_before_retention: bool = False
    """The given head is of an entry that retention has removed since, so it proves nothing."""

    @property
    def whole(self) -> bool:
        return self.broken is None


class _Walk:
    """The state of one walk along the chain."""

    def __init__(self, checkpoint: tuple[int, str], head: tuple[int, str] | None) -> None:
        self.start = checkpoint
        self.last = checkpoint
        self.given = head
        self.entries = 0
        self.erased = 0
        self.cuts: set[tuple[int, str]] = set()

    def step(self, row: Row) -> AuditBreak | None:
        """Takes the next entry; what is wrong with it, if anything."""
        sequence, act, details, digest, stored_hash = row[0], row[2], row[6], row[7], row[8]
        salt, texts = row[9], row[10]
        if sequence != self.last[0] + 1:
            return AuditBreak.GAP if self.entries else AuditBreak.CUT_PREFIX
        if hash_of(self.last[1], row[:8]) != stored_hash:
            return AuditBreak.CHANGED_ENTRY
        if texts is not None and digest_of(salt, texts) != digest:
            return AuditBreak.CHANGED_TEXT
        if self.given is not None and self.given[0] == sequence and self.given[1] != stored_hash:
            return AuditBreak.REWRITTEN
        if act == Act.AUDIT_CUT.value:
            cut = texts_from_json(details)
            self.cuts.add((int(cut["through"]), cut["hash"]))
        self.entries += 1
        self.erased += bool(digest and texts is None)
        self.last = (sequence, stored_hash)
        return None

    def verdict(self, broken: AuditBreak | None, at: int | None) -> AuditVerdict:
        return AuditVerdict(
            broken=broken,
            at_sequence=at,
            entries=self.entries,
            first=self.start[0] + 1,
            head=self.last,
            erased=self.erased,
            head_before_retention=self.given is not None and 0 < self.given[0] < self.start[0],
        )


def check_audit(session: Session, head: tuple[int, str] | None) -> AuditVerdict:
    """Walks the whole trail. `head`, a sequence and hash kept elsewhere, finds a cut tail or a rewrite too."""
    checkpoint = session.row(CHECKPOINT)
    walk = _Walk((int(checkpoint[0]), str(checkpoint[1])) if checkpoint else (0, ZEROS), head)
    for row in all_rows(session):
        broken = walk.step(row)
        if broken is not None:
            return walk.verdict(broken, int(row[0]))
    tail = AuditRows(session).head()
    if walk.last[0] < tail[0]:
        return walk.verdict(AuditBreak.CUT_TAIL, walk.last[0] + 1)
    if walk.last != tail:
        return walk.verdict(AuditBreak.REWRITTEN, walk.last[0])
    # Whoever removes a prefix without the retention's own entry, or moves the checkpoint, is found here.
    if walk.start != (0, ZEROS) and walk.start not in walk.cuts:
        return walk.verdict(AuditBreak.CUT_PREFIX, walk.start[0] + 1)
    if head is not None and head[0] > walk.last[0]:
        return walk.verdict(AuditBreak.CUT_TAIL, walk.last[0] + 1)
    if head is not None and head[0] == walk.start[0] and head[1] != walk.start[1]:
        return walk.verdict(AuditBreak.REWRITTEN, head[0])
    return walk.verdict(None, None)
