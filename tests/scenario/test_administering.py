"""What administrators do and see: binding channels, retrying what stopped, the audit trail."""

import json
import logging
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from app import STORE
from bot.cli.trail import entries_about
from bot.domain.requests import RequestStatus
from bot.domain.shortid import display
from bot.workflow.records import Act
from tests.scenario.company import GENERAL, GUEST_REQUESTS, Company, buttons, running_company, words
from tests.scenario.walks import approve, review, submit


@pytest.fixture
async def unbound(sqlite_url: str) -> AsyncIterator[Company]:
    async with running_company(sqlite_url, bound=False) as running:
        yield running


async def test_a_channel_is_bound_by_an_administrator_and_by_nobody_else(unbound: Company) -> None:
    refused = await unbound.say("megan", "approvals here guest-requests", channel=GUEST_REQUESTS)
    assert "administrator" in refused.said.lower()
    assert await unbound.desk.store.read(lambda tx: tx.conversations.bindings()) == {}
    await unbound.say("nestor", "approvals here guest-requests", channel=GUEST_REQUESTS)
    assert await unbound.desk.store.read(lambda tx: tx.conversations.bindings()) == {"guest-requests": GUEST_REQUESTS}
    await submit(unbound)
    assert "Ana Silva" in words(unbound.in_channel()[0].card)


async def test_nothing_is_submitted_into_a_channel_that_nobody_bound_and_the_draft_stays(unbound: Company) -> None:
    reviewed = await review(unbound)
    refused = await unbound.click("adele", reviewed.card, "Submit")
    assert "guest-requests" in refused.said
    assert await unbound.desk.store.read(lambda tx: tx.drafts.get(unbound.people["adele"].id)) is not None


async def test_a_channel_name_that_policy_does_not_have_is_refused_with_those_it_has(unbound: Company) -> None:
    refused = await unbound.say("nestor", "approvals here guest-request", channel=GUEST_REQUESTS)
    assert "guest-requests" in refused.said
    assert await unbound.desk.store.read(lambda tx: tx.conversations.bindings()) == {}


@pytest.mark.parametrize("kind", ["private", "shared"])
async def test_private_and_shared_channels_are_refused(unbound: Company, kind: str) -> None:
    unbound.teams.channels = [{"id": GUEST_REQUESTS, "name": "Guest requests", "type": kind}]
    await unbound.say("nestor", "approvals here guest-requests", channel=GUEST_REQUESTS)
    assert await unbound.desk.store.read(lambda tx: tx.conversations.bindings()) == {}


async def test_a_team_with_guests_is_refused(unbound: Company) -> None:
    unbound.teams.members = [{"id": "29:x", "name": "Sam", "userRole": "guest", "tenantId": "other"}]
    refused = await unbound.say("nestor", "approvals here guest-requests", channel=GUEST_REQUESTS)
    assert "guest" in refused.said.lower()
    assert await unbound.desk.store.read(lambda tx: tx.conversations.bindings()) == {}


async def test_what_stopped_is_told_with_its_reason_and_goes_on_by_retry(company: Company) -> None:
    company.directory.faults = replace(company.directory.faults, blocked_domains=("fabrikam.com",))
    request = await submit(company)
    await approve(company, request)
    [alert] = company.in_channel(GENERAL)
    assert "Retry" in "".join(buttons(alert.card))
    assert "Ana Silva" in words(alert.card)
    told = words(company.in_chat("adele")[-1].card)
    assert "administrators" in told.lower() or "administrator" in told.lower()

    refused = await company.click("megan", alert.card, "Retry", channel=GENERAL)
    assert "administrator" in refused.said.lower()

    company.directory.faults = replace(company.directory.faults, blocked_domains=())
    await company.click("nestor", alert.card, "Retry", channel=GENERAL)
    await company.work()
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    assert stored.status is RequestStatus.DELIVERED


async def test_the_audit_trail_tells_every_step_with_who_when_and_revision(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    entries = await entries_about(company.app[STORE], display(request))
    acts = [entry.entry.act for entry in entries if entry.entry.subject == request]
    assert acts[:2] == [Act.REQUEST_SUBMITTED, Act.REQUEST_APPROVED]
    assert acts[-1] is Act.DELIVERY_FINISHED
    assert Act.INVITATION_SENT in acts
    approved = entries[1].entry
    assert approved.actor == company.people["megan"].id
    assert all(entry.entry.revision == company.desk.policy().revision for entry in entries)
    assert (await entries_about(company.app[STORE], "Ana@Fabrikam.com")) == entries
    assert (await company.app[STORE].verify_audit()).whole


async def test_no_secret_is_on_a_card_or_in_the_log(company: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await approve(company, await submit(company))
    [invitation] = company.directory.state.contents.invitations
    everything = json.dumps([shown.activity for shown in company.teams.shown]) + caplog.text
    for secret in (
        invitation.ticket,
        "sandbox-secret",
        "secret of the tests",
        *map(str, company.teams.authorizations[:1]),
    ):
        assert secret not in everything
    bare = await company.desk.store.read(lambda tx: tx.guests.redeem_url("ana@fabrikam.com"))
    assert bare is not None
    assert invitation.ticket in bare
