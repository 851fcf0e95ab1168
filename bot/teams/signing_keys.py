"""The keys that Bot Framework signs with: fetched by its OpenID document, parsed once, kept by id, renewed on need."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
import jwt
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.teams.proxies import proxy_for

log = structlog.get_logger(__name__)

FEWEST_BITS = 2048
MOST_DOCUMENT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One published key. `endorsements`: the channels it may speak for; None where the document says nothing."""

    id: str
    public_key: RSAPublicKey
    endorsements: frozenset[str] | None
    published: bytes
    """The key as published: the same bytes are the same key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTimings:
    """How long a fetch may take, how often one may begin, and how long a turn waits for a key that nobody knows."""

    fetch: timedelta = timedelta(seconds=10)
    between_fetches: timedelta = timedelta(seconds=1)
    turn_waits: timedelta = timedelta(seconds=8)
    """Below the 10 to 15 s that Teams gives a bot."""
    refresh: timedelta = timedelta(hours=24)
    refresh_failed: timedelta = timedelta(minutes=5)
    most_waiting: int = 256
    """Turns that wait for an unknown key at once; further ones are refused, so junk ids cannot pile up."""


class SigningKeys:
    """Bot Framework's keys by id. `known` never waits; `find` waits for a fetch only where the id is unknown.

    One fetch at a time serves everyone who waits. Whatever goes wrong in it, the old keys stay.
    """

    def __init__(
        self,
        *,
        metadata_url: str,
        session: aiohttp.ClientSession,
        timings: KeyTimings = KeyTimings(),
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._metadata_url = metadata_url
        self._session = session
        self._timings = timings
        self._now = now
        self._keys: Mapping[str, SigningKey] = {}
        self._fetching: asyncio.Task[bool] | None = None
        self._last_began = float("-inf")
        self._last_succeeded = float("-inf")
        self._waiting = 0
        self._refreshing: asyncio.Task[None] | None = None

    def known(self, key_id: str) -> SigningKey | None:
        return self._keys.get(key_id)

    @property
    def loaded(self) -> bool:
        """Some keys are here, so tokens can be checked: for readiness."""
        return bool(self._keys)

    async def find(self, key_id: str) -> SigningKey | None:
        """The key with this id, from a fetch that began after the question where it is not known; else None.

        Fetches go on after a turn gave up waiting, so the next turn finds what a slow server brought late.
        """
        asked = self._now()
        if (key := self.known(key_id)) is not None:
            return key
        if self._waiting >= self._timings.most_waiting:
            return None
        self._waiting += 1
        try:
            async with asyncio.timeout(self._timings.turn_waits.total_seconds()):
                while (key := self.known(key_id)) is None:
                    if self._last_succeeded >= asked:
                        return None
                    await asyncio.shield(self._fetch_soon())
                return key
        except TimeoutError:
            return self.known(key_id)
        finally:
            self._waiting -= 1

    def start(self) -> None:
        """Fetches now, in the background, and daily from then on."""
        self._refreshing = asyncio.create_task(self._refresh_for_ever())

    async def close(self) -> None:
        for task in (self._refreshing, self._fetching):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _refresh_for_ever(self) -> None:
        while True:
            fetched = await asyncio.shield(self._fetch_soon())
            pause = self._timings.refresh if fetched else self._timings.refresh_failed
            await asyncio.sleep(pause.total_seconds())

    def _fetch_soon(self) -> "asyncio.Task[bool]":
        """The fetch under way, or a new one that begins as soon as the last is long enough ago."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> bool:
        pause = self._last_began + self._timings.between_fetches.total_seconds() - self._now()
        if pause > 0:
            await asyncio.sleep(pause)
        began = self._last_began = self._now()
        try:
            async with asyncio.timeout(self._timings.fetch.total_seconds()):
                document = await self._get(self._metadata_url)
                keys_url = document.get("jwks_uri")
                if not isinstance(keys_url, str):
                    raise ValueError("the OpenID document names no jwks_uri")
                keys = _parse_keys(await self._get(keys_url), self._keys)
            if not keys:
                raise ValueError("the key document holds no usable key")
        except Exception as error:  # whatever a document holds, the old keys serve on
            log.warning("signing keys not fetched", url=self._metadata_url, error=repr(error), kept=len(self._keys))
            return False
        if keys.keys() != self._keys.keys():
            log.info("signing keys fetched", keys=len(keys))
        self._keys = keys
        # What was published before the fetch began is in it; what came later is not known to be missing.
        self._last_succeeded = began
        return True

    async def _get(self, url: str) -> dict[str, object]:
        parts = urlsplit(url)
        proxy = proxy_for(parts.scheme, parts.hostname or "")
        async with self._session.get(url, allow_redirects=False, proxy=proxy) as response:
            if response.status != 200:
                raise ValueError(f"{url} answered {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MOST_DOCUMENT_BYTES:
                    raise ValueError(f"{url} answered more than {MOST_DOCUMENT_BYTES} bytes")
        document: object = orjson.loads(body)
        if not isinstance(document, dict):
            raise ValueError(f"{url} answered no JSON object")
        return document


def _parse_keys(document: Mapping[str, object], old: Mapping[str, SigningKey]) -> dict[str, SigningKey]:
    """The RSA signing keys of a JWK set. A key that is unchanged stays the same object: tokens remember theirs."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ValueError("the key document holds no list of keys")
    keys = {}
    for entry in listed:
        key = _parse_key(entry)
        if key is not None:
            before = old.get(key.id)
            keys[key.id] = before if before is not None and before.published == key.published else key
    return keys


def _parse_key(entry: object) -> SigningKey | None:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or not key_id:
        return None
    try:
        public_key = jwt.PyJWK(entry, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        log.warning("a published key cannot be read", key=key_id, error=repr(error))
        return None
    if not isinstance(public_key, RSAPublicKey) or public_key.key_size < FEWEST_BITS:
        return None
    endorsements = entry.get("endorsements")
    return SigningKey(
        id=key_id,
        public_key=public_key,
        endorsements=frozenset(str(name) for name in endorsements) if isinstance(endorsements, list) else None,
        published=orjson.dumps(entry, option=orjson.OPT_SORT_KEYS),
    )
