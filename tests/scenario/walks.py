"""Ways through the interview that many scenarios begin with."""

import re

from bot.domain.shortid import display, parse_id
from tests.scenario.company import GUEST_REQUESTS, Answered, Company, words
from tests.teams_side import Shown

ASK = "invite ana@fabrikam.com to Project Falcon for 60 days"
WHY = "The joint design review of Falcon with Fabrikam."
CODE = "FLC-2041"


async def review(company: Company, who: str = "adele", *, ask: str = ASK, name: str = "Ana Silva") -> Answered:
    """Answers everything up to the review."""
    answered = await company.say(who, ask)
    for said in (name, WHY, CODE):
        answered = await company.say(who, said)
    return answered


async def submit(company: Company, who: str = "adele", *, ask: str = ASK, name: str = "Ana Silva") -> str:
    """Submits a request, runs its jobs, and gives its id."""
    answered = await review(company, who, ask=ask, name=name)
    answered = await company.click(who, answered.card, "Submit")
    await company.work()
    return id_in(answered.said)


def id_in(text: str) -> str:
    """The short id in a text."""
    found = re.search(r"\b[1-9A-HJKMNP-TV-Z]{3}-[1-9A-HJKMNP-TV-Z]{4}\b", text)
    assert found, text
    return parse_id(found[0])


def approval_card(company: Company, request_id: str, channel: str = GUEST_REQUESTS) -> Shown:
    """The request's card in the channel."""
    # By its own line: the cards of other requests for the same guest name it too, as history.
    heading = f"Request {display(request_id)}"
    return next(card for card in company.in_channel(channel) if heading in words(card.card))


async def approve(company: Company, request_id: str, who: str = "megan", channel: str = GUEST_REQUESTS) -> Answered:
    """A click on *Approve*, and the jobs that follow."""
    answered = await company.click(who, approval_card(company, request_id, channel).card, "Approve", channel=channel)
    await company.work()
    return answered
