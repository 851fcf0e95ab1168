"""Invariant 8: only guests, and externals whom an invitation brought in, are ever changed in the directory."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from bot.domain.packages import AppRole
from bot.sandbox.seed import SeedGroup, SeedGuest, northwind
from bot.workflow.errors import GraphError
from tests.contract.directory_world import (
    ADELE,
    FALCON_MEMBERS,
    MEGAN,
    NOBODY,
    PAT,
    World,
    directory_world,
)

ROLE_ASSIGNABLE = "e0000000-0000-4000-8000-000000000001"
SYNCED = "e0000000-0000-4000-8000-000000000002"
DYNAMIC = "e0000000-0000-4000-8000-000000000003"
EXTERNAL_MEMBER = "e0000000-0000-4000-8000-000000000004"
FALCON_TRACKER = AppRole(app="22222222-2222-2222-2222-222222222222", role="33333333-3333-3333-3333-333333333333")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    seed = northwind()
    groups = (
        *seed.groups,
        SeedGroup(id=ROLE_ASSIGNABLE, name="Helpdesk administrators", role_assignable=True),
        SeedGroup(id=SYNCED, name="From on-premises", synced=True),
        SeedGroup(id=DYNAMIC, name="All of Design", dynamic=True),
    )
    external = SeedGuest(id=EXTERNAL_MEMBER, name="Kim", mail="kim@fabrikam.com", type="Member")
    guests = {"kim": external, **seed.guests}
    async with directory_world(msgspec.structs.replace(seed, groups=groups, guests=guests)) as made:
        yield made


CHANGES: dict[str, Callable[[World, str], Awaitable[None]]] = {
    "adding to a group": lambda world, user: world.memberships.add_to_group(FALCON_MEMBERS, user),
    "taking out of a group": lambda world, user: world.memberships.remove_from_group(FALCON_MEMBERS, user),
    "assigning a role": lambda world, user: world.memberships.assign_app_role(FALCON_TRACKER, user),
    "taking a role away": lambda world, user: world.memberships.unassign_app_role(FALCON_TRACKER, user),
    "adding a sponsor": lambda world, user: world.inviter.add_sponsor(user, MEGAN),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_employee_is_never_changed(world: World, change: str) -> None:
    with pytest.raises(GraphError) as raised:
        await CHANGES[change](world, ADELE)
    assert (raised.value.code, raised.value.retryable) == ("graph-not-a-guest", False)
    assert world.sandbox.journal == ()


@pytest.mark.parametrize("change", CHANGES)
async def test_a_guest_may_be_changed(world: World, change: str) -> None:
    await CHANGES[change](world, PAT)


@pytest.mark.parametrize("change", CHANGES)
async def test_an_external_who_was_made_a_member_may_be_changed(world: World, change: str) -> None:
    await CHANGES[change](world, EXTERNAL_MEMBER)


async def test_an_employee_with_an_external_looking_name_is_an_employee(world: World) -> None:
    world.sandbox.state.contents.users[ADELE].properties["userPrincipalName"] = "adele#EXT#@northwindtraders.com"
    with pytest.raises(GraphError, match="graph-not-a-guest"):
        await world.memberships.add_to_group(FALCON_MEMBERS, ADELE)


async def test_a_guest_who_was_made_an_employee_meanwhile_is_left_alone(world: World) -> None:
    await world.memberships.add_to_group(FALCON_MEMBERS, PAT)
    world.sandbox.state.contents.users[PAT].properties |= {"userType": "Member", "creationType": None}
    with pytest.raises(GraphError, match="graph-not-a-guest"):
        await world.memberships.remove_from_group(FALCON_MEMBERS, PAT)
    assert PAT in world.sandbox.state.contents.groups[FALCON_MEMBERS].members


@pytest.mark.parametrize("change", ["adding to a group", "assigning a role", "adding a sponsor"])
async def test_giving_to_someone_who_is_not_visible_is_tried_again(world: World, change: str) -> None:
    with pytest.raises(GraphError) as raised:
        await CHANGES[change](world, NOBODY)
    assert (raised.value.code, raised.value.retryable) == ("graph-not-there-yet", True)
    assert world.sandbox.journal == ()


async def test_taking_from_someone_who_is_not_visible_but_holds_it_is_tried_again(world: World) -> None:
    await world.memberships.add_to_group(FALCON_MEMBERS, PAT)
    await world.memberships.assign_app_role(FALCON_TRACKER, PAT)
    world.sandbox.state.contents.users[PAT].deleted = True
    for change in ("taking out of a group", "taking a role away"):
        with pytest.raises(GraphError) as raised:
            await CHANGES[change](world, PAT)
        assert (raised.value.code, raised.value.retryable) == ("graph-not-there-yet", True)


@pytest.mark.parametrize(
    ("group", "code"),
    [
        (ROLE_ASSIGNABLE, "graph-role-assignable-group"),
        (SYNCED, "graph-group-synced"),
        (DYNAMIC, "graph-group-dynamic"),
        (NOBODY, "graph-group-missing"),
    ],
)
async def test_groups_that_are_not_ours_to_fill_are_refused(world: World, group: str, code: str) -> None:
    with pytest.raises(GraphError) as raised:
        await world.memberships.add_to_group(group, PAT)
    assert (raised.value.code, raised.value.retryable) == (code, False)
    assert world.sandbox.journal == ()
