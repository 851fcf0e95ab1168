"""Tokens: fetched once, ahead of expiry, by one thread; and what is said when none comes."""

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.graph.tokens import ClientCertificate, ClientSecret, Credential, GraphCredentials, GraphTokens, ManagedIdentity
from bot.graph.transport import PooledSession, company_ca
from bot.workflow.errors import GraphError

TENANT = "10000000-0000-4000-8000-000000000000"
AUTHORITY = "https://login.example.org:8443"
GRAPH = "https://graph.example.org"


@dataclass
class Answer:
    status_code: int
    body: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return json.dumps(self.body)

    def raise_for_status(self) -> None:
        assert self.status_code < 400


class Authority:
    """An authority in this process: what MSAL is given as `http_client`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.answer = Answer(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "first"})
        self.broken: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def get(self, url: str, **kwargs: Any) -> Answer:
        self.asked.append(url)
        if self.broken:
            raise self.broken
        if "169.254.169.254" in url:
            expires = int(time.time()) + 86_400
            return Answer(
                200, {"access_token": "managed", "expires_on": str(expires), "resource": "r", "token_type": "Bearer"}
            )
        base = f"{AUTHORITY}/{TENANT}"
        return Answer(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            },
        )

    def post(self, url: str, **kwargs: Any) -> Answer:
        self.asked.append(url)
        self.forms.append(kwargs.get("data") or {})
        self.hold.wait(5)
        if self.broken:
            raise self.broken
        return self.answer

    def close(self) -> None: ...


def tokens_from(authority: Authority, credential: Credential | None = None, *, now: Any = time.time) -> GraphTokens:
    credentials = GraphCredentials(
        tenant_id=TENANT,
        client_id="20000000-0000-4000-8000-000000000000",
        credential=credential or ClientSecret(secret="s3cret-value"),
        authority_host=AUTHORITY,
    )
    return GraphTokens(credentials, GRAPH, http_client=authority, now=now)


def test_a_token_is_fetched_once_and_kept() -> None:
    authority = Authority()
    tokens = tokens_from(authority)
    assert [tokens.token() for _ in range(3)] == ["first"] * 3
    assert len(authority.forms) == 1
    assert authority.forms[0]["client_secret"] == "s3cret-value"
    assert authority.forms[0]["scope"] == f"{GRAPH}/.default"


def test_no_host_but_the_configured_authority_is_asked() -> None:
    authority = Authority()
    tokens_from(authority).token()
    assert all(url.startswith(f"{AUTHORITY}/{TENANT}/") for url in authority.asked)


def test_an_aging_token_serves_on_while_one_thread_fetches_the_next() -> None:
    authority = Authority()
    authority.answer.body["expires_in"] = 250
    tokens = tokens_from(authority)
    assert tokens.token() == "first"
    authority.answer = Answer(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "second"})
    authority.hold.clear()
    with ThreadPoolExecutor(1) as one:
        fetching = one.submit(tokens.token)
        while len(authority.forms) < 2:
            time.sleep(0.001)
        assert tokens.token() == "first"
        authority.hold.set()
        assert fetching.result() == "second"
    assert tokens.token() == "second"
    assert len(authority.forms) == 2


def test_an_aging_token_outlives_an_authority_that_is_down() -> None:
    authority = Authority()
    authority.answer.body["expires_in"] = 250
    tokens = tokens_from(authority)
    tokens.token()
    authority.broken = requests.ConnectionError("down")
    assert tokens.token() == "first"


def test_an_expired_token_is_never_handed_out() -> None:
    moment = [1_000_000.0]
    authority = Authority()
    tokens = tokens_from(authority, now=lambda: moment[0])
    authority.answer.body["expires_in"] = 250
    tokens.token()
    moment[0] += 251
    authority.broken = requests.ConnectionError("down")
    with pytest.raises(GraphError):
        tokens.token()


def test_threads_that_wait_for_one_fetch_share_it_and_its_failure() -> None:
    authority = Authority()
    authority.hold.clear()
    tokens = tokens_from(authority)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(tokens.token) for _ in range(8)]
        while not authority.forms:
            time.sleep(0.001)
        time.sleep(0.05)
        authority.broken = requests.ConnectionError("down")
        authority.hold.set()
        assert all(isinstance(each.exception(), GraphError) for each in asked)
    assert len(authority.forms) == 1
    authority.broken = None
    assert tokens.token() == "first"


def test_a_refused_token_is_forgotten_and_only_that_one() -> None:
    authority = Authority()
    tokens = tokens_from(authority)
    tokens.forget("another")
    tokens.token()
    authority.answer = Answer(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "second"})
    tokens.forget("another")
    assert tokens.token() == "first"
    tokens.forget("first")
    assert tokens.token() == "second"


def test_a_refusal_says_what_entra_said_and_never_the_secret() -> None:
    authority = Authority()
    description = "AADSTS7000215: Invalid client secret provided: s3cret-value. Trace ID: 1 Correlation ID: 2"
    authority.answer = Answer(401, {"error": "invalid_client", "error_description": description})
    with pytest.raises(GraphError) as raised:
        tokens_from(authority).token()
    assert (raised.value.code, raised.value.retryable) == ("graph-token", False)
    assert "AADSTS7000215: Invalid client secret" in raised.value.detail
    assert "s3cret-value" not in f"{raised.value!r} {raised.value.detail}"


def test_an_authority_that_is_not_reached_is_worth_another_try() -> None:
    authority = Authority()
    authority.broken = requests.ConnectionError("https://login.example.org s3cret-value")
    with pytest.raises(GraphError) as raised:
        tokens_from(authority).token()
    assert (raised.value.code, raised.value.retryable) == ("graph-token", True)
    assert "login.example.org" in raised.value.detail
    assert "s3cret-value" not in raised.value.detail


def test_an_answer_without_a_token_is_a_clear_error() -> None:
    authority = Authority()
    authority.answer = Answer(200, {"token_type": "Bearer"})
    with pytest.raises(GraphError, match="graph-token"):
        tokens_from(authority).token()


def test_a_secret_is_in_no_representation() -> None:
    credentials = GraphCredentials(tenant_id="t", client_id="c", credential=ClientSecret(secret="s3cret-value"))
    assert "s3cret-value" not in repr(credentials)


def test_roles_are_those_in_the_token() -> None:
    authority = Authority()
    claims = base64.urlsafe_b64encode(json.dumps({"roles": ["User.Read.All"]}).encode()).decode().rstrip("=")
    authority.answer.body["access_token"] = f"e30.{claims}.c2ln"
    assert tokens_from(authority).roles() == {"User.Read.All"}


@pytest.mark.parametrize("token", ["opaque", "a.b", "a.!!.c", "e30.W10.x"])
def test_a_token_that_cannot_be_read_has_no_roles(token: str) -> None:
    authority = Authority()
    authority.answer.body["access_token"] = token
    assert tokens_from(authority).roles() == frozenset()


# --- certificates ---


def pem_file(folder: Path, *, key_first: bool = True) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Partner Access")])
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
    parts = [
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate.public_bytes(serialization.Encoding.PEM),
    ]
    path = folder / "client.pem"
    path.write_bytes(b"".join(parts if key_first else reversed(parts)))
    return path


@pytest.mark.parametrize("key_first", [True, False])
def test_a_certificate_signs_the_assertion(tmp_path: Path, key_first: bool) -> None:
    authority = Authority()
    path = pem_file(tmp_path, key_first=key_first)
    assert tokens_from(authority, ClientCertificate(path=path)).token() == "first"
    assertion = authority.forms[0]["client_assertion"]
    key = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    text = assertion if isinstance(assertion, str) else bytes(assertion).decode()
    claims = jwt.decode(text, key, algorithms=["PS256"], audience=f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token")
    assert claims["sub"] == "20000000-0000-4000-8000-000000000000"
    assert "client_secret" not in authority.forms[0]


def test_a_certificate_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a certificate")
    for path in (tmp_path / "missing.pem", wrong):
        with pytest.raises(GraphError) as raised:
            tokens_from(Authority(), ClientCertificate(path=path)).token()
        assert (raised.value.code, raised.value.retryable) == ("graph-token", False)
        assert path.name in raised.value.detail


def test_a_key_that_is_not_the_certificates_is_refused(tmp_path: Path) -> None:
    one, other = pem_file(tmp_path).read_text(), pem_file(tmp_path).read_text()
    mixed = tmp_path / "mixed.pem"
    mixed.write_text(one.split("-----BEGIN CERTIFICATE")[0] + "-----BEGIN CERTIFICATE" +
                     other.split("-----BEGIN CERTIFICATE")[1])  # fmt: skip
    with pytest.raises(GraphError) as raised:
        tokens_from(Authority(), ClientCertificate(path=mixed)).token()
    assert "not that of the private key" in raised.value.detail


# --- managed identity, authorities, certificate authorities ---


def test_a_managed_identity_asks_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"):
        monkeypatch.delenv(name, raising=False)
    authority = Authority()
    tokens = tokens_from(authority, ManagedIdentity(client_id="20000000-0000-4000-8000-000000000000"))
    assert [tokens.token(), tokens.token()] == ["managed", "managed"]
    assert len(authority.asked) == 1
    assert authority.asked[0].startswith("http://169.254.169.254/")


@pytest.mark.parametrize("host", ["http://login.microsoftonline.com", "https://", "https://u:p@login.example.org",
                                  "https://login.example.org?x=1", "https://login.example.org/tenant"])  # fmt: skip
def test_an_authority_that_is_not_https_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="AZURE_AUTHORITY_HOST"):
        GraphCredentials(tenant_id="t", client_id="c", credential=ClientSecret(secret="s"), authority_host=host)


@pytest.mark.parametrize("host", ["login.microsoftonline.us", "https://login.microsoftonline.us",
                                  "https://login.microsoftonline.us/"])  # fmt: skip
def test_an_authority_is_a_host_or_an_address(host: str) -> None:
    credentials = GraphCredentials(
        tenant_id="t", client_id="c", credential=ClientSecret(secret="s"), authority_host=host
    )
    assert credentials.authority_url == "https://login.microsoftonline.us/t"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_companys_certificate_authority_is_honoured(name: str) -> None:
    assert company_ca({name: "/etc/ssl/company.pem"}) == "/etc/ssl/company.pem"
    assert company_ca({}) is True


def test_the_environment_does_not_override_a_certificate_authority_that_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/company.pem")
    session = PooledSession("https://graph.example.org", pool=1, timeout=(0.1, 0.1), verify="/given.pem")
    with pytest.raises(OSError, match=r"/given\.pem"):
        session.get("https://127.0.0.1:9")
