"""The connector client against a connector over HTTP: what is tried again, what is not, how a failure is named."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.teams.connector import CODES, JOB, TURN, Connector, open_session, parse_retry_after
from bot.teams.credentials import NoCredentials
from bot.teams.service_urls import ServiceUrls, is_loopback
from bot.workflow.errors import PostingError
from tests.teams_side import MockTeams

HELLO = {"type": "message", "text": "hello"}
CONVERSATION = "19:channel@thread.tacv2;messageid=17"


class Wire:
    def __init__(self, teams: MockTeams, connector: Connector) -> None:
        self.teams = teams
        self.connector = connector

    async def send(self, **more: object) -> str:
        return await self.connector.send(self.teams.url, CONVERSATION, HELLO, **more)  # type: ignore[arg-type]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with MockTeams() as teams, open_session() as session:
        connector = Connector(
            session=session,
            credentials=NoCredentials(),
            service_urls=ServiceUrls(only_loopback=True),
            jitter=lambda: -0.3,
        )
        yield Wire(teams, connector)


async def test_what_was_sent_can_be_edited_and_deleted_by_the_id_that_send_gave(wire: Wire) -> None:
    activity_id = await wire.send()
    await wire.connector.update(wire.teams.url, CONVERSATION, activity_id, {"type": "message", "text": "changed"})
    [shown] = wire.teams.shown
    assert (shown.conversation_id, shown.activity["text"], shown.edits) == (CONVERSATION, "changed", 1)
    await wire.connector.delete(wire.teams.url, CONVERSATION, activity_id)
    assert shown.deleted


async def test_an_id_with_slashes_stays_one_segment_of_the_path(wire: Wire) -> None:
    await wire.connector.send(wire.teams.url, "a/../b?c#d", HELLO)
    assert wire.teams.shown[0].conversation_id == "a/../b?c#d"


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_a_turn_tries_again_what_teams_says_may_be_tried_again(wire: Wire, status: int) -> None:
    wire.teams.fail(status, times=2, retry_after="0")
    assert await wire.send()
    assert len(wire.teams.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500, 501])
async def test_nothing_else_is_tried_again_at_once(wire: Wire, status: int) -> None:
    wire.teams.fail(status, times=9)
    with pytest.raises(PostingError) as raised:
        await wire.connector.update(wire.teams.url, CONVERSATION, "1", HELLO, patience=JOB)
    assert len(wire.teams.calls) == 1
    assert raised.value.code in CODES


async def test_a_job_never_waits_and_is_told_when_to_come_back(wire: Wire) -> None:
    wire.teams.fail(429, retry_after="17")
    with pytest.raises(PostingError) as raised:
        await wire.send(patience=JOB)
    error = raised.value
    assert (error.code, error.retryable, error.retry_after) == ("teams-throttled", True, timedelta(seconds=17))
    assert len(wire.teams.calls) == 1


async def test_a_pause_longer_than_a_person_waits_is_not_waited_for(wire: Wire) -> None:
    wire.teams.fail(429, retry_after="120")
    with pytest.raises(PostingError) as raised:
        await wire.send(patience=TURN)
    assert raised.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("status", "code", "name", "unreachable", "gone"),
    [
        (403, "ConversationBlockedByUser", "teams-blocked", True, False),
        (403, "BotNotInConversationRoster", "teams-not-installed", True, False),
        (403, "MessageWritesBlocked", "teams-writes-blocked", True, False),
        (403, "SomethingNew", "teams-forbidden", True, False),
        (404, "ActivityNotFound", "teams-gone", False, True),
        (413, "MessageSizeTooBig", "teams-too-large", False, False),
        (400, "BadSyntax", "teams-refused", False, False),
    ],
)
async def test_a_failed_edit_says_what_it_means(
    wire: Wire, status: int, code: str, name: str, unreachable: bool, gone: bool
) -> None:
    wire.teams.fail(status, code=code)
    with pytest.raises(PostingError) as raised:
        await wire.connector.update(wire.teams.url, CONVERSATION, "1", HELLO)
    error = raised.value
    assert (error.code, error.unreachable, error.gone, error.retryable) == (name, unreachable, gone, False)


async def test_a_conversation_that_is_no_more_is_unreachable_for_a_send(wire: Wire) -> None:
    wire.teams.fail(404)
    with pytest.raises(PostingError) as raised:
        await wire.send()
    assert (raised.value.unreachable, raised.value.gone) == (True, False)


async def test_a_connector_that_is_not_there_is_unavailable_and_may_be_tried_again(wire: Wire) -> None:
    with pytest.raises(PostingError) as raised:
        await wire.connector.send("http://127.0.0.1:9", CONVERSATION, HELLO, patience=JOB)
    assert (raised.value.code, raised.value.retryable) == ("teams-unavailable", True)


@pytest.mark.parametrize("body", ["", "x", "[]", '{"id": 7}'])
async def test_an_answer_that_is_no_answer_gives_no_conversation(wire: Wire, body: str) -> None:
    from aiohttp import web

    class Nonsense(MockTeams):
        async def _create(self, request: web.Request) -> web.Response:
            return web.Response(text=body, status=201)

    async with Nonsense() as teams:
        with pytest.raises(PostingError):
            await wire.connector.create_conversation(teams.url, {"isGroup": False, "members": [{"id": "29:x"}]})


async def test_nothing_is_sent_to_a_service_url_that_is_not_ours(wire: Wire) -> None:
    with pytest.raises(PostingError) as raised:
        await wire.connector.send("http://example.com", CONVERSATION, HELLO)
    assert (raised.value.code, raised.value.retryable) == ("teams-service-url", False)


def test_retry_after_is_read_in_both_its_forms() -> None:
    assert parse_retry_after("2.5") == timedelta(seconds=2.5)
    soon = parse_retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert soon is not None
    assert timedelta(seconds=55) < soon <= timedelta(seconds=60)
    for junk in (None, "", "soon", "nan", "Wed, 99 Foo 2026"):
        assert parse_retry_after(junk) is None
    assert parse_retry_after("-5") == timedelta(0)
    assert parse_retry_after("inf") == timedelta(days=1)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://smba.trafficmanager.net/teams/tenant-id", True),
        ("https://smba.infra.gcc.teams.microsoft.com/teams", True),
        ("https://smba.infra.gov.teams.microsoft.us/gcch", True),
        ("https://europe.webchat.botframework.com/", True),
        ("http://smba.trafficmanager.net/emea/", False),
        ("https://evil.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://user@smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://smba.trafficmanager.net/?x=1", False),
        ("http://127.0.0.1:56150/_connector", False),
        ("ftp://smba.trafficmanager.net/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_a_service_url_is_teams_own_over_https(url: str, good: bool) -> None:
    from bot.teams.errors import Refused

    urls = ServiceUrls()
    if good:
        assert urls.check(url) == url.rstrip("/")
    else:
        with pytest.raises(Refused):
            urls.check(url)


def test_a_cloud_that_is_not_in_the_list_can_be_named() -> None:
    assert (
        ServiceUrls(more_hosts=["Teams.example.org"]).check("https://teams.example.org/x")
        == "https://teams.example.org/x"
    )


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("https://127.9.9.9", True),
        ("http://0.0.0.0", False),
        ("http://127.0.0.1@example.com", False),
        ("http://2130706433", False),
        ("http://localhost.example.com", False),
        ("http://192.168.0.1", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


def test_the_memory_of_service_urls_is_bounded() -> None:
    urls = ServiceUrls()
    for number in range(500):
        urls.check(f"https://smba.trafficmanager.net/{number}")
    assert len(urls._good) <= 64
