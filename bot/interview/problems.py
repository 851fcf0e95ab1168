"""Everything the interview can find wrong with an answer, or point out: the keys that every message catalogue holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.interview.draft import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a key says, in plain English, and the variables its text may use; every variable is always there."""

    text: str
    variables: tuple[str, ...] = ()


def _meaning(text: str, *variables: str) -> Meaning:
    return Meaning(text=text, variables=variables)


# `problem-…` stops an answer and says what to do about it; `note-…` stops nothing.
# Variables that end in `until`, `latest`, `first` or `second` of a duration are dates; `count`, `number`, `length`,
# `most`, `fewest`, `days` and `max_days` are whole numbers; all others are text, ready to show, to be drawn literally.
PROBLEMS: Mapping[str, Meaning] = {
    # any answer
    "problem-empty": _meaning("Nothing was written or chosen."),
    "problem-too-long": _meaning("The text is longer than the {most} characters we read; nothing was taken.", "most"),
    "problem-one-answer": _meaning("This question takes one answer, and several came."),
    "problem-not-asked": _meaning("This is not (or no longer) a question of this request."),
    "problem-fixed-in-extension": _meaning(
        "An extension keeps its guest and package; to change them, ask for a new request."
    ),
    "problem-not-understood": _meaning("We could not tell which question this answers; say it as an answer."),
    # address
    "problem-address-none": _meaning("There is no e-mail address in what was written, e.g. ana@fabrikam.com."),
    "problem-address-malformed": _meaning("{address} is not a complete e-mail address.", "address"),
    "problem-address-domain": _meaning(
        "No mail can reach {domain}: it is not a domain of the public internet.", "address", "domain"
    ),
    "problem-address-several": _meaning(
        "There are {count} addresses ({first}, {second} …); a request is for one guest: send just one.",
        "first",
        "second",
        "count",
    ),
    "problem-address-other": _meaning(
        "This request is for {address}, but {other} was written; change the address, or begin another request.",
        "address",
        "other",
    ),
    "problem-address-characters": _meaning(
        "Microsoft does not invite {address}: it refuses {characters} in an address. Ask the guest for another one.",
        "address",
        "characters",
    ),
    "problem-address-hyphen": _meaning(
        "Microsoft does not invite {address}: a hyphen may not begin or end what stands before the @.", "address"
    ),
    "problem-address-invisible": _meaning(
        "{address} has invisible or direction-changing characters in it ({characters}); type it by hand.",
        "address",
        "characters",
    ),
    "problem-address-own-domain": _meaning(
        "{domain} is our own: {address} belongs to an employee, who needs no invitation.", "address", "domain"
    ),
    # name
    "problem-name-implausible": _meaning("{name} does not look like a person's name.", "name"),
    "problem-name-address": _meaning("{name} holds an address or link; write the person's name only.", "name"),
    "problem-name-too-long": _meaning("The name has {length} characters; {most} at most.", "length", "most"),
    # packages
    "problem-packages-nothing-offered": _meaning("Nothing (more) can be asked for, for this guest."),
    "problem-package-unknown": _meaning("No access package on offer is called {text}.", "text"),
    "problem-package-did-you-mean": _meaning(
        "No access package on offer is called {text}; did you mean {suggestion}?", "text", "suggestion"
    ),
    "problem-package-ambiguous": _meaning("{text} fits several access packages: {options}.", "text", "options"),
    "problem-package-not-offered": _meaning(
        "{package} cannot be asked for (any more), for this guest; choose again.", "package"
    ),
    "problem-package-held": _meaning(
        "The guest has {package} already, until {until}; extend it from *my guests* instead.", "package", "until"
    ),
    "problem-package-under-way": _meaning(
        "A request for {package} for this guest is already under way: {id}.", "package", "id"
    ),
    # duration
    "problem-duration-unclear": _meaning(
        "{text} is not a duration or date that we understand, e.g. 3 months, 60 days, until 1 March 2027.", "text"
    ),
    "problem-duration-ambiguous": _meaning(
        "{text} can mean {first} or {second}; write the one that is meant, with the month as a word.",
        "text",
        "first",
        "second",
    ),
    "problem-duration-several": _meaning("There are several durations or dates: {text}; write just one.", "text"),
    "problem-duration-unit": _meaning("{number} what: days, weeks or months?", "number"),
    "problem-duration-no-such-day": _meaning("There is no such day: {text}.", "text"),
    "problem-duration-weekday": _meaning("{until} is not the weekday that {text} says.", "text", "until"),
    "problem-duration-past": _meaning("{until} is past.", "until"),
    "problem-duration-none": _meaning("Access must last at least one day, until tomorrow."),
    "problem-duration-too-long": _meaning(
        "{until} is {days} days from today; at most {max_days} days are allowed, until {latest}.",
        "until",
        "days",
        "max_days",
        "latest",
    ),
    "problem-duration-forever": _meaning(
        "Access always ends; at most {max_days} days are allowed, until {latest}.", "max_days", "latest"
    ),
    "problem-duration-longest-already": _meaning(
        "The guest has this access until {held_until} already, as long as policy allows today.", "held_until"
    ),
    "problem-duration-not-longer": _meaning(
        "The guest has this access until {held_until} already, and {until} is no later.", "until", "held_until"
    ),
    # justification
    "problem-justification-too-short": _meaning(
        "The justification has {length} characters; policy asks for {fewest} at least.", "length", "fewest"
    ),
    "problem-justification-too-long": _meaning(
        "The justification has {length} characters; {most} at most.", "length", "most"
    ),
    # a policy's own questions
    "problem-custom-form": _meaning("{text} does not have the form that is asked for (the question's help).", "text"),
    "problem-custom-too-long": _meaning("The answer has {length} characters; {most} at most.", "length", "most"),
    "problem-custom-choice": _meaning("{text} is none of the choices: {options}.", "text", "options"),
    "problem-custom-number": _meaning("{text} is no whole number.", "text"),
    "problem-custom-too-small": _meaning("{number} is too small; {fewest} is the least.", "number", "fewest"),
    "problem-custom-too-large": _meaning("{number} is too large; {most} is the most.", "number", "most"),
    "problem-custom-date": _meaning("{text} is not a date that we understand, e.g. 1 March 2027.", "text"),
    "problem-custom-yes-no": _meaning("{text} is neither yes nor no.", "text"),
    "problem-custom-terms": _meaning("Without accepting the terms the request cannot go on."),
    "problem-custom-terms-changed": _meaning("The terms have changed since they were accepted."),
    # notes
    "note-partner-known": _meaning("The address belongs to our partner {partner}.", "partner"),
    "note-partner-unknown": _meaning("{domain} belongs to no partner that we know.", "domain"),
    "note-address-foreign-letters": _meaning(
        "The domain {domain} is shown as {shown}: it holds letters outside a to z.", "domain", "shown"
    ),
    "note-address-mixed-scripts": _meaning(
        "The address {address} mixes letters of several scripts ({scripts}); such addresses are used to deceive.",
        "address",
        "scripts",
    ),
    "note-address-looks-like": _meaning(
        "{shown} looks like {looks_like} but is another domain.", "shown", "looks_like"
    ),
    "note-address-right-to-left": _meaning(
        "The address {address} holds right-to-left letters, which can change the order it is shown in.", "address"
    ),
    "note-name-invisible": _meaning(
        "The name holds invisible or direction-changing characters ({characters}).", "characters"
    ),
    "note-name-mixed-scripts": _meaning(
        "The name {name} mixes letters of several scripts ({scripts}).", "name", "scripts"
    ),
    "note-name-right-to-left": _meaning("The name {name} holds right-to-left letters.", "name"),
    "note-name-differs": _meaning(
        "What was pasted with the address named {proposed}, but the request says {name}.", "name", "proposed"
    ),
    "note-package-held": _meaning("The guest has {package} already, until {until}; not offered.", "package", "until"),
    "note-package-under-way": _meaning(
        "A request for {package} for this guest is under way: {id}; not offered.", "package", "id"
    ),
}

PROBLEM_KEYS: tuple[str, ...] = tuple(PROBLEMS)


def problem(key: str, **params: str | int | date) -> Problem:
    """A Problem with exactly the variables that its key promises; anything else is a bug, and raises ValueError."""
    if set(params) != set(PROBLEMS[key].variables):
        raise ValueError(f"{key} takes {PROBLEMS[key].variables}, not {tuple(params)}")
    return Problem(key=key, params=params)
