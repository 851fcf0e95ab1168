"""The token endpoint: what MSAL runs against, and what it refuses, in OAuth's shape."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import jwt
import pytest

from bot.graph.tokens import ClientCertificate, ClientSecret, Credential, GraphCredentials, GraphTokens
from bot.sandbox.directory import SandboxAddresses, SandboxDirectory
from bot.workflow.errors import GraphError
from tests.unit.graph.test_tokens import pem_file


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[tuple[SandboxDirectory, SandboxAddresses, Path]]:
    certificate = pem_file(tmp_path)
    made = SandboxDirectory(certificates=[certificate.read_bytes()])
    yield made, await made.start(), certificate
    await made.stop()


async def ask(addresses: SandboxAddresses, credential: Credential, **changes: str) -> str:
    credentials = GraphCredentials(
        tenant_id=changes.get("tenant_id", addresses.tenant_id),
        client_id=changes.get("client_id", addresses.client_id),
        credential=credential,
        authority_host=addresses.authority_host,
    )
    tokens = GraphTokens(credentials, "https://graph.microsoft.com", verify=str(addresses.ca_file))
    return await asyncio.to_thread(tokens.token)


Running = tuple[SandboxDirectory, SandboxAddresses, Path]


async def test_msal_gets_a_token_by_secret(sandbox: Running) -> None:
    directory, addresses, _ = sandbox
    token = await ask(addresses, ClientSecret(secret=addresses.client_secret))
    assert "User.Invite.All" in directory.authority.require(f"Bearer {token}")
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == "https://graph.microsoft.com"


async def test_msal_gets_a_token_by_certificate(sandbox: Running) -> None:
    directory, addresses, certificate = sandbox
    token = await ask(addresses, ClientCertificate(path=certificate))
    assert directory.authority.require(f"Bearer {token}")


async def test_a_certificate_that_is_not_registered_is_refused(
    sandbox: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(GraphError) as raised:
        await ask(sandbox[1], ClientCertificate(path=pem_file(tmp_path_factory.mktemp("other"))))
    assert "AADSTS700027" in raised.value.detail


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"secret": "wrong"}, "AADSTS7000215"),
        ({"client_id": "20000000-0000-4000-8000-00000000ffff"}, "AADSTS700016"),
    ],
)
async def test_who_is_not_the_application_is_refused(sandbox: Running, changes: dict[str, str], number: str) -> None:
    secret = ClientSecret(secret=changes.pop("secret", sandbox[1].client_secret))
    with pytest.raises(GraphError) as raised:
        await ask(sandbox[1], secret, **changes)
    assert raised.value.code == "graph-token"
    assert number in raised.value.detail


async def test_another_tenant_is_refused(sandbox: Running) -> None:
    with pytest.raises(GraphError) as raised:
        await ask(sandbox[1], ClientSecret(secret="x"), tenant_id="10000000-0000-4000-8000-00000000ffff")
    assert raised.value.code == "graph-token"


async def test_a_client_that_does_not_trust_the_certificate_gets_nothing(sandbox: Running) -> None:
    credentials = GraphCredentials(
        tenant_id=sandbox[1].tenant_id,
        client_id=sandbox[1].client_id,
        credential=ClientSecret(secret=sandbox[1].client_secret),
        authority_host=sandbox[1].authority_host,
    )
    with pytest.raises(GraphError) as raised:
        await asyncio.to_thread(GraphTokens(credentials, "https://graph.microsoft.com").token)
    assert "SSLError" in raised.value.detail


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "https://graph.microsoft.com/User.Read"}, "invalid_scope"),
        ({"scope": "a/.default b/.default"}, "invalid_scope"),
        ({"client_secret": ""}, "invalid_client"),
    ],
)
async def test_a_wrong_form_is_refused_in_oauths_shape(sandbox: Running, changes: dict[str, str], error: str) -> None:
    addresses = sandbox[1]
    form = {
        "grant_type": "client_credentials",
        "client_id": addresses.client_id,
        "client_secret": addresses.client_secret,
        "scope": "https://graph.microsoft.com/.default",
        **changes,
    }
    trust = ssl.create_default_context(cafile=str(addresses.ca_file))
    url = f"{addresses.authority_host}/{addresses.tenant_id}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session, session.post(url, data=form, ssl=trust) as answer:
        assert answer.status in (400, 401)
        body = await answer.json()
    assert body["error"] == error
    assert body["error_description"].startswith("AADSTS")
