"""Deliveries and endings while the directory misbehaves, on a clock that the test moves."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from app import STORE
from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.requests import Request, RequestStatus
from bot.sandbox.faults import Faults
from bot.sandbox.state import StoredUser
from bot.store.open import open_store
from bot.workflow.records import Act, JobKind
from tests.databases import DATA_KEYS
from tests.scenario.company import (
    FALCON_MEMBERS,
    GENERAL,
    GUEST_REQUESTS,
    GUESTS_FABRIKAM,
    TIMINGS,
    Company,
    buttons,
    words,
)
from tests.scenario.walks import ASK, approve, submit
from tests.teams_side import Shown

BEN = "invite ben@fabrikam.com to Project Falcon for 60 days"
PORTAL = "invite ana@fabrikam.com to the Supplier portal for 80 days"
SAM = "invite sam.rivera@fabrikam.com to Project Falcon for 60 days"
SUPPLIER_PORTAL = "12121212-1212-1212-1212-121212121212"
SOON = timedelta(minutes=5)
STEP = timedelta(seconds=5)


async def after(company: Company, by: timedelta = SOON, step: timedelta = STEP) -> None:
    """Lets time pass in small steps, with the jobs that come due."""
    await company.work()
    await company.pass_time(by, step=step)


async def request_now(company: Company, request_id: str) -> Request:
    found = await company.app[STORE].read(lambda tx: tx.requests.get(request_id))
    assert found is not None
    return found


async def held_by(company: Company, request_id: str) -> list[Assignment]:
    return list(await company.app[STORE].read(lambda tx: tx.assignments.of_request(request_id)))


async def decide_only(company: Company, request_id: str, who: str = "megan") -> None:
    """Approves and lets no job run."""
    # By its button: another card about the same guest has this request in its history.
    card = next(
        shown.card
        for shown in company.in_channel()
        if any(request_id in str(action.get("data")) for action in buttons(shown.card).values())
    )
    await company.click(who, card, "Approve", channel=GUEST_REQUESTS)


def for_administrators(company: Company, text: str) -> list[Shown]:
    return [shown for shown in company.in_channel(GENERAL) if text in words(shown.card)]


def user(company: Company, address: str) -> StoredUser:
    found = company.directory.state.with_address(address)
    assert found is not None
    return found


def invitations(company: Company) -> Counter[str]:
    return company.directory.state.invitations_by_address()


async def retry(company: Company, request_id: str) -> Any:
    """The administrator clicks *Retry* on the request's card in their channel."""
    shown_id = f"{request_id[:3]}-{request_id[3:]}"
    card = next(shown.card for shown in for_administrators(company, shown_id) if "Retry" in buttons(shown.card))
    answered = await company.click("nestor", card, "Retry", channel=GENERAL)
    await company.work()
    return answered


# --- the directory refuses -------------------------------------------------------------------------------------------


