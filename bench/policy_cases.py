"""The policy that the engines are compared on, with any number of partners, and requests drawn for it."""

import random
from dataclasses import dataclass

RULES = """\
groups:
  guest-approvers: 44444444-4444-4444-4444-444444444444
  security-approvers: 55555555-5555-5555-5555-555555555555
  owners: 66666666-6666-6666-6666-666666666666
  members: 11111111-1111-1111-1111-111111111111
  sponsors-0: 77777777-7777-7777-7777-777777777770
  sponsors-1: 77777777-7777-7777-7777-777777777771
  sponsors-2: 77777777-7777-7777-7777-777777777772
lists:
  consumer-mail: [gmail.com, outlook.com, yahoo.com, icloud.com, proton.me]
  embargoed: [KP, IR, SY]
  embargoed-domains: ["*.kp", "*.ir", "*.sy"]
defaults: {redirect_url: "https://apps.example/"}
questions:
  code: {kind: text, text: Which project code?}
  drawings: {kind: text, text: Which drawings?}
access_packages:
  falcon: {name: Falcon, class: standard, owner: {group: owners}, grants: {groups: [members]}, questions: [code]}
  portal: {name: Portal, class: standard, owner: {group: owners}, grants: {groups: [members]}}
  vault: {name: Vault, class: confidential, owner: {group: owners}, grants: {groups: [members]}}
routes:
  auto: {weight: 0, stages: []}
  guest-approval: {weight: 10, channel: requests, stages: [{ask: {group: guest-approvers}}]}
  four-eyes: {weight: 20, channel: requests, stages: [{ask: {group: guest-approvers}, approvals: 2}]}
  owner-then-security:
    weight: 40
    channel: security
    stages: [{ask: {who: package.owner}}, {ask: {group: security-approvers}, approvals: 2}]
rules:
  - id: members-only
    deny: {reason: Only members invite guests., remedy: Ask a colleague.}
    when: {sponsor.user_type: {is_not: Member}}
  - id: consumer-mail
    deny: {reason: "{partner.domain} is for private mail.", remedy: Ask for a work address.}
    when: {partner.domain: {in: $consumer-mail}}
  - id: embargo
    deny: {reason: Nobody is invited from a country under embargo.}
    when:
      any:
        - {partner.known: true, partner.country: {in: $embargoed}}
        - {partner.domain: {in: $embargoed-domains}}
  - id: sponsor-quota
    deny: {reason: "You sponsor {sponsor.active_guests} guests already.", remedy: End what is no longer needed.}
    when: {request.kind: access, sponsor.active_guests: {at_least: 10}}
  - id: partners-standard
    grant: {route: guest-approval, limits: {max_days: 90, justification: 30}}
    when: {partner.known: true, package.class: standard}
  - id: newcomers-portal
    grant: {route: guest-approval, limits: {max_days: 30, justification: 30}}
    when: {partner.known: false, package.key: portal}
  - id: partners-confidential
    grant:
      route: owner-then-security
      limits: {max_days: 60, justification: 60}
      obligations: {questions: [drawings]}
    when: {partner.known: true, package.class: confidential}
  - id: unknown-organisation
    tighten: {limits: {justification: 60}, reason: "{partner.domain} belongs to no partner of ours."}
    when: {partner.known: false}
  - id: denied-before
    tighten: {route: four-eyes, limits: {max_days: 30}, reason: Requests for this guest were denied before.}
    when: {guest.previous_denials: {at_least: 1}}
"""

COUNTRIES = ("US", "DE", "FR", "TW", "JP", "NO", "KP")
PACKAGES = ("falcon", "portal", "vault")
CLASSES = {"falcon": "standard", "portal": "standard", "vault": "confidential"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCase:
    key: str
    domain: str
    country: str
    sponsors: tuple[str, ...]
    packages: tuple[str, ...]
    max_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, before any engine's own form. None: not known."""

    domain: str
    user_type: str
    groups: tuple[str, ...]
    active_guests: int | None
    previous_denials: int
    kind: str
    packages: tuple[str, ...]
    days: int
    justification: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engines have to agree on: what was granted, or the rules that refuse (none: nothing grants it)."""

    denied: frozenset[str] = frozenset()
    route: str = ""
    max_days: int = 0
    justification: int = 0
    questions: frozenset[str] = frozenset()


def partner_cases(count: int) -> list[PartnerCase]:
    return [
        PartnerCase(
            key=f"partner-{number}",
            domain=f"partner-{number}.example",
            country=COUNTRIES[number % len(COUNTRIES)],
            sponsors=(f"sponsors-{number % 3}",),
            packages=(PACKAGES[number % 3], "falcon") if number % 3 else ("falcon",),
            max_days=30 * (number % 6 + 1),
        )
        for number in range(count)
    ]


def policy_text(partners: list[PartnerCase]) -> str:
    """The policy file."""
    lines = [RULES, "partners:\n"]
    lines += [
        f"  {partner.key}:\n"
        f"    name: Partner {partner.key}\n"
        f"    domains: [{partner.domain}]\n"
        f"    country: {partner.country}\n"
        f"    preapproved: {{sponsors: [{', '.join(partner.sponsors)}], packages: [{', '.join(partner.packages)}], "
        f"limits: {{max_days: {partner.max_days}}}}}\n"
        for partner in partners
    ]
    return "".join(lines)


def asks(partners: list[PartnerCase], count: int, seed: int) -> list[Ask]:
    """Requests of all sorts: two in three from partners, some refused, most of the limits' edges met."""
    draw = random.Random(seed)
    strangers = ("gmail.com", "yahoo.com", "newcomer.example", "another.example", "example.kp")
    return [
        Ask(
            domain=draw.choice(partners).domain if draw.random() < 0.8 else draw.choice(strangers),
            user_type="Guest" if draw.random() < 0.05 else "Member",
            groups=tuple(f"sponsors-{number}" for number in range(3) if draw.random() < 0.3),
            active_guests=None if draw.random() < 0.03 else draw.choice((0, 1, 2, 3, 5, 8, 9, 10, 12)),
            previous_denials=draw.choice((0, 0, 0, 0, 0, 1, 2)),
            kind="extension" if draw.random() < 0.2 else "access",
            packages=tuple(draw.sample(PACKAGES, draw.choice((1, 1, 1, 2)))),
            days=draw.choice((7, 14, 29, 30, 31, 60, 61, 90, 91, 120, 180)),
            justification=draw.choice((10, 29, 30, 45, 60, 80, 200)),
        )
        for _ in range(count)
    ]
