"""Between the event loop and the database threads: what is asked, and the way back of its results."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.store.session import Session


@dataclass(slots=True)
class Ask:
    """A transaction that somebody awaits. `done` takes its result on the event loop, unless nobody waits any more."""

    work: Callable[[Session], Any]
    done: "asyncio.Future[Any]"


@dataclass(slots=True)
class Outcome:
    """What became of an ask, to be told once it is on disk. `wake_at`: when a job that it made is due."""

    ask: Ask
    result: Any = None
    error: BaseException | None = None
    wake_at: int | None = None


class Outbox:
    """Brings outcomes to the event loop, with one wake-up for all that wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, told_of_jobs: Callable[[int], None]) -> None:
        self._loop = loop
        self._told_of_jobs = told_of_jobs
        self._waiting: deque[Outcome] = deque()
        self._called = False

    def put(self, outcomes: Iterable[Outcome]) -> None:
        """From any thread."""
        self._waiting.extend(outcomes)
        # Read after the append and cleared before the taking, so a wake-up may be one too many, never one too few.
        if not self._called:
            self._called = True
            self._call(self._hand_out)

    def tell_of_jobs(self, due: int) -> None:
        """From any thread: a job may become due then."""
        self._call(self._told_of_jobs, due)

    def _call(self, function: Callable[..., None], *arguments: int) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: nobody is left to tell
            return

    def _hand_out(self) -> None:
        self._called = False
        wake_at: int | None = None
        while self._waiting:
            outcome = self._waiting.popleft()
            if outcome.wake_at is not None and (wake_at is None or outcome.wake_at < wake_at):
                wake_at = outcome.wake_at
            done = outcome.ask.done
            if done.done():  # cancelled: the transaction stands all the same
                continue
            if outcome.error is None:
                done.set_result(outcome.result)
            else:
                done.set_exception(_raisable(outcome.error))
        if wake_at is not None:
            self._told_of_jobs(wake_at)


def _raisable(error: BaseException) -> BaseException:
    # A future takes no StopIteration, and passes SystemExit and KeyboardInterrupt on to the loop, which would end it.
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError(f"the work of a transaction raised {type(error).__name__}")
    wrapped.__cause__ = error
    return wrapped
