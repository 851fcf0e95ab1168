"""The Bot Framework connector's calls that we make, over one pooled session: send, edit, delete, create, rosters."""

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from bot.teams.credentials import Credentials
from bot.teams.errors import CredentialsError, Refused
from bot.teams.proxies import proxy_for
from bot.teams.service_urls import ServiceUrls
from bot.workflow.errors import PostingError

CODES = (
    "teams-blocked",
    "teams-credentials",
    "teams-forbidden",
    "teams-gone",
    "teams-no-answer",
    "teams-not-installed",
    "teams-refused",
    "teams-service-url",
    "teams-throttled",
    "teams-too-large",
    "teams-unavailable",
    "teams-writes-blocked",
)
"""All keys that a PostingError of this folder can carry; each is in every message catalogue."""

RETRIED = frozenset({412, 429, 502, 503, 504})
"""https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit, and nothing else."""

MOST_PAGES = 200
"""Of a roster, 500 members each: more than a team can have."""

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one call may take and how often it is tried: by a turn, for whom a person waits, or by a job."""

    tries: int
    call: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=3)
    """Where Teams asks for a longer pause, the call fails with `retry_after` instead of waiting."""


TURN = Patience(tries=3)
JOB = Patience(tries=1)
"""A job's retries are rows with a due time, not waiting tasks."""


def open_session(*, ssl_context: ssl.SSLContext | None = None, limit: int = 256) -> aiohttp.ClientSession:
    """The session for all calls to Teams and for the signing keys; opened inside the loop, closed by its opener."""
    connector = aiohttp.TCPConnector(
        limit=limit,
        limit_per_host=0,
        keepalive_timeout=60,
        ttl_dns_cache=300,
        ssl=ssl_context if ssl_context is not None else True,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=30, connect=5),
        headers={"User-Agent": "PartnerAccess"},
    )


class Connector:
    """A client for any service URL that `service_urls` lets pass. Every failure is a PostingError.

    https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        credentials: Credentials,
        service_urls: ServiceUrls,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self._credentials = credentials
        self._service_urls = service_urls
        self._jitter = jitter

    async def send(
        self,
        service_url: str,
        conversation_id: str,
        activity: Json,
        *,
        reply_to: str | None = None,
        patience: Patience = TURN,
    ) -> str:
        """Posts into a conversation, as a reply where `reply_to` is set. The new activity's id."""
        path = f"/v3/conversations/{_segment(conversation_id)}/activities"
        if reply_to:
            path = f"{path}/{_segment(reply_to)}"
        answer = await self._call("POST", service_url, path, activity, patience=patience)
        return _text(answer, "id")

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Json, *, patience: Patience = TURN
    ) -> None:
        path = f"/v3/conversations/{_segment(conversation_id)}/activities/{_segment(activity_id)}"
        await self._call("PUT", service_url, path, activity, patience=patience)

    async def delete(
        self, service_url: str, conversation_id: str, activity_id: str, *, patience: Patience = TURN
    ) -> None:
        path = f"/v3/conversations/{_segment(conversation_id)}/activities/{_segment(activity_id)}"
        await self._call("DELETE", service_url, path, None, patience=patience)

    async def create_conversation(
        self, service_url: str, parameters: Json, *, patience: Patience = TURN
    ) -> tuple[str, str]:
        """(conversation id, id of its first activity, empty where none was given)."""
        answer = await self._call("POST", service_url, "/v3/conversations", parameters, patience=patience)
        conversation_id = _text(answer, "id")
        if not conversation_id:
            raise PostingError("teams-unavailable", retryable=True)
        return conversation_id, _text(answer, "activityId")

    async def members(self, service_url: str, conversation_id: str) -> Sequence[Json]:
        """The whole roster, page by page."""
        path = f"/v3/conversations/{_segment(conversation_id)}/pagedmembers?pageSize=500"
        members: list[Json] = []
        token = ""
        for _ in range(MOST_PAGES):
            page = f"{path}&continuationToken={_segment(token)}" if token else path
            answer = await self._call("GET", service_url, page, None, patience=TURN)
            members.extend(_objects(answer, "members"))
            token = _text(answer, "continuationToken")
            if not token:
                return members
        raise PostingError("teams-unavailable", retryable=True)

    async def channels(self, service_url: str, team_id: str) -> Sequence[Json]:
        """A team's channels, each with `id` and what kind it is."""
        path = f"/v3/teams/{_segment(team_id)}/conversations"
        return _objects(await self._call("GET", service_url, path, None, patience=TURN), "conversations")

    async def _call(self, method: str, service_url: str, path: str, body: Json | None, *, patience: Patience) -> Json:
        try:
            url = URL(self._service_urls.check(service_url) + path, encoded=True)
        except (Refused, ValueError) as error:
            raise PostingError("teams-service-url", retryable=False) from error
        data = None if body is None else orjson.dumps(body)
        # A create whose answer was lost is not repeated here: who asked for it decides (a turn lets it be).
        may_repeat = method != "POST"
        for left in range(patience.tries - 1, -1, -1):
            try:
                return await self._once(method, url, data, patience)
            except PostingError as error:
                lost = error.code == "teams-no-answer" and not may_repeat
                if not left or not error.retryable or lost:
                    raise
                pause = error.retry_after or timedelta(seconds=0.3 + 0.7 * self._jitter())
                if pause > patience.longest_pause:
                    raise
            await asyncio.sleep(pause.total_seconds())
        raise AssertionError("unreachable: the last try raises or returns")

    async def _once(self, method: str, url: URL, data: bytes | None, patience: Patience) -> Json:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            authorization = self._credentials.header() or await self._credentials.fetch_header()
        except CredentialsError as error:
            raise PostingError("teams-credentials", retryable=True) from error
        if authorization is not None:
            headers["Authorization"] = authorization
        try:
            async with self._session.request(
                method,
                url,
                data=data,
                headers=headers,
                proxy=proxy_for(url.scheme, url.host or ""),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience.call.total_seconds(), connect=5),
            ) as response:
                answer = await response.read()
                if 200 <= response.status < 300:
                    return _parse(answer)
                raise _error_of(response.status, answer, response.headers.get("Retry-After"), method)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # A connection that never came up carried nothing over, so even a create may be tried again.
            unsent = isinstance(error, aiohttp.ClientConnectorError)
            raise PostingError("teams-unavailable" if unsent else "teams-no-answer", retryable=True) from error


