"""Posting outside of a turn, and what Teams says of a channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.teams.connector import Connector, open_session
from bot.teams.credentials import NoCredentials
from bot.teams.pacing import Pace
from bot.teams.postings import TeamsPostings
from bot.teams.service_urls import ServiceUrls
from bot.workflow.errors import PostingError
from bot.workflow.ports import Poster, Rosters
from bot.workflow.records import NOT_OPEN, Conversation, ConversationKind
from bot.workflow.views import Notice, Welcome
from tests.teams_side import APP_ID, TENANT_ID, MockTeams

VIEW = Welcome(first_name="Zoë")
TEAM = "19:team@thread.tacv2"
CHANNEL = "19:channel@thread.tacv2"


class Board:
    def __init__(self, teams: MockTeams, postings: TeamsPostings) -> None:
        self.teams = teams
        self.postings = postings
        self.poster: Poster = postings
        self.rosters: Rosters = postings
        self.channel = Conversation(
            id=CHANNEL,
            kind=ConversationKind.CHANNEL,
            service_url=teams.url,
            tenant_id=TENANT_ID,
            bot_id=f"28:{APP_ID}",
            team_id=TEAM,
        )
        self.chat = replace(
            self.channel, id="a:chat", kind=ConversationKind.PERSONAL, team_id=None, person_id="p", user_id="29:p"
        )


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with MockTeams() as teams, open_session() as session:
        urls = ServiceUrls(only_loopback=True)
        connector = Connector(session=session, credentials=NoCredentials(), service_urls=urls)
        yield Board(teams, TeamsPostings(connector=connector, app_id=APP_ID))


async def test_a_card_in_a_channel_begins_a_thread_of_its_own(board: Board) -> None:
    conversation_id, activity_id = await board.poster.post(board.channel, VIEW)
    assert conversation_id.startswith(f"{CHANNEL};messageid=")
    [shown] = board.teams.shown
    assert (shown.conversation_id, shown.activity_id) == (conversation_id, activity_id)
    assert shown.activity["summary"]
    assert board.teams.created[0]["channelData"]["channel"]["id"] == CHANNEL


async def test_a_card_for_a_person_goes_to_the_stored_chat(board: Board) -> None:
    conversation_id, _ = await board.poster.post(board.chat, VIEW)
    assert conversation_id == "a:chat"
    assert board.teams.created == []


async def test_a_chat_that_was_never_opened_is_created_first(board: Board) -> None:
    conversation_id, _ = await board.poster.post(replace(board.chat, id=f"{NOT_OPEN}p"), VIEW)
    assert conversation_id == "a:chat-with-29:p"
    assert board.teams.created[0]["members"] == [{"id": "29:p"}]
    assert board.teams.created[0]["tenantId"] == TENANT_ID
    await board.poster.post(replace(board.chat, id=f"{NOT_OPEN}p", user_id=None), VIEW)
    assert board.teams.created[1]["members"] == [{"id": "p"}], "by the object id where no account id is known"


async def test_an_edit_changes_the_card_in_place(board: Board) -> None:
    conversation_id, activity_id = await board.poster.post(board.channel, VIEW)
    await board.poster.edit(board.channel, conversation_id, activity_id, Notice(key="notice-cancelled"))
    [shown] = board.teams.shown
    assert shown.edits == 1
    assert "Zoë" not in str(shown.card)


async def test_an_edit_of_a_card_that_is_gone_says_so(board: Board) -> None:
    with pytest.raises(PostingError) as raised:
        await board.poster.edit(board.channel, CHANNEL, "no-such-activity", VIEW)
    assert raised.value.gone


async def test_a_card_is_drawn_in_the_language_of_its_conversation(board: Board) -> None:
    await board.poster.post(replace(board.chat, locale="zh-TW"), Notice(key="notice-cancelled"))
    await board.poster.post(board.chat, Notice(key="notice-cancelled"))
    chinese, english = (shown.activity["summary"] for shown in board.teams.shown)
    assert chinese != english


async def test_posts_into_one_conversation_keep_teams_pace_and_do_not_hold_up_another(board: Board) -> None:
    for _ in range(7):
        await board.poster.post(board.chat, VIEW)
    with pytest.raises(PostingError) as raised:
        await board.poster.post(board.chat, VIEW)
    error = raised.value
    assert (error.code, error.retryable) == ("teams-throttled", True)
    assert error.retry_after is not None
    assert timedelta(0) < error.retry_after <= timedelta(seconds=1)
    await board.poster.post(replace(board.chat, id="a:another"), VIEW)


def test_the_pace_holds_every_limit_of_teams() -> None:
    now = 0.0
    pace = Pace(now=lambda: now)
    sent: list[float] = []
    while now < 200:
        wait = pace.take("a:chat")
        if wait is None:
            sent.append(now)
        else:
            assert wait > timedelta(0)
            now += wait.total_seconds() + 1e-6
    for most, window in ((7, 1.0), (8, 2.0), (60, 30.0)):
        assert max(sum(1 for at in sent if start <= at < start + window) for start in sent) <= most
    assert len(sent) > 200


def test_the_pace_in_all_holds_too_and_its_memory_is_bounded() -> None:
    pace = Pace(now=lambda: 0.0)
    taken = [pace.take(f"a:{number}") for number in range(11_000)]
    assert taken.count(None) == 50
    assert len(pace._conversations) <= 10_000


# --- channels --------------------------------------------------------------------------------------------------------


async def facts(board: Board, members: list[dict[str, object]], channels: list[dict[str, object]]) -> tuple[bool, bool]:
    board.teams.members = members
    board.teams.channels = channels
    said = await board.rosters.channel_facts(board.channel)
    return said.standard, said.has_guests


MEMBER: dict[str, object] = {
    "id": "29:m",
    "userRole": "user",
    "tenantId": TENANT_ID,
    "userPrincipalName": "megan@contoso.example",
}


@pytest.mark.parametrize(
    ("channel", "standard"),
    [
        ({"id": CHANNEL}, True),
        ({"id": CHANNEL, "type": "standard"}, True),
        ({"id": CHANNEL, "channelType": "standard"}, True),
        ({"id": CHANNEL, "type": "private"}, False),
        ({"id": CHANNEL, "type": "shared"}, False),
        ({"id": CHANNEL, "type": "something new"}, False),
        ({"id": CHANNEL, "type": 7}, False),
        ({"id": "19:another@thread.tacv2"}, False),
    ],
)
async def test_a_channel_is_standard_only_where_teams_says_so(
    board: Board, channel: dict[str, object], standard: bool
) -> None:
    assert await facts(board, [MEMBER], [{"id": TEAM}, channel]) == (standard, False)


@pytest.mark.parametrize(
    "guest",
    [
        {**MEMBER, "userRole": "guest"},
        {**MEMBER, "userType": "Guest"},
        {**MEMBER, "userRole": "anonymous"},
        {**MEMBER, "tenantId": "another"},
        {**MEMBER, "userPrincipalName": "ana_fabrikam.com#EXT#@contoso.example"},
    ],
)
async def test_one_guest_is_enough_for_a_team_with_guests(board: Board, guest: dict[str, object]) -> None:
    assert await facts(board, [MEMBER, guest, MEMBER], [{"id": CHANNEL}]) == (True, True)


async def test_a_roster_that_teams_does_not_give_is_no_roster_without_guests(board: Board) -> None:
    board.teams.channels = [{"id": CHANNEL}]
    board.teams.fail(500, times=9)
    with pytest.raises(PostingError):
        await board.rosters.channel_facts(board.channel)


async def test_a_chat_is_no_standard_channel(board: Board) -> None:
    said = await board.rosters.channel_facts(board.chat)
    assert (said.standard, said.has_guests) == (False, True)
