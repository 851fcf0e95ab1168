"""Freezing: submissions, approvals and deliveries wait in every replica, are not lost, and go on by themselves."""

from datetime import timedelta

import pytest

from app import STORE, WORKER
from bot.domain.requests import RequestStatus
from bot.workflow.frozen import HELD_KINDS
from bot.workflow.records import Act
from tests.scenario.company import FALCON_MEMBERS, GENERAL, GUEST_REQUESTS, Company, running_company, words
from tests.scenario.walks import approval_card, review, submit

WHY = "Audit under way."


async def status_of(company: Company, request: str) -> RequestStatus:
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    return stored.status


async def approve_card(company: Company, request: str) -> str:
    card = approval_card(company, request).card
    return (await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)).said


@pytest.mark.parametrize("what", ["all", "fabrikam", "project-falcon", "eu.fabrikam.com", "FABRIKAM"])
async def test_nothing_is_submitted_the_sponsor_is_told_why_and_the_draft_stays(company: Company, what: str) -> None:
    reviewed = await review(company)
    await company.say("nestor", f"freeze {what} {WHY}", channel=GENERAL)
    refused = await company.click("adele", reviewed.card, "Submit")
    assert WHY in refused.said
    assert await company.desk.store.read(lambda tx: tx.requests.all_after("", limit=5)) == []
    await company.say("nestor", f"unfreeze {what}", channel=GENERAL)
    assert "Submitted as" in (await company.click("adele", reviewed.card, "Submit")).said


async def test_what_is_not_frozen_goes_on(company: Company) -> None:
    await company.say("nestor", f"freeze supplier-portal {WHY}", channel=GENERAL)
    request = await submit(company)
    await approve_card(company, request)
    await company.work()
    assert await status_of(company, request) is RequestStatus.DELIVERED


async def test_an_approval_waits_and_a_denial_does_not(company: Company) -> None:
    first = await submit(company)
    second = await submit(company, ask="invite ben@fabrikam.com to Project Falcon for 60 days", name="Ben")
    await company.say("nestor", f"freeze fabrikam {WHY}", channel=GENERAL)
    assert WHY in await approve_card(company, first)
    assert WHY in (await company.say("megan", f"approve {first}", channel=GUEST_REQUESTS)).said
    assert await status_of(company, first) is RequestStatus.PENDING
    card = approval_card(company, second).card
    await company.click("megan", card, "Deny", channel=GUEST_REQUESTS, **{"deny-reason": "Not needed."})
    assert await status_of(company, second) is RequestStatus.DENIED
    await company.say("nestor", "unfreeze fabrikam", channel=GENERAL)
    await approve_card(company, first)
    assert await status_of(company, first) is RequestStatus.APPROVED


async def test_a_delivery_is_held_before_its_first_write_and_goes_on_by_itself(company: Company) -> None:
    request = await submit(company)
    await approve_card(company, request)
    await company.say("nestor", f"freeze all {WHY}", channel=GENERAL)
    await company.work()
    assert await status_of(company, request) is RequestStatus.APPROVED
    assert company.directory.journal == ()
    said = (await company.say("adele", f"status {request}")).said
    assert WHY in said
    await company.say("nestor", "unfreeze all", channel=GENERAL)
    await company.work()
    assert await status_of(company, request) is RequestStatus.DELIVERED


async def test_a_delivery_under_way_is_held_between_its_steps(company: Company) -> None:
    request = await submit(company)
    await approve_card(company, request)
    store = company.app[STORE]
    for _ in ("begun", "invited"):
        [job] = await store.claim(HELD_KINDS, limit=20, lease=company.desk.timings.lease)
        await company.app[WORKER].run(job)
    invited = company.writes("POST", "/invitations")
    await company.say("nestor", f"freeze project-falcon {WHY}", channel=GENERAL)
    await company.work()
    assert await status_of(company, request) is RequestStatus.DELIVERING
    assert invited and company.members(FALCON_MEMBERS) == set()
    assert await store.read(lambda tx: tx.jobs.dead(limit=5)) == []
    await company.say("nestor", "unfreeze project-falcon", channel=GENERAL)
    await company.work()
    assert await status_of(company, request) is RequestStatus.DELIVERED


