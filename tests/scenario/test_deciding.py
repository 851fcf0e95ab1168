"""Who may decide, once, and what everybody else is told. Every refusal changes nothing."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.domain.requests import RequestStatus
from bot.domain.shortid import display
from bot.workflow.records import Act
from tests.scenario.company import FALCON_MEMBERS, GENERAL, GUEST_REQUESTS, Company, buttons, words
from tests.scenario.walks import approval_card, approve, id_in, submit

VAULT = "invite ana@fabrikam.com to the design vault for 30 days"


async def status_of(company: Company, request: str) -> RequestStatus:
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    return stored.status


async def click(company: Company, who: str, request: str, button: str = "Approve", **values: object) -> str:
    card = approval_card(company, request).card
    return (await company.click(who, card, button, channel=GUEST_REQUESTS, **values)).said


async def test_a_second_click_changes_nothing_and_shows_the_card_as_it_is(company: Company) -> None:
    request = await submit(company)
    card = approval_card(company, request).card
    first = await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
    second = await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
    assert "Megan Bowen approved" in first.said
    assert "Megan Bowen approved" in second.said
    await company.work()
    assert len(company.writes("POST", "/invitations")) == 1
    assert len([entry for entry in await company.audit(request) if entry.entry.act is Act.REQUEST_APPROVED]) == 1


async def test_of_two_approvers_at_the_same_moment_one_decides_and_the_other_is_told_who(company: Company) -> None:
    request = await submit(company)
    answers = await asyncio.gather(click(company, "megan", request), click(company, "alex", request))
    await company.work()
    assert sum("was first: Approved. Nothing was changed." in said for said in answers) == 1, answers
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    assert len(stored.decisions) == 1
    assert len(company.writes("POST", "/invitations")) == 1


async def test_somebody_who_is_no_approver_is_refused_privately(company: Company) -> None:
    request = await submit(company)
    card = approval_card(company, request)
    before = len(company.teams.shown)
    answered = await company.click("nestor", card.card, "Approve", channel=GUEST_REQUESTS)
    assert answered.body["type"] == "application/vnd.microsoft.activity.message"
    assert await status_of(company, request) is RequestStatus.PENDING
    assert len(company.teams.shown) == before
    assert Act.DECISION_REFUSED in [entry.entry.act for entry in await company.audit(request)]


async def test_the_sponsor_cannot_approve_their_own_request_even_as_an_approver(company: Company) -> None:
    request = await submit(
        company, "megan", ask="invite kim@fabrikam.com to Project Falcon for 30 days", name="Kim Roe"
    )
    said = await click(company, "megan", request)
    assert "own request" in said
    assert await status_of(company, request) is RequestStatus.PENDING


async def test_a_guest_of_the_tenant_is_refused_everywhere_and_learns_nothing(company: Company) -> None:
    request = await submit(company)
    guest = next(key for key in company.people if key.startswith("sam"))
    told = [
        (await company.say(guest, "hello")).said,
        (await company.say(guest, "my requests")).said,
        (await company.say(guest, "invite eve@fabrikam.com to Project Falcon for 60 days")).said,
        (await company.say(guest, f"status {display(request)}")).said,
        (await company.say(guest, f"approve {display(request)}")).said,
        await click(company, guest, request),
    ]
    assert all("Only employees can use this." in said for said in told), told
    assert "Ana" not in "".join(told)
    assert "Falcon" not in "".join(told)
    assert await status_of(company, request) is RequestStatus.PENDING


async def test_a_denial_needs_a_reason_and_the_sponsor_reads_it(company: Company) -> None:
    request = await submit(company)
    assert "reason" in (await click(company, "megan", request, "Deny", **{"deny-reason": "  "})).lower()
    assert await status_of(company, request) is RequestStatus.PENDING
    said = await click(company, "megan", request, "Deny", **{"deny-reason": "No NDA with Fabrikam yet."})
    await company.work()
    assert "Megan Bowen" in said
    assert await status_of(company, request) is RequestStatus.DENIED
    outcome = company.in_chat("adele")[-1].card
    assert "No NDA with Fabrikam yet." in words(outcome)
    assert company.writes("POST", "/invitations") == []


async def test_deciding_by_text_shows_what_it_is_about_and_acts_on_yes(company: Company) -> None:
    request = await submit(company)
    asked = await company.say("megan", f"approve {display(request).lower()}")
    for told in ("Ana Silva", "Project Falcon workspace", "22 Jan"):
        assert told in asked.said
    assert await status_of(company, request) is RequestStatus.PENDING
    await company.say("megan", "yes")
    assert await status_of(company, request) is RequestStatus.APPROVED
    assert "not waiting" in (await company.say("megan", "yes")).said


async def test_denying_by_text_is_done_at_once_with_its_reason(company: Company) -> None:
    request = await submit(company)
    await company.say("megan", f"deny {display(request)} The partner has left the project.")
    assert await status_of(company, request) is RequestStatus.DENIED


async def test_a_mistyped_id_decides_nothing(company: Company) -> None:
    request = await submit(company)
    swapped = request[1] + request[0] + request[2:] if request[0] != request[1] else request[:-1] + "1"
    said = (await company.say("megan", f"approve {swapped}")).said
    assert "is not an id" in said
    assert await status_of(company, request) is RequestStatus.PENDING


async def test_a_yes_to_a_request_that_moved_on_meanwhile_does_nothing(company: Company) -> None:
    request = await submit(company)
    await company.say("megan", f"approve {request}")
    await company.say("alex", f"deny {request} Not now.")
    await company.say("megan", "yes")
    assert await status_of(company, request) is RequestStatus.DENIED


async def test_two_stages_need_different_people_and_the_second_needs_two_of_them(company: Company) -> None:
    request = await vault_request(company)
    card = approval_card(company, request, GENERAL)

    async def approves(who: str) -> str:
        return (await company.click(who, card.card, "Approve", channel=GENERAL)).said

    await approves("joni")
    await company.work()
    assert await status_of(company, request) is RequestStatus.PENDING
    assert "decided an earlier step" in await approves("joni")
    await approves("alex")
    await company.work()
    assert await status_of(company, request) is RequestStatus.PENDING
    await approves("miriam")
    await company.work()
    assert await status_of(company, request) is RequestStatus.DELIVERED


async def test_a_card_of_the_first_stage_decides_nothing_in_the_second(company: Company) -> None:
    request = await vault_request(company)
    old = approval_card(company, request, GENERAL).card
    await company.click("joni", old, "Approve", channel=GENERAL)
    await company.work()
    said = (await company.click("alex", old, "Approve", channel=GENERAL)).said
    assert "changed meanwhile" in said
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    assert len(stored.decisions) == 1


async def vault_request(company: Company) -> str:
    answered = await company.say("adele", VAULT)
    for said in (
        "Ana Silva",
        "Reading the drawings of the housing that we design together with Fabrikam.",
        "all of them",
    ):
        answered = await company.say("adele", said)
    answered = await company.click("adele", answered.card, "Submit")
    await company.work()
    return id_in(answered.said)


async def test_a_forged_nonce_or_another_requests_card_decides_nothing(company: Company) -> None:
    request = await submit(company)
    action = dict(buttons(approval_card(company, request).card)["Approve until 22 Jan"])
    action["data"] = {**action["data"], "nonce": "0" * 32}
    answered = await company.send(
        company.people["megan"].clicks(action, service_url=company.teams.url, channel=GUEST_REQUESTS)
    )
    assert await status_of(company, request) is RequestStatus.PENDING
    assert "no such request" in answered.said


async def test_who_acts_is_never_read_from_card_data(company: Company) -> None:
    request = await submit(company)
    action = dict(buttons(approval_card(company, request).card)["Approve until 22 Jan"])
    megan = company.people["megan"].id
    action["data"] = {**action["data"], "actor": megan, "from": {"aadObjectId": megan}, "approver": megan}
    await company.send(company.people["nestor"].clicks(action, service_url=company.teams.url, channel=GUEST_REQUESTS))
    assert await status_of(company, request) is RequestStatus.PENDING


async def test_a_directory_that_does_not_answer_grants_nothing_and_loses_nothing(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = replace(company.directory.faults, failing_before=1.0)
    said = await click(company, "megan", request)
    assert "again" in said.lower()
    assert await status_of(company, request) is RequestStatus.PENDING
    company.directory.faults = replace(company.directory.faults, failing_before=0.0)
    await click(company, "megan", request)
    assert await status_of(company, request) is RequestStatus.APPROVED


async def test_an_automatic_refresh_shows_the_card_and_edits_nothing(company: Company) -> None:
    request = await submit(company)
    card = approval_card(company, request)
    refresh = card.card["refresh"]
    assert refresh["userIds"]
    edits = card.edits
    answered = await company.send(
        company.people["megan"].clicks(
            refresh["action"], service_url=company.teams.url, channel=GUEST_REQUESTS, automatic=True
        )
    )
    assert "Ana Silva" in answered.said
    assert card.edits == edits


async def test_a_denied_request_leaves_the_group_empty(company: Company) -> None:
    request = await submit(company)
    await click(company, "megan", request, "Deny", **{"deny-reason": "Not this quarter."})
    await company.work()
    assert company.members(FALCON_MEMBERS) == set()


@pytest.mark.parametrize("choice", ["approve", "deny"])
async def test_text_decisions_work_in_the_channel_too(company: Company, choice: str) -> None:
    request = await submit(company)
    await company.say("megan", f"<at>Partner Access</at> {choice} {request} agreed", channel=GUEST_REQUESTS)
    await company.say("megan", "<at>Partner Access</at> yes", channel=GUEST_REQUESTS)
    expected = RequestStatus.APPROVED if choice == "approve" else RequestStatus.DENIED
    assert await status_of(company, request) is expected


async def test_approving_after_delivery_says_that_it_is_done(company: Company) -> None:
    request = await submit(company)
    card = approval_card(company, request).card
    await approve(company, request)
    said = (await company.click("alex", card, "Approve", channel=GUEST_REQUESTS)).said
    assert "Megan Bowen" in said
