"""Taking an answer, typed or from a card, and moving about: back, change, start over. Nothing here loses an answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.interview.addresses import parse_address
from bot.interview.checks import (
    check_justification,
    check_packages,
    custom_key,
    standing,
)
from bot.interview.custom_answers import read_custom
from bot.interview.draft import Draft, Known, Problem, Topic
from bot.interview.durations import parse_until
from bot.interview.names import name_from, parse_name
from bot.interview.package_names import parse_packages
from bot.interview.problems import problem
from bot.interview.questions import order
from bot.interview.wording import cleaned
from policies.model import PolicyQuestion
from policies.offer import Offer

_AGREES = re.compile(
    r"(?:yes|yep|yeah|y|ok|okay|correct|right|that's right|是|對|好|沒錯|正確|是的|可以)[.!。！]?", re.IGNORECASE
)


def answer(
    draft: Draft, question_name: str, values: tuple[str, ...], offer: Offer, known: Known, *, locale: str
) -> Draft | Problem:
    """The draft with this answer in it, or what is wrong with the answer. Never raises.

    `values`: one, or for packages any number, as a person typed them or as a card's choices. The draft is set to go on
    to its review; an address or a choice of packages changes what is offered, so `settle` it with the offer for the
    new draft, which takes it to the first question that is open.
    """
    taken = take(draft, question_name, values, offer, known, locale=locale)
    return taken if isinstance(taken, Problem) else go_on(taken)


def take(
    draft: Draft, question_name: str, values: Sequence[str], offer: Offer, known: Known, *, locale: str
) -> Draft | Problem:
    """As `answer`, but the question on the table stays."""
    if question_name not in order(draft, offer):
        fixed = draft.extends and question_name in (Topic.ADDRESS, Topic.NAME, Topic.PACKAGES)
        return problem("problem-fixed-in-extension" if fixed else "problem-not-asked")
    written = [value for value in values if value.strip()]
    if not written:
        return problem("problem-empty")
    if question_name == Topic.PACKAGES:
        taken = _packages(draft, written, offer, known)
    elif len(written) > 1:
        return problem("problem-one-answer")
    elif question_name in _TAKERS:
        taken = _TAKERS[question_name](draft, written[0], offer, known, locale)
    else:
        asked = next(asked for asked in offer.questions if asked.key == custom_key(question_name))
        taken = _custom(draft, written[0], asked, known, locale)
    if isinstance(taken, Problem):
        return taken
    kept = {question: text for question, text in taken.proposals.items() if question != question_name}
    return taken if len(kept) == len(taken.proposals) else replace(taken, proposals=kept)


def go_on(draft: Draft) -> Draft:
    """To the first question that is open, or the review. `settle` it."""
    return replace(draft, asking=str(Topic.REVIEW), changing=False)


def back(draft: Draft) -> Draft:
    """One question back; from an answer that is being changed, to the review. `settle` it."""
    if draft.changing:
        return replace(draft, asking=str(Topic.REVIEW), changing=False)
    if not draft.trail:
        return draft
    return replace(draft, asking=draft.trail[-1], trail=draft.trail[:-1])


def change(draft: Draft, question_name: str) -> Draft:
    """One answer again; then straight back to the review, unless it leaves others that no longer stand. `settle` it."""
    return replace(draft, asking=question_name, changing=question_name != Topic.REVIEW)


def start_over(draft: Draft, *, id: str) -> Draft:
    """An empty draft in this one's place (it keeps the version); an extension stays one of the same access."""
    empty = Draft(id=id, locale=draft.locale, time_zone=draft.time_zone, version=draft.version)
    if not draft.extends:
        return empty
    return replace(
        empty,
        extends=draft.extends,
        address=draft.address,
        name=draft.name,
        packages=draft.packages,
        asking=str(Topic.DURATION),
    )


def _address(draft: Draft, text: str, offer: Offer, known: Known, locale: str) -> Draft | Problem:
    parsed = parse_address(text, own_domains=known.own_domains)
    if isinstance(parsed, Problem):
        return parsed
    proposals = dict(draft.proposals)
    proposals.pop(Topic.NAME, None)
    proposed = parsed.name or (None if draft.name else name_from(parsed.address))
    if proposed and proposed != draft.name:
        proposals[str(Topic.NAME)] = proposed
    return replace(draft, address=parsed.address, proposals=proposals)


def _name(draft: Draft, text: str, offer: Offer, known: Known, locale: str) -> Draft | Problem:
    proposed = draft.name or draft.proposals.get(Topic.NAME)
    if proposed and _AGREES.fullmatch(text.strip()):
        return replace(draft, name=proposed)
    beside = parse_address(text) if "@" in text else None
    if beside is not None and not isinstance(beside, Problem) and beside.address == draft.address and beside.name:
        return replace(draft, name=beside.name)
    name = parse_name(text)
    return name if isinstance(name, Problem) else replace(draft, name=name)


def _packages(draft: Draft, values: Sequence[str], offer: Offer, known: Known) -> Draft | Problem:
    keys = parse_packages(values, draft, offer, known)
    if isinstance(keys, Problem):
        return keys
    return check_packages(keys, draft, offer, known) or replace(draft, packages=keys)


def _duration(draft: Draft, text: str, offer: Offer, known: Known, locale: str) -> Draft | Problem:
    until = parse_until(text, today=known.today, locale=locale, max_days=offer.max_days)
    if isinstance(until, Problem):
        return until
    taken = replace(draft, until=until)
    return standing(taken, Topic.DURATION, offer, known) or taken


def _justification(draft: Draft, text: str, offer: Offer, known: Known, locale: str) -> Draft | Problem:
    clean = cleaned(text)
    if isinstance(clean, Problem):
        return clean
    if not clean:
        return problem("problem-empty")
    return check_justification(clean, offer) or replace(draft, justification=clean)


def _custom(draft: Draft, text: str, asked: PolicyQuestion, known: Known, locale: str) -> Draft | Problem:
    clean = cleaned(text)
    if isinstance(clean, Problem):
        return clean
    if not clean:
        return problem("problem-empty")
    value = read_custom(asked, clean, today=known.today, locale=locale)
    return value if isinstance(value, Problem) else replace(draft, answers={**draft.answers, asked.key: value})


_TAKERS: dict[str, Callable[[Draft, str, Offer, Known, str], Draft | Problem]] = {
    Topic.ADDRESS: _address,
    Topic.NAME: _name,
    Topic.DURATION: _duration,
    Topic.JUSTIFICATION: _justification,
}
