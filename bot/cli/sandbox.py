"""`sandbox`: a directory, the bot and two Teams clients on this machine, for trying everything out."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
from aiohttp import web

from bot.cli.commands import SandboxOptions
from bot.cli.failures import CommandFailed
from bot.cli.logging import log_to
from bot.cli.node import PlaygroundUnavailableError
from bot.cli.playgrounds import Playgrounds
from bot.cli.seats import APPROVER, BINDINGS, SPONSOR, channel_conversations, seats, tenancy
from bot.sandbox.directory import SandboxDirectory
from bot.sandbox.seed import Seed
from bot.workflow.desk import Timings
from bot.workflow.ports import Store, Tx

T = TypeVar("T")

HOST = "127.0.0.1"

ADMIN_GROUP = "99999999-9999-9999-9999-999999999999"
"""The seed's group of administrators."""

TIMINGS = Timings(
    lease=timedelta(seconds=60),
    effect=timedelta(seconds=15),
    settle=timedelta(seconds=5),
    first_retry=timedelta(seconds=1),
    longest_retry=timedelta(seconds=20),
    invitation_pace=timedelta(seconds=1),
    follow_soon=timedelta(seconds=3),
)
"""A directory on this machine answers at once, so nothing has to be waited for as long as for Graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandboxed:
    """What the bot is told so that it talks to the sandbox's directory instead of a tenant."""

    graph_endpoint: str
    authority_host: str
    ca_file: Path
    tenant_id: str
    client_id: str
    client_secret: str
    admin_group: str
    database_url: str
    data_key: str
    policy_path: Path
    timings: Timings


CreateApp = Callable[[Sandboxed], Awaitable[web.Application]]
StoreOf = Callable[[web.Application], Store]


def run_sandbox(options: SandboxOptions, create: CreateApp, *, store_of: StoreOf) -> None:
    """Runs until it is interrupted."""
    options.folder.mkdir(parents=True, exist_ok=True)
    with (options.folder / "sandbox.log").open("a", encoding="utf-8", buffering=1) as log_file:
        log_to(log_file)
        asyncio.run(_run(options, create, store_of))


async def _run(options: SandboxOptions, create: CreateApp, store_of: StoreOf) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows interrupts by KeyboardInterrupt instead
            loop.add_signal_handler(number, stopping.set)
    async with contextlib.AsyncExitStack() as stack:
        directory = SandboxDirectory(port=options.directory_port, folder=options.folder / "directory")
        addresses = await _listening(directory.start(), "the sandbox directory", options.directory_port)
        stack.push_async_callback(directory.stop)
        app = await create(
            Sandboxed(
                graph_endpoint=addresses.graph_endpoint,
                authority_host=addresses.authority_host,
                ca_file=addresses.ca_file,
                tenant_id=addresses.tenant_id,
                client_id=addresses.client_id,
                client_secret=addresses.client_secret,
                admin_group=ADMIN_GROUP,
                database_url=f"sqlite:///{(options.folder / 'partner-access.db').resolve()}",
                data_key=_data_key(options.folder / "data.key"),
                policy_path=options.policy or Path(__file__).parents[2] / "policies" / "default",
                timings=TIMINGS,
            )
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, HOST, options.port)
        await _listening(site.start(), "the bot", options.port)
        port = runner.addresses[0][1]
        service_url = f"http://{HOST}:{options.approver_port}/_connector"
        playgrounds = await _playgrounds(options, directory.seed, port, stack) if options.playground else None
        if playgrounds is not None:
            approver = playgrounds.running[directory.seed.people[APPROVER].id]
            service_url = approver.service_url
        await store_of(app).transact(lambda tx: _bind(tx, directory.seed, service_url))
        _say_what_runs(options, directory.seed, addresses.graph_endpoint, port, playgrounds)
        await stopping.wait()
        click.echo("\nStopping; what was acknowledged is on disk.")


async def _listening(starting: Awaitable[T], what: str, port: int) -> T:
    try:
        return await starting
    except OSError as failure:
        raise CommandFailed(
            f"Port {port}, meant for {what}, is taken. Is a sandbox running already? Otherwise name other ports:"
            f" python app.py sandbox --help ({failure.strerror})"
        ) from failure


def _data_key(path: Path) -> str:
    """This sandbox's own key, made at its first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")


def _bind(tx: Tx, seed: Seed, service_url: str) -> None:
    """The policy's channels are the approver's from the start."""
    for conversation in channel_conversations(seed, service_url=service_url):
        tx.conversations.save(conversation)
    for name, conversation_id in BINDINGS.items():
        tx.conversations.bind(name, conversation_id)


async def _playgrounds(
    options: SandboxOptions, seed: Seed, port: int, stack: contextlib.AsyncExitStack
) -> Playgrounds | None:
    """Both clients, or none with a word why: the bot runs without them."""
    playgrounds = Playgrounds(
        seats(seed, sponsor_port=options.sponsor_port, approver_port=options.approver_port),
        tenancy(seed),
        endpoint=f"http://{HOST}:{port}/api/messages",
        home=Path(".node"),
        run=options.folder / "playgrounds",
        notice=click.echo,
    )
    try:
        await playgrounds.start()
    except PlaygroundUnavailableError as failure:
        click.echo(f"Running without Teams clients: {failure}")
        return None
    stack.push_async_callback(playgrounds.stop)
    return playgrounds


def _say_what_runs(
    options: SandboxOptions, seed: Seed, directory_url: str, port: int, playgrounds: Playgrounds | None
) -> None:
    sponsor, approver = seed.people[SPONSOR], seed.people[APPROVER]
    click.echo("Partner Access sandbox: everything runs on this machine, nothing leaves it.")
    click.echo(f"  bot         http://{HOST}:{port}/api/messages")
    click.echo(f"  directory   {directory_url}  (the invitations that went out, to accept them)")
    if playgrounds is not None:
        click.echo(f"  {sponsor.name:<11} {playgrounds.running[sponsor.id].url}  (asks, in the personal chat)")
        click.echo(f"  {approver.name:<11} {playgrounds.running[approver.id].url}  (decides, in Guest requests)")
        click.echo(f"Open both pages. As {sponsor.name}, type: invite ana@fabrikam.com to Project Falcon for 60 days")
    click.echo(f"Log: {options.folder / 'sandbox.log'}. To begin anew, delete {options.folder}. Stop: Ctrl-C")
