"""The bot as a process of its own that a test can kill: forked from a process that has imported everything once."""

import asyncio
import multiprocessing
import os
import signal
import socket
import traceback
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from aiohttp import web

from app import Surroundings, create_app
from bot.cli.logging import log_to
from bot.settings import Settings
from bot.teams.pacing import Pace
from bot.workflow.desk import Timings
from tests.teams_side import TokenTransport

LAG = 0.5
"""Seconds from a guest's creation until the directory shows it."""

TIMINGS = Timings(
    lease=timedelta(seconds=4),
    effect=timedelta(seconds=1.2),
    settle=timedelta(seconds=1.3),
    first_retry=timedelta(seconds=0.2),
    longest_retry=timedelta(seconds=1),
    tries=60,
    invitation_pace=timedelta(0),
    follow_soon=timedelta(hours=1),
)
"""As in a tenant, some twenty to thirty times as fast. A lease holds an effect and the time to settle, as there."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True, kw_only=True)
class BotPlan:
    """What a bot process needs to be told. `log`: a file that it writes its log to."""

    settings: Settings
    ca_file: str
    listener: socket.socket
    log: Path


class BotProcess:
    """One replica, started again as often as it is killed. It listens on a socket that outlives it."""

    def __init__(self, plan: BotPlan) -> None:
        self._plan = plan
        self._process: ForkServerProcess | None = None
        self.url = f"http://127.0.0.1:{plan.listener.getsockname()[1]}"

    def start(self) -> None:
        self._process = _processes.Process(target=_run, args=(self._plan,), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, closed or told to anyone."""
        assert self._process is not None and self._process.pid is not None
        assert self._process.is_alive(), "the bot ended by itself:\n" + self._plan.log.read_text()[-4000:]
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()


def start_process(target: object, **arguments: object) -> ForkServerProcess:
    """Any other process that a test needs beside the bot."""
    process = _processes.Process(target=target, kwargs=arguments, daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def _run(plan: BotPlan) -> None:
    with plan.log.open("a", buffering=1) as log:
        log_to(log)
        try:
            asyncio.run(_serve(plan))
        except BaseException:
            traceback.print_exc(file=log)
            raise


async def _serve(plan: BotPlan) -> None:
    around = Surroundings(
        timings=TIMINGS,
        loopback=True,
        verify=plan.ca_file,
        teams_identity_http=TokenTransport(),
        # Each look at this clock is a hundred seconds later: nothing is ever too fast.
        pace=Pace(now=count(step=100).__next__),
    )
    runner = web.AppRunner(await create_app(plan.settings, around), access_log=None)
    await runner.setup()
    await web.SockSite(runner, plan.listener).start()
    await asyncio.Event().wait()
