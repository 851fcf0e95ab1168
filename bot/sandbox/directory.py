"""The sandbox directory: Graph, Entra's token endpoint and the pages of guests, on loopback."""

import asyncio
import signal
import tempfile
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import msgspec
from aiohttp import web

from bot.sandbox.authority import SandboxAuthority
from bot.sandbox.control import Control
from bot.sandbox.faults import Faults
from bot.sandbox.graph_api import GraphApi
from bot.sandbox.pages import Pages
from bot.sandbox.reads import Reads
from bot.sandbox.seed import Seed, northwind
from bot.sandbox.state import DirectoryState, JournalEntry
from bot.sandbox.tls import make_certificate
from bot.sandbox.writes import Writes

HOST = "127.0.0.1"


class SandboxAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """What the product has to be told to talk to this directory."""

    graph_endpoint: str
    """GRAPH_ENDPOINT; also where a person finds the invitations that went out."""
    authority_host: str
    """AZURE_AUTHORITY_HOST."""
    ca_file: Path
    """The authority's CA, for `verify`."""
    tenant_id: str
    client_id: str
    client_secret: str
    """Of a sandbox that this computer alone reaches: no secret."""


class SandboxDirectory:
    """One directory. Ports 0 are chosen by the system. `folder` keeps the contents over a restart, and the CA file;
    without one, both are gone at `stop`. `page_size`: items on a page of a collection, at most. `certificates`: PEM,
    registered for the application beside its secret.
    """

    def __init__(
        self,
        seed: Seed | None = None,
        faults: Faults | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        port: int = 0,
        authority_port: int = 0,
        folder: Path | None = None,
        page_size: int = 100,
        certificates: Collection[bytes] = (),
        token_seconds: int = 3600,
    ) -> None:
        self.seed = seed or northwind()
        self._ports = (port, authority_port)
        self._own_folder = None if folder else tempfile.TemporaryDirectory(prefix="partner-access-sandbox-")
        self._folder = folder or Path(self._own_folder.name if self._own_folder else "")
        self._folder.mkdir(parents=True, exist_ok=True)
        self.state = DirectoryState(
            self.seed, clock, kept_in=self._folder / "directory.json" if folder is not None else None
        )
        self.authority = SandboxAuthority(self.seed, certificates=certificates, token_seconds=token_seconds)
        reads, writes = Reads(self.state, page_size=page_size), Writes(self.state)
        self._api = GraphApi(self.state, self.authority, reads, writes, faults or Faults())
        self._parts = (Control(self.state, self._api), Pages(self.state, writes), self._api)
        self._runners: list[web.AppRunner] = []

    @property
    def faults(self) -> Faults:
        return self._api.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._api.set_faults(faults)

    @property
    def journal(self) -> tuple[JournalEntry, ...]:
        """All writes that arrived, oldest first."""
        return tuple(self.state.contents.journal)

    async def start(self) -> SandboxAddresses:
        """Listens, and says where. Raises OSError where a port is taken."""
        graph = web.Application(middlewares=[_loopback_only])
        for part in self._parts:
            part.add_to(graph)
        authority = self.authority.application()
        authority.middlewares.append(_loopback_only)
        certificate = make_certificate(datetime.now(UTC))
        ca_file = self._folder / "ca.pem"
        ca_file.write_bytes(certificate.authority_pem)
        try:
            self._api.origin = f"http://{HOST}:{await self._listen(graph, self._ports[0])}"
            authority_port = await self._listen(authority, self._ports[1], ssl_context=certificate.server)
        except OSError:
            await self.stop()
            raise
        self.authority.origin = f"https://{HOST}:{authority_port}"
        return SandboxAddresses(
            graph_endpoint=self._api.origin,
            authority_host=self.authority.origin,
            ca_file=ca_file,
            tenant_id=self.seed.tenant.id,
            client_id=self.seed.application.id,
            client_secret=self.seed.application.secret,
        )

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._own_folder:
            self._own_folder.cleanup()

    async def _listen(self, app: web.Application, port: int, **options: object) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, HOST, port, **options).start()  # type: ignore[arg-type]
        return int(runner.addresses[0][1])


@web.middleware
async def _loopback_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Only this computer, and only by a name of this computer: a page elsewhere whose name was made to point here
    (DNS rebinding) is refused.
    """
    host = request.host.rpartition(":")[0] or request.host
    if request.remote is None or not ip_address(request.remote).is_loopback or host not in (HOST, "localhost"):
        raise web.HTTPForbidden(text="The sandbox serves this computer only.")
    return await handler(request)


def run_directory(
    *,
    port: int = 0,
    authority_port: int = 0,
    folder: Path,
    faults: Faults | None = None,
    page_size: int = 100,
) -> None:
    """Serves a directory until SIGTERM or SIGINT, for a process of its own.

    Once it listens, `folder/addresses.json` holds its SandboxAddresses (`read_addresses`); contents survive in
    `folder` too.
    """

    async def serve() -> None:
        ended = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, ended.set)
        directory = SandboxDirectory(
            faults=faults, port=port, authority_port=authority_port, folder=folder, page_size=page_size
        )
        addresses = await directory.start()
        beside = folder / "addresses.new"
        beside.write_bytes(msgspec.json.encode(addresses, enc_hook=str))
        beside.replace(_addresses_file(folder))
        await ended.wait()
        await directory.stop()

    _addresses_file(folder).unlink(missing_ok=True)
    asyncio.run(serve())


def read_addresses(folder: Path) -> SandboxAddresses | None:
    """Where the directory of this folder is reached; None until it listens."""
    try:
        raw = _addresses_file(folder).read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(raw, type=SandboxAddresses, dec_hook=lambda kind, value: kind(value))


def _addresses_file(folder: Path) -> Path:
    return folder / "addresses.json"
