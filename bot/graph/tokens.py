"""Application tokens for Graph, by MSAL: a client secret, a certificate or a managed identity."""

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import msal  # type: ignore[import-untyped]
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS  # type: ignore[import-untyped]

from bot.graph.errors import GraphCode, scrub
from bot.graph.transport import PooledSession, Verify
from bot.workflow.errors import GraphError

PUBLIC_CLOUD = "https://login.microsoftonline.com"

# MSAL hands out a cached token until five minutes before its end, and fetches after that.
_REFRESH_AHEAD = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A PEM file with the private key and its certificate (first), as `AZURE_CLIENT_CERTIFICATE_PATH` names it."""

    path: Path
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    """The identity that Azure gives the machine; user-assigned where `client_id` is set."""

    client_id: str | None = None


Credential = ClientSecret | ClientCertificate | ManagedIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCredentials:
    """Who we are to Entra, and which cloud's Entra. Raises ValueError for an authority that is not https."""

    tenant_id: str
    client_id: str
    credential: Credential
    authority_host: str = PUBLIC_CLOUD
    """`AZURE_AUTHORITY_HOST`: a host, or https://host[:port]."""

    def __post_init__(self) -> None:
        parts = urlsplit(self._host_url)
        odd = parts.username or parts.query or parts.fragment or parts.path.strip("/")
        if parts.scheme != "https" or not parts.hostname or odd:
            raise ValueError("AZURE_AUTHORITY_HOST must be https://host[:port]")

    @property
    def authority_url(self) -> str:
        return f"{self._host_url.rstrip('/')}/{self.tenant_id}"

    @property
    def _host_url(self) -> str:
        host = self.authority_host.strip()
        return host if "://" in host else f"https://{host}"


