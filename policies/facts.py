"""Every fact that a condition can speak of: one typed table, and the facts that the policy itself knows."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.findings import Facts
from bot.domain.packages import LocalisedText
from policies import domains
from policies.model import Policy


class FactKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    TEXTS = "list of texts"
    DOMAIN = "domain"


class Names(StrEnum):
    """What in the policy a fact's values are the names of."""

    GROUPS = "groups"
    PACKAGES = "access_packages"
    PARTNERS = "partners"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact. `values` or `names` say what it can be at all, so that a misspelt value is found when files are read.

    `words` is what a person is told is not known. `form` is a regular expression, `form_words` what it asks for.
    """

    kind: FactKind
    meaning: str
    words: LocalisedText
    values: tuple[str, ...] = ()
    names: Names | None = None
    form: str = ""
    form_words: str = ""


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
) -> Fact:
    words = {"": english, "en": english, "zh-Hant": chinese}
    return Fact(kind=kind, meaning=meaning, words=words, values=values, names=names, form=form, form_words=form_words)


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
        FactKind.NUMBER,
        "From the day of asking to the last day of access.",
        "for how many days access is asked for",
        "要求的天數",
    ),
    "request.justification_length": _fact(
        FactKind.NUMBER, "Characters of the justification.", "how long the justification is", "理由的字數"
    ),
    "package.key": _fact(
        FactKind.TEXT,
        "The package that is looked at.",
        "which package is looked at",
        "存取套件",
        names=Names.PACKAGES,
    ),
    "package.class": _fact(FactKind.TEXT, "Its class.", "the package's class", "存取套件的分類", names=Names.CLASSES),
}
"""Facts of `package.` are set by the evaluation itself, for each package asked for.

Texts are compared without regard to case. A fact that is None, absent or of another kind is unknown. The caller gives
`sponsor.groups` as keys (`facts_of_groups`); the domain objects (`AccessPackage.owner_group`, `Preapproved.sponsors`,
`Partner.add_groups`, `Grants.groups`, `StageRule.group`) hold object ids.
"""


def facts_of_partner(policy: Policy, address: str) -> Facts:
    """`partner.*`, from the guest's address. All are unknown where the address has no domain that could be one."""
    try:
        domain = domains.of_address(address)
    except domains.BadDomain:
        return {"partner.domain": None, "partner.known": None, "partner.key": None, "partner.country": None}
    partner = policy.partner_of(domain)
    return {
        "partner.domain": domain,
        "partner.known": partner is not None,
        "partner.key": partner.key if partner else "",
        "partner.country": partner.country if partner else None,
    }


def facts_of_groups(policy: Policy, group_ids: Collection[str]) -> Facts:
    """`sponsor.groups`, from the object ids of the groups that the sponsor is in."""
    found = {group_id.lower() for group_id in group_ids}
    return {"sponsor.groups": tuple(key for key, group_id in policy.groups.items() if group_id in found)}
