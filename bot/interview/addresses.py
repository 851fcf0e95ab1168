"""The guest's address, out of whatever was pasted: headers, links, signatures, sentences in English or Chinese."""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qsl, unquote

from email_validator import EmailNotValidError, validate_email

from bot.interview.draft import Problem
from bot.interview.names import display_name
from bot.interview.problems import problem
from bot.interview.suspicion import notes_on_address
from bot.interview.wording import (
    OVERRIDES,
    cleaned,
    code_points,
    evened,
    is_invisible,
    is_wide,
    without_invisible_ends,
)

REFUSED_CHARACTERS = frozenset("~!#$%^&*()+=[]{}\\/|;:\"<>?,'`")
"""What Graph refuses before the @: https://learn.microsoft.com/graph/api/resources/invitation lists them (its generated
clients add the apostrophe). Accented letters are refused too, so all that is not ASCII is."""

_LINK = re.compile(r"mailto:\s*([^\s<>\"')\]]+)", re.IGNORECASE)
_ENDS_A_LOCAL = frozenset(' \n<>()[]"|,;:{}\\、，；：。！？「」『』（）《》【】〈〉„«»…·•')
_COMPLETE_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\.?")
_RUNS_ON = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}\.[A-Z][a-z]+")
"""`fabrikam.com.Please`: a sentence that goes on without a space."""
_TOP_LEVEL = re.compile(r"\.(?:[a-z]{2,}|xn--[a-z0-9-]+)$")
_NOT_APART = re.compile(r"[^\s<>()\[\]\"]*")
_ADJOINING = re.compile(r"([A-Za-z0-9._-]+)[,;:{}\\]$")
_LABEL = re.compile(
    r"e-?mail|mail|to|cc|bcc|from|contact|address|addr|smtp|sip|guest|invite|user|upn|or|and", re.IGNORECASE
)
_IDEOGRAPHIC_STOPS = str.maketrans("。｡", "..")
"""A Chinese keyboard's full stop, which IDNA reads as a dot (UTS 46)."""
_MOST_FOUND = 10
_PAIRED = "'*_~`"
_CLOSERS = {"(": ")", "[": "]", '"': '"', "{": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A guest's address, normalised: lower case, domain in A-labels."""

    address: str
    name: str | None = None
    """What was written beside it as the person's name: to propose, not to take."""
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands around one @ of a text: `text[start:end]`, with what it means."""

    start: int
    end: int
    address: str
    """Normalised; as written where it is no good."""
    problem: Problem | None


def parse_address(text: str, *, own_domains: frozenset[str] = frozenset()) -> Address | Problem:
    """The one address in the text. `own_domains` are the company's, as A-labels. Never raises."""
    clean = as_written(text)
    if isinstance(clean, Problem):
        return clean
    if not clean:
        return problem("problem-empty")
    readable = evened(clean)
    return address_of(readable, find_addresses(readable), own_domains=own_domains)


def as_written(text: str) -> str | Problem:
    """The text cleaned, with HTML's entities resolved where it has any."""
    clean = cleaned(text)
    if isinstance(clean, str) and "&" in clean and ";" in clean:
        return cleaned(html.unescape(clean))
    return clean


def address_of(text: str, found: tuple[Found, ...], *, own_domains: frozenset[str] = frozenset()) -> Address | Problem:
    """The one address among those found in the text, or why there is none to take."""
    distinct = list(dict.fromkeys(entry.address for entry in found))
    if not distinct:
        return problem("problem-address-none")
    if len(distinct) > 1:
        return problem("problem-address-several", first=distinct[0], second=distinct[1], count=len(distinct))
    wrong = next((entry.problem for entry in found if entry.problem), None)
    if wrong:
        return wrong
    overrides = "".join(character for character in text if character in OVERRIDES)
    if overrides:
        return problem("problem-address-invisible", address=distinct[0], characters=code_points(overrides))
    address = distinct[0]
    domain = address.rpartition("@")[2]
    if domain in own_domains:
        return problem("problem-address-own-domain", address=address, domain=domain)
    name = next((name for entry in found if (name := display_name(text, entry.start, entry.end))), None)
    return Address(address=address, name=name, notes=notes_on_address(address))


def find_addresses(text: str) -> tuple[Found, ...]:
    """Every address in a text that `wording.evened` returned, in order, good or not."""
    if "@" not in text and "%40" not in text:
        return ()
    found = []
    for link in islice(_LINK.finditer(text), _MOST_FOUND):
        found += [_found(link.start(1), link.end(1), written) for written in _in_link(link[1])]
        text = text[: link.start(1)] + " " * len(link[1]) + text[link.end(1) :]
    at = text.find("@")
    while at >= 0 and len(found) < 2 * _MOST_FOUND:
        start, end = _span(text, at)
        found.append(_found(start, end, text[start:end]))
        at = text.find("@", max(end, at + 1))
    # "@Bob" is a mention and "5 @ 3" a price; "ana @fabrikam.com" is an address gone wrong, unless a good one is there.
    is_good = any(entry.problem is None for entry in found)
    meant = (
        entry for entry in found if entry.address.strip("@") == entry.address or ("." in entry.address and not is_good)
    )
    return tuple(sorted(meant, key=lambda entry: entry.start))


def _in_link(target: str) -> list[str]:
    """The addresses that a mailto link would write to (RFC 6068), its copies included."""
    path, _, query = target.partition("?")
    listed = [unquote(path)]
    listed += [value for key, value in parse_qsl(query) if key.lower() in ("to", "cc", "bcc")]
    written = (part.strip() for entry in listed for part in re.split("[,;]", entry))
    return [part for part in written if part][:_MOST_FOUND]


def _span(text: str, at: int) -> tuple[int, int]:
    """Where the address around this @ begins and ends."""
    start, end = _local_start(text, at), _domain_end(text, at)
    closing = end
    while start < at and text[start] in _PAIRED and text[closing : closing + 1] == text[start]:
        start, closing = start + 1, closing + 1
    closer = _CLOSERS.get(text[start - 1 : start])
    if (
        closer
        and start > 1
        and text[start - 2].isascii()
        and text[start - 2].isalnum()
        and text[end : end + 1] != closer
    ):
        start = _local_start(text, start - 1)  # a bracket inside, not around: what is before it belongs to it
    return start, end


def _local_start(text: str, at: int) -> int:
    start = at
    while start and text[start - 1] not in _ENDS_A_LOCAL and text[start - 1] != "@":
        start -= 1
    # "ana,silva@fabrikam.com" is no address of silva: what adjoins belongs to it, unless it is a label or a list.
    adjoining = _ADJOINING.search(text, max(0, start - 80), start)
    if adjoining and start < at and not _LABEL.fullmatch(adjoining[1]):
        before = adjoining.start()
        if not (before and text[before - 1] == "@"):
            return before
    if start and text[start - 1] == "<":
        return start
    # Chinese runs on into an address without a space, and no mailbox that can be invited begins so.
    wide = max((index for index in range(start, at) if is_wide(text[index])), default=-1)
    return wide + 1 if start <= wide < at - 1 else start


def _domain_end(text: str, at: int) -> int:
    begin = end = at + 1
    while end < len(text):
        character, following = text[end], text[end + 1 : end + 2]
        if "a" <= character <= "z":
            end += 1
            continue
        if character.isascii():
            goes_on = character.isalnum() or character in ".-_"
        elif character in "。｡":
            goes_on = following.isascii() and following.isalnum()
        elif is_wide(character):
            goes_on = not _COMPLETE_DOMAIN.fullmatch(text, begin, end)
        else:
            goes_on = character.isalnum() or is_invisible(character)
        if not goes_on:
            break
        end += 1
    if end < len(text) and text[end] == "@":  # a@b@c is one thing, and wrong
        return _NOT_APART.match(text, end).end()  # type: ignore[union-attr]  # it matches the empty text too
    while end > begin and (text[end - 1] in ".-_" or is_invisible(text[end - 1])):
        end -= 1
    return end


def _found(start: int, end: int, written: str) -> Found:
    bare = without_invisible_ends(written)
    checked = _checked(bare)
    if isinstance(checked, Problem):
        return Found(start=start, end=end, address=bare, problem=checked)
    return Found(start=start, end=end, address=checked, problem=None)


@lru_cache(maxsize=256)  # a message's address is looked at once to find it and once to take it
def _checked(written: str) -> str | Problem:
    """The address, normalised, or what is wrong with it."""
    invisible = "".join(character for character in written if is_invisible(character))
    if invisible:
        shown = "".join(character for character in written if not is_invisible(character))
        return problem("problem-address-invisible", address=shown[:320], characters=code_points(invisible))
    local, _, domain = written.rpartition("@")
    domain = domain.translate(_IDEOGRAPHIC_STOPS)
    malformed = problem("problem-address-malformed", address=written[:320])
    if not local or "@" in local or "." not in domain.strip(".") or _RUNS_ON.fullmatch(domain):
        return malformed
    refused = "".join(character for character in local if character in REFUSED_CHARACTERS or not character.isascii())
    if refused:
        return problem("problem-address-characters", address=written[:320], characters=" ".join(dict.fromkeys(refused)))
    if local.startswith("-") or local.endswith("-"):
        return problem("problem-address-hyphen", address=written[:320])
    try:
        valid = validate_email(f"{local}@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return malformed if _is_domain(domain) else _no_domain(written, domain)
    ascii_domain = valid.ascii_domain.lower()
    return f"{local.lower()}@{ascii_domain}" if _TOP_LEVEL.search(ascii_domain) else _no_domain(written, domain)


def _is_domain(domain: str) -> bool:
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _no_domain(written: str, domain: str) -> Problem:
    return problem("problem-address-domain", address=written[:320], domain=domain[:255])
