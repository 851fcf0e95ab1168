"""The directory ports, as the use cases rely on them: run against the sandbox over HTTP."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from bot.domain.packages import AppRole
from bot.domain.people import PersonRef, Redemption, UserType
from bot.sandbox.seed import SeedGroup, SeedGuest, SeedPerson, northwind
from bot.workflow.errors import GraphError
from tests.contract.directory_world import (
    ADELE,
    DANA,
    FALCON_MEMBERS,
    FALCON_OWNERS,
    GUEST_APPROVERS,
    LI_WEI,
    LYNNE,
    MEGAN,
    MIRIAM,
    NOBODY,
    PAT,
    ROBIN,
    SAM,
    World,
    directory_world,
    invitation,
)

FALCON_TRACKER = AppRole(app="22222222-2222-2222-2222-222222222222", role="33333333-3333-3333-3333-333333333333")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with directory_world() as made:
        yield made


# --- people ---


async def test_a_person_has_what_policy_and_cards_need(world: World) -> None:
    adele = await world.directory.person(ADELE)
    assert adele is not None
    assert (adele.name, adele.title, adele.department) == ("Adele Vance", "Product Manager", "Design")
    assert (adele.user_type, adele.enabled, adele.country) == (UserType.MEMBER, True, "United States")
    assert adele.manager == PersonRef(id=MIRIAM, name="Miriam Graham")


async def test_a_person_without_a_manager_has_none(world: World) -> None:
    miriam = await world.directory.person(MIRIAM)
    assert miriam is not None
    assert miriam.manager is None


async def test_a_persons_language_is_the_directorys(world: World) -> None:
    li_wei = await world.directory.person(LI_WEI)
    assert li_wei is not None
    assert (li_wei.name, li_wei.language) == ("Li Wei 李偉", "zh-TW")


async def test_a_guest_who_acts_is_known_as_a_guest(world: World) -> None:
    sam = await world.directory.person(SAM)
    assert sam is not None
    assert sam.user_type is UserType.GUEST


async def test_nobody_is_nobody(world: World) -> None:
    assert await world.directory.person(NOBODY) is None
    assert await world.directory.user(NOBODY) is None
    assert await world.directory.groups_of(NOBODY, [FALCON_OWNERS]) == frozenset()


async def test_an_identifier_that_would_leave_its_place_in_the_path_is_nobodys(world: World) -> None:
    assert await world.directory.person(f"../groups/{FALCON_OWNERS}") is None


# --- groups ---


async def test_groups_are_those_asked_about_that_the_person_is_in(world: World) -> None:
    held = await world.directory.groups_of(LYNNE, [FALCON_OWNERS, GUEST_APPROVERS, FALCON_MEMBERS])
    assert held == {FALCON_OWNERS, GUEST_APPROVERS}


async def test_more_than_twenty_groups_are_asked_about_in_slices() -> None:
    many = [f"d0000000-0000-4000-8000-{number:012d}" for number in range(45)]
    groups = tuple(SeedGroup(id=each, name=each, members=("adele",)) for each in many[::2])
    seed = msgspec.structs.replace(northwind(), groups=groups)
    async with directory_world(seed) as world:
        assert await world.directory.groups_of(ADELE, many) == set(many[::2])


async def test_a_group_in_a_group_counts() -> None:
    inner, outer = "d0000000-0000-4000-8000-000000000001", "d0000000-0000-4000-8000-000000000002"
    groups = (
        SeedGroup(id=inner, name="Inner", members=("adele",)),
        SeedGroup(id=outer, name="Outer", members=(inner, "megan")),
    )
    async with directory_world(msgspec.structs.replace(northwind(), groups=groups)) as world:
        assert await world.directory.groups_of(ADELE, [outer]) == {outer}
        members = await world.directory.group_members(outer)
        assert {member.name for member in members.members} == {"Adele Vance", "Megan Bowen"}


async def test_an_id_in_capitals_is_the_same_group() -> None:
    group = "dabcdef0-0000-4000-8000-000000000001"
    groups = (SeedGroup(id=group, name="Mixed", members=("adele", "pat")),)
    async with directory_world(msgspec.structs.replace(northwind(), groups=groups)) as world:
        assert await world.directory.groups_of(ADELE, [group.upper()]) == {group.upper()}
        assert await world.memberships.is_in_group(group.upper(), PAT)


async def test_a_group_tells_its_name_and_its_members_over_all_pages() -> None:
    async with directory_world(page_size=1) as world:
        approvers = await world.directory.group_members(GUEST_APPROVERS)
    assert approvers.name == "Guest approvers"
    assert [member.name for member in approvers.members] == [
        "Megan Bowen", "Alex Wilber", "Lynne Robbins", "Miriam Graham",
    ]  # fmt: skip
    assert not approvers.more


@pytest.mark.parametrize("page_size", [1, 2, 100])
async def test_a_limit_says_that_there_are_more(page_size: int) -> None:
    async with directory_world(page_size=page_size) as world:
        some = await world.directory.group_members(GUEST_APPROVERS, limit=2)
        exactly = await world.directory.group_members(GUEST_APPROVERS, limit=4)
    assert (len(some.members), some.more) == (2, True)
    assert (len(exactly.members), exactly.more) == (4, False)


async def test_a_group_that_is_missing_is_named(world: World) -> None:
    with pytest.raises(GraphError) as raised:
        await world.directory.group_members(NOBODY)
    assert raised.value.code == "graph-group-missing"
    assert NOBODY in raised.value.detail


# --- who has an address ---


async def test_a_guest_is_found_by_address_in_any_case(world: World) -> None:
    for address in ("pat@contoso.com", "Pat@Contoso.com"):
        pat = await world.directory.find_guest(address)
        assert pat is not None
        assert (pat.id, pat.user_type, pat.enabled, pat.deleted) == (PAT, UserType.GUEST, True, False)
        assert pat.redemption is Redemption.ACCEPTED
        assert pat.redemption_changed_at is not None


async def test_an_employee_is_found_as_an_employee(world: World) -> None:
    found = await world.directory.find_guest("adele.vance@northwindtraders.com")
    assert found is not None
    assert (found.id, found.user_type) == (ADELE, UserType.MEMBER)


async def test_an_employee_wins_over_a_guest_who_carries_the_same_address() -> None:
    seed = northwind()
    people = {"zoe": SeedPerson(id=NOBODY, name="Zoe", mail="pat@contoso.com"), **seed.people}
    async with directory_world(msgspec.structs.replace(seed, people=people)) as world:
        found = await world.directory.find_guest("pat@contoso.com")
    assert found is not None
    assert (found.id, found.user_type) == (NOBODY, UserType.MEMBER)


async def test_a_disabled_guest_is_told_from_an_enabled_one(world: World) -> None:
    dana = await world.directory.find_guest("dana@contoso.com")
    assert dana is not None
    assert (dana.id, dana.enabled, dana.deleted) == (DANA, False, False)


async def test_a_deleted_guest_is_found_as_deleted(world: World) -> None:
    for robin in (await world.directory.find_guest("robin@contoso.com"), await world.directory.user(ROBIN)):
        assert robin is not None
        assert (robin.id, robin.deleted) == (ROBIN, True)


async def test_an_address_that_nobody_has_is_nobodys(world: World) -> None:
    assert await world.directory.find_guest("nobody@fabrikam.com") is None


async def test_an_apostrophe_in_an_address_finds_its_guest_and_no_other() -> None:
    seed = northwind()
    guests = {"tara": SeedGuest(id=NOBODY, name="Tara O'Brien", mail="o'brien@contoso.com"), **seed.guests}
    async with directory_world(msgspec.structs.replace(seed, guests=guests)) as world:
        found = await world.directory.find_guest("o'brien@contoso.com")
        assert found is not None
        assert found.name == "Tara O'Brien"
        assert await world.directory.find_guest("x' or mail eq 'pat@contoso.com") is None


async def test_a_plus_or_a_percent_sign_in_an_address_is_only_text(world: World) -> None:
    assert await world.directory.find_guest("pat+x%40contoso.com@contoso.com") is None


async def test_own_domains_are_the_tenants(world: World) -> None:
    assert await world.directory.own_domains() == {"northwindtraders.com", "northwindtraders.onmicrosoft.com"}


@pytest.mark.parametrize(("domain", "expected"), [("fabrikam.com", True), ("newcomer.example", False)])
async def test_a_domain_is_one_of_an_entra_tenant_or_not(world: World, domain: str, expected: bool) -> None:
    assert await world.directory.is_entra_tenant(domain) is expected


# --- inviting ---


async def test_an_invited_guest_is_found_pending_with_their_sponsor(world: World) -> None:
    invited = await world.inviter.invite(invitation(cc_address="adele.vance@northwindtraders.com"))
    ana = await world.directory.find_guest("ana@fabrikam.com")
    assert ana is not None
    assert (ana.id, ana.user_type, ana.redemption) == (invited.user_id, UserType.GUEST, Redemption.PENDING)
    assert await world.inviter.sponsors(invited.user_id) == {ADELE}
    assert invited.redeem_url.startswith(world.addresses.graph_endpoint)
    assert world.calls("invite") == [
        {
            "invitedUserEmailAddress": "ana@fabrikam.com",
            "invitedUserDisplayName": "Ana Silva",
            "inviteRedirectUrl": "https://myapps.microsoft.com/",
            "invitedUserType": "Guest",
            "sendInvitationMessage": True,
            "invitedUserMessageInfo": {
                "messageLanguage": "en-US",
                "customizedMessageBody": "Welcome to Falcon.",
                "ccRecipients": [{"emailAddress": {"address": "adele.vance@northwindtraders.com"}}],
            },
            "invitedUserSponsors": [{"id": ADELE}],
        }
    ]


async def test_inviting_again_sends_another_link_and_keeps_the_user(world: World) -> None:
    first = await world.inviter.invite(invitation())
    second = await world.inviter.invite(invitation())
    assert first.user_id == second.user_id
    assert first.redeem_url != second.redeem_url
    assert world.sandbox.state.invitations_by_address() == {"ana@fabrikam.com": 2}


async def test_a_redeem_url_is_in_no_representation(world: World) -> None:
    journal = repr(world.sandbox.journal)
    invited = await world.inviter.invite(invitation())
    assert invited.redeem_url not in journal + repr(world.sandbox.journal)


async def test_sponsors_are_added_and_adding_again_is_success(world: World) -> None:
    await world.inviter.add_sponsor(PAT, MEGAN)
    await world.inviter.add_sponsor(PAT, MEGAN)
    assert await world.inviter.sponsors(PAT) == {ADELE, MEGAN}
    assert len(world.calls("add_sponsor")) == 1


# --- groups and application roles of a guest ---


async def test_membership_is_idempotent_both_ways(world: World) -> None:
    memberships = world.memberships
    assert not await memberships.is_in_group(FALCON_MEMBERS, PAT)
    await memberships.add_to_group(FALCON_MEMBERS, PAT)
    await memberships.add_to_group(FALCON_MEMBERS, PAT)
    assert await memberships.is_in_group(FALCON_MEMBERS, PAT)
    await memberships.remove_from_group(FALCON_MEMBERS, PAT)
    await memberships.remove_from_group(FALCON_MEMBERS, PAT)
    assert not await memberships.is_in_group(FALCON_MEMBERS, PAT)
    assert (len(world.calls("add_member")), len(world.calls("remove_member"))) == (1, 1)


async def test_an_application_role_is_idempotent_both_ways(world: World) -> None:
    memberships = world.memberships
    assert not await memberships.has_app_role(FALCON_TRACKER, PAT)
    await memberships.assign_app_role(FALCON_TRACKER, PAT)
    await memberships.assign_app_role(FALCON_TRACKER, PAT)
    assert await memberships.has_app_role(FALCON_TRACKER, PAT)
    await memberships.unassign_app_role(FALCON_TRACKER, PAT)
    await memberships.unassign_app_role(FALCON_TRACKER, PAT)
    assert not await memberships.has_app_role(FALCON_TRACKER, PAT)
    assert (len(world.calls("assign_role")), len(world.calls("unassign_role"))) == (1, 1)


async def test_taking_a_role_away_leaves_other_peoples_alone(world: World) -> None:
    await world.memberships.assign_app_role(FALCON_TRACKER, PAT)
    await world.memberships.assign_app_role(FALCON_TRACKER, SAM)
    await world.memberships.unassign_app_role(FALCON_TRACKER, PAT)
    assert await world.memberships.has_app_role(FALCON_TRACKER, SAM)


async def test_a_role_that_the_application_does_not_have_is_final(world: World) -> None:
    with pytest.raises(GraphError) as raised:
        await world.memberships.assign_app_role(AppRole(app=FALCON_TRACKER.app, role=NOBODY), PAT)
    assert (raised.value.code, raised.value.retryable) == ("graph-app-role-missing", False)


async def test_taking_away_from_a_guest_who_was_deleted_meanwhile_is_success(world: World) -> None:
    await world.memberships.assign_app_role(FALCON_TRACKER, PAT)
    world.sandbox.state.contents.users[PAT].deleted = True
    world.sandbox.state.contents.assignments.clear()
    await world.memberships.remove_from_group(FALCON_MEMBERS, PAT)
    await world.memberships.unassign_app_role(FALCON_TRACKER, PAT)


# --- redemption ---


async def test_redemption_is_followed(world: World) -> None:
    invited = await world.inviter.invite(invitation())
    state, since = await world.redemptions.redemption_of(invited.user_id)
    assert (state, since) == (Redemption.PENDING, world.clock.now)


async def test_who_was_never_invited_has_nothing_to_redeem(world: World) -> None:
    assert await world.redemptions.redemption_of(ADELE) == (Redemption.NOT_INVITED, None)
