"""Entra's part: the token endpoint that MSAL runs against, and the check of the tokens that it gave."""

import base64
import binascii
import secrets
import time
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.sandbox.answers import Refused
from bot.sandbox.faults import Faults
from bot.sandbox.seed import Seed

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Unauthorised(Exception):
    """OAuth's refusal: an error, Entra's number of it, and its words."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {
            "error": error,
            "error_description": f"AADSTS{number}: {text} Trace ID: {uuid.uuid4()} Correlation ID: {uuid.uuid4()}"
            f" Timestamp: {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}",
            "error_codes": [number],
        }


class SandboxAuthority:
    """Issues tokens to the seed's application by its secret, or by a certificate that it has registered.

    Tokens live for `token_seconds`. Their key is made at start, so a restart makes old tokens invalid.
    """

    def __init__(self, seed: Seed, *, certificates: Collection[bytes] = (), token_seconds: int = 3600) -> None:
        self._seed = seed
        self._key = secrets.token_bytes(32)
        self._token_seconds = token_seconds
        self._certificates = dict(_thumbprints(certificates))
        self.origin = ""
        self.faults = Faults()
        self.tokens_issued = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._metadata)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        return app

    def require(self, authorization: str) -> frozenset[str]:
        """The roles in a bearer token of ours. Raises Refused (401) for any other."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "InvalidAuthenticationToken", "Access token is empty.")
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                options={"require": ["exp", "tid", "roles", "appid"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Refused(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.") from (
                error
            )
        except jwt.InvalidTokenError as error:
            raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure.") from error
        if claims["tid"] != self._seed.tenant.id:
            raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid tenant.")
        return frozenset(claims["roles"])

    async def _metadata(self, request: web.Request) -> web.Response:
        try:
            self._require_tenant(request)
        except Unauthorised as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        base = f"{self.origin}/{self._seed.tenant.id}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._require_tenant(request)
            self._require_client(form)
            scope = form.get("scope", "")
            if form.get("grant_type") != "client_credentials":
                raise Unauthorised(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
            if not scope.endswith("/.default") or " " in scope:
                raise Unauthorised(400, "invalid_scope", 1002012, f"The provided value for scope {scope} is not valid.")
        except Unauthorised as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        self.tokens_issued += 1
        return web.json_response(
            {
                "token_type": "Bearer",
                "expires_in": self._token_seconds,
                "ext_expires_in": self._token_seconds,
                "access_token": self._signed(scope.removesuffix("/.default")),
            }
        )

    def _signed(self, audience: str) -> str:
        now = int(time.time())
        application = self._seed.application
        roles = [each for each in application.permissions if each not in self.faults.withheld_permissions]
        claims = {
            "aud": audience, "iss": f"{self.origin}/{self._seed.tenant.id}/v2.0", "iat": now, "nbf": now,
            "exp": now + self._token_seconds, "appid": application.id, "tid": self._seed.tenant.id, "roles": roles,
            "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="HS256")

    def _require_tenant(self, request: web.Request) -> None:
        tenant = request.match_info["tenant"]
        if tenant.lower() not in (self._seed.tenant.id, *self._seed.tenant.domains):
            raise Unauthorised(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")

    def _require_client(self, form: Mapping[str, str]) -> None:
        application = self._seed.application
        if form.get("client_id") != application.id:
            raise Unauthorised(
                400, "unauthorized_client", 700016, "Application was not found in the directory of the tenant."
            )
        if form.get("client_assertion_type") == _ASSERTION_TYPE:
            self._require_assertion(form.get("client_assertion", ""))
        elif not secrets.compare_digest(form.get("client_secret", "").encode(), application.secret.encode()):
            raise Unauthorised(401, "invalid_client", 7000215, "Invalid client secret provided.")

    def _require_assertion(self, assertion: str) -> None:
        refusal = Unauthorised(401, "invalid_client", 700027, "The certificate used to sign is not registered.")
        try:
            header = jwt.get_unverified_header(assertion)
            key = self._certificates.get(_unpadded(header.get("x5t#S256") or header.get("x5t") or ""))
            if key is None:
                raise refusal
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["PS256", "RS256"],
                audience=f"{self.origin}/{self._seed.tenant.id}/oauth2/v2.0/token",
                issuer=self._seed.application.id,
                options={"require": ["exp", "iss", "sub", "jti"]},
            )
        except (jwt.InvalidTokenError, binascii.Error, ValueError) as error:
            raise refusal from error
        if claims["sub"] != self._seed.application.id:
            raise refusal


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _thumbprints(certificates: Collection[bytes]) -> list[tuple[bytes, RSAPublicKey]]:
    found: list[tuple[bytes, RSAPublicKey]] = []
    for pem in certificates:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("Entra takes RSA certificates only")
        # SHA-1 names a certificate in `x5t`; nothing rests on its strength.
        algorithms: tuple[hashes.HashAlgorithm, ...] = (hashes.SHA256(), hashes.SHA1())  # noqa: S303
        found.extend((certificate.fingerprint(algorithm), key) for algorithm in algorithms)
    return found
