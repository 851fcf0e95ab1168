"""Every fact that a condition can speak of: one typed table, and the facts that the policy itself knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.findings import Facts, FactValue
from bot.domain.packages import LocalisedText
from policies import domains
from policies.look_alikes import has_mixed_scripts, looks_like
from policies.model import ANSWER, FactKind, Policy, PolicyQuestion, QuestionKind

__all__ = [
    "FACTS",
    "WEEKDAYS",
    "Fact",
    "FactKind",
    "Names",
    "accepted",
    "fact_of_answer",
    "facts_of_answers",
    "facts_of_groups",
    "facts_of_partner",
    "facts_of_time",
    "value_of_answer",
    "with_packages_after",
    "words_of",
]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Names(StrEnum):
    """What in the policy a fact's values are the names of."""

    GROUPS = "groups"
    PACKAGES = "access_packages"
    PARTNERS = "partners"
    CLASSES = "classes"
    QUESTIONS = "questions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact. `values` or `names` say what it can be at all, so that a misspelt value is found when files are read.

    `words` is what a person is told is not known. `form` is a regular expression, `form_words` what it asks for.
    `rests_on`: a fact that this one is worked out from, and is as open as, while a request is being asked for.
    """

    kind: FactKind
    meaning: str
    words: LocalisedText
    values: tuple[str, ...] = ()
    names: Names | None = None
    form: str = ""
    form_words: str = ""
    rests_on: str = ""
    can_be_empty: bool = False
    """The empty text is a value of its own, and not what is unknown."""


def _fact(
    kind: FactKind,
    meaning: str,
    english: str,
    chinese: str,
    *,
    values: tuple[str, ...] = (),
    names: Names | None = None,
    form: str = "",
    form_words: str = "",
    rests_on: str = "",
    can_be_empty: bool = False,
) -> Fact:
    return Fact(
        kind=kind,
        meaning=meaning,
        words={"": english, "en": english, "zh-Hant": chinese},
        values=values,
        names=names,
        form=form,
        form_words=form_words,
        rests_on=rests_on,
        can_be_empty=can_be_empty,
    )


FACTS: dict[str, Fact] = {
    "sponsor.id": _fact(FactKind.TEXT, "The sponsor's object id.", "who the sponsor is", "擔保人的身分"),
    "sponsor.user_type": _fact(
        FactKind.TEXT,
        "Member or Guest, as the directory has it.",
        "whether the sponsor is a member of the organisation",
        "擔保人是否為組織成員",
        values=("Member", "Guest", "Unknown"),
    ),
    "sponsor.groups": _fact(
        FactKind.TEXTS,
        "Those of the policy's groups that the sponsor is in (keys of `groups:`, not object ids).",
        "the sponsor's groups",
        "擔保人所屬的群組",
        names=Names.GROUPS,
    ),
    "sponsor.department": _fact(FactKind.TEXT, "The sponsor's department.", "the sponsor's department", "擔保人的部門"),
    "sponsor.title": _fact(FactKind.TEXT, "The sponsor's job title.", "the sponsor's job title", "擔保人的職稱"),
    "sponsor.employee_type": _fact(
        FactKind.TEXT,
        "The sponsor's employee type; empty in many tenants.",
        "the sponsor's employee type",
        "擔保人的員工類型",
    ),
    "sponsor.country": _fact(FactKind.TEXT, "The sponsor's country.", "the sponsor's country", "擔保人的國家或地區"),
    "sponsor.has_manager": _fact(
        FactKind.YES_NO,
        "Whether the directory names a manager.",
        "whether the sponsor has a manager",
        "擔保人是否有主管",
    ),
    "sponsor.manager": _fact(
        FactKind.TEXT,
        "The object id of the sponsor's manager; empty where the directory names none.",
        "who the sponsor's manager is",
        "擔保人的主管",
        can_be_empty=True,
    ),
    "sponsor.active_guests": _fact(
        FactKind.NUMBER,
        "Guests who hold something under this sponsor now.",
        "how many guests the sponsor has",
        "擔保人目前的來賓人數",
    ),
    "sponsor.requests_in_7_days": _fact(
        FactKind.NUMBER,
        "Requests this sponsor submitted in the last 7 days.",
        "how many requests the sponsor made in 7 days",
        "擔保人 7 天內提出的要求數",
    ),
    "guest.address": _fact(
        FactKind.TEXT, "The guest's address, normalised.", "the guest's address", "來賓的電子郵件地址"
    ),
    "guest.exists": _fact(
        FactKind.YES_NO,
        "Whether the directory holds an account for the address.",
        "whether the guest is in the directory already",
        "目錄中是否已有此來賓",
    ),
    "guest.state": _fact(
        FactKind.TEXT,
        "not_invited, pending or accepted.",
        "whether the guest has accepted an invitation",
        "來賓是否已接受邀請",
        values=("not_invited", "pending", "accepted"),
    ),
    "guest.packages": _fact(
        FactKind.TEXTS,
        "Packages the guest holds now (keys).",
        "what the guest holds now",
        "來賓目前擁有的存取套件",
        names=Names.PACKAGES,
    ),
    "guest.packages_after": _fact(
        FactKind.TEXTS,
        "Packages the guest would hold after this request: those held now and those asked for (keys).",
        "what the guest would hold after this request",
        "此要求之後來賓會擁有的存取套件",
        names=Names.PACKAGES,
        rests_on="request.packages",
    ),
    "guest.previous_denials": _fact(
        FactKind.NUMBER,
        "Requests for this guest that were denied.",
        "how often this guest was denied",
        "此來賓先前遭拒的次數",
    ),
    "partner.key": _fact(
        FactKind.TEXT,
        "The partner's key; empty where no partner has the domain.",
        "which partner the guest belongs to",
        "來賓所屬的合作夥伴",
        names=Names.PARTNERS,
        can_be_empty=True,
    ),
    "partner.known": _fact(
        FactKind.YES_NO,
        "Whether a partner has the domain.",
        "whether the guest's organisation is a partner",
        "來賓的組織是否為合作夥伴",
    ),
    "partner.domain": _fact(
        FactKind.DOMAIN, "The domain of the guest's address.", "the domain of the guest's address", "來賓的電子郵件網域"
    ),
    "partner.country": _fact(
        FactKind.TEXT,
        "The partner's country (ISO 3166, two letters); unknown where no partner has the domain.",
        "the partner's country",
        "合作夥伴的國家或地區",
        form="[A-Za-z]{2}",
        form_words="a country's two letters (ISO 3166, such as DE)",
    ),
    "partner.is_entra_tenant": _fact(
        FactKind.YES_NO,
        "Whether the domain is one of a Microsoft Entra tenant, whose people sign in with their own work account.",
        "whether the guest's organisation uses Microsoft Entra",
        "來賓的組織是否使用 Microsoft Entra",
    ),
    "partner.looks_like": _fact(
        FactKind.TEXT,
        "The partner whose domain this one imitates: one or two letters away, look-alike letters, or the partner's "
        "domain as its beginning; empty where it imitates none, and for a partner's own domains.",
        "whether the domain imitates a partner's",
        "網域是否仿冒合作夥伴",
        names=Names.PARTNERS,
        can_be_empty=True,
    ),
    "partner.mixed_scripts": _fact(
        FactKind.YES_NO,
        "Whether a part of the domain mixes letters of several scripts, such as Latin and Cyrillic.",
        "whether the domain mixes scripts",
        "網域是否混用多種文字",
    ),
    "request.kind": _fact(
        FactKind.TEXT,
        "access or extension.",
        "whether this prolongs access",
        "是否為延長存取",
        values=("access", "extension"),
    ),
    "request.packages": _fact(
        FactKind.TEXTS,
        "The packages asked for (keys).",
        "which packages are asked for",
        "要求的存取套件",
        names=Names.PACKAGES,
    ),
    "request.days": _fact(
        FactKind.DAYS,
        "From the day of asking to the last day of access.",
        "for how many days access is asked for",
        "要求的天數",
    ),
    "request.justification_length": _fact(
        FactKind.NUMBER, "Characters of the justification.", "how long the justification is", "理由的字數"
    ),
    "request.answers": _fact(
        FactKind.TEXTS,
        "The questions and terms that are answered (keys). The answer itself is `request.answers.` and the key.",
        "which questions are answered",
        "已回答的問題",
        names=Names.QUESTIONS,
    ),
    "package.key": _fact(
        FactKind.TEXT,
        "The package that is looked at.",
        "which package is looked at",
        "存取套件",
        names=Names.PACKAGES,
    ),
    "package.class": _fact(FactKind.TEXT, "Its class.", "the package's class", "存取套件的分類", names=Names.CLASSES),
    "package.owner": _fact(
        FactKind.TEXT,
        "The group that owns it (a key of `groups:`).",
        "who owns the package",
        "存取套件的負責群組",
        names=Names.GROUPS,
    ),
    "time.now": _fact(
        FactKind.MOMENT, "Now, in the company's time zone (`defaults: {time_zone: …}`).", "the time", "目前時間"
    ),
    "time.date": _fact(FactKind.DATE, "Today, in the company's time zone.", "the date", "今天的日期"),
    "time.weekday": _fact(
        FactKind.TEXT, "Today's weekday, in English and lower case.", "the weekday", "今天是星期幾", values=WEEKDAYS
    ),
    "time.hour": _fact(FactKind.NUMBER, "The hour, 0 to 23; 9 is from 9:00 to 9:59.", "the hour", "目前的時刻"),
}
"""Facts of `package.` are set by the evaluation itself, for each package asked for.

