"""Whether an answer that a draft holds still stands, under policy's offer and what is known now."""

from bot.domain.shortid import display
from bot.interview.custom_answers import check_custom
from bot.interview.draft import Draft, Known, Problem, Topic
from bot.interview.durations import check_until
from bot.interview.problems import problem
from bot.interview.wording import in_language
from policies.offer import Offer

MOST_JUSTIFICATION = 2_000

_CUSTOM = "custom:"


def custom_name(key: str) -> str:
    """The question's name for a policy's question: `custom:<key>`."""
    return f"{_CUSTOM}{key}"


def custom_key(question: str) -> str | None:
    """The policy question's key; None for a topic of ours."""
    return question.removeprefix(_CUSTOM) if question.startswith(_CUSTOM) else None


def has_answer(draft: Draft, question: str) -> bool:
    """Whether the draft holds an answer, good or not."""
    match question:
        case Topic.ADDRESS:
            return bool(draft.address)
        case Topic.NAME:
            return bool(draft.name)
        case Topic.PACKAGES:
            return bool(draft.packages)
        case Topic.DURATION:
            return draft.until is not None
        case Topic.JUSTIFICATION:
            return draft.justification is not None
    return custom_key(question) in draft.answers


def standing(draft: Draft, question: str, offer: Offer, known: Known) -> Problem | None:
    """What is wrong now with the answer that the draft holds; None where it stands, or there is none."""
    match question:
        case Topic.ADDRESS:
            domain = (draft.address or "").rpartition("@")[2]
            if domain in known.own_domains:
                return problem("problem-address-own-domain", address=draft.address or "", domain=domain)
            return _check_guest(draft, offer, known)
        case Topic.PACKAGES:
            return check_packages(draft.packages or (), draft, offer, known)
        case Topic.DURATION:
            return _check_duration(draft, offer, known)
        case Topic.JUSTIFICATION:
            return check_justification(draft.justification or "", offer)
        case _:
            asked = next((asked for asked in offer.questions if asked.key == custom_key(question)), None)
            held = draft.answers.get(asked.key) if asked else None
            return check_custom(asked, held, draft.locale) if asked and held is not None else None
    return None


def _check_guest(draft: Draft, offer: Offer, known: Known) -> Problem | None:
    """What speaks against this guest whatever else is answered: the account, or nothing left to ask for."""
    if not draft.address or draft.extends:
        return None
    if known.guest_trouble is not None:
        return known.guest_trouble
    if any(each.package.key not in known.holds and each.package.key not in known.under_way for each in offer.packages):
        return None
    if len(offer.packages) == 1:
        return check_packages((offer.packages[0].package.key,), draft, offer, known)
    return problem("problem-packages-nothing-offered")


def check_packages(keys: tuple[str, ...], draft: Draft, offer: Offer, known: Known) -> Problem | None:
    """What speaks against asking for these packages: not offered, held already, under way."""
    names = {offered.package.key: offered.package.name for offered in offer.packages}
    for key in keys:
        if key not in names:
            return problem("problem-package-not-offered", package=key)
        label = in_language(names[key], draft.locale) or key
        if key in known.holds:
            return problem("problem-package-held", package=label, until=known.holds[key])
        if key in known.under_way:
            return problem("problem-package-under-way", package=label, id=display(known.under_way[key]))
    return None


def check_justification(text: str, offer: Offer) -> Problem | None:
    """What speaks against this justification, counted as policy's `request.justification_length` is."""
    if len(text) > MOST_JUSTIFICATION:
        return problem("problem-justification-too-long", length=len(text), most=MOST_JUSTIFICATION)
    if len(text) < offer.justification:
        return problem("problem-justification-too-short", length=len(text), fewest=offer.justification)
    return None


def _check_duration(draft: Draft, offer: Offer, known: Known) -> Problem | None:
    if draft.until is None:
        return None
    held_until = known.holds.get(draft.packages[0]) if draft.extends and draft.packages else None
    if held_until is not None and draft.until <= held_until:
        return problem("problem-duration-not-longer", until=draft.until, held_until=held_until)
    return check_until(draft.until, today=known.today, max_days=offer.max_days)
