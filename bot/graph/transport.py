"""HTTP sessions: pooled, with time-outs, a company's own CA, and no credentials but those that are given."""

import os
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

Verify = bool | str
"""True: the usual certificate authorities or the company's; a path: this CA bundle."""


def company_ca(environ: Mapping[str, str] = os.environ) -> Verify:
    """The CA bundle that the environment names (requests itself reads only the first two), or True."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if path := environ.get(name):
            return path
    return True


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


class PooledSession(requests.Session):
    """A session that worker threads share: keeps no cookies and never waits without an end.

    `timeout`: seconds to connect, and between two bytes of an answer. `url`: where it goes; on loopback no proxy that
    the environment names is asked.
    """

    def __init__(self, url: str, *, pool: int, timeout: tuple[float, float], verify: Verify = True) -> None:
        super().__init__()
        self.trust_env = not is_loopback(url)
        self._timeout = timeout
        # Given with each request: requests lets the environment override a session's own `verify`.
        self._verify = company_ca() if verify is True else verify
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool, max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        if kwargs.get("verify") is None:
            kwargs["verify"] = self._verify
        return super().request(*args, **kwargs)
