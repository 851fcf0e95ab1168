"""The whole main job: asked in a chat, decided in a channel, invited, told, redeemed, and ended."""

from datetime import timedelta

from tests.scenario.company import FALCON_MEMBERS, GUESTS_FABRIKAM, Company, words
from tests.scenario.walks import WHY, approval_card, approve, id_in, review, submit


async def test_a_request_is_asked_for_decided_delivered_and_told(company: Company) -> None:
    reviewed = await review(company)
    assert "Needs Megan Bowen or 3 others in Guest approvers" in reviewed.said
    assert company.writes("POST", "/invitations") == []

    request = await submit_from(company, reviewed.card)
    card = approval_card(company, request)
    for told in ("Adele Vance", "Product Manager", "Miriam Graham", "Ana Silva", "Project Falcon workspace", WHY):
        assert told in words(card.card)

    await approve(company, request)
    assert "Megan Bowen approved" in words(card.card)
    [invitation] = company.writes("POST", "/invitations")
    assert invitation.body["invitedUserEmailAddress"] == "ana@fabrikam.com"
    assert invitation.body["inviteRedirectUrl"].startswith("https://falcon.northwindtraders.com")
    assert invitation.body["invitedUserSponsors"] == [{"id": company.people["adele"].id}]
    assert len(company.members(FALCON_MEMBERS)) == 1
    assert len(company.members(GUESTS_FABRIKAM)) == 1
    assert len(company.writes("POST", "/appRoleAssignedTo")) == 1
    progress, outcome = company.in_chat("adele")[-2:]
    assert progress.edits > 0
    assert "Access given" in words(progress.card)
    assert "Ana Silva" in words(outcome.card)


async def submit_from(company: Company, card: object) -> str:
    answered = await company.click("adele", card, "Submit")
    await company.work()
    return id_in(answered.said)


async def test_access_ends_on_its_day_after_two_warnings(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    before = len(company.in_chat("adele"))

    await company.pass_time(timedelta(days=59))
    told = [words(shown.card) for shown in company.in_chat("adele")[before:]]
    assert sum("14 days" in text or "3 days" in text for text in told) >= 2
    assert len(company.members(FALCON_MEMBERS)) == 1

    await company.pass_time(timedelta(days=2))
    assert company.members(FALCON_MEMBERS) == set()
    assert company.members(GUESTS_FABRIKAM) == set()
    assert len(company.writes("DELETE", "/appRoleAssignedTo")) == 1
    assert "ended" in words(company.in_chat("adele")[-1].card)
    progress = next(shown for shown in company.in_chat("adele") if "Access given" in words(shown.card))
    assert "This access has ended." in words(progress.card)
