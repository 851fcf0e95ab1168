"""The page that a guest opens from a redeem link, and accepts on."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.answers import Ask
from bot.sandbox.directory import SandboxDirectory


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxDirectory]:
    made = SandboxDirectory()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


def invite(sandbox: SandboxDirectory, name: str = "Ana Silva") -> str:
    body = {
        "invitedUserEmailAddress": "ana@fabrikam.com",
        "inviteRedirectUrl": "https://myapps.microsoft.com/",
        "invitedUserDisplayName": name,
    }
    origin = sandbox._api.origin
    answer = sandbox._api._writes.invite(Ask(path={}, query={}, headers={}, url="", origin=origin, body=body))
    assert answer.body is not None
    return str(answer.body["inviteRedeemUrl"])


def state_of(sandbox: SandboxDirectory) -> object:
    user = sandbox.state.with_address("ana@fabrikam.com")
    assert user is not None
    return user.properties["externalUserState"]


def proof_in(page: str) -> str:
    found = re.search(r'name="proof" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


async def test_a_guest_accepts(sandbox: SandboxDirectory, browser: aiohttp.ClientSession) -> None:
    url = invite(sandbox)
    async with browser.get(url) as answer:
        page = await answer.text()
    assert "Northwind Traders invites you" in page
    assert "ana@fabrikam.com" in page
    assert "Ana Silva" in page
    assert state_of(sandbox) == "PendingAcceptance"
    async with browser.post(url, data={"proof": proof_in(page)}) as answer:
        assert answer.status == 200
        assert 'href="https://myapps.microsoft.com/"' in await answer.text()
    assert state_of(sandbox) == "Accepted"
    async with browser.get(url) as answer:
        assert "You have accepted" in await answer.text()


@pytest.mark.parametrize("proof", ["", "0" * 64])
async def test_accepting_without_the_forms_proof_changes_nothing(
    sandbox: SandboxDirectory, browser: aiohttp.ClientSession, proof: str
) -> None:
    url = invite(sandbox)
    await (await browser.get(url)).read()
    async with browser.post(url, data={"proof": proof}) as answer:
        assert answer.status == 400
    assert state_of(sandbox) == "PendingAcceptance"


async def test_a_proof_without_its_cookie_changes_nothing(
    sandbox: SandboxDirectory, browser: aiohttp.ClientSession
) -> None:
    url = invite(sandbox)
    async with browser.get(url) as answer:
        proof = proof_in(await answer.text())
    async with aiohttp.ClientSession() as elsewhere, elsewhere.post(url, data={"proof": proof}) as answer:
        assert answer.status == 400
    assert state_of(sandbox) == "PendingAcceptance"


async def test_an_unknown_link_says_so(sandbox: SandboxDirectory, browser: aiohttp.ClientSession) -> None:
    url = invite(sandbox).rpartition("/")[0] + "/unknown"
    for method in ("GET", "POST"):
        async with browser.request(method, url) as answer:
            assert answer.status == 404
            assert "not valid" in await answer.text()


async def test_what_a_sponsor_wrote_is_only_text(sandbox: SandboxDirectory, browser: aiohttp.ClientSession) -> None:
    async with browser.get(invite(sandbox, "<script>alert(1)</script>")) as answer:
        page = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_the_front_page_lists_the_invitations(sandbox: SandboxDirectory, browser: aiohttp.ClientSession) -> None:
    url = invite(sandbox)
    async with browser.get(f"{sandbox._api.origin}/") as answer:
        page = await answer.text()
    assert "ana@fabrikam.com" in page
    assert url.removeprefix(sandbox._api.origin) in page
