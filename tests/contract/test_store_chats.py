"""What the bot remembers of chats, guests and policy, on both databases."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.people import Guest, Redemption
from bot.interview.draft import Draft
from bot.store.open import open_store
from bot.store.store import DatabaseStore
from bot.workflow.ports import Conflict, Tx
from bot.workflow.records import NOT_OPEN, Card, ConversationKind, JobKind, PolicyRevision, RevisionState
from tests.contract.store_samples import NOW, MovableClock, a_chat
from tests.databases import DATA_KEYS

DRAFT = Draft(
    id="d1",
    locale="zh-Hant",
    time_zone="Asia/Taipei",
    packages=("falcon",),
    until=date(2026, 6, 1),
    answers={"project-code": "三"},
    trail=("address",),
)
GUEST = Guest(address="ana@fabrikam.com", name="Ana", invited_at=NOW, redemption=Redemption.PENDING)
URL = "https://login.example/redeem?code=very-secret"


async def test_a_draft_is_stored_by_version_and_deleted(store: DatabaseStore) -> None:
    first = await store.transact(lambda tx: tx.drafts.save("megan", DRAFT))
    assert first == replace(DRAFT, version=1)
    assert await store.read(lambda tx: tx.drafts.get("megan")) == first

    for stale in (DRAFT, replace(DRAFT, version=7)):
        with pytest.raises(Conflict):
            await store.transact(lambda tx, stale=stale: tx.drafts.save("megan", stale))  # type: ignore[misc]
    assert (await store.transact(lambda tx: tx.drafts.save("megan", first))).version == 2

    await store.transact(lambda tx: tx.drafts.delete("megan"))
    assert await store.read(lambda tx: tx.drafts.get("megan")) is None
    assert (await store.transact(lambda tx: tx.drafts.save("megan", DRAFT))).version == 1


async def test_a_guest_is_stored_by_version(store: DatabaseStore) -> None:
    first = await store.transact(lambda tx: tx.guests.save(GUEST))
    assert await store.read(lambda tx: tx.guests.get("ana@fabrikam.com")) == first == replace(GUEST, version=1)

    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.guests.save(GUEST))
    second = await store.transact(lambda tx: tx.guests.save(replace(first, user_id="u")))
    assert second.version == 2
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.guests.save(first))


async def test_a_redeem_url_is_kept_and_replaced_by_a_newer_one(store: DatabaseStore) -> None:
    assert await store.read(lambda tx: tx.guests.redeem_url("ana@fabrikam.com")) is None
    for url in ("https://login.example/old", URL):
        await store.transact(lambda tx, url=url: tx.guests.keep_redeem_url("ana@fabrikam.com", url))  # type: ignore[misc]

    assert await store.read(lambda tx: tx.guests.redeem_url("ana@fabrikam.com")) == URL


async def test_a_redeem_url_is_nowhere_in_the_database_as_text(store: DatabaseStore, database_url: str) -> None:
    await store.transact(lambda tx: tx.guests.keep_redeem_url("ana@fabrikam.com", URL))

    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        (sealed,) = connection.execute(sa.text("SELECT sealed FROM redeem_urls")).one()
    engine.dispose()

    assert "secret" not in sealed
    assert "login.example" not in sealed


async def test_a_new_key_opens_what_an_old_one_closed_as_long_as_the_old_one_is_listed(
    store: DatabaseStore, database_url: str, clock: MovableClock
) -> None:
    await store.transact(lambda tx: tx.guests.keep_redeem_url("ana@fabrikam.com", URL))
    new = "another data key, it is longer than 32 characters"

    async def opened_with(*keys: str) -> str | None:
        other = open_store(database_url, clock=clock, data_keys=keys)
        await other.start()
        try:
            return await other.read(lambda tx: tx.guests.redeem_url("ana@fabrikam.com"))
        finally:
            await other.close()

    assert await opened_with(new, *DATA_KEYS) == URL
    assert await opened_with(new) is None


async def test_a_conversation_is_refreshed_and_found_by_its_person(store: DatabaseStore, clock: MovableClock) -> None:
    await store.transact(lambda tx: tx.conversations.save(a_chat()))
    moved = a_chat(service_url="https://smba.example/apac/", locale="zh-TW")
    await store.transact(lambda tx: tx.conversations.save(moved))
    assert await store.read(lambda tx: tx.conversations.get("a:1")) == moved

    clock.move(days=1)
    await store.transact(lambda tx: tx.conversations.save(a_chat("a:2")))
    await store.transact(lambda tx: tx.conversations.save(a_chat("19:g", kind=ConversationKind.GROUP)))

    assert await store.read(lambda tx: tx.conversations.with_person("megan-id")) == a_chat("a:2")
    assert await store.read(lambda tx: tx.conversations.with_person("nobody")) is None


async def test_an_unchanged_conversation_is_not_written(
    store: DatabaseStore, database_url: str, clock: MovableClock
) -> None:
    await store.transact(lambda tx: tx.conversations.save(a_chat()))
    clock.move(days=1)
    await store.transact(lambda tx: tx.conversations.save(a_chat()))

    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        (saved_at,) = connection.execute(sa.text("SELECT saved_at FROM conversations")).one()
    engine.dispose()
    assert saved_at == int(NOW.timestamp() * 1_000_000)


async def test_a_placeholder_becomes_the_chat_that_was_opened(store: DatabaseStore) -> None:
    placeholder = a_chat(f"{NOT_OPEN}megan-id")
    await store.transact(lambda tx: tx.conversations.save(placeholder))

    await store.transact(lambda tx: tx.conversations.opened(placeholder.id, "a:9"))
    await store.transact(lambda tx: tx.conversations.opened(placeholder.id, "a:9"))

    assert await store.read(lambda tx: tx.conversations.with_person("megan-id")) == a_chat("a:9")
    assert await store.read(lambda tx: tx.conversations.get(placeholder.id)) is None


async def test_a_placeholder_does_not_replace_what_the_person_told_meanwhile(store: DatabaseStore) -> None:
    placeholder = a_chat(f"{NOT_OPEN}megan-id")
    own = a_chat("a:9", locale="zh-TW")
    await store.transact(lambda tx: tx.conversations.save(placeholder))
    await store.transact(lambda tx: tx.conversations.save(own))

    await store.transact(lambda tx: tx.conversations.opened(placeholder.id, "a:9"))

    assert await store.read(lambda tx: tx.conversations.with_person("megan-id")) == own


async def test_a_channel_name_is_bound_to_one_conversation_at_a_time(store: DatabaseStore) -> None:
    channel = a_chat("19:b", kind=ConversationKind.CHANNEL, person_id=None, team_id="t")
    await store.transact(lambda tx: tx.conversations.save(channel))
    for conversation in ("19:a", "19:b"):
        await store.transact(lambda tx, to=conversation: tx.conversations.bind("guest-requests", to))  # type: ignore[misc]

    assert await store.read(lambda tx: tx.conversations.bound_to("guest-requests")) == channel
    assert await store.read(lambda tx: tx.conversations.bindings()) == {"guest-requests": "19:b"}
    assert await store.read(lambda tx: tx.conversations.bound_to("admins")) is None


async def test_a_question_asked_back_is_taken_once_and_in_time(store: DatabaseStore) -> None:
    until = NOW + timedelta(minutes=10)
    for question in ({"do": "deny"}, {"do": "approve"}):
        await store.transact(lambda tx, q=question: tx.confirmations.ask("megan", "a:1", q, until=until))  # type: ignore[misc]

    taken = [await store.transact(lambda tx: tx.confirmations.take("megan", "a:1", now=NOW)) for _ in range(2)]
    assert taken == [{"do": "approve"}, None]

    await store.transact(lambda tx: tx.confirmations.ask("megan", "a:1", {"do": "end"}, until=until))
    late = until + timedelta(seconds=1)
    assert await store.transact(lambda tx: tx.confirmations.take("megan", "a:1", now=late)) is None
    assert await store.transact(lambda tx: tx.confirmations.take("megan", "a:1", now=NOW)) is None


async def test_a_message_is_seen_once_by_any_of_its_keys(store: DatabaseStore) -> None:
    assert await store.transact(lambda tx: tx.seen.first_time(["id 1", "c/p/t"], at=NOW))
    assert not await store.transact(lambda tx: tx.seen.first_time(["id 1", "c/p/t"], at=NOW))
    assert not await store.transact(lambda tx: tx.seen.first_time(["id 2", "c/p/t"], at=NOW))
    assert not await store.transact(lambda tx: tx.seen.first_time(["id 2"], at=NOW))
    assert await store.transact(lambda tx: tx.seen.first_time(["id 3"], at=NOW))


async def test_replicas_that_get_one_message_at_once_handle_it_once(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    keys = (["a", "b"], ["b", "a"])
    first = await asyncio.gather(
        *(
            replica.transact(lambda tx, number=number: tx.seen.first_time(keys[number % 2], at=NOW))  # type: ignore[misc]
            for number, replica in enumerate((store, second) * 10)
        )
    )
    assert first.count(True) == 1


async def test_messages_seen_are_forgotten_after_a_day(store: DatabaseStore, database_url: str) -> None:
    await store.transact(lambda tx: tx.seen.first_time(["old"], at=NOW))
    await store.transact(lambda tx: tx.seen.first_time(["new"], at=NOW + timedelta(days=1, seconds=1)))

    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        assert [key for (key,) in connection.execute(sa.text("SELECT key FROM seen"))] == ["new"]
    engine.dispose()


async def test_a_policy_revision_is_kept_once(store: DatabaseStore) -> None:
    revision = PolicyRevision(revision="abc", files=(("a.yaml", "rules: []"),), at=NOW, state=RevisionState.ACCEPTED)
    assert await store.transact(lambda tx: tx.revisions.keep(revision))
    assert not await store.transact(lambda tx: tx.revisions.keep(revision))


async def test_a_posting_is_one_for_card_subject_address_and_slot(store: DatabaseStore) -> None:
    for version in (0, 2, 1):
        await store.transact(
            lambda tx, version=version: tx.postings.want(  # type: ignore[misc]
                Card.REDEMPTION_NUDGE, "R", version=version, person="megan", slot="3d", at=NOW
            )
        )
    await store.transact(
        lambda tx: tx.postings.want(Card.REDEMPTION_NUDGE, "R", version=0, person="megan", slot="10d", at=NOW)
    )

    first, second = await store.read(lambda tx: tx.postings.about("R"))

    assert (first.wanted, first.shown, first.person, first.channel, first.slot) == (2, -1, "megan", None, "3d")
    assert second.slot == "10d"
    with pytest.raises(ValueError, match="exactly one"):
        await store.transact(lambda tx: tx.postings.want(Card.ALERT, "R", version=0, at=NOW))


async def test_what_a_posting_shows_is_recorded_and_never_goes_back(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.postings.want(Card.PROGRESS, "R", version=3, person="megan", at=NOW))
    (posting,) = await store.read(lambda tx: tx.postings.about("R"))

    await store.transact(lambda tx: tx.postings.unreachable(posting.id))
    unreachable = await store.read(lambda tx: tx.postings.get(posting.id))
    for version in (3, 2):
        await store.transact(
            lambda tx, version=version: tx.postings.shown(  # type: ignore[misc]
                posting.id, version=version, conversation_id="a:1", activity_id="1:x"
            )
        )

    assert unreachable == replace(posting, unreachable=True)
    shown = replace(posting, shown=3, conversation_id="a:1", activity_id="1:x")
    assert await store.read(lambda tx: tx.postings.get(posting.id)) == shown
    assert await store.read(lambda tx: tx.postings.get(999)) is None


async def test_a_channel_is_drawn_anew_where_it_does_not_show_what_it_should(store: DatabaseStore) -> None:
    def post(tx: Tx) -> None:
        for subject, channel in (("shown", "here"), ("lacking", "here"), ("elsewhere", "there")):
            tx.postings.want(Card.APPROVAL, subject, version=0, channel=channel, at=NOW)
        (shown,) = tx.postings.about("shown")
        tx.postings.shown(shown.id, version=0, conversation_id="c", activity_id="a")

    await store.transact(post)
    for job in await store.claim([JobKind.DRAW], limit=10, lease=timedelta(minutes=1)):
        await store.transact(lambda tx, job=job: tx.jobs.finish(job))  # type: ignore[misc]
    await store.transact(lambda tx: tx.postings.redraw("here", at=NOW))
    (lacking,) = await store.read(lambda tx: tx.postings.about("lacking"))
    drawn = await store.claim([JobKind.DRAW], limit=10, lease=timedelta(minutes=1))
    assert [job.subject for job in drawn] == [str(lacking.id)]
