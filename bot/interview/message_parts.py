"""Taking a message apart: which words answer which question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.interview.addresses import Address, Found, address_of, find_addresses
from bot.interview.draft import Draft, Known, Problem, Topic
from bot.interview.duration_mentions import Mention, find_mentions
from bot.interview.names import display_name
from bot.interview.package_mentions import GAP, find_packages
from bot.interview.package_names import names_of
from bot.interview.problems import problem
from bot.interview.wording import evened, is_wide
from policies.offer import Offer

_LABELS = {
    Topic.ADDRESS: "address|e-?mail(?: address)?|電子郵件|郵件|信箱|地址",
    Topic.NAME: "name|guest'?s? name|姓名|名字",
    Topic.PACKAGES: "packages?|access packages?|存取套件|套件|權限",
    Topic.DURATION: "duration|until|end(?: date)?|how long|期限|期間|到期日?",
    Topic.JUSTIFICATION: "justification|reason|purpose|理由|原因|事由|用途",
}
_TOPICS = tuple((topic, re.compile(words, re.IGNORECASE)) for topic, words in _LABELS.items())
_LABEL = "|".join(_LABELS.values())
_LABELLED = re.compile(
    rf"(?:(?:please )?(?:change|set) (?:the )?(?P<english>{_LABEL}) to |(?P<colon>{_LABEL}) ?[:=]"
    rf"|請?[把將]?(?P<chinese>{_LABEL})(?:改成|改為|設為|改到)) ?(?P<value>\S.*)",
    re.IGNORECASE,
)
_CONNECTOR = re.compile(
    r"[\s,，、;；.。:：–—-]*(?:(?P<word>(?:because(?: of)?|since|as|so that|so|in order to|for the purpose of|for|to"
    r"|reason|purpose|justification)\b|因為|因|為了|以便|用於|用來|以|原因是?|理由是?|事由是?)[\s:：,-]*)?",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"[\s,，.。;；!！]*(?:please|thanks|thank you|thx|cheers|謝謝|感謝)[\s.。!！]*$", re.IGNORECASE)
_STRETCH = re.compile(rf"(?<={GAP})[>)\]}} ]*(?P<said>[^{GAP}]+)")
_PUNCTUATION = frozenset(",，;；.。:：–—\n")
_FEWEST_WORDS = 2
_FEWEST_WIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a message says of each question, as written; and what is wrong with some of it."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)


def labelled(clean: str) -> Parts | None:
    """`until: 1 March`, `change the duration to 60 days`, 期限改成三個月, a line each; None where a line is not so."""
    values: dict[str, tuple[str, ...]] = {}
    for line in filter(None, (line.strip() for line in clean.split("\n"))):
        match = _LABELLED.fullmatch(evened(line))
        if not match:
            return None
        label = match["english"] or match["colon"] or match["chinese"]
        topic = next(topic for topic, words in _TOPICS if words.fullmatch(label))
        values[str(topic)] = (line[match.start("value") :],)
    return Parts(values=values)


def parts_of(clean: str, draft: Draft, offer: Offer, known: Known) -> Parts:
    """All that a sentence such as "invite ana@… to Falcon for 60 days for the design review" says."""
    text = evened(clean)
    values: dict[str, tuple[str, ...]] = {}
    problems: dict[str, Problem] = {}
    found = find_addresses(text)
    if found:
        address = address_of(text, found, own_domains=known.own_domains)
        if isinstance(address, Address):
            values[str(Topic.ADDRESS)] = (_with_name(address),)
        else:
            problems[str(Topic.ADDRESS)] = address
    rest = _without(text, [_with_its_name(text, entry) for entry in found])
    packages = find_packages(rest, names_of(offer, draft.locale))
    if packages.keys:
        values[str(Topic.PACKAGES)] = packages.keys
    elif packages.problem:
        problems[str(Topic.PACKAGES)] = packages.problem
    rest = _without(rest, list(packages.spans))
    mentions = find_mentions(rest)
    if mentions and len({mention.written for mention in mentions}) == 1:
        values[str(Topic.DURATION)] = (mentions[0].written,)
    elif mentions:
        problems[str(Topic.DURATION)] = _several(mentions)
    rest = _without(rest, [(mention.start, mention.end) for mention in mentions])
    reason = _reason(rest, clean, after_packages=str(Topic.PACKAGES) in values) if values else ""
    if reason:
        values[str(Topic.JUSTIFICATION)] = (reason,)
    return Parts(values=values, problems=problems)


def _with_its_name(text: str, found: Found) -> tuple[int, int]:
    """Where the address stands, with the name that stands before it."""
    name = display_name(text, found.start, found.end)
    at = text.rfind(name, 0, found.start) if name else -1
    return (at if at >= 0 else found.start), found.end


def _with_name(address: Address) -> str:
    return f'"{address.name}" <{address.address}>' if address.name and '"' not in address.name else address.address


def _several(mentions: tuple[Mention, ...]) -> Problem:
    return problem("problem-duration-several", text=", ".join(mention.written for mention in mentions)[:200])


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + GAP * (end - start) + text[end:]
    return text


def _reason(rest: str, clean: str, *, after_packages: bool) -> str:
    """The one stretch after something understood that is joined on as a reason is; in the words as written."""
    reasons = []
    for stretch in _STRETCH.finditer(rest):
        opening = _CONNECTOR.match(rest, stretch.start("said"), stretch.end())
        word = opening["word"].lower().rstrip(" ") if opening and opening["word"] else ""
        # "to design reviews", where no package was understood, may well be what access is asked to.
        if opening is None or (word == "to" and not after_packages):
            continue
        if word or stretch["said"][0] in _PUNCTUATION or stretch["said"].startswith("- "):
            reasons.append(_COURTESY.sub("", clean[opening.end() : stretch.end()]).strip())
    told = [
        reason
        for reason in reasons
        if len(reason.split()) >= _FEWEST_WORDS or sum(map(is_wide, reason)) >= _FEWEST_WIDE
    ]
    return told[0] if len(told) == 1 else ""
