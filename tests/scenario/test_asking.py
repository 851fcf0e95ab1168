"""A sponsor in their chat: asked one question at a time, told at once what is wrong, never losing an answer."""

import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from bot.domain.requests import RequestStatus
from bot.domain.shortid import display
from tests.scenario.company import FALCON_MEMBERS, GUEST_REQUESTS, Company, buttons, inputs, running_company, words
from tests.scenario.walks import ASK, CODE, WHY, approve, id_in, review, submit


async def test_the_welcome_says_what_this_is_and_begins_with_one_button(company: Company) -> None:
    installed = await company.send(company.people["adele"].installs(service_url=company.teams.url))
    assert "Adele" in installed.said
    answered = await company.click("adele", installed.card, next(iter(buttons(installed.card))))
    assert "address" in answered.said


async def test_first_contact_speaks_the_persons_preferred_language(company: Company) -> None:
    person = next(person for person in company.people.values() if person.name.startswith("Li Wei"))
    activity = person.installs(service_url=company.teams.url)
    del activity["locale"]
    installed = await company.send(activity)
    assert "來賓" in installed.said


async def test_every_question_can_be_answered_by_card(company: Company) -> None:
    answered = await company.say("adele", "request access")
    for filled in (
        {"ana@fabrikam.com"},
        {"Ana Silva"},
        {"project-falcon"},
        {"60 days"},
        {WHY},
        {CODE},
    ):
        [value] = filled
        field = next(iter(inputs(answered.card)))
        answered = await company.click("adele", answered.card, "Next", **{field: value})
    assert "Submit request" in buttons(answered.card)


async def test_going_back_and_changing_one_answer_lose_no_other(company: Company) -> None:
    reviewed = await review(company)
    asked = await company.say("adele", "change duration")
    assert "2027-01-22" in words(asked.card) or "22 Jan 2027" in words(asked.card)
    changed = await company.say("adele", "30 days")
    assert "23 Dec 2026" in words(changed.card)
    for kept in ("Ana Silva", "ana@fabrikam.com", WHY, CODE):
        assert kept in words(changed.card)
    went_back = await company.say("adele", "back")
    again = await company.say("adele", CODE)
    assert "Submit request" in buttons(again.card), (went_back.said, again.said)
    assert reviewed.card["type"] == "AdaptiveCard"


async def test_cancel_drops_the_draft_and_start_over_begins_an_empty_one(company: Company) -> None:
    await review(company)
    anew = await company.say("adele", "start over")
    assert "ana@fabrikam.com" not in words(anew.card)
    await company.say("adele", "cancel")
    assert await company.desk.store.read(lambda tx: tx.drafts.get(company.people["adele"].id)) is None


@pytest.mark.parametrize(
    "pasted",
    [
        "Ana Silva <ana@fabrikam.com>",
        "mailto:ana@fabrikam.com?subject=hi",
        "ana@fabrikam.com\N{NO-BREAK SPACE}",
        "ANA@Fabrikam.COM.",
        "\N{ZERO WIDTH SPACE}ana@fabrikam.com",
        "Ana Silva\nDesign lead, Fabrikam\n+1 555 0100\nana@fabrikam.com",
    ],
)
async def test_an_address_is_taken_out_of_whatever_is_pasted(company: Company, pasted: str) -> None:
    await company.say("adele", "request access")
    answered = await company.say("adele", pasted)
    assert "ana@fabrikam.com" in words(answered.card)
    assert "name" in answered.said.lower()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ana@fabrikam.com, ben@fabrikam.com", "ben@fabrikam.com"),
        ("ana+x@fabrikam.com", "+"),
        ("ana@northwindtraders.com", "colleague"),
        ("ana at fabrikam", "address"),
        ("ana@gmail.com", "work address"),
    ],
)
async def test_an_address_that_does_not_do_is_said_at_once_and_asked_again(
    company: Company, typed: str, told: str
) -> None:
    await company.say("adele", "request access")
    answered = await company.say("adele", typed)
    assert told in answered.said
    assert any(title.startswith(("Next", "Back", "Cancel")) for title in buttons(answered.card))


async def test_a_guest_whom_policy_refuses_is_said_at_once_and_another_address_mends_it(company: Company) -> None:
    await company.say("adele", "request access")
    refused = await company.say("adele", "ana@gmail.com")
    assert "work address" in refused.said
    assert "address" in next(iter(inputs(refused.card).values()))["label"].lower()
    mended = await company.say("adele", "ana@fabrikam.com")
    assert "name" in next(iter(inputs(mended.card).values()))["label"].lower()
    assert "gmail" not in words(mended.card)


async def test_a_duration_policy_does_not_allow_says_which_it_does_and_is_mended(company: Company) -> None:
    await company.say("adele", "invite ana@fabrikam.com to Project Falcon")
    await company.say("adele", "Ana Silva")
    refused = await company.say("adele", "a year")
    assert "90" in refused.said
    answered = await company.say("adele", "90 days")
    assert "90" in words(answered.card) or "21 Feb 2027" in words(answered.card)