async def test_an_end_is_never_held(company: Company) -> None:
    request = await submit(company)
    await approve_card(company, request)
    await company.work()
    [held] = await company.desk.store.read(lambda tx: tx.assignments.of_request(request))
    await company.say("nestor", f"freeze all {WHY}", channel=GENERAL)
    await company.say("adele", f"end access {held.id}")
    await company.say("adele", "yes")
    await company.work()
    assert company.members(FALCON_MEMBERS) == set()


async def test_only_an_administrator_freezes_with_a_reason_and_what_there_is(company: Company) -> None:
    assert "administrator" in (await company.say("megan", f"freeze all {WHY}", channel=GENERAL)).said.lower()
    assert "reason" in (await company.say("nestor", "freeze all", channel=GENERAL)).said
    unknown = await company.say("nestor", f"freeze fabricam {WHY}", channel=GENERAL)
    assert "fabrikam" in unknown.said
    assert await company.desk.store.read(lambda tx: tx.freezes.all()) == []
    await company.say("nestor", f"freeze all {WHY}", channel=GENERAL)
    assert "administrator" in (await company.say("megan", "unfreeze all", channel=GENERAL)).said.lower()
    assert len(await company.desk.store.read(lambda tx: tx.freezes.all())) == 1


async def test_a_freeze_is_audited_and_told_in_the_administrators_channel(company: Company) -> None:
    await company.say("nestor", f"凍結 fabrikam {WHY}")
    await company.say("nestor", "解除凍結 fabrikam")
    await company.work()
    entries = await company.audit("freeze:fabrikam")
    assert [each.entry.act for each in entries] == [Act.FROZEN, Act.UNFROZEN]
    assert entries[0].entry.actor == company.people["nestor"].id
    assert entries[0].entry.details == {"kind": "partner", "key": "fabrikam"}
    assert entries[0].texts is not None and entries[0].texts["reason"] == WHY
    frozen, lifted = company.in_channel(GENERAL)
    assert "Nestor" in words(frozen.card) and WHY in words(frozen.card)
    assert "lifted" in words(lifted.card)


async def test_an_answer_that_begins_with_the_word_is_an_answer(company: Company) -> None:
    for said in ("invite ana@fabrikam.com to Project Falcon for 60 days", "Ana Silva"):
        await company.say("adele", said)
    await company.say("adele", "Freeze all drawings of Falcon with Fabrikam in review.")
    draft = await company.desk.store.read(lambda tx: tx.drafts.get(company.people["adele"].id))
    assert draft is not None
    assert draft.justification == "Freeze all drawings of Falcon with Fabrikam in review."


async def test_it_holds_in_every_replica_from_the_next_transaction_on(postgres_url: str) -> None:
    async with running_company(postgres_url) as company, company.replica() as other:
        reviewed = await review(company)
        waiting = await submit(company, "grady", ask="invite ben@contoso.com to Project Falcon for 30 days", name="Ben")
        await other.say("nestor", f"freeze all {WHY}", channel=GENERAL)
        assert WHY in (await company.click("adele", reviewed.card, "Submit")).said
        assert WHY in await approve_card(company, waiting)
        await company.say("nestor", "unfreeze all", channel=GENERAL)
        await approve_card(other, waiting)
        await other.say("nestor", f"freeze all {WHY}", channel=GENERAL)
        await company.work()
        assert company.directory.journal == ()
        await company.say("nestor", "unfreeze all", channel=GENERAL)
        await other.work()
        assert await status_of(company, waiting) is RequestStatus.DELIVERED


async def test_a_deadline_that_comes_while_frozen_leaves_a_day_to_decide(company: Company) -> None:
    request = await submit(company)
    await company.say("nestor", f"freeze all {WHY}", channel=GENERAL)
    await company.pass_time(timedelta(days=6))
    assert await status_of(company, request) is RequestStatus.PENDING
    await company.say("nestor", "unfreeze all", channel=GENERAL)
    await company.work()
    assert await status_of(company, request) is RequestStatus.PENDING
    await company.pass_time(timedelta(days=2))
    assert await status_of(company, request) is RequestStatus.LAPSED
