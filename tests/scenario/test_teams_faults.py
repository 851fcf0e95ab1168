"""Cards while Teams misbehaves: none is lost, none shows something old for good, and nothing is decided twice."""

from datetime import timedelta

from app import STORE
from bot.domain.requests import RequestStatus
from bot.workflow.records import Posting
from tests.scenario.company import GENERAL, Company, words
from tests.scenario.walks import approval_card, approve, id_in, review, submit

SOON = timedelta(minutes=2)
STEP = timedelta(seconds=5)


async def postings(company: Company, request_id: str) -> list[Posting]:
    return list(await company.app[STORE].read(lambda tx: tx.postings.about(request_id)))


async def status(company: Company, request_id: str) -> RequestStatus:
    found = await company.app[STORE].read(lambda tx: tx.requests.get(request_id))
    assert found is not None
    return found.status


def alerts(company: Company) -> list[str]:
    cards = [words(shown.card) for shown in company.in_channel(GENERAL)]
    return [text for text in cards if "Teams does not let me write" in text]


async def test_a_card_that_somebody_deleted_is_posted_anew_and_kept_up_to_date_from_then_on(company: Company) -> None:
    request = await submit(company)
    old = approval_card(company, request)
    old.deleted = True
    await company.click("megan", old.card, "Approve", channel=old.conversation_id)
    await company.work()

    new = company.in_channel()[-1]
    assert new is not old and "Megan Bowen approved" in words(new.card)
    [approval] = [each for each in await postings(company, request) if each.channel == "guest-requests"]
    assert (approval.conversation_id, approval.activity_id) == (new.conversation_id, new.activity_id)
    assert approval.shown == approval.wanted


async def test_a_sponsor_who_blocked_the_bot_is_marked_and_the_administrators_told_once(company: Company) -> None:
    request = await submit(company)
    before = len(company.in_chat("adele"))
    company.teams.fail(403, code="ConversationBlockedByUser", times=100, path=company.people["adele"].chat_id)
    await company.click("megan", approval_card(company, request).card, "Approve", channel=GENERAL)
    await company.work()
    await company.pass_time(SOON, step=STEP)

    assert await status(company, request) is RequestStatus.DELIVERED
    assert len(company.in_chat("adele")) == before
    blocked = [each for each in await postings(company, request) if each.person == company.people["adele"].id]
    assert len(blocked) == 2 and all(each.unreachable for each in blocked)
    assert len(alerts(company)) == 1


async def test_a_channel_that_the_bot_was_removed_from_is_told_to_the_administrators(company: Company) -> None:
    reviewed = await review(company)
    await company.click("adele", reviewed.card, "Submit")
    company.teams.fail(403, code="BotNotInConversationRoster", method="POST", path="/v3/conversations", times=2)
    await company.work()
    await company.pass_time(SOON, step=STEP)
    assert any("guest-requests" in text for text in alerts(company))


async def test_a_card_that_teams_refuses_for_good_is_told_to_the_administrators(company: Company) -> None:
    reviewed = await review(company)
    await company.click("adele", reviewed.card, "Submit")
    company.teams.fail(500, method="POST", times=2)
    await company.work()
    await company.pass_time(SOON, step=STEP)
    assert any("guest-requests" in text for text in alerts(company))


async def test_a_channel_that_is_throttled_gets_its_card_when_the_time_is_over(company: Company) -> None:
    reviewed = await review(company)
    await company.click("adele", reviewed.card, "Submit")
    company.teams.fail(429, retry_after="60", method="POST", times=2)
    await company.work()
    company.clock.move(timedelta(seconds=50))
    await company.work()
    assert company.in_channel() == []

    company.clock.move(timedelta(seconds=11))
    await company.work()
    assert len(company.in_channel()) == 1
    assert alerts(company) == []


async def test_a_card_whose_answer_was_lost_may_stand_twice_and_is_decided_once(company: Company) -> None:
    reviewed = await review(company)
    answered = await company.click("adele", reviewed.card, "Submit")
    company.teams.fail(504, method="POST", times=2, after=True)
    await company.work()
    await company.pass_time(SOON, step=STEP)
    request = id_in(answered.said)
    orphan, linked = company.in_channel()
    [approval] = [each for each in await postings(company, request) if each.channel == "guest-requests"]
    assert approval.activity_id == linked.activity_id

    first = await company.click("megan", orphan.card, "Approve", channel=orphan.conversation_id)
    second = await company.click("alex", linked.card, "Approve", channel=linked.conversation_id)
    assert "Megan Bowen approved" in first.said
    assert "Megan Bowen was first" in second.said
    await company.work()
    assert await status(company, request) is RequestStatus.DELIVERED
    assert len(company.writes("POST", "/invitations")) == 1
    assert "Megan Bowen approved" in words(linked.card)


async def test_teams_that_is_down_for_an_hour_delays_cards_and_no_delivery(company: Company) -> None:
    request = await submit(company)
    card = approval_card(company, request).card
    company.teams.fail(503, times=10_000)
    await company.click("megan", card, "Approve", channel=GENERAL)
    await company.pass_time(timedelta(hours=1), step=timedelta(minutes=1))
    assert await status(company, request) is RequestStatus.DELIVERED

    company.teams.mend()
    await company.pass_time(timedelta(hours=1), step=timedelta(minutes=1))
    assert all(each.shown == each.wanted for each in await postings(company, request))
    assert any("Ana Silva" in words(shown.card) for shown in company.in_chat("adele"))


async def test_approve_still_works_where_nothing_fails(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    assert alerts(company) == []
