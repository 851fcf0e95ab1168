"""Which connector addresses we talk to: the bot's own token is sent there."""

import ipaddress
from collections import OrderedDict
from collections.abc import Collection
from urllib.parse import urlsplit

from bot.teams.errors import Refused

KNOWN_HOSTS = frozenset({"smba.trafficmanager.net"})
"""Exact names: anyone can have a name of their own under trafficmanager.net."""

KNOWN_SUFFIXES = (
    ".botframework.com",
    ".botframework.us",
    ".botframework.azure.us",
    ".botframework.azure.cn",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
    ".infra.gcc.teams.microsoft.com",
    ".infra.gov.teams.microsoft.us",
    ".infra.dod.teams.microsoft.us",
    ".infra.teams.microsoftonline.cn",
)

MOST_REMEMBERED = 64


def is_loopback(url: str) -> bool:
    """An http or https address of this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ServiceUrls:
    """Checks service URLs before anything is sent there.

    `loopback`: addresses of this machine are taken too (a test, an emulator). `only_loopback`: nothing else is (the
    sandbox). `more_hosts`: further host names, for a cloud or gateway that is not in the list.
    """

    def __init__(
        self, *, loopback: bool = False, only_loopback: bool = False, more_hosts: Collection[str] = ()
    ) -> None:
        self._loopback = loopback or only_loopback
        self._only_loopback = only_loopback
        self._more_hosts = frozenset(host.lower() for host in more_hosts)
        self._good: OrderedDict[str, str] = OrderedDict()

    @property
    def only_loopback(self) -> bool:
        return self._only_loopback

    def check(self, url: str) -> str:
        """The address without a slash at its end. Raises Refused(403)."""
        if (good := self._good.get(url)) is not None:
            return good
        if not self._may(url):
            raise Refused(403, f"service URL {url[:120]!r} is none that we talk to")
        self._good[url] = checked = url.rstrip("/")
        if len(self._good) > MOST_REMEMBERED:
            self._good.popitem(last=False)
        return checked

    def _may(self, url: str) -> bool:
        if self._loopback and is_loopback(url):
            return True
        if self._only_loopback:
            return False
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            port = parts.port
        except ValueError:
            return False
        if parts.scheme != "https" or parts.username is not None or parts.query or parts.fragment:
            return False
        if host in self._more_hosts:
            return True
        return port in (None, 443) and (host in KNOWN_HOSTS or host.endswith(KNOWN_SUFFIXES))