class HttpClient(Protocol):
    """What MSAL needs to reach an authority; answers have `status_code`, `text` and `headers`."""

    def get(self, url: str, **kwargs: Any) -> Any: ...
    def post(self, url: str, **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str = field(repr=False)
    expires_at: float


class GraphTokens:
    """Hands out a token for Graph, to any thread; one fetch at a time, ahead of expiry.

    While a token ages and another thread fetches its successor, the old one is handed out. `endpoint` is Graph's
    (`https://graph.microsoft.com`), which names the scope. `http_client` replaces MSAL's way out (an in-process
    authority for tests and benches). `now` is in seconds since 1970, as MSAL counts.
    """

    def __init__(
        self,
        credentials: GraphCredentials,
        endpoint: str,
        *,
        verify: Verify = True,
        http_client: HttpClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._resource = endpoint.rstrip("/")
        self._own_session: PooledSession | None = None
        if http_client is None:
            # A managed identity is asked of the machine itself, so past any proxy.
            managed = isinstance(credentials.credential, ManagedIdentity)
            url = "http://localhost" if managed else credentials.authority_url
            self._own_session = PooledSession(url, pool=1, timeout=(5.0, 10.0), verify=verify)
        self._http = http_client or self._own_session
        self._now = now
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._application: Any = None
        self._failed: tuple[float, GraphError] | None = None

    def token(self) -> str:
        """A token that holds for a while yet. Blocks; raises GraphError (`graph-token`)."""
        asked = time.monotonic()
        token = self._token
        remaining = token.expires_at - self._now() if token else 0.0
        if token and remaining > _REFRESH_AHEAD:
            return token.text
        if token and remaining > 0:
            if self._lock.acquire(blocking=False):
                try:
                    return self._fetch().text
                except GraphError:
                    return token.text
                finally:
                    self._lock.release()
            return token.text
        with self._lock:
            if self._token and self._token.expires_at > self._now():
                return self._token.text
            # Those who waited behind a fetch that failed share its failure: an authority that is down is not asked
            # once for each of them.
            if self._failed and self._failed[0] >= asked:
                raise self._failed[1]
            return self._fetch().text

    def forget(self, token: str) -> None:
        """Graph refused this token: the next caller fetches another."""
        with self._lock:
            if self._token and self._token.text == token:
                self._token = None
                self._application = None

    def roles(self) -> frozenset[str]:
        """The application permissions that the token carries. Raises GraphError like `token`."""
        payload = self.token().split(".")[1:2]
        try:
            claims: object = json.loads(base64.urlsafe_b64decode(payload[0] + "=="))
        except (IndexError, ValueError, binascii.Error):
            return frozenset()
        roles = claims.get("roles") if isinstance(claims, dict) else None
        return frozenset(str(role) for role in roles) if isinstance(roles, list) else frozenset()

    def close(self) -> None:
        if self._own_session:
            self._own_session.close()

    def _fetch(self) -> _Token:
        try:
            token = self._ask()
        except GraphError as error:
            self._failed = (time.monotonic(), error)
            raise
        self._token = token
        return token

    def _ask(self) -> _Token:
        try:
            if self._application is None:
                self._application = self._build()
            if isinstance(self._credentials.credential, ManagedIdentity):
                answer: object = self._application.acquire_token_for_client(resource=self._resource)
            else:
                answer = self._application.acquire_token_for_client(scopes=[f"{self._resource}/.default"])
        except GraphError:
            raise
        except requests.RequestException as error:
            raise self._refusal(f"{type(error).__name__} on the way to {self._host}", retryable=True) from error
        except Exception as error:  # MSAL raises ValueError, KeyError, RuntimeError and its own for odd authorities
            raise self._refusal(f"{type(error).__name__}: {error}", retryable=True) from error
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise self._refused(answer)
        return _Token(text=answer["access_token"], expires_at=self._now() + float(str(answer.get("expires_in", 3600))))

    def _build(self) -> object:
        credentials = self._credentials
        if isinstance(credentials.credential, ManagedIdentity):
            own = credentials.credential.client_id
            identity = msal.UserAssignedManagedIdentity(client_id=own) if own else msal.SystemAssignedManagedIdentity()
            return msal.ManagedIdentityClient(identity, http_client=self._http)
        host = urlsplit(credentials.authority_url).hostname
        return msal.ConfidentialClientApplication(
            credentials.client_id,
            client_credential=self._client_credential(),
            authority=credentials.authority_url,
            instance_discovery=None if host in WELL_KNOWN_AUTHORITY_HOSTS else False,
            azure_region=False,
            http_client=self._http,
        )

    def _client_credential(self) -> object:
        credential = self._credentials.credential
        if isinstance(credential, ClientSecret):
            return credential.secret
        if isinstance(credential, ClientCertificate):
            return _read_certificate(credential)
        raise TypeError(credential)

    @property
    def _host(self) -> str:
        if isinstance(self._credentials.credential, ManagedIdentity):
            return "the managed identity endpoint"
        return urlsplit(self._credentials.authority_url).hostname or "the authority"

    def _refused(self, answer: object) -> GraphError:
        said = answer if isinstance(answer, dict) else {}
        error = str(said.get("error") or "no token in the answer")
        description = str(said.get("error_description") or "").split(" Trace ID:")[0]
        return self._refusal(
            f"{error}: {description}", retryable=error in ("temporarily_unavailable", "server_error", "request_timeout")
        )

    def _refusal(self, detail: str, *, retryable: bool) -> GraphError:
        credential = self._credentials.credential
        if isinstance(credential, ClientSecret) and credential.secret:
            detail = detail.replace(credential.secret, "[removed]")
        return GraphError(GraphCode.TOKEN.value, retryable=retryable, detail=scrub(detail))


def _read_certificate(credential: ClientCertificate) -> dict[str, str]:
    """The private key and the certificate in what MSAL takes. Raises GraphError that names what is wrong."""
    try:
        pem = credential.path.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        password = credential.password.encode() if credential.password else None
        key = serialization.load_pem_private_key(pem, password)
        if key.public_key() != certificate.public_key():
            raise ValueError("the first certificate is not that of the private key")
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise GraphError(
            GraphCode.TOKEN.value, retryable=False, detail=scrub(f"certificate {credential.path.name}: {reason}")
        ) from error
    return {
        "private_key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }
