"""Endings while the directory misbehaves, or while a delivery is still under way."""

import asyncio
from collections import Counter
from datetime import timedelta

from app import STORE, WORKER
from bot.domain.assignments import AssignmentStatus
from bot.domain.requests import RequestStatus
from bot.sandbox.faults import Faults
from bot.workflow.ending import begin_end
from bot.workflow.records import JobKind
from tests.scenario.company import FALCON_MEMBERS, GUESTS_FABRIKAM, TIMINGS, Company, words
from tests.scenario.deliveries import (
    PORTAL,
    SUPPLIER_PORTAL,
    after,
    become_employee,
    for_administrators,
    held_by,
    invitations,
    request_now,
    user,
)
from tests.scenario.walks import ASK, approve, submit


async def test_a_group_that_two_packages_give_is_kept_until_the_last_of_them_ends(company: Company) -> None:
    for ask in (ASK, PORTAL):
        await approve(company, await submit(company, ask=ask))
    ana = user(company, "ana@fabrikam.com").id
    assert company.members(GUESTS_FABRIKAM) == {ana}

    await company.pass_time(timedelta(days=62))
    assert company.members(FALCON_MEMBERS) == set()
    assert company.members(GUESTS_FABRIKAM) == company.members(SUPPLIER_PORTAL) == {ana}
    # Not even for a moment was it taken.
    assert company.writes("DELETE", GUESTS_FABRIKAM) == []

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


async def test_access_that_ends_while_its_steps_write_is_taken_back_after_them(company: Company) -> None:
    """The clearing overtakes the steps: what they give arrives when it has looked already."""
    request = await submit(company)
    company.directory.faults = Faults(lag_seconds=30)
    await approve(company, request)
    [held] = await held_by(company, request)
    company.clock.move(timedelta(seconds=60))
    company.directory.faults = Faults(latency_seconds=0.15)
    store, worker = company.app[STORE], company.app[WORKER]
    kinds = [JobKind.ADD_TO_GROUP, JobKind.ASSIGN_APP_ROLE]
    giving = [asyncio.create_task(worker.run(job)) for job in await store.claim(kinds, limit=9, lease=TIMINGS.lease)]
    assert len(giving) == 3
    await asyncio.sleep(0.05)
    await store.transact(lambda tx: begin_end(tx, company.desk, held, None))
    [clearing] = await store.claim([JobKind.END_ASSIGNMENT], limit=1, lease=TIMINGS.lease)
    await asyncio.gather(worker.run(clearing), *giving)
    company.directory.faults = Faults()
    await after(company)

    assert (await held_by(company, request))[0].status is AssignmentStatus.ENDED
    assert company.members(FALCON_MEMBERS) == company.members(GUESTS_FABRIKAM) == set()
    assert company.directory.state.contents.assignments == {}


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
