"""Whether a call comes from Bot Framework: its token's signature and claims, and a memory of those found good."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import jwt
import structlog

from bot.teams.errors import Refused
from bot.teams.signing_keys import SigningKey, SigningKeys

log = structlog.get_logger(__name__)

ALGORITHM = "RS256"
LEEWAY_SECONDS = 60
MOST_REMEMBERED = 4096

_ENTRA_ISSUERS = (
    "https://sts.windows.net/",
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
    "https://sts.chinacloudapi.cn/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """A token of Bot Framework for this bot. It still has to fit the activity that it came with."""

    service_url: str
    key: SigningKey
    expires: float
    """Seconds since 1970."""


class TokenCheck:
    """Checks the Authorization header of inbound calls. Every failure raises Refused(401).

    https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
    """

    def __init__(
        self,
        *,
        keys: SigningKeys,
        app_id: str,
        issuer: str = "https://api.botframework.com",
        now: Callable[[], float] = time.time,
    ) -> None:
        if not app_id:
            raise ValueError("a token check needs the bot's app id")
        self._keys = keys
        self._app_id = app_id
        self._issuer = issuer
        self._now = now
        self._remembered: OrderedDict[bytes, VerifiedToken] = OrderedDict()

    async def verify(self, authorization: str | None) -> VerifiedToken:
        if not authorization:
            raise Refused(401, "no token")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "not a bearer token")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        if (known := self._remembered.get(digest)) is not None:
            if self._now() < known.expires and self._keys.known(known.key.id) is known.key:
                return known
            del self._remembered[digest]
        verified = await self._verify_anew(token)
        self._remembered[digest] = verified
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return verified

    async def _verify_anew(self, token: str) -> VerifiedToken:
        try:
            key_id = self._look_before_the_signature(token)
            key = self._keys.known(key_id) or await self._keys.find(key_id)
            if key is None:
                raise Refused(401, f"signed with an unknown key, {key_id[:80]!r}")
            claims = jwt.decode(
                token,
                key.public_key,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"], "strict_aud": True},
            )
            service_url = claims.get("serviceurl")
            if not isinstance(service_url, str) or not service_url:
                raise Refused(401, "the token names no service URL")
            return VerifiedToken(service_url=service_url, key=key, expires=float(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Refused(401, f"{type(error).__name__}: {error}"[:200]) from error

    def _look_before_the_signature(self, token: str) -> str:
        """The key id. Refuses what could not pass with any signature, so that junk causes no fetch of keys."""
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            raise Refused(401, f"signed with {str(header.get('alg'))[:20]!r}, not {ALGORITHM}")
        key_id = header.get("kid")
        if not isinstance(key_id, str) or not key_id:
            raise Refused(401, "the token names no key")
        claims = jwt.decode(token, options={"verify_signature": False})
        issuer = claims.get("iss")
        if issuer != self._issuer:
            if isinstance(issuer, str) and issuer.startswith(_ENTRA_ISSUERS):
                # Any application in the tenant can get such a token for our audience: it shows nothing.
                log.error(
                    "a token issued by Entra was refused: inbound calls carry tokens issued by Bot Framework",
                    issuer=issuer[:120],
                    expected=self._issuer,
                    app=str(claims.get("appid") or claims.get("azp"))[:60],
                )
            raise Refused(401, f"issued by {str(issuer)[:120]!r}, not {self._issuer!r}")
        if claims.get("aud") != self._app_id:
            raise Refused(401, f"meant for {str(claims.get('aud'))[:80]!r}")
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires + LEEWAY_SECONDS < self._now():
            raise Refused(401, "the token has expired")
        return key_id
