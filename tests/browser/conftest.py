"""The real sandbox as a process of its own, and its two Playgrounds in headless Chromium."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.playground_page import PlaygroundPage

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
START_SECONDS = 240
"""The first start may install the Playground."""
WINDOW = {"width": 1280, "height": 1150}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where the running sandbox is reached."""

    directory: str
    sponsor: str
    approver: str
    folder: Path


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """`python app.py sandbox` on free ports, with a folder of its own, until the test ends."""
    ports = _free_ports(4)
    names = ("--port", "--directory-port", "--sponsor-port", "--approver-port")
    options = [text for name, port in zip(names, ports, strict=True) for text in (name, str(port))]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "app.py", "sandbox", *options, "--folder", str(tmp_path)),
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await asyncio.wait_for(_says_that_it_runs(process), START_SECONDS)
        yield Sandbox(
            directory=f"http://127.0.0.1:{ports[1]}",
            sponsor=f"http://127.0.0.1:{ports[2]}",
            approver=f"http://127.0.0.1:{ports[3]}",
            folder=tmp_path,
        )
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 20)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium was not found: install it (on Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def sponsor(sandbox: Sandbox, browser: Browser) -> PlaygroundPage:
    """Adele Vance, in her personal chat with the bot."""
    page = await browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
    return await PlaygroundPage(page, sandbox.sponsor).open()


@pytest.fixture
async def approver(sandbox: Sandbox, browser: Browser) -> PlaygroundPage:
    """Megan Bowen, in the channel Guest requests."""
    page = await PlaygroundPage(await browser.new_page(viewport=WINDOW), sandbox.approver).open()  # type: ignore[arg-type]
    await page.channel("Guest requests")
    return page


async def _says_that_it_runs(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    said = b""
    while line := await process.stdout.readline():
        said += line
        if b"Running without Teams clients" in line:
            pytest.fail(line.decode())
        if b"Stop: Ctrl-C" in line:
            return
    pytest.fail(f"The sandbox ended: {said.decode()}")


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
