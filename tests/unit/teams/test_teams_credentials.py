"""The bot's own token: one for all calls, renewed ahead of its end, and a clear error where there is none."""

import asyncio
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from bot.teams.credentials import BotCredentials, authority_of, managed_identity, single_tenant
from bot.teams.errors import CredentialsError
from tests.teams_side import APP_ID, TENANT_ID, TokenTransport, TransportAnswer, private_key


class Source:
    def __init__(self, lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self.asked = 0
        self.threads: set[int] = set()
        self.error: Mapping[str, Any] | None = None

    def __call__(self) -> Mapping[str, Any]:
        self.asked += 1
        self.threads.add(threading.get_ident())
        return self.error or {"access_token": f"token-{self.asked}", "expires_in": self.lifetime}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_one_token_serves_all_calls_and_is_got_off_the_loop() -> None:
    source = Source()
    credentials = BotCredentials(source)
    assert credentials.header() is None
    headers = await asyncio.gather(*(credentials.fetch_header() for _ in range(10)))
    assert set(headers) == {"Bearer token-1"}
    assert source.asked == 1
    assert threading.get_ident() not in source.threads


async def test_a_token_is_renewed_before_it_ends_and_nobody_waits_for_it() -> None:
    source, clock = Source(), Clock()
    credentials = BotCredentials(source, now=clock)
    await credentials.fetch_header()
    clock.now = 3600 - 239
    assert credentials.header() == "Bearer token-1", "the old one serves while the new one is asked for"
    async with asyncio.timeout(2):
        while credentials.header() != "Bearer token-2":
            await asyncio.sleep(0.01)
    assert source.asked == 2


async def test_a_renewal_that_fails_is_tried_again_while_the_old_token_serves() -> None:
    source, clock = Source(), Clock()
    credentials = BotCredentials(source, now=clock)
    await credentials.fetch_header()
    source.error = {"error": "temporarily_unavailable"}
    clock.now = 3600 - 200
    for _ in range(5):
        assert credentials.header() == "Bearer token-1"
        await asyncio.sleep(0.01)
    assert source.asked == 2, "not at every call"
    source.error = None
    clock.now += 11
    credentials.header()
    async with asyncio.timeout(2):
        while credentials.header() == "Bearer token-1":
            await asyncio.sleep(0.01)


async def test_a_token_that_ended_is_never_used() -> None:
    source, clock = Source(), Clock()
    credentials = BotCredentials(source, now=clock)
    await credentials.fetch_header()
    clock.now = 3600
    assert credentials.header() is None
    source.error = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
    with pytest.raises(CredentialsError) as raised:
        await credentials.fetch_header()
    assert "AADSTS7000215" in raised.value.detail


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": None}, {"error": "x"}])
async def test_an_answer_without_a_token_is_a_clear_error(answer: Mapping[str, Any]) -> None:
    source = Source()
    source.error = answer or {"nothing": 1}
    with pytest.raises(CredentialsError):
        await BotCredentials(source).fetch_header()


async def test_a_transport_that_breaks_is_a_clear_error() -> None:
    def broken() -> Mapping[str, Any]:
        raise ConnectionError("no route to host")

    with pytest.raises(CredentialsError, match="no route"):
        await BotCredentials(broken).fetch_header()


def test_a_single_tenant_bot_asks_its_own_tenant_by_secret() -> None:
    transport = TokenTransport()
    source = single_tenant(app_id=APP_ID, tenant_id=TENANT_ID, secret="s3cret", http_client=transport)
    assert transport.requests == [], "nothing is asked before a token is needed"
    assert source()["access_token"] == "bot-token-1"
    [(url, form)] = transport.requests
    assert url == f"https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token"
    assert form["client_secret"] == "s3cret"
    assert "https://api.botframework.com/.default" in form["scope"]


def test_a_certificate_stands_in_for_the_secret(tmp_path: Path) -> None:
    pem = tmp_path / "bot.pem"
    pem.write_bytes(_certificate())
    transport = TokenTransport()
    source = single_tenant(app_id=APP_ID, tenant_id=TENANT_ID, certificate=pem, http_client=transport)
    assert source()["access_token"]
    [(_, form)] = transport.requests
    assert form["client_assertion"].count(".") == 2 if isinstance(form["client_assertion"], str) else True
    assert "client_secret" not in form


def test_a_file_without_key_and_certificate_is_refused_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    with pytest.raises(ValueError, match="PEM"):
        single_tenant(app_id=APP_ID, tenant_id=TENANT_ID, certificate=empty)


@pytest.mark.parametrize("given", [{}, {"secret": "x", "certificate": Path("y")}])
def test_credentials_are_a_secret_or_a_certificate(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one of them"):
        single_tenant(app_id=APP_ID, tenant_id=TENANT_ID, **given)


def test_another_cloud_is_asked_without_looking_it_up_at_microsoft() -> None:
    asked: list[str] = []

    class Watched(TokenTransport):
        def get(self, url: str, **more: Any) -> TransportAnswer:
            asked.append(url)
            return super().get(url, **more)

    transport = Watched()
    login = "https://login.emulator.example"
    source = single_tenant(
        app_id=APP_ID, tenant_id=TENANT_ID, secret="s", login_url=login, scope="api://x/.default", http_client=transport
    )
    assert source()["access_token"]
    assert all(url.startswith(login) for url in [*asked, transport.requests[0][0]])


def test_the_authority_is_the_tenants_unless_the_url_names_one() -> None:
    assert authority_of("https://login.example/", "t") == "https://login.example/t"
    assert authority_of("https://login.example/common", "t") == "https://login.example/common"


def test_a_managed_identity_is_asked_for_the_bots_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    asked: list[dict[str, Any]] = []

    class Machine:
        def get(self, url: str, params: Mapping[str, Any] | None = None, **_: Any) -> TransportAnswer:
            asked.append({"url": url, **(params or {})})
            return TransportAnswer({"access_token": "machine-token", "expires_in": "86400", "resource": "r"})

        def close(self) -> None:
            pass

    source = managed_identity(app_id=APP_ID, http_client=Machine())
    assert source()["access_token"] == "machine-token"
    assert asked[0]["resource"] == "https://api.botframework.com"
    assert asked[0]["client_id"] == APP_ID


def _certificate() -> bytes:
    key = private_key("certificate")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bot")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + private
