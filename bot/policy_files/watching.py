"""Watching policy files: told by the system where it tells, and looked at every few seconds where it does not.

Mounted volumes tell nothing, and an editor or a checkout writes in steps; so what counts is the content, once it has
stood still for a moment.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from watchfiles import Change, awatch

from bot.policy_files.git import origin_of
from bot.workflow.records import Origin
from policies.errors import PolicyErrors
from policies.loader import read_files

log = structlog.get_logger(__name__)

Files = Sequence[tuple[str, str]]

TOLD_TOGETHER = 100
"""Milliseconds over which the system's notices are gathered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files hold: their texts, or why they cannot be read. `content` is a hash of either."""

    content: str
    files: Files = ()
    unreadable: PolicyErrors | None = None


def look(path: Path) -> Found:
    """Reads them; from a thread, for there may be megabytes of them."""
    digest = hashlib.sha256()
    try:
        files = tuple(read_files(path))
    except PolicyErrors as failure:
        digest.update(str(failure).encode())
        return Found(content=digest.hexdigest(), unreadable=failure)
    for name, text in files:
        for part in (name.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return Found(content=digest.hexdigest(), files=files)


class PolicyWatch:
    """Calls `changed` with each new content of the files, one at a time, until stopped.

    `every`: the time between two looks. `still`: how long a content stands before it counts.
    """

    def __init__(
        self,
        path: Path,
        changed: Callable[[Found], Awaitable[None]],
        *,
        every: timedelta = timedelta(seconds=5),
        still: timedelta = timedelta(milliseconds=300),
        told: bool = True,
    ) -> None:
        self._path = path
        self._changed = changed
        self._every = every.total_seconds()
        self._still = still.total_seconds()
        self._told = told
        self._taken = ""
        self._notice = asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, taken: Found) -> None:
        """`taken`: the content that is known already."""
        self._taken = taken.content
        self._tasks = [asyncio.create_task(self._run(), name="policy-watch")]
        if self._told:
            self._tasks.append(asyncio.create_task(self._listen(), name="policy-notices"))

    async def stop(self) -> None:
        self._stop.set()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        """Sets the notice whenever the system tells of a change; without it, looking alone finds changes."""
        # The folder, for a file is often replaced rather than written; and what links lead to may lie beside it.
        folder = self._path if self._path.is_dir() else self._path.parent
        try:
            async for _ in awatch(
                folder,
                watch_filter=self._concerns,
                debounce=TOLD_TOGETHER,
                stop_event=self._stop,
                recursive=False,
            ):
                self._notice.set()
        except Exception as failure:
            log.warning("policy_watch_not_told", why=str(failure), looked_at_every=self._every)

    def _concerns(self, _: Change, changed: str) -> bool:
        """Whether it may be the policy's: a database may lie beside it, and is written to all the time."""
        name = Path(changed).name
        # A mounted ConfigMap changes by a link that begins with two dots.
        return name == self._path.name or name.startswith("..") or name.endswith((".yaml", ".yml"))

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._notice.wait()
            self._notice.clear()
            try:
                await self._take()
            except Exception:
                log.exception("policy_files_not_taken")

    async def _take(self) -> None:
        found = await asyncio.to_thread(look, self._path)
        if found.content == self._taken:
            return
        while True:
            await asyncio.sleep(self._still)
            again = await asyncio.to_thread(look, self._path)
            if again.content == found.content:
                break
            found = again
        if found.content != self._taken:
            await self._changed(found)
            # Only now: what could not be taken, for the database was away, is taken at the next look.
            self._taken = found.content


async def origin(path: Path) -> Origin:
    """Whose commit the files are, if they are one's."""
    return await asyncio.to_thread(origin_of, path)