async def test_a_redelivered_message_never_answers_the_next_question(company: Company) -> None:
    await company.say("adele", ASK)
    activity = company.people["adele"].says("Ana Silva", service_url=company.teams.url)
    first = await company.send(activity)
    again = await company.send(activity)
    with_another_id = await company.send({**activity, "id": "another-id"})
    assert words(first.card) == words(again.card) == words(with_another_id.card)


async def test_a_click_on_an_old_card_shows_the_present_question(company: Company) -> None:
    first = await company.say("adele", "request access")
    await company.say("adele", "ana@fabrikam.com")
    field = next(iter(inputs(first.card)))
    answered = await company.click("adele", first.card, "Next", **{field: "eve@fabrikam.com"})
    assert "eve@fabrikam.com" not in words(answered.card)
    assert "ana@fabrikam.com" in words(answered.card)


async def test_a_draft_survives_a_restart_and_goes_on(sqlite_url: str) -> None:
    async with running_company(sqlite_url) as company:
        await company.say("adele", ASK)
    async with running_company(sqlite_url) as company:
        offered = await company.say("adele", "request access")
        answered = await company.click("adele", offered.card, next(iter(buttons(offered.card))))
        assert "ana@fabrikam.com" in words(answered.card)


async def test_asked_in_a_channel_the_bot_goes_on_in_the_persons_own_chat(company: Company) -> None:
    said = await company.say("adele", f"<at>Partner Access</at> {ASK}", channel=GUEST_REQUESTS)
    assert "ana@fabrikam.com" not in said.said
    await company.work()
    assert "ana@fabrikam.com" in words(company.in_chat("adele")[-1].card)


async def test_a_double_click_on_submit_makes_one_request(company: Company) -> None:
    reviewed = await review(company)
    first = await company.click("adele", reviewed.card, "Submit")
    second = await company.click("adele", reviewed.card, "Submit")
    assert id_in(first.said) == id_in(second.said)
    count = await company.desk.store.read(lambda tx: tx.requests.count_of_sponsor(company.people["adele"].id))
    assert count == 1


async def test_a_request_under_way_for_the_same_guest_is_named(company: Company) -> None:
    request = await submit(company)
    answered = await company.say("adele", ASK)
    assert display(request) in answered.said


async def test_access_that_is_held_already_is_named_with_its_end(company: Company) -> None:
    await approve(company, await submit(company))
    answered = await company.say("grady", ASK)
    assert "22 Jan 2027" in answered.said


async def test_a_preapproved_sponsor_is_granted_at_once(company: Company) -> None:
    reviewed = await review(company, "grady", ask="invite ana@fabrikam.com to Project Falcon for 180 days")
    assert "at once" in reviewed.said.lower()
    await company.click("grady", reviewed.card, "Submit")
    await company.work()
    assert len(company.members(FALCON_MEMBERS)) == 1
    assert company.in_channel() == []


async def test_a_withdrawn_request_can_be_asked_again_from_it(company: Company) -> None:
    request = await submit(company)
    withdrawn = await company.say("adele", f"withdraw {display(request)}")
    assert "ithdrawn" in withdrawn.said
    await company.work()
    card = company.in_channel()[0]
    assert "ithdrawn" in words(card.card)
    late = await company.say("megan", f"approve {request}")
    assert "ithdrawn" in late.said
    again = await company.click("adele", withdrawn.card, "Ask again")
    for kept in ("ana@fabrikam.com", WHY, CODE):
        assert kept in words(again.card)


async def test_another_like_this_copies_all_but_the_guest(company: Company) -> None:
    request = await submit(company)
    answered = await company.say("adele", f"another {display(request)}")
    assert "ana@fabrikam.com" not in words(answered.card)
    await company.say("adele", "ben@fabrikam.com")
    answered = await company.say("adele", "Ben Li")
    assert "Submit request" in buttons(answered.card), answered.said
    assert WHY in words(answered.card)


async def test_my_requests_and_status_show_only_ones_own(company: Company) -> None:
    request = await submit(company)
    assert display(request) in (await company.say("adele", "my requests")).said
    assert display(request) not in (await company.say("grady", "my requests")).said
    assert "Ana" not in (await company.say("grady", f"status {display(request)}")).said
    assert "Ana Silva" in (await company.say("megan", f"status {display(request)}")).said


async def test_my_guests_can_be_extended_and_ended(company: Company) -> None:
    await approve(company, await submit(company))
    await company.pass_time(timedelta(days=30))
    listed = await company.say("adele", "my guests")
    assert "Ana Silva" in listed.said
    asked = await company.click("adele", listed.card, "Extend")
    await company.say("adele", "until 1 March")
    await company.say("adele", "The review goes on until spring, with the same people.")
    reviewed = await company.say("adele", CODE)
    submitted = await company.click("adele", reviewed.card, "Submit")
    await company.work()
    await approve(company, id_in(submitted.said))
    await company.pass_time(timedelta(days=35))
    assert len(company.members(FALCON_MEMBERS)) == 1, asked.said

    listed = await company.say("adele", "my guests")
    confirm = await company.click("adele", listed.card, "End")
    await company.click("adele", confirm.card, "Yes, end")
    await company.work()
    assert company.members(FALCON_MEMBERS) == set()
    assert len(company.writes("POST", "/invitations")) == 1


