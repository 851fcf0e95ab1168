"""This bot, as `serve` runs it, on SQLite in a folder of its own; its directory is the sandbox's."""

import json
import sys
from pathlib import Path

import msgspec
import requests
from aiohttp import web

import app
from bench.identity import APP_ID, TENANT_ID, InProcessTokens
from bot.cli.logging import log_to
from bot.sandbox.directory import SandboxAddresses
from bot.settings import Settings


def graph_token(addresses: SandboxAddresses) -> str:
    """One token for the directory, which the in-process transport hands out from then on."""
    answer = requests.post(
        f"{addresses.authority_host}/{addresses.tenant_id}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": addresses.client_id,
            "client_secret": addresses.client_secret,
            "scope": f"{addresses.graph_endpoint}/.default",
        },
        verify=str(addresses.ca_file),
        timeout=10,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def settings(connector_port: int, addresses: SandboxAddresses, folder: Path) -> Settings:
    # Made without a look at the environment: a bench measures the same thing wherever it runs.
    return Settings.model_construct(
        app_id=APP_ID,
        app_password="bench",
        app_tenant_id=TENANT_ID,
        graph_tenant_id=TENANT_ID,
        graph_client_id=APP_ID,
        graph_client_secret="bench",
        graph_endpoint=addresses.graph_endpoint,
        admin_group="99999999-9999-9999-9999-999999999999",
        database_url=f"sqlite:///{folder / 'bench.db'}",
        data_keys=("bench-bench-bench-bench-bench-bench",),
        openid_metadata_url=f"http://127.0.0.1:{connector_port}/openid",
    )


def main(port: int, connector_port: int, addresses: SandboxAddresses, folder: Path) -> None:
    log_to(sys.stderr)
    around = app.Surroundings(
        loopback=True,
        migrate=True,
        graph_identity_http=InProcessTokens(access_token=graph_token(addresses)),
        teams_identity_http=InProcessTokens(),
    )

    async def create() -> web.Application:
        application = await app.create_app(settings(connector_port, addresses, folder), around)
        application.on_startup.append(_say_port)
        return application

    async def _say_port(_: web.Application) -> None:
        print(port, flush=True)

    web.run_app(create(), host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    main(
        given["port"],
        given["connector_port"],
        msgspec.convert(given["addresses"], SandboxAddresses, dec_hook=lambda kind, value: kind(value)),
        Path(given["folder"]),
    )
