"""The mock connector, a process of its own: takes sends and edits at once or after 150 ms, and publishes the keys."""

import asyncio
import json
import sys
from pathlib import Path

from bench.wire import Server

SLOW_SECONDS = 0.150


class Connector:
    """Under `/fast` and `/slow` it is a connector; elsewhere it is Bot Framework's OpenID document."""

    def __init__(self, jwks: bytes) -> None:
        self._jwks = jwks
        self._sends = 0
        self.port = 0

    async def __call__(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if path.startswith(("/fast/", "/slow/")):
            if path.startswith("/slow/"):
                await asyncio.sleep(SLOW_SECONDS)
            if method == "POST":
                self._sends += 1
            return 201 if method == "POST" else 200, b'{"id":"%d"}' % self._sends
        if path == "/sends":
            return 200, b"%d" % self._sends
        if path == "/openid":
            base = f"http://127.0.0.1:{self.port}"
            document = {
                "issuer": "https://api.botframework.com",
                "jwks_uri": f"{base}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
            return 200, json.dumps(document).encode()
        if path == "/keys":
            return 200, self._jwks
        return 404, b"{}"


async def main(jwks: bytes) -> None:
    connector = Connector(jwks)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(connector), "127.0.0.1", 0, backlog=1024)
    connector.port = server.sockets[0].getsockname()[1]
    print(connector.port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_bytes()))
