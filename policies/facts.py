"""Every fact that a condition can speak of: one typed table."""

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    TEXTS = "list of texts"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    kind: FactKind
    meaning: str


FACTS: dict[str, Fact] = {
    "sponsor.id": Fact(kind=FactKind.TEXT, meaning="The sponsor's object id."),
    "sponsor.user_type": Fact(kind=FactKind.TEXT, meaning="Member or Guest, as the directory has it."),
    "sponsor.groups": Fact(kind=FactKind.TEXTS, meaning="Those of the policy's groups that the sponsor is in (keys)."),
    "sponsor.department": Fact(kind=FactKind.TEXT, meaning="The sponsor's department."),
    "sponsor.title": Fact(kind=FactKind.TEXT, meaning="The sponsor's job title."),
    "sponsor.employee_type": Fact(kind=FactKind.TEXT, meaning="The sponsor's employee type; empty in many tenants."),
    "sponsor.country": Fact(kind=FactKind.TEXT, meaning="The sponsor's country."),
    "sponsor.has_manager": Fact(kind=FactKind.YES_NO, meaning="Whether the directory names a manager."),
    "sponsor.active_guests": Fact(kind=FactKind.NUMBER, meaning="Guests who hold something under this sponsor now."),
    "sponsor.requests_in_7_days": Fact(
        kind=FactKind.NUMBER, meaning="Requests this sponsor submitted in the last 7 days."
    ),
    "guest.address": Fact(kind=FactKind.TEXT, meaning="The guest's address, normalised."),
    "guest.exists": Fact(kind=FactKind.YES_NO, meaning="Whether the directory holds an account for the address."),
    "guest.state": Fact(kind=FactKind.TEXT, meaning="not_invited, pending or accepted."),
    "guest.packages": Fact(kind=FactKind.TEXTS, meaning="Packages the guest holds now (keys)."),
    "guest.previous_denials": Fact(kind=FactKind.NUMBER, meaning="Requests for this guest that were denied."),
    "partner.key": Fact(kind=FactKind.TEXT, meaning="The partner's key; empty where no partner has the domain."),
    "partner.known": Fact(kind=FactKind.YES_NO, meaning="Whether a partner has the domain."),
    "partner.domain": Fact(kind=FactKind.DOMAIN, meaning="The domain of the guest's address."),
    "partner.country": Fact(
        kind=FactKind.TEXT, meaning="The partner's country; unknown where no partner has the domain."
    ),
    "request.kind": Fact(kind=FactKind.TEXT, meaning="access or extension."),
    "request.packages": Fact(kind=FactKind.TEXTS, meaning="The packages asked for (keys)."),
    "request.days": Fact(kind=FactKind.NUMBER, meaning="From the day of asking to the last day of access."),
    "request.justification_length": Fact(kind=FactKind.NUMBER, meaning="Characters of the justification."),
    "package.key": Fact(kind=FactKind.TEXT, meaning="The package that is looked at."),
    "package.class": Fact(kind=FactKind.TEXT, meaning="Its class."),
}
"""Facts of `package.` are set by the evaluation itself, for each package asked for."""
