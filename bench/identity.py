"""Who the bench is to the bots: an application, a tenant, people, a signing key, and tokens signed with it."""

import json
import time
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP_ID = "20000000-0000-4000-8000-000000000000"
TENANT_ID = "10000000-0000-4000-8000-000000000000"
ISSUER = "https://api.botframework.com"
KEY_ID = "bench"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and what an OpenID document publishes of it."""

    key: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "Signer":
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def jwks(self) -> bytes:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps(
            {"keys": [public | {"kid": KEY_ID, "use": "sig", "alg": "RS256", "endorsements": ["msteams"]}]}
        ).encode()

    def token(self, service_url: str) -> str:
        """Bot Framework's token for the bot, good for an hour, as Teams sends one and the same for that long."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": APP_ID, "nbf": now - 5, "exp": now + 3600, "serviceurl": service_url}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": KEY_ID})


class InProcessTokens:
    """MSAL's HTTP client, answering at once: neither bot waits for a network that the other would not wait for."""

    def __init__(self, access_token: str = "bench") -> None:
        self._access_token = access_token

    def get(self, url: str, **_: object) -> "Answer":
        """OpenID configuration and instance discovery of any authority."""
        authority = "https://login.microsoftonline.com/" + TENANT_ID
        return Answer(
            {
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "issuer": f"{authority}/v2.0",
                "tenant_discovery_endpoint": f"{authority}/v2.0/.well-known/openid-configuration",
                "metadata": [],
            }
        )

    def post(self, url: str, **_: object) -> "Answer":
        return Answer({"token_type": "Bearer", "expires_in": 3600, "access_token": self._access_token})

    def close(self) -> None:
        """MSAL closes what it was given."""


class Answer:
    """What MSAL reads of an HTTP response."""

    def __init__(self, content: dict[str, object]) -> None:
        self.status_code = 200
        self.text = json.dumps(content)
        self.headers: dict[str, str] = {}

    def raise_for_status(self) -> None:
        """It is always a success."""
