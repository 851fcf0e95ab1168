"""Which question comes next, and all that is needed to ask it."""

from dataclasses import replace
from datetime import date

from bot.domain.shortid import display
from bot.interview.checks import custom_key, custom_name, has_answer, standing
from bot.interview.draft import Draft, Known, Option, Problem, Question, Topic
from bot.interview.durations import latest
from bot.interview.package_names import offered_options
from bot.interview.problems import problem
from bot.interview.suspicion import notes_on_address, notes_on_name
from bot.interview.wording import in_language
from policies.model import PolicyQuestion
from policies.offer import Offer

_OF_EVERY_REQUEST = (Topic.ADDRESS, Topic.NAME, Topic.PACKAGES)
_OF_EXTENSIONS_TOO = (Topic.DURATION, Topic.JUSTIFICATION)


def order(draft: Draft, offer: Offer) -> tuple[str, ...]:
    """The questions of this draft in the order they are asked; after them comes the review.

    An extension keeps its guest and package. Which of policy's own questions there are depends on the packages.
    """
    ours = _OF_EXTENSIONS_TOO if draft.extends else _OF_EVERY_REQUEST + _OF_EXTENSIONS_TOO
    return (*map(str, ours), *(custom_name(asked.key) for asked in offer.questions))


def answered(draft: Draft, question: str, offer: Offer, known: Known) -> bool:
    """Whether the draft holds an answer to it that still stands."""
    return has_answer(draft, question) and standing(draft, question, offer, known) is None


def first_open(draft: Draft, offer: Offer, known: Known) -> str:
    """The first question that has no answer that stands; the review where all have one."""
    for question in order(draft, offer):
        if not answered(draft, question, offer, known):
            return question
    return str(Topic.REVIEW)


def settle(draft: Draft, offer: Offer, known: Known) -> Draft:
    """The draft with the question that is to be asked now on the table; to call on every draft before it is stored.

    A question gone back to, or being changed, stays; one that was skipped or reopened comes first, and a draft that was
    never stored begins at the first that is open. No answer is ever dropped: one that does not stand under this offer
    is asked again, beginning from it.
    """
    steps = (*order(draft, offer), str(Topic.REVIEW))
    asking = str(draft.asking)
    opened = first_open(draft, offer, known)
    if not draft.version or asking not in steps or steps.index(opened) < steps.index(asking):
        asking = opened
    trail = steps[: steps.index(asking)]
    changing = draft.changing and asking == draft.asking and asking != Topic.REVIEW
    if (asking, trail, changing) == (draft.asking, draft.trail, draft.changing):
        return draft
    return replace(draft, asking=asking, trail=trail, changing=changing)


def fallen(draft: Draft, offer: Offer, known: Known) -> Problem | None:
    """What is wrong with the first answer that stands no longer: to be said at once, not when it is asked again."""
    held = (question for question in order(draft, offer) if has_answer(draft, question))
    problems = (standing(draft, question, offer, known) for question in held)
    return next((wrong for wrong in problems if wrong is not None), None)


def has_answers(draft: Draft) -> bool:
    """Whether anything would be lost if this draft were dropped."""
    values = (draft.address, draft.name, draft.packages, draft.until, draft.justification)
    return any(values) or bool(draft.answers)


def demanded_answers(draft: Draft, offer: Offer) -> dict[str, str]:
    """Answers to policy's own questions that this request has; those of packages no longer chosen stay in the draft."""
    return {asked.key: draft.answers[asked.key] for asked in offer.questions if asked.key in draft.answers}


def next_question(draft: Draft, offer: Offer, known: Known) -> Question:
    """The question on the table, or the review (Topic.REVIEW) with what is to be pointed out."""
    draft = settle(draft, offer, known)
    steps = (*order(draft, offer), str(Topic.REVIEW))
    name = draft.asking
    key = custom_key(name)
    custom = next((asked for asked in offer.questions if asked.key == key), None) if key is not None else None
    question = Question(
        name=name,
        topic=Topic.CUSTOM if custom else Topic(name),
        number=steps.index(name) + 1,
        of=len(steps),
        value=_value(draft, name),
        can_go_back=draft.changing or bool(draft.trail),
        notes=_notes(draft, name, offer, known),
    )
    return _with_custom(question, custom, draft.locale) if custom else _with_limits(question, draft, offer, known)


