"""A sandbox directory that listens, and the adapters of the directory ports talking to it over HTTP with MSAL."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.graph.client import GraphClient
from bot.graph.directory import GraphDirectory
from bot.graph.invitations import GraphInviter
from bot.graph.memberships import GraphMemberships
from bot.graph.redemptions import GraphRedemptions
from bot.graph.tokens import ClientSecret, Credential, GraphCredentials, GraphTokens
from bot.sandbox.directory import SandboxAddresses, SandboxDirectory
from bot.sandbox.faults import Faults
from bot.sandbox.seed import Seed
from bot.workflow.ports import Directory, Invitation, Inviter, Memberships, Redemptions

ADELE = "a0000000-0000-4000-8000-000000000001"
MEGAN = "a0000000-0000-4000-8000-000000000002"
LYNNE = "a0000000-0000-4000-8000-000000000004"
MIRIAM = "a0000000-0000-4000-8000-000000000005"
LI_WEI = "a0000000-0000-4000-8000-000000000009"
PAT = "b0000000-0000-4000-8000-000000000001"
DANA = "b0000000-0000-4000-8000-000000000002"
ROBIN = "b0000000-0000-4000-8000-000000000003"
SAM = "b0000000-0000-4000-8000-000000000004"
GUEST_APPROVERS = "44444444-4444-4444-4444-444444444444"
FALCON_OWNERS = "66666666-6666-6666-6666-666666666666"
FALCON_MEMBERS = "11111111-1111-1111-1111-111111111111"
NOBODY = "c0000000-0000-4000-8000-00000000dead"


class SandboxClock:
    """The sandbox's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    sandbox: SandboxDirectory
    addresses: SandboxAddresses
    clock: SandboxClock
    client: GraphClient
    directory: Directory
    inviter: Inviter
    memberships: Memberships
    redemptions: Redemptions

    def calls(self, call: str) -> list[object]:
        """The bodies of the writes of this name that took effect."""
        return [each.body for each in self.sandbox.journal if each.call == call and each.effect]


def credentials(addresses: SandboxAddresses, credential: Credential | None = None) -> GraphCredentials:
    return GraphCredentials(
        tenant_id=addresses.tenant_id,
        client_id=addresses.client_id,
        credential=credential or ClientSecret(secret=addresses.client_secret),
        authority_host=addresses.authority_host,
    )


def tokens(addresses: SandboxAddresses, credential: Credential | None = None) -> GraphTokens:
    return GraphTokens(credentials(addresses, credential), addresses.graph_endpoint, verify=str(addresses.ca_file))


@asynccontextmanager
async def directory_world(
    seed: Seed | None = None,
    *,
    faults: Faults | None = None,
    page_size: int = 100,
    wait: float = 5.0,
    certificates: Collection[bytes] = (),
    credential: Credential | None = None,
    folder: Path | None = None,
) -> AsyncIterator[World]:
    clock = SandboxClock()
    sandbox = SandboxDirectory(seed, faults, clock, page_size=page_size, certificates=certificates, folder=folder)
    addresses = await sandbox.start()
    client = GraphClient(tokens(addresses, credential), endpoint=addresses.graph_endpoint, timeout=wait)
    try:
        yield World(
            sandbox=sandbox,
            addresses=addresses,
            clock=clock,
            client=client,
            directory=GraphDirectory(client),
            inviter=GraphInviter(client),
            memberships=GraphMemberships(client),
            redemptions=GraphRedemptions(client),
        )
    finally:
        await client.close()
        await sandbox.stop()


def invitation(address: str = "ana@fabrikam.com", **changes: object) -> Invitation:
    fields: dict[str, object] = {
        "address": address,
        "name": "Ana Silva",
        "redirect_url": "https://myapps.microsoft.com/",
        "language": "en-US",
        "message": "Welcome to Falcon.",
        "sponsor_id": ADELE,
        **changes,
    }
    return Invitation(**fields)  # type: ignore[arg-type]
