"""Faults, the control endpoint, the journal, and a directory that outlives its process."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.directory import SandboxAddresses, SandboxDirectory, read_addresses
from bot.sandbox.faults import Fault, FaultDice, Faults

INVITATION = {"invitedUserEmailAddress": "ana@fabrikam.com", "inviteRedirectUrl": "https://myapps.microsoft.com"}


def thrown(faults: Faults, calls: int = 200) -> list[Fault | None]:
    dice = FaultDice(faults)
    return [dice.throw("invite", write=True) for _ in range(calls)]


def test_the_same_seed_gives_the_same_faults() -> None:
    mixed = Faults(seed=7, throttled=0.2, failing_before=0.1, failing_after=0.2, lost_after=0.1)
    assert thrown(mixed) == thrown(mixed)
    assert set(thrown(mixed)) == {*Fault, None}
    assert thrown(mixed) != thrown(Faults(seed=8, throttled=0.2, failing_before=0.1, failing_after=0.2, lost_after=0.1))


def test_faults_stop_after_their_number_of_times() -> None:
    assert [fault for fault in thrown(Faults(throttled=1.0, times=3)) if fault] == [Fault.THROTTLED] * 3


def test_faults_meet_only_the_calls_that_are_named() -> None:
    dice = FaultDice(Faults(throttled=1.0, calls=("invite",)))
    assert dice.throw("add_member", write=True) is None
    assert dice.throw("invite", write=True) is Fault.THROTTLED


def test_a_read_never_fails_after_an_effect() -> None:
    dice = FaultDice(Faults(failing_after=0.5, lost_after=0.5))
    assert {dice.throw("user", write=False) for _ in range(50)} == {None}


@pytest.mark.parametrize(
    "wrong", [{"throttled": 1.5}, {"lost_after": -0.1}, {"lag_seconds": -1.0}, {"allow_invites_from": "nobody"}]
)
def test_switches_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|not negative|is one of"):
        Faults(**wrong)  # type: ignore[arg-type]


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxDirectory]:
    made = SandboxDirectory()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def session(sandbox: SandboxDirectory) -> AsyncIterator[aiohttp.ClientSession]:
    token = sandbox.authority._signed("test")
    async with aiohttp.ClientSession(sandbox._api.origin, headers={"Authorization": f"Bearer {token}"}) as made:
        yield made


async def test_faults_are_switched_while_it_runs(sandbox: SandboxDirectory, session: aiohttp.ClientSession) -> None:
    async with session.put("/sandbox/faults", json={"throttled": 1.0, "retry_after_seconds": 9}) as answer:
        assert answer.status == 200
    async with session.get("/v1.0/users") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "9")
    async with session.patch("/sandbox/faults", json={"throttled": 0.0}) as answer:
        assert (await answer.json())["retry_after_seconds"] == 9
    async with session.get("/v1.0/users") as answer:
        assert answer.status == 200
    assert sandbox.faults == Faults(retry_after_seconds=9)


@pytest.mark.parametrize("body", [{"throttle": 1.0}, {"throttled": "all"}, {"throttled": 2.0}, [1]])
async def test_switches_that_are_none_change_nothing(
    sandbox: SandboxDirectory, session: aiohttp.ClientSession, body: object
) -> None:
    async with session.put("/sandbox/faults", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]
    assert sandbox.faults == Faults()


async def test_a_page_elsewhere_cannot_switch_faults(session: aiohttp.ClientSession) -> None:
    async with session.put("/sandbox/faults", data='{"throttled": 1.0}') as answer:
        assert answer.status == 415


async def test_the_journal_holds_every_write_and_whether_it_took_effect(session: aiohttp.ClientSession) -> None:
    for faults in ({"throttled": 1.0, "times": 1}, {"failing_after": 1.0, "times": 1}, {}):
        await session.put("/sandbox/faults", json=faults)
        async with session.post("/v1.0/invitations", json=INVITATION) as answer:
            await answer.read()
    await session.put("/sandbox/faults", json={"lost_after": 1.0})
    with pytest.raises(aiohttp.ClientError):
        await session.post("/v1.0/invitations", json=INVITATION)
    async with session.get("/sandbox/journal?call=invite") as answer:
        journal = await answer.json()
    assert [(each["effect"], each["status"]) for each in journal["writes"]] == [
        (False, 429), (True, 500), (True, 201), (True, None),
    ]  # fmt: skip
    assert all(each["body"] == INVITATION for each in journal["writes"])
    assert journal["invitations"] == {"ana@fabrikam.com": 3}


def started(folder: Path) -> tuple[subprocess.Popen[bytes], SandboxAddresses]:
    code = "import pathlib, sys; from bot.sandbox.directory import run_directory;"
    code += "run_directory(folder=pathlib.Path(sys.argv[1]))"
    root = Path(__file__).parents[3]
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=root, env={**os.environ})
    while (addresses := read_addresses(folder)) is None:
        assert process.poll() is None, "the directory ended instead of listening"
        time.sleep(0.01)
    return process, addresses


async def test_a_directory_in_a_process_of_its_own_keeps_its_contents_over_a_kill(tmp_path: Path) -> None:
    process, addresses = started(tmp_path)
    try:
        form = {
            "grant_type": "client_credentials",
            "client_id": addresses.client_id,
            "client_secret": addresses.client_secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        trust = ssl.create_default_context(cafile=str(addresses.ca_file))
        async with aiohttp.ClientSession() as session:
            url = f"{addresses.authority_host}/{addresses.tenant_id}/oauth2/v2.0/token"
            async with session.post(url, data=form, ssl=trust) as answer:
                token = (await answer.json())["access_token"]
            header = {"Authorization": f"Bearer {token}"}
            url = f"{addresses.graph_endpoint}/v1.0/invitations"
            async with session.post(url, json=INVITATION, headers=header) as answer:
                assert answer.status == 201
        process.kill()
        process.wait()
        (tmp_path / "addresses.json").unlink()
        process, addresses = started(tmp_path)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{addresses.graph_endpoint}/sandbox/journal") as answer,
        ):
            assert (await answer.json())["invitations"] == {"ana@fabrikam.com": 1}
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()
