"""What an attacker, an impatient person or bad luck tries: it changes nothing that it should not, and loses nothing."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestStatus
from bot.domain.shortid import display
from bot.sandbox.faults import Faults
from bot.workflow.records import JobKind
from tests.scenario.company import FALCON_MEMBERS, GENERAL, GUEST_REQUESTS, Company, inputs, words
from tests.scenario.walks import CODE, approval_card, approve, id_in, review, submit

LONGER = "The review goes on until spring, with the same people."


async def stored(company: Company, request: str) -> Request:
    found = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert found is not None
    return found


async def held_by(company: Company, request: str) -> Assignment:
    [held] = await company.desk.store.read(lambda tx: tx.assignments.of_request(request))
    return held


async def draft_of(company: Company, who: str = "adele") -> object:
    person = company.people[who].id
    return await company.desk.store.read(lambda tx: tx.drafts.get(person))


async def extension(company: Company, request: str, until: str = "until 10 February") -> str:
    """A submitted extension of what this request gave."""
    held = await held_by(company, request)
    await company.say("adele", f"extend {held.id}")
    for said in (until, LONGER):
        await company.say("adele", said)
    reviewed = await company.say("adele", CODE)
    submitted = await company.click("adele", reviewed.card, "Submit")
    await company.work()
    return id_in(submitted.said)


# --- yes and no ------------------------------------------------------------------------------------------------------


async def test_a_yes_that_meets_a_silent_directory_can_be_said_again(company: Company) -> None:
    request = await submit(company)
    await company.say("megan", f"approve {request}")
    company.directory.faults = Faults(failing_before=1.0)
    assert "try again" in (await company.say("megan", "yes")).said
    company.directory.faults = Faults()
    await company.say("megan", "yes")
    assert (await stored(company, request)).status is RequestStatus.APPROVED


async def test_yes_ends_the_access_that_was_asked_about(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    held = await held_by(company, request)
    await company.say("adele", f"end access {held.id}")
    await company.say("adele", "yes")
    await company.work()
    assert (await held_by(company, request)).status is AssignmentStatus.ENDED


async def test_keeping_access_is_no_mistake(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    asked = await company.say("adele", f"end access {(await held_by(company, request)).id}")
    kept = await company.click("adele", asked.card, "No, keep")
    assert "Nothing was done" in kept.said
    assert (await held_by(company, request)).status is AssignmentStatus.ACTIVE


async def test_yes_in_the_interview_agrees_to_what_it_proposes(company: Company) -> None:
    await company.say("adele", "request access")
    asked = await company.say("adele", "Ana Silva <ana@fabrikam.com>")
    assert "Ana Silva" in str(inputs(asked.card))
    answered = await company.say("adele", "yes")
    draft = await draft_of(company)
    assert getattr(draft, "name", None) == "Ana Silva", answered.said


# --- redelivered messages --------------------------------------------------------------------------------------------


async def test_small_talk_delivered_twice_begins_no_request(company: Company) -> None:
    activity = company.people["adele"].says("hello there", service_url=company.teams.url)
    first = await company.send(activity)
    again = await company.send(activity)
    assert first.said == again.said
    assert await draft_of(company) is None


async def test_a_command_that_copies_a_request_delivered_twice_keeps_what_was_answered_since(company: Company) -> None:
    request = await submit(company)
    activity = company.people["adele"].says(f"another {request}", service_url=company.teams.url)
    await company.send(activity)
    await company.say("adele", "ben@fabrikam.com")
    await company.send(activity)
    assert getattr(await draft_of(company), "address", None) == "ben@fabrikam.com"


async def test_extend_clicked_again_keeps_what_was_answered_since(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    held = await held_by(company, request)
    await company.say("adele", f"extend {held.id}")
    await company.say("adele", "until 10 February")
    await company.say("adele", f"extend {held.id}")
    assert getattr(await draft_of(company), "until", None) is not None


# --- who sees what, and may do what ----------------------------------------------------------------------------------


async def test_what_a_sponsor_asks_for_in_a_channel_is_answered_in_their_own_chat(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    for said in ("my requests", "my guests", f"status {display(request)}"):
        before = len(company.teams.shown)
        answered = await company.say("adele", said, channel=GUEST_REQUESTS)
        for _ in range(50):
            if len(company.teams.shown) >= before + 2:
                break
            await asyncio.sleep(0.01)
        new = company.teams.shown[before:]
        public = [shown for shown in new if shown.conversation_id.startswith("19:")]
        assert all("Ana" not in words(shown.card) for shown in public), (said, answered.said)
        assert any("Ana" in words(shown.card) for shown in new), said


async def test_a_review_that_is_submitted_from_a_channel_is_not_shown_there(company: Company) -> None:
    await review(company)
    await company.say("adele", "change duration")
    before = len(company.teams.shown)
    await company.say("adele", "submit", channel=GUEST_REQUESTS)
    assert all("Ana" not in words(shown.card) for shown in company.teams.shown[before:])


async def test_a_sponsor_whose_request_was_denied_cannot_have_the_guest_written_to(company: Company) -> None:
    await approve(company, await submit(company))
    other = await submit(company, "alex", ask="invite ana@fabrikam.com to the Supplier portal for 60 days")
    await company.say("megan", f"deny {other} Not needed.")
    await company.say("alex", f"resend {other}")
    await company.work()
    assert len(company.writes("POST", "/invitations")) == 1


async def test_an_object_id_in_other_letters_is_still_the_sponsor(company: Company) -> None:
    request = await submit(
        company, "megan", ask="invite kim@fabrikam.com to Project Falcon for 30 days", name="Kim Roe"
    )
    megan = company.people["megan"]
    company.people["megan"] = replace(megan, id=megan.id.upper())
    await company.click("megan", approval_card(company, request).card, "Approve", channel=GUEST_REQUESTS)
    assert (await stored(company, request)).status is RequestStatus.PENDING


async def test_a_conversation_of_an_unknown_kind_is_nobodys_own_chat(company: Company) -> None:
    await company.say("adele", "help")
    activity = company.people["adele"].says("help", service_url=company.teams.url)
    activity["conversation"] |= {"id": "19:meeting@thread.v2", "conversationType": "meeting"}
    await company.send(activity)
    person = company.people["adele"].id
    own = await company.desk.store.read(lambda tx: tx.conversations.with_person(person))
    assert own is not None
    assert own.id == company.people["adele"].chat_id


# --- extensions ------------------------------------------------------------------------------------------------------


async def test_an_extension_of_access_that_ended_meanwhile_is_refused_and_holds_nothing(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    longer = await extension(company, request)
    held = await held_by(company, request)
    asked = await company.say("nestor", f"end access {held.id}")
    await company.click("nestor", asked.card, "Yes, end")
    await company.work()
    await approve(company, longer)
    assert (await stored(company, longer)).status is RequestStatus.DENIED
    assert "ended" in (await stored(company, longer)).closed_reason
    anew = await company.click("adele", company.in_chat("adele")[-1].card, "Ask again")
    assert "under way" not in anew.said
    assert company.members(FALCON_MEMBERS) == set()


async def test_access_that_has_ended_cannot_be_extended(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    held = await held_by(company, request)
    asked = await company.say("adele", f"end access {held.id}")
    await company.click("adele", asked.card, "Yes, end")
    await company.work()
    await company.say("adele", f"extend {held.id}")
    assert await draft_of(company) is None


async def test_access_that_was_ended_while_its_delivery_had_stopped_can_be_asked_for_again(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(calls=("add_member",), failing_before=1.0)
    await approve(company, request)
    await company.pass_time(timedelta(hours=3), step=timedelta(minutes=5))
    assert (await stored(company, request)).status is RequestStatus.NEEDS_ATTENTION
    company.directory.faults = Faults()
    asked = await company.say("adele", f"end access {(await held_by(company, request)).id}")
    await company.click("adele", asked.card, "Yes, end")
    await company.work()
    assert not (await stored(company, request)).status.is_open
    anew = await submit(company)
    await approve(company, anew)
    assert (await stored(company, anew)).status is RequestStatus.DELIVERED
    assert (await stored(company, anew)).route == "guest-approval"


async def test_nobody_is_invited_by_a_retry_for_a_time_that_is_over(company: Company) -> None:
    request = await submit(company)
    await company.click("megan", approval_card(company, request).card, "Approve", channel=GUEST_REQUESTS)
    company.directory.faults = Faults(failing_before=1.0)
    await company.pass_time(timedelta(hours=3), step=timedelta(minutes=5))
    assert (await stored(company, request)).status is RequestStatus.NEEDS_ATTENTION
    company.directory.faults = Faults()
    company.clock.move(timedelta(days=70))
    await company.say("nestor", f"retry {request}")
    await company.work()
    assert (await stored(company, request)).status is RequestStatus.DENIED
    assert company.writes("POST", "/invitations") == []


# --- following the redemption ----------------------------------------------------------------------------------------


async def test_an_invitation_that_is_sent_again_after_months_is_followed_again(company: Company) -> None:
    request = await submit(company, ask="invite ana@fabrikam.com to Project Falcon for 90 days")
    await approve(company, request)
    await company.pass_time(timedelta(days=40))
    await company.say("adele", f"resend {request}")
    await company.work()
    company.clock.move(timedelta(days=1))
    await company.work()
    ana = company.directory.state.with_address("ana@fabrikam.com")
    assert ana is not None
    ana.properties["externalUserState"] = "Accepted"
    await company.pass_time(timedelta(days=2))
    guest = await company.desk.store.read(lambda tx: tx.guests.get("ana@fabrikam.com"))
    assert guest is not None
    assert guest.redemption is Redemption.ACCEPTED


async def test_a_directory_that_fails_now_and_then_is_asked_on(company: Company) -> None:
    await approve(company, await submit(company))
    for _ in range(15):
        company.directory.faults = Faults(failing_before=1.0, times=2)
        await company.pass_time(timedelta(days=1), step=timedelta(hours=6))
    dead = await company.desk.store.read(lambda tx: tx.jobs.dead(limit=10))
    assert JobKind.FOLLOW_REDEMPTION not in {job.kind for job in dead}


# --- the administrators' side ----------------------------------------------------------------------------------------


async def test_a_block_that_a_resend_ran_into_can_be_lifted(company: Company) -> None:
    first = await submit(company)
    await approve(company, first)
    company.directory.faults = Faults(directory_blocked=True)
    await company.say("adele", f"resend {first}")
    await company.work()
    second = await submit(company, "alex", ask="invite ben@fabrikam.com to Project Falcon for 60 days", name="Ben Okri")
    await approve(company, second)
    assert (await stored(company, second)).status is RequestStatus.DELIVERING
    company.directory.faults = Faults()
    await company.say("nestor", f"retry {second}")
    await company.work()
    assert (await stored(company, second)).status is RequestStatus.DELIVERED


# --- long outages, and channels that are gone ------------------------------------------------------------------------


async def test_access_ends_by_itself_after_a_directory_that_failed_for_hours(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    await company.pass_time(timedelta(days=60))
    company.directory.faults = Faults(failing_before=1.0)
    await company.pass_time(timedelta(days=2), step=timedelta(hours=1))
    assert (await held_by(company, request)).status is AssignmentStatus.EXPIRING
    told = [shown for shown in company.in_channel(GENERAL) if "should have ended" in words(shown.card)]
    assert len(told) == 1
    company.directory.faults = Faults()
    await company.pass_time(timedelta(hours=1))
    assert (await held_by(company, request)).status is AssignmentStatus.ENDED
    assert company.members(FALCON_MEMBERS) == set()


async def test_a_request_whose_channel_was_gone_is_shown_in_the_one_that_is_bound_next(company: Company) -> None:
    company.teams.fail(403, method="POST", code="BotNotInConversationRoster")
    reviewed = await review(company)
    submitted = await company.click("adele", reviewed.card, "Submit")
    company.teams.fail(403, times=3, method="POST", code="BotNotInConversationRoster")
    await company.work()
    assert company.in_channel(GUEST_REQUESTS) == []
    await company.say("nestor", "approvals here guest-requests", channel=GENERAL)
    await company.work()
    assert display(id_in(submitted.said)) in str(approval_card(company, id_in(submitted.said), GENERAL).card)


async def test_a_channel_that_teams_says_nothing_of_is_not_bound_and_the_administrator_reads_why(
    company: Company,
) -> None:
    company.teams.fail(500, times=10, method="GET")
    said = (await company.say("nestor", "approvals here guest-requests", channel=GENERAL)).said
    assert "Teams does not say" in said
    bound = await company.desk.store.read(lambda tx: tx.conversations.bindings())
    assert bound["guest-requests"] == GUEST_REQUESTS


async def test_a_warning_says_as_many_days_as_it_is_early(company: Company) -> None:
    request = await submit(company)
    await approve(company, request)
    held = await held_by(company, request)
    company.clock.now = held.ends_at - timedelta(days=14) + timedelta(seconds=2)
    await company.work()
    assert any("Access ends in 14 days" in words(shown.card) for shown in company.in_chat("adele"))


async def test_a_message_full_of_half_mentions_is_read_at_once(company: Company) -> None:
    began = time.perf_counter()
    await company.say("adele", "<at>" * 20_000)
    assert time.perf_counter() - began < 2


async def test_a_guest_whose_account_is_gone_when_a_delivery_is_retried_is_invited_anew(company: Company) -> None:
    request = await submit(company)
    company.directory.faults = Faults(calls=("add_member",), failing_before=1.0)
    await approve(company, request)
    await company.pass_time(timedelta(hours=3), step=timedelta(minutes=5))
    assert (await stored(company, request)).status is RequestStatus.NEEDS_ATTENTION
    company.directory.faults = Faults()
    users = company.directory.state.contents.users
    ana = company.directory.state.with_address("ana@fabrikam.com")
    assert ana is not None
    del users[ana.id]
    await company.say("nestor", f"retry {request}")
    await company.pass_time(timedelta(minutes=5), step=timedelta(seconds=10))
    assert (await stored(company, request)).status is RequestStatus.DELIVERED
    anew = company.directory.state.with_address("ana@fabrikam.com")
    assert anew is not None
    assert company.members(FALCON_MEMBERS) == {anew.id}
    roles = company.directory.state.contents.assignments.values()
    assert anew.id in {role.principal for role in roles}


async def test_naming_the_guest_of_a_copied_request_by_invite_drops_nothing_of_it(company: Company) -> None:
    request = await submit(company)
    await company.say("adele", f"another {request}")
    await company.say("adele", "invite ben@fabrikam.com")
    draft = await draft_of(company)
    assert getattr(draft, "address", None) == "ben@fabrikam.com"
    assert getattr(draft, "justification", None)


async def test_a_beginning_delivered_again_after_cancel_begins_nothing(company: Company) -> None:
    activity = company.people["adele"].says("request access", service_url=company.teams.url)
    await company.send(activity)
    await company.say("adele", "cancel")
    await company.send(activity)
    assert await draft_of(company) is None
