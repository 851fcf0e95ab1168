"""Requests and assignments in the store, on both databases."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.errors import OpenRequestExists
from bot.domain.people import PersonRef
from bot.domain.requests import Request, RequestStatus
from bot.store.store import DatabaseStore
from bot.workflow.ports import Conflict, Tx
from bot.workflow.records import Card, Job, JobKind
from tests.contract.store_samples import MEGAN, NOW, MovableClock, a_request, an_assignment

LEASE = timedelta(seconds=30)


async def keep(store: DatabaseStore, *records: Request | Assignment) -> None:
    def add(tx: Tx) -> None:
        for record in records:
            if isinstance(record, Request):
                tx.requests.add(record)
            else:
                tx.assignments.add(record)

    await store.transact(add)


async def finish(store: DatabaseStore, jobs: Sequence[Job]) -> None:
    def finish_all(tx: Tx) -> None:
        for job in jobs:
            tx.jobs.finish(job)

    await store.transact(finish_all)


def hourly_requests() -> list[Request]:
    return [
        a_request(f"R{number}", packages=(f"p{number}",), submitted_at=NOW + timedelta(hours=number))
        for number in range(5)
    ]


async def test_a_request_comes_back_as_it_was_stored(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    assert await store.read(lambda tx: tx.requests.get("7KQ2M9X")) == a_request()
    assert await store.read(lambda tx: tx.requests.with_nonce("nonce of 7KQ2M9X")) == a_request()
    assert await store.read(lambda tx: tx.requests.get("unknown")) is None


async def test_times_come_back_aware_and_in_utc(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    stored = await store.read(lambda tx: tx.requests.get("7KQ2M9X"))

    assert stored is not None
    assert stored.submitted_at.utcoffset() == timedelta(0)
    assert stored.decisions[0].at.utcoffset() == timedelta(0)


async def test_a_time_without_zone_is_refused(store: DatabaseStore) -> None:
    with pytest.raises(TypeError):
        await store.transact(lambda tx: tx.requests.add(a_request(submitted_at=NOW.replace(tzinfo=None))))


async def test_saving_counts_the_version_and_refuses_an_old_one(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    first = await store.transact(lambda tx: tx.requests.save(a_request(problem="graph-x")))

    assert first.version == 1
    assert await store.read(lambda tx: tx.requests.get("7KQ2M9X")) == first
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.requests.save(a_request(problem="graph-y")))
    assert await store.read(lambda tx: tx.requests.get("7KQ2M9X")) == first


async def test_a_taken_id_and_a_taken_nonce_are_conflicts(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.requests.add(a_request(nonce="other", guest_address="b@c.com")))
    with pytest.raises(Conflict):
        await store.transact(
            lambda tx: tx.requests.add(a_request("9999999", nonce="nonce of 7KQ2M9X", guest_address="b@c.com"))
        )
    assert await store.read(lambda tx: tx.requests.get("9999999")) is None


async def test_a_second_open_request_for_a_guest_and_package_names_the_first(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request(packages=("falcon", "atlas"))))

    with pytest.raises(OpenRequestExists) as refusal:
        await store.transact(lambda tx: tx.requests.add(a_request("2222222", packages=("zeta", "atlas"))))

    assert refusal.value.params == {"id": "7KQ2M9X"}
    held = await store.read(lambda tx: tx.requests.open_for_guest("ana@fabrikam.com"))
    assert held == {"falcon": "7KQ2M9X", "atlas": "7KQ2M9X"}
    assert await store.read(lambda tx: tx.requests.get("2222222")) is None


@pytest.mark.parametrize("end", [status for status in RequestStatus if not status.is_open])
async def test_a_closed_request_lets_go_of_its_packages(store: DatabaseStore, end: RequestStatus) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))
    await store.transact(lambda tx: tx.requests.save(a_request(status=end)))

    await store.transact(lambda tx: tx.requests.add(a_request("2222222")))

    assert await store.read(lambda tx: tx.requests.open_for_guest("ana@fabrikam.com")) == {"falcon": "2222222"}


async def test_an_undecided_request_keeps_its_packages_when_it_is_saved(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))
    await store.transact(lambda tx: tx.requests.save(a_request(status=RequestStatus.APPROVED)))

    with pytest.raises(OpenRequestExists):
        await store.transact(lambda tx: tx.requests.add(a_request("2222222")))


async def test_two_replicas_that_submit_for_one_guest_at_once_store_one_request(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    replicas = (store, second)
    packages = (("falcon", "atlas"), ("atlas", "falcon"))
    results = await asyncio.gather(
        *(keep(replicas[number % 2], a_request(f"R{number}", packages=packages[number % 2])) for number in range(20)),
        return_exceptions=True,
    )

    assert results.count(None) == 1
    winner = f"R{results.index(None)}"
    refusals = [result for result in results if result is not None]
    assert all(isinstance(refusal, OpenRequestExists) and refusal.params == {"id": winner} for refusal in refusals)


async def test_two_replicas_that_decide_at_once_decide_once(store: DatabaseStore, second: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    results = await asyncio.gather(
        *(
            replica.transact(lambda tx: tx.requests.save(a_request(status=RequestStatus.APPROVED)))
            for replica in (store, second) * 8
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Conflict) for result in results) == 15
    stored = await store.read(lambda tx: tx.requests.get("7KQ2M9X"))
    assert stored is not None
    assert stored.version == 1


async def test_a_sponsors_requests_come_newest_first_a_page_at_a_time(store: DatabaseStore) -> None:
    await keep(store, *hourly_requests())
    await keep(store, a_request("X", packages=("x",), sponsor=replace(MEGAN, id="someone else")))

    page = await store.read(lambda tx: tx.requests.of_sponsor("megan-id", limit=2, offset=1))
    about = await store.read(lambda tx: tx.requests.about_guest("ana@fabrikam.com", limit=3))

    assert [request.id for request in page] == ["R3", "R2"]
    assert [request.id for request in about] == ["R4", "R3", "R2"]


async def test_counting_a_sponsors_requests_knows_a_beginning_and_an_exception(store: DatabaseStore) -> None:
    await keep(store, *hourly_requests())

    since = NOW + timedelta(hours=2)
    assert await store.read(lambda tx: tx.requests.count_of_sponsor("megan-id")) == 5
    assert await store.read(lambda tx: tx.requests.count_of_sponsor("megan-id", since=since)) == 3
    assert await store.read(lambda tx: tx.requests.count_of_sponsor("megan-id", since=since, besides="R4")) == 2
    assert await store.read(lambda tx: tx.requests.count_of_sponsor("nobody")) == 0


async def test_assignments_are_found_until_they_have_ended(store: DatabaseStore) -> None:
    later = an_assignment("A2", package="atlas", ends_at=NOW + timedelta(days=300))
    ended = an_assignment("A3", status=AssignmentStatus.ENDED, guest_address="bo@fabrikam.com")
    await keep(store, later, an_assignment(), ended)

    assert await store.read(lambda tx: tx.assignments.get("A1")) == an_assignment()
    assert await store.read(lambda tx: tx.assignments.of_guest("ana@fabrikam.com")) == [an_assignment(), later]
    assert await store.read(lambda tx: tx.assignments.of_guest("bo@fabrikam.com")) == []
    assert await store.read(lambda tx: tx.assignments.of_sponsor("megan-id", limit=9)) == [an_assignment(), later]
    assert await store.read(lambda tx: tx.assignments.of_sponsor("megan-id", limit=9, offset=1)) == [later]
    assert len(await store.read(lambda tx: tx.assignments.of_request("7KQ2M9X"))) == 3


async def test_a_sponsors_guests_are_counted_once_each_however_much_they_hold(store: DatabaseStore) -> None:
    await keep(
        store,
        an_assignment("A1"),
        an_assignment("A2", package="atlas"),
        an_assignment("A3", guest_address="bo@fabrikam.com"),
        an_assignment("A4", guest_address="cy@fabrikam.com", status=AssignmentStatus.ENDED),
        an_assignment("A5", guest_address="di@fabrikam.com", sponsor=PersonRef(id="other", name="Other")),
    )

    assert await store.read(lambda tx: tx.assignments.count_guests_of("megan-id")) == 2
    assert await store.read(lambda tx: tx.assignments.count_guests_of("megan-id", besides="bo@fabrikam.com")) == 1


async def test_an_ended_assignment_leaves_the_lists_and_an_old_version_is_refused(store: DatabaseStore) -> None:
    await store.transact(lambda tx: tx.assignments.add(an_assignment()))

    after = await store.transact(lambda tx: tx.assignments.save(an_assignment(status=AssignmentStatus.ENDED)))

    assert after.version == 1
    assert await store.read(lambda tx: tx.assignments.of_guest("ana@fabrikam.com")) == []
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.assignments.save(an_assignment()))
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.assignments.add(an_assignment()))


async def test_saving_makes_every_posting_about_it_want_the_new_version(
    store: DatabaseStore, clock: MovableClock
) -> None:
    def begin(tx: Tx) -> None:
        tx.requests.add(a_request())
        tx.assignments.add(an_assignment())
        tx.postings.want(Card.APPROVAL, "7KQ2M9X", version=0, channel="guest-requests", at=NOW)
        tx.postings.want(Card.PROGRESS, "7KQ2M9X", version=0, person="megan-id", at=NOW)
        tx.postings.want(Card.ENDED, "A1", version=0, person="megan-id", at=NOW)

    await store.transact(begin)
    await finish(store, await store.claim([JobKind.DRAW], limit=9, lease=LEASE))
    assert await store.claim([JobKind.DRAW], limit=9, lease=LEASE) == []

    await store.transact(lambda tx: tx.requests.save(a_request()))

    about = await store.read(lambda tx: tx.postings.about("7KQ2M9X"))
    drawn = await store.claim([JobKind.DRAW], limit=9, lease=LEASE)
    assert [posting.wanted for posting in about] == [1, 1]
    assert {job.subject for job in drawn} == {str(posting.id) for posting in about}

    await store.transact(lambda tx: tx.assignments.save(an_assignment()))

    assert [posting.wanted for posting in await store.read(lambda tx: tx.postings.about("A1"))] == [1]
    assert len(await store.claim([JobKind.DRAW], limit=9, lease=LEASE)) == 1


async def test_what_was_counted_for_a_sponsor_stays_so_until_it_was_used(
    store: DatabaseStore, second: DatabaseStore
) -> None:
    await store.transact(lambda tx: tx.requests.add(a_request()))

    def hold_one_more(number: int) -> Callable[[Tx], int]:
        def work(tx: Tx) -> int:
            tx.requests.alone_for("megan-id")
            counted = tx.assignments.count_guests_of("megan-id")
            time.sleep(0.02)
            tx.assignments.add(an_assignment(f"A{number}", guest_address=f"guest-{number}@fabrikam.com"))
            return counted

        return work

    replicas = (store, second)
    counted = await asyncio.gather(*(replicas[each % 2].transact(hold_one_more(each)) for each in range(6)))
    assert sorted(counted) == list(range(6))


async def test_all_requests_are_read_page_by_page(store: DatabaseStore) -> None:
    await keep(store, *hourly_requests())

    first = await store.read(lambda tx: tx.requests.all_after("", limit=3))
    second = await store.read(lambda tx: tx.requests.all_after(first[-1].id, limit=3))
    third = await store.read(lambda tx: tx.requests.all_after(second[-1].id, limit=3))

    assert [[request.id for request in page] for page in (first, second, third)] == [
        ["R0", "R1", "R2"],
        ["R3", "R4"],
        [],
    ]
