"""Keys rotate: a new key is taken soon after it is published, and nobody waits for a fetch that they don't need."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic

import pytest

from bot.teams.signing_keys import KeyTimings
from tests.teams_app import SPONSOR, Side, TeamsApp
from tests.teams_side import LocalIssuer, MockTeams

TIMINGS = KeyTimings(
    fetch=timedelta(seconds=3),
    between_fetches=timedelta(seconds=0.1),
    turn_waits=timedelta(seconds=1.5),
    refresh=timedelta(seconds=0.3),
    most_waiting=20,
)


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with LocalIssuer() as issuer, MockTeams() as teams, TeamsApp(issuer, timings=TIMINGS) as app:
        side = Side(issuer, teams, app)
        assert await deliver(side) == 200
        yield side


async def deliver(side: Side, key_id: str = "key-1") -> int:
    status, _ = await side.app.deliver(side.message(), side.token(key_id=key_id))
    return status


async def test_a_new_key_is_taken_at_its_first_token(side: Side) -> None:
    side.issuer.publish("key-2")
    assert await deliver(side, "key-2") == 200
    assert await deliver(side) == 200, "and the old key is good while it is published"


async def test_a_token_that_came_before_its_key_does_not_close_the_door_for_it(side: Side) -> None:
    assert await deliver(side, "key-2") == 401
    side.issuer.publish("key-2")
    assert await deliver(side, "key-2") == 200


async def test_a_turn_whose_key_is_known_never_waits_for_a_slow_metadata_server(side: Side) -> None:
    side.issuer.publish("key-2")
    side.issuer.delay = 0.2
    waiting = asyncio.create_task(deliver(side, "key-2"))
    await asyncio.sleep(0.05)
    assert await deliver(side) == 200
    assert not waiting.done()
    assert await waiting == 200


async def test_what_a_slow_server_brings_after_a_turn_gave_up_serves_the_next_turn(side: Side) -> None:
    side.issuer.publish("key-2")
    side.issuer.delay = 0.9
    assert await deliver(side, "key-2") == 401
    async with asyncio.timeout(10):
        while await deliver(side, "key-2") != 200:
            await asyncio.sleep(0.05)


async def test_a_server_that_is_down_for_a_while_costs_neither_the_old_keys_nor_the_new(side: Side) -> None:
    side.issuer.publish("key-2")
    side.issuer.down = True
    assert await deliver(side, "key-2") == 401
    assert await deliver(side) == 200
    waiting = asyncio.create_task(deliver(side, "key-2"))
    await asyncio.sleep(0.1)
    side.issuer.down = False
    assert await waiting == 200, "a turn that still waits is let in as soon as the server is back"


async def test_many_turns_with_one_new_key_share_one_fetch(side: Side) -> None:
    side.issuer.publish("key-2")
    side.issuer.delay = 0.05
    before = side.issuer.fetches
    assert await asyncio.gather(*(deliver(side, "key-2") for _ in range(15))) == [200] * 15
    assert side.issuer.fetches - before <= 2


async def test_junk_key_ids_cause_no_storm_of_fetches(side: Side) -> None:
    before = side.issuer.fetches
    began = monotonic()
    tokens = [side.token(key=None, key_id="key-2", headers={"kid": f"junk-{n}"}) for n in range(60)]
    answers = await asyncio.gather(*(side.app.deliver(side.message(), token) for token in tokens))
    assert {status for status, _ in answers} == {401}
    assert side.issuer.fetches - before <= (monotonic() - began) / 0.1 + 2


async def test_junk_key_ids_one_after_another_wait_for_the_next_fetch_that_may_begin(side: Side) -> None:
    before = side.issuer.fetches
    began = monotonic()
    for number in range(6):
        assert (await side.app.deliver(side.message(), side.token(headers={"kid": f"junk-{number}"})))[0] == 401
    assert side.issuer.fetches - before <= (monotonic() - began) / 0.1 + 1


async def test_a_key_published_while_a_fetch_is_under_way_is_found_by_the_next(side: Side) -> None:
    late = side.token(key_id="key-2")
    side.issuer.delay = 0.1
    before = side.issuer.fetches
    first = asyncio.create_task(side.app.deliver(side.message(), side.token(headers={"kid": "key-of-nobody"})))
    while side.issuer.fetches == before:
        await asyncio.sleep(0.005)
    side.issuer.publish("key-2")  # too late for the fetch under way: its keys are read
    assert (await side.app.deliver(side.message(), late))[0] == 200
    assert (await first)[0] == 401


async def test_a_token_that_could_not_pass_anyway_causes_no_fetch(side: Side) -> None:
    before = side.issuer.fetches
    for wrong in ({"aud": "another"}, {"iss": "another"}, {"exp": 1}):
        await side.app.deliver(side.message(), side.token(key_id="key-2", **wrong))
    assert side.issuer.fetches == before


async def test_keys_are_refreshed_in_the_background(side: Side) -> None:
    assert side.app.keys is not None
    side.app.keys.start()
    side.issuer.publish("key-2")
    async with asyncio.timeout(3):
        while side.app.keys.known("key-2") is None:
            await asyncio.sleep(0.02)


async def test_a_document_of_nonsense_leaves_the_old_keys(side: Side) -> None:
    side.issuer.published = {"bad": {"kty": "RSA", "kid": "bad", "n": "!", "e": 5}, "worse": {"kid": 7}}
    assert await deliver(side, "key-2") == 401
    assert await deliver(side) == 200


async def test_without_a_metadata_server_every_token_is_refused_and_none_answered_500() -> None:
    async with LocalIssuer() as issuer, MockTeams() as teams:
        issuer.down = True
        async with TeamsApp(issuer, timings=TIMINGS) as app:
            activity = SPONSOR.says("hi", service_url=teams.url)
            assert (await app.deliver(activity, issuer.token(teams.url)))[0] == 401
