"""The company's proxy for a host, from the usual environment variables.

aiohttp can read them itself (`trust_env`), but does so in two threads for every single call.
"""

from functools import lru_cache
from urllib.request import getproxies, proxy_bypass


@lru_cache(maxsize=256)
def proxy_for(scheme: str, host: str) -> str | None:
    """`HTTPS_PROXY` and its like, unless `NO_PROXY` names the host; read once for each host."""
    return None if proxy_bypass(host) else getproxies().get(scheme)
