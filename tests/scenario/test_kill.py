"""A hundred requests, thirty kills, a directory that misbehaves: none lost, none doubled, each at its right end."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from bot.domain.requests import RequestStatus
from bot.workflow.records import Act
from tests.scenario.company import FALCON_MEMBERS, words
from tests.scenario.kill_company import CLOSED, MortalCompany, Outcome, mortal_company
from tests.scenario.kill_people import ATLAS, BOREALIS, Wish

SUPPLIER_PORTAL = "12121212-1212-1212-1212-121212121212"
VAULT_READERS = "14141414-1414-1414-1414-141414141414"
GROUPS = {ATLAS: (FALCON_MEMBERS, SUPPLIER_PORTAL), BOREALIS: (SUPPLIER_PORTAL, VAULT_READERS)}
SPONSORS = ("adele", "grady", "lynne", "miriam", "nestor", "joni", "liwei")
APPROVERS = ("megan", "alex")
KILLS = 30
AT_MOST = 240.0
"""Seconds; a third of it is usual."""

log = structlog.get_logger(__name__)


def hundred_wishes() -> tuple[Wish, ...]:
    """Of seven sponsors: 60 that nobody is asked for, four of those to a closed domain; 34 that are approved, ten of
    them for a guest whom another sponsor asks for too; six that are denied.
    """
    wishes = []
    for number in range(100):
        package = ATLAS if number % 5 < 3 else BOREALIS
        address = f"guest{number}@fabrikam.com"
        if package == ATLAS and number % 25 == 2:
            address = f"guest{number}@{CLOSED}"
        elif package == BOREALIS and number % 10 == 4:
            # One whom the sponsor before is asking for as well, at about the same time.
            address = f"guest{number - 3}@fabrikam.com"
        wishes.append(
            Wish(
                sponsor=SPONSORS[number % len(SPONSORS)],
                name=f"Guest {number}",
                address=address,
                package=package,
                denied=package == BOREALIS and number % 15 == 13,
            )
        )
    return tuple(wishes)


def right_end(wish: Wish) -> RequestStatus:
    if wish.denied:
        return RequestStatus.DENIED
    return RequestStatus.NEEDS_ATTENTION if wish.address.endswith(CLOSED) else RequestStatus.DELIVERED


async def test_no_request_is_lost_and_none_doubled_when_the_only_process_is_killed(
    sqlite_url: str, tmp_path: Path
) -> None:
    await live_and_check(sqlite_url, tmp_path, replicas=1, seed_number=2611)


async def test_no_request_is_lost_and_none_doubled_when_either_of_two_processes_is_killed(
    postgres_url: str, tmp_path: Path
) -> None:
    await live_and_check(postgres_url, tmp_path, replicas=2, seed_number=1126)


async def live_and_check(database_url: str, folder: Path, *, replicas: int, seed_number: int) -> None:
    wishes = hundred_wishes()
    assert len({wish.key for wish in wishes}) == 100
    async with mortal_company(database_url, folder, replicas=replicas, seed_number=seed_number) as company:
        async with asyncio.timeout(AT_MOST):
            await company.live_through(wishes, kills=KILLS, approvers=APPROVERS)
        outcome = await company.outcome(wishes)
        assert company.kills == KILLS
        assert company.line.faulty == []
        log.info("lived through", kills=KILLS, unanswered=company.line.unanswered, requests=len(company.acknowledged))
        check_requests(company, outcome, wishes)
        check_directory(company, outcome, wishes)
        check_told(company, wishes)


def check_requests(company: MortalCompany, outcome: Outcome, wishes: Sequence[Wish]) -> None:
    """Invariants 1, 2 and 3: each acknowledged request is there once, went its way once, and came to its end."""
    for wish in wishes:
        [request] = outcome.requests[wish.key]
        assert request.id == company.acknowledged[wish.key]
        assert request.sponsor.id == company.person(wish.sponsor).id
        assert request.status is right_end(wish), (wish, request.status, request.problem)
        acts = Counter(entry.entry.act for entry in outcome.trail[request.id])
        assert acts[Act.REQUEST_SUBMITTED] == 1
        assert acts[Act.REQUEST_APPROVED] + acts[Act.REQUEST_DENIED] == (wish.package == BOREALIS)
        assert acts[Act.DELIVERY_STARTED] == (not wish.denied)
        assert acts[Act.DELIVERY_FINISHED] == (request.status is RequestStatus.DELIVERED)
        assert len(request.decisions) == (wish.package == BOREALIS)
    assert outcome.audit_is_whole


def check_directory(company: MortalCompany, outcome: Outcome, wishes: Sequence[Wish]) -> None:
    """Invariant 4: one invitation a guest, and exactly the access that was asked for and given."""
    delivered = [wish for wish in wishes if right_end(wish) is RequestStatus.DELIVERED]
    assert outcome.directory.invitations_by_address() == Counter({wish.address for wish in delivered})
    ids = {wish.address: _user_id(outcome, wish.address) for wish in delivered}
    for group in (FALCON_MEMBERS, SUPPLIER_PORTAL, VAULT_READERS):
        wanted = {ids[wish.address] for wish in delivered if group in GROUPS[wish.package]}
        members = outcome.directory.contents.groups[group].members
        assert sorted(members) == sorted(wanted)
    holders = Counter(each.principal for each in outcome.directory.contents.assignments.values())
    assert holders == Counter({ids[wish.address] for wish in delivered if wish.package == BOREALIS})
    sponsors: Mapping[str, set[str]] = {
        address: {company.person(wish.sponsor).id for wish in delivered if wish.address == address} for address in ids
    }
    for address, user_id in ids.items():
        assert set(outcome.directory.contents.users[user_id].sponsors) == sponsors[address]


def _user_id(outcome: Outcome, address: str) -> str:
    found = outcome.directory.with_address(address)
    assert found is not None, f"{address} was never invited"
    return found.id


def check_told(company: MortalCompany, wishes: Sequence[Wish]) -> None:
    """Every sponsor was told of every outcome; the administrators of each that needs them."""
    for wish in wishes:
        request_id = company.acknowledged[wish.key]
        shown_id = f"{request_id[:3]}-{request_id[3:]}"
        chat = company.line.teams.in_conversation(company.person(wish.sponsor).chat_id)
        told = [words(shown.card) for shown in chat if shown_id in words(shown.card)]
        assert len(told) >= 2, f"{shown_id}: its progress, and its outcome"
        if right_end(wish) is RequestStatus.NEEDS_ATTENTION:
            assert any(
                shown_id in words(shown.card)
                for shown in company.line.teams.shown
                if shown.conversation_id.startswith("19:partnerships-general")
            )
