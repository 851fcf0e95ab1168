"""Transactions a second of the store, each synced to disk: `python -m bench.store [--postgresql]`.

Three statements each (look at the draft, save it, enqueue a job), the same with an audit entry, and a read of two
statements, at 1, 16 and 64 callers. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.interview.draft import Draft
from bot.store.open import open_store
from bot.store.store import DatabaseStore
from bot.workflow.ports import Tx
from bot.workflow.records import Act, AuditEntry, JobKind

CALLERS = (1, 16, 64)
SECONDS = 2.0

Once = Callable[[int, int], Awaitable[object]]


def now() -> datetime:
    return datetime.now(UTC)


def save_draft(tx: Tx, person: str, run: int) -> None:
    draft = tx.drafts.get(person) or Draft(id="d", locale="en", time_zone="UTC")
    tx.drafts.save(person, replace(draft, justification=f"The joint design review, {run}"))
    tx.jobs.enqueue(JobKind.DRAW, f"{person} {run}", due=now())


def save_and_audit(tx: Tx, person: str, run: int) -> None:
    save_draft(tx, person, run)
    tx.audit.append(
        AuditEntry(act=Act.REQUEST_SUBMITTED, actor=person, subject=f"{person} {run}", at=now(), revision="r")
    )


def look(tx: Tx, person: str) -> None:
    tx.drafts.get(person)
    tx.requests.of_sponsor(person, limit=10)


async def rate(once: Once, callers: int) -> float:
    """How often a second `once` completes, with so many callers, one after another each."""
    done = 0
    end = time.perf_counter() + SECONDS

    async def caller(number: int) -> None:
        nonlocal done
        run = 0
        while time.perf_counter() < end:
            run += 1
            await once(number, run)
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    return done / (time.perf_counter() - begun)


async def measure(store: DatabaseStore) -> dict[str, float]:
    figures: dict[str, float] = {}
    for callers in CALLERS:

        async def write(number: int, run: int, callers: int = callers) -> None:
            await store.transact(lambda tx: save_draft(tx, f"{callers} {number}", run))

        async def audited(number: int, run: int, callers: int = callers) -> None:
            await store.transact(lambda tx: save_and_audit(tx, f"audited {callers} {number}", run))

        async def read(number: int, run: int, callers: int = callers) -> None:
            await store.read(lambda tx: look(tx, f"{callers} {number}"))

        for name, once in (("write", write), ("audited", audited), ("read", read)):
            figures[f"{name}_{callers}"] = round(await rate(once, callers))
    return figures


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that pip brought along")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        if arguments.postgresql:
            from tests.databases import postgres

            url = stack.enter_context(postgres()).fresh()
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd()))
            url = f"sqlite:///{folder}/store.db"
        store = open_store(url, clock=now, data_keys=["of no use outside of this bench, at all"])
        await store.start(migrate=True)
        figures = await measure(store)
        await store.close()
    print(f"{'a second, at':<14}" + "".join(f"{callers:>8} callers" for callers in CALLERS))
    for name in ("write", "audited", "read"):
        print(f"{name:<14}" + "".join(f"{figures[f'{name}_{callers}']:>16,.0f}" for callers in CALLERS))
    print(json.dumps({"database": "postgresql" if arguments.postgresql else "sqlite", **figures}))


if __name__ == "__main__":
    asyncio.run(main())
