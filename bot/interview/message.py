"""One message that may answer many questions at once, in English or Chinese, at first contact or in between."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.interview.addresses import Address, address_of, as_written, find_addresses, parse_address
from bot.interview.answers import go_on, take
from bot.interview.checks import custom_key
from bot.interview.draft import Draft, Known, Problem, Topic
from bot.interview.durations import parse_until
from bot.interview.message_parts import Parts, labelled, parts_of
from bot.interview.problems import problem
from bot.interview.questions import answered, order, settle
from bot.interview.wording import evened
from policies.model import QuestionKind
from policies.offer import Offer

_AS_THEY_ARE = (QuestionKind.TEXT, QuestionKind.NUMBER, QuestionKind.DATE)
_ONE_WORD_ADDRESS = re.compile(r"[^\s,;|]+@[^\s,;|@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a message came to. `draft` is as it was where it answered nothing; `problem` is the first thing wrong."""

    draft: Draft
    problem: Problem | None = None
    answered: tuple[str, ...] = ()
    """The questions that the message answered."""


def read_message(text: str, draft: Draft, offer: Offer, known: Known) -> Understood:
    """What this message answers, under the offer and what is known for the draft as it is.

    The question on the table goes first: where it takes free text, the text is its answer, whole, unless it plainly
    is something else (`until: 1 March`, or nothing but an address or a duration). What was understood and does not do
    is kept as the question's proposal. `settle` the draft before it is stored. Never raises.
    """
    at_first = not draft.version
    draft = draft if at_first else settle(draft, offer, known)
    clean = as_written(text)
    if isinstance(clean, Problem):
        return Understood(draft=draft, problem=clean)
    if not clean:
        return Understood(draft=draft, problem=problem("problem-empty"))
    as_it_is = _takes_text_as_it_is(draft.asking, offer)
    parts = (None if as_it_is else labelled(clean)) or _whole(text, clean, draft, offer, known, as_it_is=as_it_is)
    if parts is None:
        parts = _asked_for(parts_of(clean, draft, offer, known), draft, offer, known)
    if at_first and not {str(Topic.ADDRESS), str(Topic.PACKAGES)} & {*parts.values, *parts.problems}:
        return Understood(draft=draft)  # "tomorrow" alone does not begin a request
    if not parts.values and not parts.problems:
        return _only_answer(text, draft, offer, known)
    return _taken(draft, parts, offer, known)


def _whole(text: str, clean: str, draft: Draft, offer: Offer, known: Known, *, as_it_is: bool) -> Parts | None:
    """The text as one answer, where it can only be one; None where it is to be taken apart."""
    asking = draft.asking
    if as_it_is:
        return Parts(values={asking: (text,)})
    if asking == Topic.ADDRESS and clean.isascii() and _ONE_WORD_ADDRESS.fullmatch(clean):
        return Parts(values={asking: (text,)})
    is_free = asking in (Topic.JUSTIFICATION, Topic.NAME)
    if is_free and "@" in clean:
        address = _nothing_but_an_address(evened(clean), known)
        if address and address != draft.address:
            return Parts(problems=_other_address(draft, address))
    if "@" not in clean and (asking != Topic.NAME or any(map(str.isdigit, clean))):
        until = parse_until(clean, today=known.today, locale=draft.locale)
        if isinstance(until, date):
            return Parts(values={str(Topic.DURATION): (clean,)})
    if is_free:
        return Parts(values={asking: (text,)})
    if asking in (Topic.REVIEW, Topic.ADDRESS):
        return None
    taken = take(draft, asking, (text,), offer, known, locale=draft.locale)
    return Parts(values={asking: (text,)}) if isinstance(taken, Draft) else None


def _takes_text_as_it_is(question: str, offer: Offer) -> bool:
    """A policy's own question for text, a number or a date: whatever is said answers it, and is no duration of ours."""
    key = custom_key(question)
    return any(asked.key == key and asked.kind in _AS_THEY_ARE for asked in offer.questions)


def _nothing_but_an_address(text: str, known: Known) -> str | None:
    found = find_addresses(text)
    if len(found) != 1 or text[: found[0].start].strip(" <(") or text[found[0].end :].strip(" >).!"):
        return None
    address = address_of(text, found, own_domains=known.own_domains)
    return address.address if isinstance(address, Address) else None


def _asked_for(parts: Parts, draft: Draft, offer: Offer, known: Known) -> Parts:
    """Without what was said in passing: a message answers what is open or on the table; at the review, anything."""
    wanted = {draft.asking} if draft.asking != Topic.REVIEW else set(order(draft, offer)) - {str(Topic.JUSTIFICATION)}
    wanted |= {question for question in order(draft, offer) if not answered(draft, question, offer, known)}
    values = {question: value for question, value in parts.values.items() if question in wanted}
    problems = {question: wrong for question, wrong in parts.problems.items() if question in wanted}
    if str(Topic.ADDRESS) in parts.values and draft.asking != Topic.ADDRESS and draft.address:
        # Two addresses are never answered for one only: another guest than the draft's is said, not taken.
        values.pop(str(Topic.ADDRESS), None)
        other = parse_address(parts.values[str(Topic.ADDRESS)][0])
        if isinstance(other, Address) and other.address != draft.address:
            problems |= _other_address(draft, other.address)
    return Parts(values=values, problems=problems)


def _other_address(draft: Draft, other: str) -> Mapping[str, Problem]:
    if not draft.address:
        return {}
    return {str(Topic.ADDRESS): problem("problem-address-other", address=draft.address, other=other)}


def _taken(draft: Draft, parts: Parts, offer: Offer, known: Known) -> Understood:
    """The draft with all that does, in the order of the questions; what does not do is kept to begin from."""
    problems = dict(parts.problems)
    done = []
    for question in (*order(draft, offer), *parts.values):
        if question not in parts.values or question in done or question in problems:
            continue
        values = parts.values[question]
        taken = take(draft, question, values, offer, known, locale=draft.locale)
        if isinstance(taken, Draft):
            draft = taken
            done.append(question)
        else:
            problems[question] = taken
            if question in order(draft, offer) and not answered(draft, question, offer, known):
                draft = replace(draft, proposals={**draft.proposals, question: ", ".join(values)})
    first = next((problems[question] for question in (*order(draft, offer), *problems) if question in problems), None)
    if done and draft.asking not in problems:
        draft = go_on(draft)
    return Understood(draft=draft, problem=first, answered=tuple(done))


def _only_answer(text: str, draft: Draft, offer: Offer, known: Known) -> Understood:
    """Nothing stands out, so the text is meant for the question on the table: what is wrong with it there."""
    if draft.asking == Topic.REVIEW:
        return Understood(draft=draft, problem=problem("problem-not-understood"))
    taken = take(draft, draft.asking, (text,), offer, known, locale=draft.locale)
    if isinstance(taken, Draft):
        return Understood(draft=go_on(taken), answered=(draft.asking,))
    return Understood(draft=draft, problem=taken)
