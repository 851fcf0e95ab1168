"""What scenarios of deliveries and endings do and look at, beside the walks that begin them."""

from collections import Counter
from datetime import timedelta

from app import STORE
from bot.domain.assignments import Assignment
from bot.domain.requests import Request
from bot.sandbox.state import StoredUser
from tests.scenario.company import GENERAL, GUEST_REQUESTS, Answered, Company, buttons, words
from tests.teams_side import Shown

BEN = "invite ben@fabrikam.com to Project Falcon for 60 days"
PORTAL = "invite ana@fabrikam.com to the Supplier portal for 80 days"
SAM = "invite sam.rivera@fabrikam.com to Project Falcon for 60 days"
SUPPLIER_PORTAL = "12121212-1212-1212-1212-121212121212"
SOON = timedelta(minutes=5)
STEP = timedelta(seconds=5)


async def after(company: Company, by: timedelta = SOON, step: timedelta = STEP) -> None:
    """Lets time pass in small steps, with the jobs that come due."""
    await company.work()
    await company.pass_time(by, step=step)


async def request_now(company: Company, request_id: str) -> Request:
    found = await company.app[STORE].read(lambda tx: tx.requests.get(request_id))
    assert found is not None
    return found


async def held_by(company: Company, request_id: str) -> list[Assignment]:
    return list(await company.app[STORE].read(lambda tx: tx.assignments.of_request(request_id)))


async def decide_only(company: Company, request_id: str, who: str = "megan") -> None:
    """Approves and lets no job run."""
    # By its button: another card about the same guest has this request in its history.
    card = next(
        shown.card
        for shown in company.in_channel()
        if any(request_id in str(action.get("data")) for action in buttons(shown.card).values())
    )
    await company.click(who, card, "Approve", channel=GUEST_REQUESTS)


def for_administrators(company: Company, text: str) -> list[Shown]:
    return [shown for shown in company.in_channel(GENERAL) if text in words(shown.card)]


def user(company: Company, address: str) -> StoredUser:
    found = company.directory.state.with_address(address)
    assert found is not None
    return found


def invitations(company: Company) -> Counter[str]:
    return company.directory.state.invitations_by_address()


async def retry(company: Company, request_id: str) -> Answered:
    """The administrator clicks *Retry* on the request's card in their channel."""
    shown_id = f"{request_id[:3]}-{request_id[3:]}"
    card = next(shown.card for shown in for_administrators(company, shown_id) if "Retry" in buttons(shown.card))
    answered = await company.click("nestor", card, "Retry", channel=GENERAL)
    await company.work()
    return answered


def become_employee(guest: StoredUser) -> None:
    guest.properties |= {"userType": "Member", "creationType": None}
