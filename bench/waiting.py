"""What waiting costs: a bot with 100,000 requests that wait for a person, beside one with none and one with 100."""

import argparse
import asyncio
import json
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.load import person_id
from bench.turns import Bench, Talk, benched, end, resident
from bot.domain.findings import Outcome, Verdict
from bot.domain.people import Person, UserType
from bot.domain.requests import Request, RequestKind, RequestStatus
from bot.domain.routes import Stage, Who
from bot.domain.shortid import new_id
from bot.store.open import open_store
from bot.workflow.ports import Tx
from bot.workflow.records import Act, AuditEntry, Card, JobKind

SIZES = (0, 100, 100_000)
BATCH = 1_000
SPONSORS = 10_000
OWN = 20
"""Requests of each person who reads, in every database: the same page is shown whatever else waits."""

READ = Talk(bot="ours", name="read", first=("help",), texts=("my requests",))
VERDICT = Verdict(outcome=Outcome.GRANTED, revision="0" * 12, findings=())
STAGE = Stage(who=Who.GROUP, label="Guest approvers", group="44444444-4444-4444-4444-444444444444")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    waiting: int
    start: float
    """Seconds from spawning the process until it answers."""
    memory: float
    """MiB resident, after the reads."""
    rate: float
    """Read turns a second, 16 clients."""
    p50: float
    """Milliseconds, one client."""


def waiting_request(request_id: str, sponsor_id: str, number: int, now: datetime) -> Request:
    """A request that nobody has decided, as submitting one leaves it."""
    until = (now + timedelta(days=60)).date()
    return Request(
        id=request_id,
        kind=RequestKind.ACCESS,
        status=RequestStatus.PENDING,
        version=0,
        nonce=secrets.token_hex(16),
        sponsor=Person(id=sponsor_id, name=f"Sponsor {number}", user_type=UserType.MEMBER),
        guest_address=f"guest-{number}-{secrets.token_hex(4)}@fabrikam.com",
        guest_name=f"Guest {number}",
        partner="fabrikam",
        packages=("project-falcon",),
        until=until,
        ends_at=now + timedelta(days=60),
        justification="The joint design review of the Falcon housing with Fabrikam's engineers.",
        answers={"project-code": "FLC-2041"},
        locale="en",
        submitted_at=now,
        route="guest-approval",
        channel="guest-requests",
        reason_needed=False,
        stages=(STAGE,),
        facts={"sponsor.id": sponsor_id, "request.days": 60},
        verdict=VERDICT,
    )


def store_waiting(tx: Tx, request: Request, now: datetime) -> None:
    """The request with what waits beside it: its cards, drawn long ago, its deadline and its audit entry."""
    tx.requests.add(request)
    tx.jobs.enqueue(JobKind.LAPSE, request.id, due=request.ends_at)
    details = {"packages": "project-falcon"}
    entry = AuditEntry(
        act=Act.REQUEST_SUBMITTED,
        actor=request.sponsor.id,
        subject=request.id,
        at=now,
        revision="0" * 12,
        details=details,
    )
    tx.audit.append(entry)
    for card, place in (
        (Card.PROGRESS, {"person": request.sponsor.id}),
        (Card.APPROVAL, {"channel": "guest-requests"}),
    ):
        tx.postings.want(card, request.id, version=0, at=now + timedelta(days=3650), **place)


def fill(folder: Path, count: int) -> None:
    """The bot's database with so many waiting requests, and each reader's own."""
    asyncio.run(_fill(folder, count))


async def _fill(folder: Path, count: int) -> None:
    keys = ("bench-bench-bench-bench-bench-bench",)
    store = open_store(f"sqlite:///{folder / 'bench.db'}", clock=lambda: datetime.now(UTC), data_keys=keys)
    await store.start(migrate=True)
    now = datetime.now(UTC)
    readers = [person_id(number) for number in range(16) for _ in range(OWN)]
    sponsors = [*readers, *(person_id(1_000 + number % SPONSORS) for number in range(count))]

    # Drawn by lot as the product does, but all at once, and each once.
    ids: set[str] = set()
    while len(ids) < len(sponsors):
        ids.add(new_id())
    waiting = list(zip(sponsors, ids, strict=True))

    def batch(first: int, tx: Tx) -> None:
        for number, (sponsor, request_id) in enumerate(waiting[first : first + BATCH], start=first):
            store_waiting(tx, waiting_request(request_id, sponsor, number, now), now)

    try:
        for first in range(0, len(sponsors), BATCH):
            await store.transact(lambda tx, first=first: batch(first, tx))  # type: ignore[misc]
    finally:
        await store.close()


def measured(bench: Bench, count: int) -> Row:
    process, port, start = bench.timed_bot(lambda folder: fill(folder, count))
    one = bench.measured(process, port, READ, "fast", 1)
    many = bench.measured(process, port, READ, "fast", 16)
    row = Row(waiting=count, start=start, memory=resident(process.pid), rate=many.rate, p50=one.p50)
    end(process)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each of the rounds is measured")
    given = parser.parse_args()
    began = time.monotonic()
    print(f"{'waiting':>8} {'start s':>8} {'RSS MiB':>8} {'reads/s':>8} {'p50 ms':>8}")
    rows = []
    with benched(given.seconds) as bench:
        for count in SIZES:
            row = measured(bench, count)
            rows.append(row)
            print(f"{row.waiting:8} {row.start:8.2f} {row.memory:8.0f} {row.rate:8.0f} {row.p50:8.2f}", flush=True)
    none, few, many = rows
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    found = {
        "memory_ratio": round(many.memory / none.memory, 3),
        "start_seconds": round(many.start, 2),
        "read_turn_ratio": round(many.p50 / few.p50, 3),
    }
    print(json.dumps(found | {"rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
