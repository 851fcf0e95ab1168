"""Calls to Graph: `requests` in worker threads of our own over one pooled session, and typed answers."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
import requests
from requests.auth import AuthBase
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.graph.errors import Call, GraphCode, graph_error, retry_after, scrub, unreachable
from bot.graph.tokens import GraphTokens
from bot.graph.transport import PooledSession, Verify, is_loopback
from bot.workflow.errors import GraphError

PUBLIC_CLOUD = "https://graph.microsoft.com"
V1 = "v1.0"
BETA = "beta"

ADVANCED: Mapping[str, str] = {"ConsistencyLevel": "eventual"}
"""What an advanced query (`$count`, OData cast) demands (https://learn.microsoft.com/graph/aad-advanced-queries)."""

T = TypeVar("T")


class _ErrorBody(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Refusal(msgspec.Struct):
    error: _ErrorBody


class _Page(msgspec.Struct, Generic[T]):
    value: list[T]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Bearer(AuthBase):
    # As `auth` and not as a header: requests would let a .netrc entry replace a header.
    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One call, as a worker thread makes it. `until`: when it has to be over, in `time.monotonic` seconds."""

    method: str
    url: str
    call: Call
    until: float
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


def literal(text: str) -> str:
    """An OData string literal: apostrophes doubled, in apostrophes. URL-encoded later, with its query."""
    return "'" + text.replace("'", "''") + "'"


def segment(identifier: str) -> str:
    """One path segment: nothing in it can leave its place in the path."""
    encoded = quote(identifier, safe="")
    if encoded in ("", ".", ".."):
        raise ValueError("an empty or relative path segment")
    return encoded


class GraphClient:
    """Asks Graph. Every failure is a GraphError; no token or redeem URL is in it, nor in a log.

    `endpoint`: `GRAPH_ENDPOINT`, without a version (national clouds: https://graph.microsoft.us, …); plain http only
    on loopback. `threads`: calls at the same time, and connections kept. Time-outs are in seconds; a call waits
    `timeout` in all at most, or `deadline` where that is less, the time in the queue for a thread included.
    """

    def __init__(
        self,
        tokens: GraphTokens,
        *,
        endpoint: str = PUBLIC_CLOUD,
        threads: int = 16,
        connect_timeout: float = 5.0,
        timeout: float = 30.0,
        verify: Verify = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.endpoint = _checked_endpoint(endpoint)
        self.tokens = tokens
        self._now = now
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._session = PooledSession(self.endpoint, pool=threads, timeout=(connect_timeout, timeout), verify=verify)
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="graph")

    async def get(
        self,
        path: str,
        answer: type[T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
        version: str = V1,
    ) -> T:
        """One object. `path` begins after the version, its variable segments made by `segment`."""
        body = await self._run("GET", self._url(path, version), Call.READ, deadline, params=params, headers=headers)
        return _decode(body, answer, Call.READ)

    async def pages(
        self,
        path: str,
        item: type[T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int | None = None,
        deadline: float | None = None,
    ) -> tuple[list[T], bool]:
        """The items of all pages, at most `limit`, and whether there are more. `deadline` is for all pages."""
        until = time.monotonic() + (self._timeout if deadline is None else deadline)
        items: list[T] = []
        url: str | None = self._url(path, V1)
        while url is not None:
            body = await self._run("GET", url, Call.READ, until - time.monotonic(), params=params, headers=headers)
            page = _decode(body, _Page[item], Call.READ)  # type: ignore[valid-type]
            items.extend(page.value)
            if limit is not None and (len(items) > limit or (len(items) == limit and page.next_link)):
                return items[:limit], True
            url, params = self._next(page.next_link), None
        return items, False

    async def post(
        self, path: str, body: Mapping[str, object], answer: type[T], *, call: Call, deadline: float | None = None
    ) -> T:
        raw = await self._run("POST", self._url(path, V1), call, deadline, body=msgspec.json.encode(body))
        return _decode(raw, answer, call)

    async def write(self, method: str, path: str, body: Mapping[str, object] | None, *, call: Call) -> None:
        """A write whose answer holds nothing we need; what is so already is success."""
        encoded = msgspec.json.encode(body) if body is not None else None
        await self._run(method, self._url(path, V1), call, None, body=encoded)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Runs blocking work of this folder (a token) where calls run."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        """Ends the threads; a call that is under way may still reach Graph."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()
        self.tokens.close()

    def _url(self, path: str, version: str) -> str:
        return f"{self.endpoint}/{version}{path}"

    def _next(self, link: str | None) -> str | None:
        if link is None:
            return None
        there, here = urlsplit(link), urlsplit(self.endpoint)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise GraphError(GraphCode.UNEXPECTED_ANSWER.value, retryable=False, detail="a nextLink to another host")
        return link

    async def _run(
        self,
        method: str,
        url: str,
        call: Call,
        deadline: float | None,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        seconds = self._timeout if deadline is None else min(deadline, self._timeout)
        ask = _Ask(
            method=method,
            url=url,
            call=call,
            until=time.monotonic() + seconds,
            params=params,
            body=body,
            headers=headers,
        )
        future = self._threads.submit(self._answer, ask)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), max(seconds, 0.0))
        except TimeoutError as error:
            # Cancelled in the queue: it never ran, and never will.
            raise unreachable(call, error, sent=not future.cancelled(), timed_out=True) from error

    def _answer(self, ask: _Ask) -> bytes:
        token = self.tokens.token()
        response = self._sent(ask, token)
        if response.status_code == 401:
            # Refused before anything was done: a revoked token, a rotated key. Once more with another.
            self.tokens.forget(token)
            response = self._sent(ask, self.tokens.token())
        if 200 <= response.status_code < 300:
            return response.content
        code, message = _said(response)
        error = graph_error(
            status=response.status_code,
            code=code,
            message=message,
            call=ask.call,
            wait=retry_after(response.headers, self._now()),
            request_id=response.headers.get("request-id", ""),
        )
        if error is not None:
            raise error
        return b""

    def _sent(self, ask: _Ask, token: str) -> requests.Response:
        try:
            return self._send(ask, token)
        except requests.ConnectionError as error:
            # A kept connection that the other side has closed meanwhile; a read is asked once more, at once.
            if ask.call is not Call.READ or _never_sent(error):
                raise unreachable(ask.call, error, sent=not _never_sent(error), timed_out=False) from error
        except requests.Timeout as error:
            raise unreachable(ask.call, error, sent=True, timed_out=True) from error
        except RequestException as error:
            raise unreachable(ask.call, error, sent=True, timed_out=False) from error
        try:
            return self._send(ask, token)
        except RequestException as error:
            timed_out = isinstance(error, requests.Timeout)
            raise unreachable(ask.call, error, sent=not _never_sent(error), timed_out=timed_out) from error

    def _send(self, ask: _Ask, token: str) -> requests.Response:
        left = ask.until - time.monotonic()
        if left <= 0:
            raise unreachable(ask.call, TimeoutError(), sent=False, timed_out=True)
        return self._session.request(
            ask.method,
            ask.url,
            params=ask.params,
            data=ask.body,
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json",
                "client-request-id": str(uuid.uuid4()),
                **(ask.headers or {}),
            },
            auth=_Bearer(token),
            timeout=(min(self._connect_timeout, left), left),
            allow_redirects=False,
        )


def _checked_endpoint(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    plain = parts.scheme == "http" and is_loopback(endpoint)
    if not parts.hostname or parts.username or not (parts.scheme == "https" or plain):
        raise ValueError("GRAPH_ENDPOINT must be https://host (plain http only on loopback)")
    return endpoint.rstrip("/")


def _never_sent(error: RequestException) -> bool:
    """No connection came to be, so Graph has seen nothing."""
    if isinstance(error, ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    if not isinstance(reason, MaxRetryError):
        return False
    return isinstance(reason.reason, NewConnectionError) or "CERTIFICATE_VERIFY_FAILED" in str(reason.reason)


def _said(response: requests.Response) -> tuple[str, str]:
    try:
        refusal = msgspec.json.decode(response.content, type=_Refusal)
    except msgspec.DecodeError:
        return "", scrub(response.text, limit=200)
    return refusal.error.code, refusal.error.message


def _decode(body: bytes, answer: type[T], call: Call) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except msgspec.DecodeError as error:
        raise GraphError(
            GraphCode.UNEXPECTED_ANSWER.value,
            retryable=True,
            unknown_outcome=call is not Call.READ,
            detail=scrub(str(error)),
        ) from error