async def test_the_invitation_can_be_sent_again_once_a_click(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    said = await company.say("adele", f"resend {display(request)}")
    await company.say("adele", f"resend {display(request)}")
    await company.work()
    assert len(company.writes("POST", "/invitations")) == 2, said.said


async def test_a_sponsor_is_nudged_until_the_guest_accepts(company: Company) -> None:
    await approve(company, await submit(company))
    before = len(company.in_chat("adele"))
    await company.pass_time(timedelta(days=4))
    assert len(company.in_chat("adele")) == before + 1
    [invitation] = company.directory.state.contents.invitations
    await redeem(company, invitation.ticket)
    await company.pass_time(timedelta(days=8))
    assert len(company.in_chat("adele")) == before + 1
    assert "accepted" in words(company.in_chat("adele")[before - 2].card).lower()


async def redeem(company: Company, ticket: str) -> None:
    """Opens the link in the mail and accepts, as the guest's browser does."""
    url = f"{company.directory_url}/redeem/{ticket}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(url) as page:
            hidden = re.findall(r'name="([^"]+)" value="([^"]+)"', await page.text())
        async with browser.post(url, data=dict(hidden)) as accepted:
            assert accepted.status == 200, await accepted.text()


async def test_the_whole_interview_in_chinese(company: Company) -> None:
    company.people["adele"] = replace(company.people["adele"], locale="zh-TW")
    answered = await company.say("adele", "邀請 ana@fabrikam.com 使用 Project Falcon 兩個月")
    for said in ("Ana Silva", "與 Fabrikam 共同進行獵鷹專案設計審查，需要查看專案工作區的所有文件與設計資料。", CODE):
        answered = await company.say("adele", said)
    assert "核准" in answered.said
    submit_button = next(title for title in buttons(answered.card) if "送出" in title)
    submitted = await company.click("adele", answered.card, submit_button)
    await company.work()
    request = id_in(submitted.said)
    assert (
        "我的申請" in (await company.say("adele", "我的申請")).said
        or display(request) in (await company.say("adele", "我的申請")).said
    )
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    assert stored.status is RequestStatus.PENDING


@pytest.mark.parametrize(("address", "said"), [("dana@contoso.com", "disabled"), ("robin@contoso.com", "deleted")])
async def test_an_account_that_can_be_given_nothing_is_told_of_before_another_question(
    company: Company, address: str, said: str
) -> None:
    answered = await company.say("adele", f"invite {address} to the Supplier portal for 30 days")
    assert "Who is the guest?" in answered.said
    assert said in answered.said


async def test_what_is_wrong_with_an_answer_is_said_once(company: Company) -> None:
    await company.say("adele", "invite ana@fabrikam.com to Project Falcon for 120 days")
    answered = await company.say("adele", "Ana Silva")
    assert words(answered.card).count("at most 90 are allowed") == 1


async def test_what_is_not_understood_at_the_review_is_answered_with_what_can_be_said(company: Company) -> None:
    await review(company)
    answered = await company.say("adele", "and what happens now?")
    assert '"submit"' in answered.said and "nothing was changed" in answered.said
    submitted = await company.say("adele", "submit request")
    assert "Submitted as" in "\n".join(words(shown.card) for shown in submitted.posted)


async def test_more_time_is_offered_by_buttons_that_are_not_refused(company: Company) -> None:
    request_id = await submit(company)
    await approve(company, request_id)
    listed = await company.say("adele", "my guests")
    asked = await company.click("adele", listed.card, "Extend")
    assert "The guest has it until Fri, 22 Jan 2027" in asked.said
    assert {"90 days"} == {title for title in buttons(asked.card) if title.endswith("days")}
    await company.click("adele", asked.card, "90 days")
    await company.say("adele", "The review goes on for another month, with the same people.")
    reviewed = await company.say("adele", CODE)
    assert "keeps the access until that day" in reviewed.said
    assert "by mail" not in reviewed.said


async def test_what_lasts_as_long_as_policy_allows_is_said_before_a_day_is_asked_for(company: Company) -> None:
    request_id = await submit(company, ask="invite ana@fabrikam.com to Project Falcon for 90 days")
    await approve(company, request_id)
    listed = await company.say("adele", "my guests")
    asked = await company.click("adele", listed.card, "Extend")
    assert "as long as policy allows today" in asked.said
    assert not [title for title in buttons(asked.card) if title.endswith("days")]


async def test_what_policy_does_not_allow_is_said_at_the_review_too(company: Company) -> None:
    await review(company)
    answered = await company.say("adele", "120 days")
    assert "at most 90 are allowed" in answered.said and "Submit request" in buttons(answered.card)