async def test_a_blocked_directory_stops_all_invitations_and_alerts_once_until_an_administrator_goes_on(
    company: Company,
) -> None:
    first = await submit(company)
    second = await submit(company, ask=BEN, name="Ben Okri")
    company.directory.faults = Faults(directory_blocked=True)
    for request in (first, second):
        await decide_only(company, request)
    await after(company)
    await after(company, timedelta(hours=2), timedelta(minutes=5))

    assert len(company.writes("POST", "/invitations")) == 1
    assert len(for_administrators(company, "then retry one request: the others follow")) == 1
    stopped, waiting = await request_now(company, first), await request_now(company, second)
    assert (stopped.status, stopped.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-directory-blocked")
    assert waiting.status is RequestStatus.DELIVERING

    company.directory.faults = Faults()
    await retry(company, first)
    await after(company)
    for request in (first, second):
        assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ana@fabrikam.com": 1, "ben@fabrikam.com": 1})


async def test_a_guest_of_a_blocked_domain_needs_attention_with_what_to_do_and_a_way_on(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(blocked_domains=("fabrikam.com",))
    await approve(company, request)

    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-domain-blocked")
    told = "This tenant does not allow guests of that domain"
    assert any(told in words(shown.card) for shown in company.in_chat("adele"))
    assert all("Retry" not in buttons(shown.card) for shown in company.in_chat("adele"))
    [card] = [shown for shown in for_administrators(company, told) if "Retry" in buttons(shown.card)]

    refused = await company.click("megan", card.card, "Retry", channel=GENERAL)
    assert "administrators" in refused.said
    assert (await request_now(company, request)).status is RequestStatus.NEEDS_ATTENTION

    company.directory.faults = Faults()
    await retry(company, request)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    assert len(company.members(FALCON_MEMBERS)) == 1


# --- outcomes that nobody knows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["failing_after", "lost_after"])
@pytest.mark.parametrize("lag", [0, 8])
async def test_an_invitation_whose_answer_failed_is_not_sent_again(company: Company, fault: str, lag: int) -> None:
    request = await submit(company)
    company.directory.faults = Faults(calls=("invite",), times=1, lag_seconds=lag, **{fault: 1.0})  # type: ignore[arg-type]
    await approve(company, request)
    await after(company)

    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert len(company.members(FALCON_MEMBERS)) == 1


async def test_a_second_request_does_not_look_before_the_first_ones_invitation_can_be_seen(company: Company) -> None:
    """It sets the guest's job going at once, while whether an invitation went out is still unknown."""
    first, second = await submit(company), await submit(company, "alex", ask=PORTAL)
    company.directory.faults = Faults(calls=("invite",), lost_after=1.0, times=1, lag_seconds=12)
    await decide_only(company, first)
    await company.work()
    await decide_only(company, second)
    await after(company)

    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    for request in (first, second):
        assert (await request_now(company, request)).status is RequestStatus.DELIVERED


async def test_every_write_may_fail_after_its_effect_and_nothing_is_doubled(company: Company) -> None:
    request = await submit(company)
    await decide_only(company, request)
    company.directory.faults = Faults(failing_after=0.5, failing_before=0.2, seed=3, lag_seconds=5)
    await after(company, timedelta(minutes=20))

    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    assert len(company.members(FALCON_MEMBERS)) == 1
    assert len(company.directory.state.contents.assignments) == 1


async def test_being_told_to_wait_holds_that_kind_of_call_back_for_every_replica(
    company: Company, sqlite_url: str
) -> None:
    first, second = await submit(company), await submit(company, ask=BEN, name="Ben Okri")
    company.directory.faults = Faults(calls=("invite",), throttled=1.0, retry_after_seconds=120, times=1)
    await approve(company, first)
    assert len(company.writes("POST", "/invitations")) == 1
    await approve(company, second)
    company.clock.move(timedelta(seconds=100))

    other = open_store(sqlite_url, clock=company.clock, data_keys=DATA_KEYS)
    await other.start()
    try:
        assert await other.claim([JobKind.INVITE], limit=5, lease=TIMINGS.lease) == []
        await company.work()
        assert len(company.writes("POST", "/invitations")) == 1
        company.clock.move(timedelta(seconds=40))
        await after(company)
    finally:
        await other.close()
    for each in (first, second):
        assert (await request_now(company, each)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ana@fabrikam.com": 1, "ben@fabrikam.com": 1})


async def test_access_is_given_as_soon_as_a_guest_who_shows_up_late_can_be_seen(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(lag_seconds=90)
    await approve(company, request)
    await after(company, timedelta(seconds=80))
    assert company.members(FALCON_MEMBERS) == set()
    assert (await request_now(company, request)).status is RequestStatus.DELIVERING

    await after(company)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert len(company.members(FALCON_MEMBERS)) == 1
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})


# --- the last try ----------------------------------------------------------------------------------------------------


async def test_a_step_that_fails_to_its_last_try_is_kept_shown_and_goes_on_from_there(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(calls=("add_member",), failing_before=1.0)
    await approve(company, request)
    await after(company, timedelta(hours=3), timedelta(minutes=5))

    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-unavailable")
    dead = await company.app[STORE].read(lambda tx: tx.jobs.dead(limit=10))
    assert {job.kind for job in dead} == {JobKind.ADD_TO_GROUP}
    assert len(company.writes("POST", "/appRoleAssignedTo")) == 1

    company.directory.faults = Faults()
    await retry(company, request)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert len(company.members(FALCON_MEMBERS)) == len(company.members(GUESTS_FABRIKAM)) == 1
    assert len(company.writes("POST", "/appRoleAssignedTo")) == 1
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    acts = Counter(entry.entry.act for entry in await company.audit(request))
    assert acts[Act.DELIVERY_RETRIED] == acts[Act.DELIVERY_FINISHED] == 1


async def test_a_delivery_that_could_not_begin_begins_when_it_is_retried(company: Company) -> None:
    request = await submit(company)
    await decide_only(company, request)
    company.directory.faults = Faults(failing_before=1.0)
    await after(company, timedelta(hours=3), timedelta(minutes=5))
    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "error-directory-silent")

    company.directory.faults = Faults()
    await retry(company, request)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert len(company.members(FALCON_MEMBERS)) == 1


async def test_an_end_that_fails_for_good_alerts_the_administrators_who_retry_it_by_its_id(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    company.directory.faults = Faults(calls=("remove_member",), failing_before=1.0)
    await company.pass_time(timedelta(days=61))
    await after(company, timedelta(hours=3), timedelta(minutes=5))
    [held] = await held_by(company, request)
    assert held.status is AssignmentStatus.EXPIRING
    assert len(company.members(FALCON_MEMBERS)) == 1
    [alert] = for_administrators(company, "should have ended")
    assert f"{held.id[:3]}-{held.id[3:]}" in words(alert.card)

    company.directory.faults = Faults()
    await company.say("nestor", f"retry {held.id}")
    await company.work()
    assert (await held_by(company, request))[0].status is AssignmentStatus.ENDED
    assert company.members(FALCON_MEMBERS) == company.members(GUESTS_FABRIKAM) == set()


async def test_an_end_that_failed_goes_on_when_it_is_asked_for_again_as_the_alert_says(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    company.directory.faults = Faults(calls=("remove_member",), failing_before=1.0)
    await company.pass_time(timedelta(days=61))
    await after(company, timedelta(hours=3), timedelta(minutes=5))
    [held] = await held_by(company, request)

    company.directory.faults = Faults()
    asked = await company.say("nestor", f"end access {held.id}")
    await company.click("nestor", asked.card, "Yes")
    await company.work()
    assert (await held_by(company, request))[0].status is AssignmentStatus.ENDED
    assert company.members(FALCON_MEMBERS) == set()


# --- people who change meanwhile -------------------------------------------------------------------------------------


async def test_a_guest_who_was_disabled_after_the_approval_is_given_nothing(company: Company) -> None:
    request = await submit(company, ask=SAM, name="Sam Rivera")
    await decide_only(company, request)
    user(company, "sam.rivera@fabrikam.com").properties["accountEnabled"] = False
    await after(company)

    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-guest-disabled")
    assert company.members(FALCON_MEMBERS) == set()
    user(company, "sam.rivera@fabrikam.com").properties["accountEnabled"] = True
    await retry(company, request)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED


async def test_a_guest_who_was_deleted_after_the_approval_is_not_invited_anew(company: Company) -> None:
    request = await submit(company, ask=SAM, name="Sam Rivera")
    await decide_only(company, request)
    sam = user(company, "sam.rivera@fabrikam.com")
    company.directory.state.forget_user(sam)
    await after(company)

    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-guest-deleted")
    assert invitations(company) == Counter()
    sam.deleted = False
    await retry(company, request)
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert company.members(FALCON_MEMBERS) == {sam.id}


@pytest.mark.parametrize("gone", ["disabled", "deleted"])
async def test_a_sponsor_who_is_gone_after_the_approval_has_nobody_invited(company: Company, gone: str) -> None:
    request = await submit(company)
    await decide_only(company, request)
    adele = user(company, "adele.vance@northwindtraders.com")
    if gone == "disabled":
        adele.properties["accountEnabled"] = False
    else:
        company.directory.state.forget_user(adele)
    await after(company)

    stored = await request_now(company, request)
    assert stored.status is RequestStatus.DENIED
    assert "no longer an enabled member" in stored.closed_reason
    assert invitations(company) == Counter()


async def test_two_requests_for_one_guest_at_once_make_one_invitation_and_two_sponsors(company: Company) -> None:
    first = await submit(company)
    second = await submit(company, "alex", ask=PORTAL)
    for request in (first, second):
        await decide_only(company, request)
    await after(company)

    for request in (first, second):
        assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})
    ana = user(company, "ana@fabrikam.com")
    assert set(ana.sponsors) == {company.people["adele"].id, company.people["alex"].id}
    assert company.members(FALCON_MEMBERS) == company.members(SUPPLIER_PORTAL) == {ana.id}


async def test_a_guest_who_is_there_already_is_not_invited_but_gains_sponsor_and_access(company: Company) -> None:
    request = await submit(company, ask=SAM, name="Sam Rivera")
    await approve(company, request)

    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
    assert company.writes("POST", "/invitations") == []
    sam = user(company, "sam.rivera@fabrikam.com")
    assert sam.sponsors == [company.people["adele"].id]
    assert company.members(FALCON_MEMBERS) == {sam.id}
    assert sam.properties["displayName"] == "Sam Rivera"


# --- endings ---------------------------------------------------------------------------------------------------------


async def test_a_group_that_two_packages_give_is_kept_until_the_last_of_them_ends(company: Company) -> None:
    for ask in (ASK, PORTAL):
        await approve(company, await submit(company, ask=ask))
    ana = user(company, "ana@fabrikam.com").id
    assert company.members(GUESTS_FABRIKAM) == {ana}

    await company.pass_time(timedelta(days=62))
    assert company.members(FALCON_MEMBERS) == set()
    assert company.members(GUESTS_FABRIKAM) == company.members(SUPPLIER_PORTAL) == {ana}

    await company.pass_time(timedelta(days=20))
    assert company.members(GUESTS_FABRIKAM) == company.members(SUPPLIER_PORTAL) == set()


async def test_access_that_is_ended_during_its_delivery_is_not_left_behind(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(lag_seconds=90)
    await approve(company, request)
    [held] = await held_by(company, request)
    asked = await company.say("adele", f"end access {held.id}")
    await company.click("adele", asked.card, "Yes")
    await after(company, timedelta(minutes=10))

    assert (await held_by(company, request))[0].status is AssignmentStatus.ENDED
    assert company.members(FALCON_MEMBERS) == company.members(GUESTS_FABRIKAM) == set()
    assert company.directory.state.contents.assignments == {}
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED


async def test_nobody_is_invited_for_access_that_was_ended_before_the_invitation(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(calls=("invite",), throttled=1.0, retry_after_seconds=600, times=1)
    await approve(company, request)
    [held] = await held_by(company, request)
    asked = await company.say("adele", f"end access {held.id}")
    await company.click("adele", asked.card, "Yes")
    await after(company, timedelta(minutes=20), timedelta(seconds=30))

    assert invitations(company) == Counter()
    assert (await held_by(company, request))[0].status is AssignmentStatus.ENDED
    assert not (await request_now(company, request)).status.is_open


async def test_a_step_that_is_under_way_when_its_access_ends_is_taken_back(company: Company) -> None:
    """The group was joined, its answer was lost, and access ended before the job came back to it."""
    request = await submit(company)
    company.directory.faults = Faults(calls=("add_member",), lost_after=1.0, times=1)
    await approve(company, request)
    [held] = await held_by(company, request)
    asked = await company.say("adele", f"end access {held.id}")
    await company.click("adele", asked.card, "Yes")
    await after(company, timedelta(minutes=10))

    assert company.members(FALCON_MEMBERS) == company.members(GUESTS_FABRIKAM) == set()


# --- who may be changed at all (invariant 8) -------------------------------------------------------------------------


def become_employee(guest: StoredUser) -> None:
    guest.properties |= {"userType": "Member", "creationType": None}


async def test_somebody_who_became_an_employee_meanwhile_is_given_nothing_by_us(company: Company) -> None:
    request = await submit(company, ask=SAM, name="Sam Rivera")
    await decide_only(company, request)
    sam = user(company, "sam.rivera@fabrikam.com")
    become_employee(sam)
    await after(company)

    assert (await request_now(company, request)).status is not RequestStatus.DELIVERED
    assert company.directory.journal == ()
    assert (sam.sponsors, company.members(FALCON_MEMBERS)) == ([], set())


async def test_an_employee_is_not_changed_between_two_steps_either(company: Company) -> None:
    """Invited as a guest, and an employee before the directory showed the account to the steps that follow."""
    request = await submit(company)
    company.directory.faults = Faults(lag_seconds=90)
    await approve(company, request)
    become_employee(user(company, "ana@fabrikam.com"))
    await after(company)

    stored = await request_now(company, request)
    assert (stored.status, stored.problem) == (RequestStatus.NEEDS_ATTENTION, "graph-not-a-guest")
    assert company.members(FALCON_MEMBERS) == company.members(GUESTS_FABRIKAM) == set()
    assert company.directory.state.contents.assignments == {}


async def test_an_employee_who_was_a_guest_is_taken_out_of_nothing_and_the_administrators_know(
    company: Company,
) -> None:
    request = await submit(company)
    await approve(company, request)
    ana = user(company, "ana@fabrikam.com")
    become_employee(ana)
    await company.pass_time(timedelta(days=62))

    assert company.members(FALCON_MEMBERS) == {ana.id}
    assert company.writes("DELETE", "") == []
    assert len(for_administrators(company, "should have ended")) == 1
