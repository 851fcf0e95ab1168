"""Turns through the whole Teams side, over HTTP with authentication off: what the workflow is asked, what goes out."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.errors import NotApprover
from bot.workflow.actions import Action, Actor, Begin, Help, Install, MyRequests, Refresh, Say, Status
from bot.workflow.records import ConversationKind
from bot.workflow.views import Notice, Reply, Welcome
from tests.teams_app import SPONSOR, RecordingActs, TeamsApp
from tests.teams_side import MockTeams, TeamsPerson

CHANNEL = "19:channel@thread.tacv2;messageid=1700000000000"
CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"


class Talk:
    def __init__(self, teams: MockTeams, app: TeamsApp) -> None:
        self.teams = teams
        self.app = app
        self.acts: RecordingActs = app.acts

    async def say(self, text: str, *, person: TeamsPerson = SPONSOR, **more: Any) -> int:
        status, _ = await self.app.deliver(person.says(text, service_url=self.teams.url, **more))
        return status

    async def click(self, verb: str, *, person: TeamsPerson = SPONSOR, **more: Any) -> tuple[int, Any]:
        data = more.pop("data", {})
        return await self.app.deliver(person.clicks({"verb": verb, "data": data}, service_url=self.teams.url, **more))

    @property
    def actor(self) -> Actor:
        return self.acts.asked[-1][0]

    @property
    def action(self) -> Action:
        return self.acts.asked[-1][1]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with MockTeams() as teams, TeamsApp(None) as app:
        yield Talk(teams, app)


async def test_a_typed_command_becomes_its_action_and_is_answered_by_one_card_with_a_summary(talk: Talk) -> None:
    assert await talk.say("my requests") == 200
    assert talk.action == MyRequests()
    [shown] = talk.teams.shown
    assert shown.conversation_id == SPONSOR.chat_id
    assert [attachment["contentType"] for attachment in shown.activity["attachments"]] == [CARD]
    assert shown.activity["summary"]
    assert "text" not in shown.activity


async def test_who_acts_is_the_entra_object_id_and_where_is_fresh_from_the_activity(talk: Talk) -> None:
    await talk.say("help", person=TeamsPerson(id="p", name="Lee Gu", locale="zh-TW", time_zone="Asia/Taipei"))
    actor = talk.actor
    assert (actor.id, actor.name, actor.user_id) == ("p", "Lee Gu", "29:p")
    assert (actor.locale, actor.time_zone, actor.locale_given) == ("zh-Hant", "Asia/Taipei", True)
    where = actor.conversation
    assert where.kind is ConversationKind.PERSONAL
    assert (where.person_id, where.user_id, where.service_url) == ("p", "29:p", talk.teams.url)


async def test_card_data_never_says_who_acts(talk: Talk) -> None:
    await talk.click("my_requests", data={"page": 0, "from": {"aadObjectId": "someone else"}, "actor": "someone else"})
    assert talk.actor.id == SPONSOR.id


@pytest.mark.parametrize(
    ("locale", "ours"),
    [("zh-TW", "zh-Hant"), ("zh-hk", "zh-Hant"), ("zh-Hant-TW", "zh-Hant"), ("zh-CN", "zh-Hant"), ("en-GB", "en"),
     ("de-DE", "en"), ("", "en"), ("x" * 300, "en")],
)  # fmt: skip
async def test_a_language_is_mapped_to_one_of_ours(talk: Talk, locale: str, ours: str) -> None:
    await talk.say("help", locale=locale)
    assert talk.actor.locale == ours


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "America", "\x00", "x" * 5000])
async def test_a_time_zone_that_is_none_becomes_utc(talk: Talk, zone: str) -> None:
    assert await talk.say("help", localTimezone=zone) == 200
    assert talk.actor.time_zone == "UTC"


async def test_a_message_delivered_twice_carries_a_key_in_common_and_two_messages_carry_none(talk: Talk) -> None:
    first = SPONSOR.says("ana@fabrikam.com", service_url=talk.teams.url)
    await talk.app.deliver(first)
    await talk.app.deliver(first)
    await talk.app.deliver({**first, "id": "another id", "timestamp": "2030-01-01T00:00:00Z"})
    await talk.say("ana@fabrikam.com")
    one, again, renamed, other = (set(actor.message_keys) for actor, _ in talk.acts.asked)
    assert one == again
    assert one & renamed
    assert not one & other


async def test_a_click_carries_no_message_keys(talk: Talk) -> None:
    await talk.click("help")
    assert talk.actor.message_keys == ()


@pytest.mark.parametrize(
    ("text", "entities", "said"),
    [
        ("<at>Partner Access</at> ana@fabrikam.com", True, "ana@fabrikam.com"),
        ("<at>Partner Access</at>&nbsp;ana@fabrikam.com", True, "ana@fabrikam.com"),
        ("<at>Partner Access</at> ana@fabrikam.com", False, "ana@fabrikam.com"),
        ("Ana Silva <ana@fabrikam.com>", False, "Ana Silva <ana@fabrikam.com>"),
        ("Ana Silva &lt;ana@fabrikam.com&gt;", False, "Ana Silva <ana@fabrikam.com>"),
        ("for <at>Megan Bowen</at>, because a&b &amp;lt; c", False, "for Megan Bowen, because a&b &lt; c"),
        ("a\r\nb\u00a0c", False, "a\r\nb\u00a0c"),
    ],
)
async def test_what_was_typed_reaches_the_workflow_as_it_was_typed(
    talk: Talk, text: str, entities: bool, said: str
) -> None:
    mention = {
        "type": "mention",
        "text": "<at>Partner Access</at>",
        "mentioned": {"id": f"28:{SPONSOR.app_id}", "name": "Partner Access"},
    }
    await talk.say(text, entities=[mention] if entities else [])
    assert isinstance(talk.action, Begin | Say)
    assert talk.action.text == said


async def test_an_empty_message_is_answered_with_help(talk: Talk) -> None:
    await talk.say("", attachments=[{"contentType": "image/png"}])
    assert talk.action == Help()


async def test_the_welcome_comes_once_though_teams_tells_of_an_installation_twice(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"))
    install = SPONSOR.installs(service_url=talk.teams.url)
    members = [{"id": f"28:{SPONSOR.app_id}"}]
    assert (await talk.app.deliver(install))[0] == 200
    assert (await talk.app.deliver({**install, "type": "conversationUpdate", "membersAdded": members}))[0] == 200
    assert [action for _, action in talk.acts.asked] == [Install()]
    assert talk.actor.message_keys
    assert len(talk.teams.shown) == 1


@pytest.mark.parametrize("action", ["remove", "remove-upgrade", "add-upgrade", None])
async def test_only_an_installation_is_welcomed(talk: Talk, action: str | None) -> None:
    assert await talk.app.deliver({**SPONSOR.installs(service_url=talk.teams.url), "action": action}) == (200, None)
    assert talk.acts.asked == []


@pytest.mark.parametrize("kind", ["messageReaction", "messageUpdate", "messageDelete", "typing", "event", "handoff"])
async def test_an_activity_that_asks_for_nothing_is_taken_in_silence(talk: Talk, kind: str) -> None:
    activity = {**SPONSOR.says("x", service_url=talk.teams.url), "type": kind}
    assert await talk.app.deliver(activity) == (200, None)
    assert talk.acts.asked == []
    assert talk.teams.calls == []


async def test_somebody_without_an_entra_id_is_refused_politely_and_nothing_is_asked(talk: Talk) -> None:
    activity = SPONSOR.says("my requests", service_url=talk.teams.url)
    del activity["from"]["aadObjectId"]
    assert (await talk.app.deliver(activity))[0] == 200
    click = SPONSOR.clicks({"verb": "help"}, service_url=talk.teams.url)
    del click["from"]["aadObjectId"]
    status, body = await talk.app.deliver(click)
    assert (status, body["type"]) == (200, MESSAGE)
    assert talk.acts.asked == []
    assert len(talk.teams.shown) == 1


# --- clicks ----------------------------------------------------------------------------------------------------------


async def test_a_click_is_answered_with_the_new_card_and_sends_nothing(talk: Talk) -> None:
    status, body = await talk.click("help")
    assert (status, body["statusCode"], body["type"]) == (200, 200, CARD)
    assert body["value"]["type"] == "AdaptiveCard"
    assert talk.teams.calls == []


async def test_a_refusal_of_a_click_is_said_to_that_person_alone(talk: Talk) -> None:
    def refuse(actor: Actor, action: Action) -> Reply:
        raise NotApprover()

    talk.acts.answer = refuse
    status, body = await talk.click("help", channel=CHANNEL)
    assert (status, body["type"]) == (200, MESSAGE)
    assert isinstance(body["value"], str)
    assert body["value"]
    assert talk.teams.calls == []


async def test_an_automatic_refresh_only_returns_a_card(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"))
    status, body = await talk.click("refresh", data={"id": _id()}, automatic=True)
    assert isinstance(talk.action, Refresh)
    assert (status, body["type"]) == (200, CARD)
    assert talk.teams.calls == []


async def test_a_person_may_refresh_a_card_too_and_is_told_where_they_may_not(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"))
    status, body = await talk.click("refresh", data={"id": _id()})
    assert (status, body["type"]) == (200, CARD)
    talk.acts.answer = lambda actor, action: Reply(view=Notice(key="error-not-approver", refused=True))
    status, body = await talk.click("refresh", data={"id": _id()})
    assert (status, body["type"]) == (200, MESSAGE)


async def test_an_automatic_refresh_that_is_refused_leaves_the_card_alone(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Notice(key="error-not-approver", refused=True))
    status, body = await talk.click("refresh", data={"id": _id()}, automatic=True)
    assert (status, body["type"]) == (200, ERROR)


async def test_an_automatic_refresh_does_nothing_else(talk: Talk) -> None:
    status, _ = await talk.click("my_requests", data={"page": 0}, automatic=True)
    assert status == 400
    assert talk.acts.asked == []


MALFORMED: list[object] = [
    None,
    "text",
    [],
    {},
    {"action": None},
    {"action": "x"},
    {"action": {"type": "Action.Submit", "verb": "help"}},
    {"action": {"type": "Action.Execute"}},
    {"action": {"type": "Action.Execute", "verb": 7}},
    {"action": {"type": "Action.Execute", "verb": "no-such-verb"}},
    {"action": {"type": "Action.Execute", "verb": "approve", "data": []}},
    {"action": {"type": "Action.Execute", "verb": "approve", "data": {"id": {"$ne": 1}}}},
    {"action": {"type": "Action.Execute", "verb": "my_requests", "data": {"page": -1}}},
]


@pytest.mark.parametrize("value", MALFORMED)
async def test_a_malformed_click_is_a_400_with_a_body(talk: Talk, value: object) -> None:
    activity = SPONSOR.clicks({"verb": "help"}, service_url=talk.teams.url)
    status, body = await talk.app.deliver({**activity, "value": value})
    assert (status, body["statusCode"], body["type"]) == (400, 400, ERROR)
    assert body["value"]["code"] == "BadRequest"
    assert talk.acts.asked == []


async def test_a_type_ahead_search_gets_a_valid_answer_with_nothing_in_it(talk: Talk) -> None:
    activity = {**SPONSOR.clicks({"verb": "x"}, service_url=talk.teams.url), "name": "application/search"}
    status, body = await talk.app.deliver(activity)
    assert (status, body["value"]) == (200, {"results": []})


@pytest.mark.parametrize("name", ["task/fetch", "composeExtension/query", "signin/verifyState", None])
async def test_an_invoke_of_another_kind_is_a_501_with_a_body(talk: Talk, name: str | None) -> None:
    activity = {**SPONSOR.clicks({"verb": "x"}, service_url=talk.teams.url), "name": name}
    status, body = await talk.app.deliver(activity)
    assert (status, body["value"]["code"]) == (501, "NotImplemented")


async def test_an_old_clients_submit_is_answered_by_a_message(talk: Talk) -> None:
    activity = SPONSOR.submits({"verb": "status", "id": _id()}, service_url=talk.teams.url)
    assert (await talk.app.deliver(activity))[0] == 200
    assert isinstance(talk.action, Status)
    assert talk.actor.message_keys == ()
    assert len(talk.teams.shown) == 1


async def test_a_malformed_submit_is_told_so_and_asks_nothing(talk: Talk) -> None:
    assert (await talk.app.deliver(SPONSOR.submits({"verb": 5}, service_url=talk.teams.url)))[0] == 200
    assert talk.acts.asked == []
    assert len(talk.teams.shown) == 1


# --- private answers -------------------------------------------------------------------------------------------------


async def test_a_private_answer_to_a_channel_goes_on_in_the_persons_own_chat(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"), private=True)
    await talk.say("<at>Partner Access</at> my requests", channel=CHANNEL)
    await talk.teams.wait_until(lambda: len(talk.teams.shown) == 2)
    assert talk.actor.conversation.kind is ConversationKind.CHANNEL
    assert talk.actor.conversation.id == CHANNEL.partition(";")[0]
    assert talk.teams.created[0]["members"] == [{"id": f"29:{SPONSOR.id}"}]
    assert {shown.conversation_id for shown in talk.teams.shown} == {CHANNEL, SPONSOR.chat_id}
    in_channel = talk.teams.in_conversation(CHANNEL)[0].activity
    assert "Zoë" not in str(in_channel)


async def test_a_private_answer_to_a_click_in_a_channel_is_not_drawn_there(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"), private=True)
    _, body = await talk.click("help", channel=CHANNEL)
    await talk.teams.wait_until(lambda: len(talk.teams.shown) == 1)
    assert body["type"] == MESSAGE
    assert talk.teams.shown[0].conversation_id == SPONSOR.chat_id


async def test_a_kept_card_is_answered_beside_it(talk: Talk) -> None:
    talk.acts.answer = lambda actor, action: Reply(view=Welcome(first_name="Zoë"), keep_card=True)
    _, body = await talk.click("help")
    await talk.teams.wait_until(lambda: len(talk.teams.shown) == 1)
    assert body["type"] == MESSAGE


# --- when things go wrong --------------------------------------------------------------------------------------------


async def test_a_bug_is_answered_with_an_id_and_never_a_500(talk: Talk) -> None:
    def fail(actor: Actor, action: Action) -> Reply:
        raise ZeroDivisionError("secret words")

    talk.acts.answer = fail
    assert await talk.say("help") == 200
    status, body = await talk.click("help")
    assert (status, body["type"]) == (200, MESSAGE)
    assert "secret" not in str(talk.teams.shown[0].activity) + str(body)


async def test_an_answer_that_teams_throttles_is_sent_again(talk: Talk) -> None:
    talk.teams.fail(429, retry_after="0", times=2)
    assert await talk.say("help") == 200
    assert len(talk.teams.shown) == 1


async def test_an_answer_that_teams_refuses_loses_nothing_that_was_done(talk: Talk) -> None:
    talk.teams.fail(403, code="ConversationBlockedByUser")
    assert await talk.say("help") == 200
    assert len(talk.acts.asked) == 1


async def test_somebody_who_waits_long_sees_that_the_bot_is_typing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.teams.turns.TYPING_AFTER_SECONDS", 0.02)

    class Slow(RecordingActs):
        async def act(self, actor: Actor, action: Action) -> Reply:
            await asyncio.sleep(0.15)
            return await super().act(actor, action)

    talk.app.turns._acts = Slow()
    await talk.say("help")
    assert talk.teams.typing == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}", b'{"type": 7}', b'{"type": "message"}', b"[" * 5000]
)
async def test_a_body_that_is_no_activity_is_a_400(talk: Talk, body: bytes) -> None:
    status, answer = await talk.app.deliver(None, data=body, headers={"Content-Type": "application/json"})
    assert status == 400
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [{"from": None}, {"from": "x"}, {"conversation": {}}, {"conversation": {"id": 7}}, {"recipient": {}},
     {"text": {"a": 1}}, {"channelData": []}, {"conversation": {"id": "x" * 2000}}],
)  # fmt: skip
async def test_an_activity_with_a_part_of_the_wrong_shape_is_a_400(talk: Talk, wrong: dict[str, object]) -> None:
    assert (await talk.app.deliver({**SPONSOR.says("x", service_url=talk.teams.url), **wrong}))[0] == 400
    assert talk.acts.asked == []


async def test_a_body_that_is_too_long_is_a_413_even_when_it_is_short_on_the_wire(talk: Talk) -> None:
    long = b'{"text": "' + b"x" * 300_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    assert (await talk.app.deliver(None, data=long, headers=headers))[0] == 413
    zipped = {**headers, "Content-Encoding": "gzip"}
    assert (await talk.app.deliver(None, data=gzip.compress(long), headers=zipped))[0] == 413


async def test_a_body_of_another_type_is_a_415(talk: Talk) -> None:
    assert (await talk.app.deliver(None, data="{}", headers={"Content-Type": "text/plain"}))[0] == 415


async def test_with_authentication_off_only_loopback_service_urls_are_taken(talk: Talk) -> None:
    for url in ("https://smba.trafficmanager.net/emea/", "http://10.0.0.1/", "http://localhost.example.com/", ""):
        assert (await talk.app.deliver(SPONSOR.says("x", service_url=url)))[0] == 403


async def test_a_nul_character_is_left_out_of_what_was_typed(talk: Talk) -> None:
    await talk.say("ana\x00@fabrikam.com")
    assert "\x00" not in str(talk.action)
    assert "ana@fabrikam.com" in str(talk.action)


def _id() -> str:
    from bot.domain.shortid import new_id

    return new_id()
