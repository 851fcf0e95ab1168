"""The bot's own token, which every call to Teams carries: got by MSAL in a thread, ahead of its expiry."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

import msal  # type: ignore[import-untyped]
import structlog
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS  # type: ignore[import-untyped]

from bot.teams.errors import CredentialsError

log = structlog.get_logger(__name__)

REFRESH_AHEAD = timedelta(minutes=4)
"""Below the 5 minutes for which MSAL would hand out its kept token once more."""
BETWEEN_TRIES = timedelta(seconds=10)


class Credentials(Protocol):
    """What the connector client asks for its Authorization header."""

    def header(self) -> str | None:
        """The header's value where it is at hand, at no cost; None where `fetch_header` has to be awaited."""
        ...

    async def fetch_header(self) -> str | None:
        """As `header`, but waits for a token. None: calls carry none (the sandbox). Raises CredentialsError."""
        ...


class NoCredentials:
    """The sandbox: its connector asks for no token."""

    def header(self) -> str | None:
        return None

    async def fetch_header(self) -> str | None:
        return None


TokenSource = Callable[[], Mapping[str, Any]]
"""Asks the identity provider, blocking: MSAL's answer, with `access_token` and `expires_in`, or with `error`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    header: str
    refresh_at: float
    ends_at: float


class BotCredentials:
    """One token for all calls. It is renewed in the background before it runs out; at most one request is under way."""

    def __init__(self, source: TokenSource, *, now: Callable[[], float] = monotonic) -> None:
        self._source = source
        self._now = now
        self._token: _Token | None = None
        self._fetching: asyncio.Task[_Token] | None = None
        self._next_try = float("-inf")

    def header(self) -> str | None:
        token = self._token
        now = self._now()
        if token is None or now >= token.ends_at:
            return None
        if now >= token.refresh_at and now >= self._next_try:
            self._fetch().add_done_callback(_say_failure)
        return token.header

    async def fetch_header(self) -> str:
        header = self.header()
        if header is not None:
            return header
        return (await asyncio.shield(self._fetch())).header

    def _fetch(self) -> "asyncio.Task[_Token]":
        if self._fetching is None or self._fetching.done():
            self._next_try = self._now() + BETWEEN_TRIES.total_seconds()
            self._fetching = asyncio.create_task(self._ask())
        return self._fetching

    async def _ask(self) -> _Token:
        try:
            answer = await asyncio.to_thread(self._source)
        except Exception as error:  # MSAL lets its transport's own exceptions through
            raise CredentialsError(f"{type(error).__name__}: {error}"[:300]) from error
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            said = answer.get("error_description") or answer.get("error") or "no access_token in the answer"
            raise CredentialsError(str(said)[:300])
        now = self._now()
        lifetime = float(answer.get("expires_in", 0))
        self._token = _Token(
            header=f"Bearer {token}",
            refresh_at=now + max(0.0, lifetime - REFRESH_AHEAD.total_seconds()),
            ends_at=now + max(0.0, lifetime - 5),
        )
        return self._token


def _say_failure(task: "asyncio.Task[_Token]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("the bot's token was not renewed ahead of its expiry", error=str(error))


def authority_of(login_url: str, tenant_id: str) -> str:
    """`https://login.microsoftonline.com` and a tenant make its authority; a URL with a path is taken as it is."""
    parts = urlsplit(login_url)
    return login_url.rstrip("/") if parts.path.strip("/") else f"{login_url.rstrip('/')}/{tenant_id}"


def single_tenant(
    *,
    app_id: str,
    tenant_id: str,
    secret: str | None = None,
    certificate: Path | None = None,
    login_url: str = "https://login.microsoftonline.com",
    scope: str = "https://api.botframework.com/.default",
    http_client: object | None = None,
) -> TokenSource:
    """Tokens from the tenant's own authority, by secret or by a PEM file with the key and its certificate.

    Raises ValueError where neither or both are given, OSError or ValueError where the file cannot be read.
    """
    if (secret is None) == (certificate is None):
        raise ValueError("the bot's credentials are a secret or a certificate, one of them")
    authority = authority_of(login_url, tenant_id)
    credential: object = secret if certificate is None else _read_certificate(certificate)
    application: msal.ConfidentialClientApplication | None = None

    def ask() -> Mapping[str, Any]:
        # Made at the first token, in the thread: its constructor may look the authority up.
        nonlocal application
        if application is None:
            application = msal.ConfidentialClientApplication(
                app_id,
                client_credential=credential,
                authority=authority,
                instance_discovery=None if urlsplit(authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS else False,
                http_client=http_client,
                timeout=None if http_client is not None else 10,
            )
        answer: Mapping[str, Any] = application.acquire_token_for_client([scope]) or {}
        return answer

    return ask


def managed_identity(
    *, app_id: str, http_client: object, scope: str = "https://api.botframework.com/.default"
) -> TokenSource:
    """Tokens of the user-assigned managed identity that the bot runs as (`UserAssignedMSI`).

    `http_client` is a `requests.Session` or what behaves as one.
    """
    client = msal.ManagedIdentityClient(msal.UserAssignedManagedIdentity(client_id=app_id), http_client=http_client)
    resource = scope.removesuffix("/.default")

    def ask() -> Mapping[str, Any]:
        answer: Mapping[str, Any] = client.acquire_token_for_client(resource=resource) or {}
        return answer

    return ask


def _read_certificate(path: Path) -> Mapping[str, str]:
    pem = path.read_text(encoding="ascii")
    key = re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", pem, re.DOTALL)
    certificate = re.search(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    if key is None or certificate is None:
        raise ValueError(f"{path} holds no private key and certificate in PEM form")
    return {"private_key": key[0], "public_certificate": certificate[0]}