def notes(draft: Draft, known: Known) -> tuple[Problem, ...]:
    """What to point out about the guest: partner or not, and what deceives the eye in address or name."""
    if not draft.address:
        return ()
    pointed_out = [_partner_note(draft.address, known), *notes_on_address(draft.address)]
    if draft.name:
        pointed_out += notes_on_name(draft.name)
        proposed = draft.proposals.get(Topic.NAME)
        if proposed and proposed.casefold() != draft.name.casefold():
            pointed_out.append(problem("note-name-differs", name=draft.name, proposed=proposed))
    return tuple(pointed_out)


def _notes(draft: Draft, name: str, offer: Offer, known: Known) -> tuple[Problem, ...]:
    reopened = standing(draft, name, offer, known) if has_answer(draft, name) else None
    pointed_out = [reopened] if reopened else []
    if name == Topic.NAME and draft.address:
        pointed_out += [_partner_note(draft.address, known), *notes_on_address(draft.address)]
    elif name == Topic.PACKAGES:
        pointed_out += [*notes(draft, known), *_left_out(draft, offer, known)]
        if not offered_options(draft, offer, known):
            pointed_out.append(problem("problem-packages-nothing-offered"))
    elif name == Topic.DURATION:
        pointed_out += _no_longer(draft, offer, known)
    elif name == Topic.REVIEW:
        pointed_out += notes(draft, known)
    return tuple(pointed_out)


def _partner_note(address: str, known: Known) -> Problem:
    if known.partner_name:
        return problem("note-partner-known", partner=known.partner_name)
    return problem("note-partner-unknown", domain=address.rpartition("@")[2])


def _held_until(draft: Draft, known: Known) -> date | None:
    """How long the guest has what this draft prolongs."""
    return known.holds.get(draft.packages[0]) if draft.extends and draft.packages else None


def _no_longer(draft: Draft, offer: Offer, known: Known) -> list[Problem]:
    """That an extension can be given no later day at present: else every answer is refused, one after the other."""
    held_until = _held_until(draft, known)
    if held_until is None or offer.max_days is None or latest(known.today, offer.max_days) > held_until:
        return []
    return [problem("problem-duration-longest-already", held_until=held_until)]


def _left_out(draft: Draft, offer: Offer, known: Known) -> list[Problem]:
    """Why packages that policy would offer are not among the options."""
    left_out = []
    for package in (offered.package for offered in offer.packages):
        label = in_language(package.name, draft.locale) or package.key
        if package.key in known.holds:
            left_out.append(problem("note-package-held", package=label, until=known.holds[package.key]))
        elif package.key in known.under_way:
            under_way = display(known.under_way[package.key])
            left_out.append(problem("note-package-under-way", package=label, id=under_way))
    return left_out


def _value(draft: Draft, name: str) -> str:
    """What the question begins from: the answer that it has, else what was proposed."""
    held: str | None
    match name:
        case Topic.ADDRESS:
            held = draft.address
        case Topic.NAME:
            held = draft.name
        case Topic.PACKAGES:
            held = ",".join(draft.packages or ())
        case Topic.DURATION:
            held = draft.until.isoformat() if draft.until else None
        case Topic.JUSTIFICATION:
            held = draft.justification
        case _:
            held = draft.answers.get(custom_key(name) or "")
    return held or draft.proposals.get(name, "")


def _with_custom(question: Question, custom: PolicyQuestion, locale: str) -> Question:
    return replace(
        question,
        text=in_language(custom.text, locale),
        help=in_language(custom.help, locale),
        kind=custom.kind,
        version=custom.version,
        link=custom.link,
        least=custom.least,
        most=custom.most,
        options=tuple(
            Option(value=value, label=in_language(label, locale) or value) for value, label in custom.choices.items()
        ),
    )


def _with_limits(question: Question, draft: Draft, offer: Offer, known: Known) -> Question:
    match question.topic:
        case Topic.PACKAGES:
            return replace(question, options=offered_options(draft, offer, known), many=True)
        case Topic.DURATION:
            last = None if offer.max_days is None else latest(known.today, offer.max_days)
            return replace(question, max_days=offer.max_days, latest=last, held_until=_held_until(draft, known))
        case Topic.JUSTIFICATION:
            return replace(question, fewest_characters=offer.justification)
    return question
