"""What the adapters say when the directory throttles, fails, lags, breaks off or refuses."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.graph.client import GraphClient
from bot.graph.directory import GraphDirectory
from bot.graph.errors import Call
from bot.graph.preflight import Level, preflight
from bot.sandbox.faults import Faults
from bot.workflow.errors import GraphError
from tests.contract.directory_world import (
    ADELE,
    FALCON_MEMBERS,
    PAT,
    World,
    directory_world,
    invitation,
    tokens,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with directory_world() as made:
        yield made


async def refused_invitation(world: World, faults: Faults) -> GraphError:
    world.sandbox.faults = faults
    with pytest.raises(GraphError) as raised:
        await world.inviter.invite(invitation())
    return raised.value


async def test_throttling_says_how_long_to_wait(world: World) -> None:
    error = await refused_invitation(world, Faults(throttled=1.0, retry_after_seconds=17))
    assert (error.code, error.status, error.retry_after) == ("graph-throttled", 429, timedelta(seconds=17))
    assert error.retryable
    assert error.unknown_outcome
    assert world.calls("invite") == []


async def test_throttling_without_a_time_says_none(world: World) -> None:
    error = await refused_invitation(world, Faults(throttled=1.0, retry_after_seconds=None))
    assert error.retry_after is None


async def test_a_failure_after_the_effect_is_an_unknown_outcome_and_looking_finds_the_guest(world: World) -> None:
    error = await refused_invitation(world, Faults(failing_after=1.0))
    assert (error.status, error.retryable, error.unknown_outcome) == (500, True, True)
    assert await world.directory.find_guest("ana@fabrikam.com") is not None
    assert len(world.calls("invite")) == 1


async def test_a_failure_before_the_effect_looks_the_same_and_looking_finds_nobody(world: World) -> None:
    error = await refused_invitation(world, Faults(failing_before=1.0, times=1))
    assert (error.status, error.retryable, error.unknown_outcome) == (503, True, True)
    assert await world.directory.find_guest("ana@fabrikam.com") is None


async def test_a_connection_lost_after_the_effect_is_an_unknown_outcome_and_is_not_repeated(world: World) -> None:
    error = await refused_invitation(world, Faults(lost_after=1.0))
    assert (error.code, error.retryable, error.unknown_outcome) == ("graph-connection-lost", True, True)
    assert len(world.calls("invite")) == 1
    assert await world.directory.find_guest("ana@fabrikam.com") is not None


async def test_a_time_out_is_an_unknown_outcome() -> None:
    async with directory_world(wait=0.1) as world:
        await world.directory.person(ADELE)
        error = await refused_invitation(world, Faults(latency_seconds=0.3))
        assert (error.code, error.retryable, error.unknown_outcome) == ("graph-timeout", True, True)


async def test_a_read_that_times_out_has_no_outcome_to_look_for(world: World) -> None:
    await world.directory.person(ADELE)
    world.sandbox.faults = Faults(latency_seconds=0.5)
    hurried = GraphDirectory(world.client, deadline=0.05)
    began = time.monotonic()
    with pytest.raises(GraphError) as raised:
        await hurried.find_guest("pat@contoso.com")
    assert time.monotonic() - began < 0.3
    assert (raised.value.code, raised.value.unknown_outcome) == ("graph-timeout", False)


async def test_a_directory_that_is_not_there_has_done_nothing(world: World) -> None:
    client = GraphClient(tokens(world.addresses), endpoint="http://127.0.0.1:9")
    with pytest.raises(GraphError) as raised:
        await client.write("DELETE", f"/groups/{FALCON_MEMBERS}/members/{PAT}/$ref", None, call=Call.REMOVE_MEMBER)
    assert (raised.value.code, raised.value.retryable) == ("graph-unreachable", True)
    assert not raised.value.unknown_outcome
    await client.close()


async def test_a_new_guest_is_not_there_yet_and_then_is(world: World) -> None:
    world.sandbox.faults = Faults(lag_seconds=60)
    invited = await world.inviter.invite(invitation())
    assert await world.directory.find_guest("ana@fabrikam.com") is None
    for attempt in (
        world.memberships.add_to_group(FALCON_MEMBERS, invited.user_id),
        world.memberships.is_in_group(FALCON_MEMBERS, invited.user_id),
        world.redemptions.redemption_of(invited.user_id),
        world.inviter.sponsors(invited.user_id),
        world.inviter.add_sponsor(invited.user_id, ADELE),
    ):
        with pytest.raises(GraphError) as raised:
            await attempt
        assert (raised.value.code, raised.value.retryable) == ("graph-not-there-yet", True)
    world.clock.pass_by(61)
    await world.memberships.add_to_group(FALCON_MEMBERS, invited.user_id)
    assert await world.memberships.is_in_group(FALCON_MEMBERS, invited.user_id)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (Faults(blocked_domains=("fabrikam.com",)), "graph-domain-blocked"),
        (Faults(allow_invites_from="none"), "graph-invitations-off"),
        (Faults(directory_blocked=True), "graph-directory-blocked"),
    ],
)
async def test_what_the_tenant_does_not_allow_is_final(world: World, faults: Faults, code: str) -> None:
    error = await refused_invitation(world, faults)
    assert (error.code, error.retryable, error.unknown_outcome) == (code, False, False)
    assert error.blocks_directory is (code == "graph-directory-blocked")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("ana+falcon@fabrikam.com", "graph-address-refused"),
        ("o'brien@contoso.com", "graph-address-refused"),
        ("ana@northwindtraders.com", "graph-cannot-be-invited"),
        ("robin@contoso.com", "graph-address-conflict"),
    ],
)
async def test_an_address_that_cannot_be_invited_is_final(world: World, address: str, code: str) -> None:
    with pytest.raises(GraphError) as raised:
        await world.inviter.invite(invitation(address))
    assert (raised.value.code, raised.value.retryable) == (code, False)


async def test_where_sponsors_are_refused_in_the_invitation_it_goes_out_without(world: World) -> None:
    world.sandbox.faults = Faults(sponsors_refused=True)
    invited = await world.inviter.invite(invitation())
    assert await world.inviter.sponsors(invited.user_id) == frozenset()
    await world.inviter.add_sponsor(invited.user_id, ADELE)
    assert await world.inviter.sponsors(invited.user_id) == {ADELE}
    assert len(world.calls("invite")) == 1


async def test_where_the_or_filter_is_refused_the_queries_go_apart(world: World) -> None:
    world.sandbox.faults = Faults(or_filter_refused=True)
    pat = await world.directory.find_guest("pat@contoso.com")
    assert pat is not None
    assert pat.id == PAT
    assert await world.directory.find_guest("nobody@contoso.com") is None


async def test_where_deleted_users_cannot_be_filtered_they_are_gone_through(world: World) -> None:
    world.sandbox.faults = Faults(deleted_filter_refused=True)
    robin = await world.directory.find_guest("Robin@contoso.com")
    assert robin is not None
    assert robin.deleted
    assert await world.directory.find_guest("nobody@contoso.com") is None


async def test_missing_consent_names_the_permission_problem() -> None:
    async with directory_world(faults=Faults(withheld_permissions=("User.Invite.All", "User.ReadWrite.All"))) as world:
        with pytest.raises(GraphError) as raised:
            await world.inviter.invite(invitation())
        assert (raised.value.code, raised.value.retryable) == ("graph-permission-missing", False)
        findings = {finding.name: finding for finding in await preflight(world.client)}
    assert findings["permission User.Invite.All"].level is Level.FAIL
    assert "User.Invite.All" in findings["permission User.Invite.All"].remedy
    assert findings["permission User.ReadWrite.All"].level is Level.WARN
    assert findings["permission User.Read.All"].level is Level.OK


async def test_preflight_sees_what_the_tenant_does_not_allow(world: World) -> None:
    world.sandbox.faults = Faults(allow_invites_from="none", blocked_domains=("fabrikam.com",))
    findings = {each.name: each for each in await preflight(world.client, partner_domains=["fabrikam.com"])}
    assert findings["who may invite guests"].level is Level.FAIL
    assert findings["domains that may be invited"].level is Level.WARN
    assert "fabrikam.com" in findings["domains that may be invited"].found
    assert "northwindtraders.com" in findings["own domains"].found


async def test_preflight_goes_on_where_it_may_not_look(world: World) -> None:
    world.sandbox.faults = Faults(withheld_permissions=("Policy.Read.All", "Policy.Read.B2BManagementPolicy"))
    findings = {each.name: each for each in await preflight(world.client)}
    assert findings["who may invite guests"].level is Level.WARN
    assert "Policy.Read.All" in findings["who may invite guests"].remedy
    assert findings["own domains"].level is Level.OK


async def test_a_token_that_is_refused_is_fetched_anew_and_the_call_goes_through(world: World) -> None:
    await world.directory.person(ADELE)
    world.sandbox.authority._key = b"another key, as after a restart of the directory"
    assert await world.directory.person(ADELE) is not None
    assert world.sandbox.authority.tokens_issued == 2


async def test_many_calls_at_once_share_one_token(world: World) -> None:
    await asyncio.gather(*(world.directory.person(ADELE) for _ in range(40)))
    assert world.sandbox.authority.tokens_issued == 1
