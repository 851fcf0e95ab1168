"""A guest's name: one that was typed, and one to propose from what stood beside the address."""

import re

from bot.interview.draft import Problem
from bot.interview.problems import problem
from bot.interview.wording import cleaned, is_invisible, is_wide, one_line, without_invisible_ends

MOST_NAME_CHARACTERS = 120

_LINK = re.compile(r"https?:|www\.|\S@\S", re.IGNORECASE)
_OPENS_ADDRESS = re.compile(r"[<(\[（]\s*(?:mailto:\s*)?$", re.IGNORECASE)
_LINKED_NAME = re.compile(r"\[([^\[\]\n]{1,120})\]\((?:mailto:\s*)?$", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"\n]{1,120})"\s*$')
_LAST_FIRST = re.compile(r"^([^\W\d_][\w'-]*(?: [\w'-]+)?), ([^\W\d_][\w'.-]*(?: [\w'.-]+)?)$")
_PARTICLES = frozenset(
    {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e", "el", "ibn"}
)
_PARTICLES |= {"la", "le", "ten", "ter", "van", "von", "y", "zu"}
_DIVIDERS = re.compile(r"[,;:|。，；：、\n]")
_CHINESE_LEAD = re.compile(r"^.*(?:邀請|邀请|請|给|給|幫|讓|是|為|加入|新增)")
_DOTTED = re.compile(r"([a-z]{2,})[._]([a-z]{2,})@")


def parse_name(text: str) -> str | Problem:
    """The name in an answer to "what is the guest called?". Never raises."""
    clean = cleaned(text)
    if isinstance(clean, Problem):
        return clean
    name = without_invisible_ends(one_line(clean)).strip(" \"'<>,;")
    if not name:
        return problem("problem-empty")
    if _LINK.search(name):
        return problem("problem-name-address", name=name[:MOST_NAME_CHARACTERS])
    if len(name) > MOST_NAME_CHARACTERS:
        return problem("problem-name-too-long", length=len(name), most=MOST_NAME_CHARACTERS)
    letters = sum(character.isalpha() and not is_invisible(character) for character in name)
    if not letters or letters * 2 < len(name.replace(" ", "")):
        return problem("problem-name-implausible", name=name)
    return name


def display_name(text: str, start: int, end: int) -> str | None:
    """The person's name that stands before the address at `text[start:end]`: `Ana Silva <ana@…>`, `"Silva, Ana" <…>`,
    the first line of a signature.
    """
    before = text[:start]
    linked = _LINKED_NAME.search(before)
    opened = _OPENS_ADDRESS.search(before)
    if linked:
        candidate = linked[1]
    elif opened:
        candidate = _beside(before[: opened.start()].rstrip(" "))
    else:
        candidate = _signed(text, start)
    parsed = parse_name(_first_last(candidate)) if candidate else None
    return parsed if isinstance(parsed, str) else None


def name_from(address: str) -> str | None:
    """`Ana Silva` from `ana.silva@…`: only where both parts are plain words."""
    dotted = _DOTTED.match(address)
    return f"{dotted[1].capitalize()} {dotted[2].capitalize()}" if dotted else None


def _beside(before: str) -> str:
    quoted = _QUOTED.search(before)
    if quoted:
        return quoted[1]
    line = before.rpartition("\n")[2].strip()
    if _LAST_FIRST.match(line):
        return line
    segment = _DIVIDERS.split(line)[-1].strip()
    words: list[str] = []
    for word in reversed(segment.split(" ")[-6:]):
        if not (word[:1].isupper() or word.lower() in _PARTICLES or is_wide(word[:1] or " ")):
            break
        words.insert(0, word)
    while words and words[0].lower() in _PARTICLES:
        words.pop(0)
    # "Invite Ana Silva <…>" opens with a capital that is none of the name's.
    if words and words[0].lower() in ("invite", "add", "give", "grant", "please", "onboard"):
        words.pop(0)
    return _CHINESE_LEAD.sub("", " ".join(words))


def _signed(text: str, start: int) -> str:
    """The first line of a block that holds the address further down, where it reads as a name."""
    first, broken, rest = text.lstrip().partition("\n")
    if not broken or "@" in first or start < len(text) - len(rest):
        return ""
    words = first.strip().split(" ")
    capital = all(word[:1].isupper() or word.lower() in _PARTICLES for word in words)
    return first if 2 <= len(words) <= 4 and capital and not re.search(r"[\d:!?]", first) else ""


def _first_last(name: str) -> str:
    """`Ana Silva` for `Silva, Ana`."""
    swapped = _LAST_FIRST.match(name)
    return f"{swapped[2]} {swapped[1]}" if swapped else name