def _error_of(status: int, body: bytes, retry_after: str | None, method: str) -> PostingError:
    code = _error_code(body)
    if status in RETRIED:
        name = "teams-throttled" if status == 429 else "teams-unavailable"
        return PostingError(name, retryable=True, retry_after=parse_retry_after(retry_after))
    if status == 403:
        known = {
            "ConversationBlockedByUser": "teams-blocked",
            "BotNotInConversationRoster": "teams-not-installed",
            "MessageWritesBlocked": "teams-writes-blocked",
        }
        return PostingError(known.get(code, "teams-forbidden"), retryable=False, unreachable=True)
    if status == 404:
        gone = method in ("PUT", "DELETE")
        return PostingError("teams-gone", retryable=False, gone=gone, unreachable=not gone)
    if status == 413 or code == "MessageSizeTooBig":
        return PostingError("teams-too-large", retryable=False)
    if status == 401:
        return PostingError("teams-credentials", retryable=True)
    if status >= 500:
        return PostingError("teams-unavailable", retryable=False)
    return PostingError("teams-refused", retryable=False)


def _error_code(body: bytes) -> str:
    error = _parse(body).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""


def parse_retry_after(value: str | None) -> timedelta | None:
    """Retry-After in either of its forms: seconds, or a date."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return timedelta(seconds=min(max(seconds, 0.0), 86_400.0)) if seconds == seconds else None


def _parse(body: bytes) -> Json:
    try:
        parsed: object = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _text(answer: Json, key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else ""


def _objects(answer: Json, key: str) -> Sequence[Json]:
    listed = answer.get(key)
    if not isinstance(listed, list):
        raise PostingError("teams-unavailable", retryable=True)
    return [entry for entry in listed if isinstance(entry, dict)]


@lru_cache(maxsize=4096)
def _segment(value: str) -> str:
    """One path segment: ids hold colons, semicolons, equals signs and at signs, which connectors take as they are."""
    return quote(value, safe=":;=@")