Texts are compared without regard to case. A fact that is None, absent or of another kind is unknown. The caller gives
`sponsor.groups` as keys (`facts_of_groups`); the domain objects (`AccessPackage.owner_group`, `Preapproved.sponsors`,
`Partner.add_groups`, `Grants.groups`, `StageRule.group`) hold object ids.
"""


_KIND_OF_ANSWER: Mapping[QuestionKind, FactKind] = {
    QuestionKind.TEXT: FactKind.TEXT,
    QuestionKind.CHOICE: FactKind.TEXT,
    QuestionKind.NUMBER: FactKind.NUMBER,
    QuestionKind.DATE: FactKind.DATE,
    QuestionKind.YES_NO: FactKind.YES_NO,
    QuestionKind.TERMS: FactKind.YES_NO,
}


def fact_of_answer(question: PolicyQuestion) -> Fact:
    """The fact `request.answers.<key>`: unknown until it is answered; of terms, true once this version is accepted."""
    return _fact(
        _KIND_OF_ANSWER[question.kind],
        f"The answer to `{question.key}`.",
        f"the answer to {question.key}",
        f"{question.key} 的答案",
        values=tuple(question.choices),
    )


def words_of(name: str) -> LocalisedText:
    """What a person is told a fact is."""
    if name.startswith(ANSWER):
        key = name.removeprefix(ANSWER)
        return {"": f"the answer to {key}", "en": f"the answer to {key}", "zh-Hant": f"{key} 的答案"}
    return FACTS[name].words


def accepted(question: PolicyQuestion) -> str:
    """How the acceptance of these terms is stored: another version is another answer."""
    return f"accepted {question.version}"


def value_of_answer(question: PolicyQuestion, answer: str | None) -> FactValue:
    """The value of an answer as it is stored; None where there is none, or none that this question can have."""
    if answer is None:
        return None
    if question.kind is QuestionKind.TERMS:
        return True if answer == accepted(question) else None
    if question.kind is QuestionKind.YES_NO:
        return {"yes": True, "no": False}.get(answer)
    if question.kind is QuestionKind.NUMBER:
        return int(answer) if answer.removeprefix("-").isdecimal() and len(answer) < 20 else None
    return answer


def facts_of_answers(policy: Policy, answers: Mapping[str, str]) -> Facts:
    """`request.answers` and each answer, from question keys and answers as they are stored."""
    values = {key: value_of_answer(question, answers.get(key)) for key, question in policy.questions.items()}
    answered = tuple(key for key, value in values.items() if value is not None)
    return {"request.answers": answered, **{f"{ANSWER}{key}": value for key, value in values.items()}}


def facts_of_time(policy: Policy, now: datetime) -> Facts:
    """`time.*` at this moment (aware), in the company's time zone."""
    here = now.astimezone(ZoneInfo(policy.time_zone))
    return {
        "time.now": here.strftime("%Y-%m-%dT%H:%M:%S"),
        "time.date": here.date().isoformat(),
        "time.weekday": WEEKDAYS[here.weekday()],
        "time.hour": here.hour,
    }


