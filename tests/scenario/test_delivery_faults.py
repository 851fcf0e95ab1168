"""Deliveries while the directory misbehaves or people change, on a clock that the test moves."""

from collections import Counter
from datetime import timedelta

import pytest

from app import STORE
from bot.domain.requests import RequestStatus
from bot.sandbox.faults import Faults
from bot.store.open import open_store
from bot.workflow.records import Act, JobKind
from tests.databases import DATA_KEYS
from tests.scenario.company import FALCON_MEMBERS, GENERAL, GUESTS_FABRIKAM, TIMINGS, Company, buttons, words
from tests.scenario.deliveries import (
    BEN,
    PORTAL,
    SAM,
    SUPPLIER_PORTAL,
    after,
    become_employee,
    decide_only,
    for_administrators,
    invitations,
    request_now,
    retry,
    user,
)
from tests.scenario.walks import approve, submit

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


async def test_invitations_go_on_even_if_the_request_that_is_retried_is_denied_by_now(company: Company) -> None:
    first, second = await submit(company), await submit(company, "alex", ask=BEN, name="Ben Okri")
    company.directory.faults = Faults(directory_blocked=True)
    for request in (first, second):
        await decide_only(company, request)
    await after(company)
    user(company, "adele.vance@northwindtraders.com").properties["accountEnabled"] = False
    company.directory.faults = Faults()
    await retry(company, first)
    await after(company)

    assert (await request_now(company, first)).status is RequestStatus.DENIED
    assert (await request_now(company, second)).status is RequestStatus.DELIVERED
    assert invitations(company) == Counter({"ben@fabrikam.com": 1})


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


# --- who may be changed at all (invariant 8) -------------------------------------------------------------------------


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


async def test_a_resent_invitation_that_was_throttled_goes_out_when_the_time_is_over(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    company.directory.faults = Faults(calls=("invite",), throttled=1.0, retry_after_seconds=60, times=1)
    card = next(
        shown.card for shown in reversed(company.in_chat("adele")) if "Resend invitation" in buttons(shown.card)
    )
    for _ in range(2):
        await company.click("adele", card, "Resend invitation")
    await company.work()
    assert invitations(company) == Counter({"ana@fabrikam.com": 1})

    await after(company)
    assert invitations(company) == Counter({"ana@fabrikam.com": 2})
    assert (await request_now(company, request)).status is RequestStatus.DELIVERED
