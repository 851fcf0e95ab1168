"""Who waits for jobs, until when, and what wakes them."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bot.store.claims import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A worker's last claim: what it asked for, when, and how much news there had been by then."""

    asked: Wanted
    at: int
    news: int
    more: bool
    """It got all that it may take at once, so there may be more."""


@dataclass(slots=True, eq=False)
class _Waiter:
    until: int
    woken: "asyncio.Future[None]"


class Waiting:
    """The waiting workers of one process.

    Each task has its own last look, so that several workers of different kinds miss nothing that became due between
    their own claim and their own waiting. A task without one (`asyncio.wait_for` makes a task of its own) takes the
    latest of all.
    """

    def __init__(self) -> None:
        self._news = 0
        self._waiters: list[_Waiter] = []
        self._looks: WeakKeyDictionary[asyncio.Task[object], Look] = WeakKeyDictionary()
        self._latest: Look | None = None

    @property
    def news(self) -> int:
        return self._news

    def looked(self, look: Look) -> None:
        self._latest = look
        task = asyncio.current_task()
        if task is not None:
            self._looks[task] = look

    def last_look(self) -> Look | None:
        task = asyncio.current_task()
        return self._looks.get(task, self._latest) if task is not None else self._latest

    def tell(self, due: int) -> None:
        """A job may become due then (microseconds)."""
        self._news += 1
        for waiter in self._waiters:
            if due < waiter.until and not waiter.woken.done():
                waiter.woken.set_result(None)

    async def wait(self, *, until: int, seconds: float) -> None:
        """Returns after so many seconds, or when told of a job that is due before `until` (microseconds)."""
        waiter = _Waiter(until, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter.woken
        except TimeoutError:
            return
        finally:
            self._waiters.remove(waiter)
