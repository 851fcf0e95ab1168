"""Running a transaction that may find that it must read the directory first, within the time that a turn has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from bot.domain.errors import DirectorySilent
from bot.workflow.desk import Desk
from bot.workflow.lookups import Unread
from bot.workflow.ports import Conflict, Tx

T = TypeVar("T")

MOST_ROUNDS = 16
"""More than any use case has things to read or neighbours to lose against: beyond it the loop is a bug."""


@asynccontextmanager
async def directory_time(desk: Desk) -> AsyncIterator[None]:
    """Bounds all directory reads inside it; raises DirectorySilent where they take longer."""
    try:
        async with asyncio.timeout(desk.timings.read_directory.total_seconds()):
            yield
    except TimeoutError as late:
        raise DirectorySilent() from late


async def transact(desk: Desk, work: Callable[[Tx], T]) -> T:
    """`work` in one transaction, after reading what it finds unread, and again where somebody else was faster.

    Raises DirectorySilent where the directory does not answer in time; nothing was changed then.
    """
    return await _until_read(desk, lambda: desk.store.transact(work))


async def read(desk: Desk, work: Callable[[Tx], T]) -> T:
    """The same, read-only."""
    return await _until_read(desk, lambda: desk.store.read(work))


async def _until_read(desk: Desk, run: Callable[[], Awaitable[T]]) -> T:
    left = desk.timings.read_directory.total_seconds()
    loop = asyncio.get_running_loop()
    for _ in range(MOST_ROUNDS):
        try:
            return await run()
        except Conflict:
            continue
        except Unread as unread:
            began = loop.time()
            try:
                async with asyncio.timeout(left):
                    await unread.read(desk.lookups)
            except TimeoutError as late:
                raise DirectorySilent() from late
            left -= loop.time() - began
    raise RuntimeError("a transaction kept finding something unread or changed")