def with_packages_after(facts: Facts) -> Facts:
    """These facts with `guest.packages_after`, worked out from what is held and what is asked for."""
    held, asked = facts.get("guest.packages"), facts.get("request.packages")
    after = tuple(dict.fromkeys((*held, *asked))) if isinstance(held, tuple) and isinstance(asked, tuple) else None
    return {**facts, "guest.packages_after": after}


_OF_PARTNER = (
    "partner.domain",
    "partner.known",
    "partner.key",
    "partner.country",
    "partner.looks_like",
    "partner.mixed_scripts",
)


def facts_of_partner(policy: Policy, address: str) -> Facts:
    """`partner.*` but for `is_entra_tenant`, from the guest's address.

    All are unknown where the address has no domain that could be one."""
    try:
        domain = domains.of_address(address)
    except domains.BadDomain:
        return dict.fromkeys(_OF_PARTNER)
    partner = policy.partner_of(domain)
    return {
        "partner.domain": domain,
        "partner.known": partner is not None,
        "partner.key": partner.key if partner else "",
        "partner.country": partner.country if partner else None,
        "partner.looks_like": "" if partner else looks_like(policy, domain),
        "partner.mixed_scripts": has_mixed_scripts(domain),
    }


def facts_of_groups(policy: Policy, group_ids: Collection[str]) -> Facts:
    """`sponsor.groups`, from the object ids of the groups that the sponsor is in."""
    found = {group_id.lower() for group_id in group_ids}
    return {"sponsor.groups": tuple(key for key, group_id in policy.groups.items() if group_id in found)}
