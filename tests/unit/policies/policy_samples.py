"""A small policy that tests bend, and facts that it grants."""

from bot.domain.findings import Facts, FactValue
from policies.loader import load_texts
from policies.model import Policy

GROUPS = """\
groups:
  approvers: 44444444-4444-4444-4444-444444444444
  owners: 66666666-6666-6666-6666-666666666666
  members: 11111111-1111-1111-1111-111111111111
  trusted: 77777777-7777-7777-7777-777777777777
"""

BASE = (
    GROUPS
    + """\
lists:
  consumer: [gmail.com, outlook.com]
  embargoed: [KP, NO]
defaults: {redirect_url: "https://apps.example/"}
questions:
  code: {kind: text, text: Which code?, pattern: "[A-Z]{3}"}
  kind: {kind: choice, text: Which kind?, choices: {a: First, b: Second}}
  why: {kind: text, text: Why?}
access_packages:
  falcon: {name: Falcon, class: standard, owner: {group: owners}, grants: {groups: [members]}, questions: [code]}
  portal: {name: Portal, class: standard, owner: {group: owners}, grants: {groups: [members]}}
  vault: {name: Vault, class: secret, owner: {group: owners}, grants: {groups: [members]}}
routes:
  auto: {weight: 0, stages: []}
  light: {weight: 10, channel: requests, stages: [{ask: {group: approvers}}], deny_after: 5d}
  middle: {weight: 20, channel: requests, stages: [{ask: {who: sponsor.manager}}]}
  heavy: {weight: 40, channel: security, stages: [{ask: {who: package.owner}}, {ask: {group: approvers}, approvals: 2}]}
partners:
  fabrikam:
    name: Fabrikam
    domains: [fabrikam.com, "*.fabrikam.com"]
    country: US
    preapproved: {sponsors: [trusted], packages: [falcon], limits: {max_days: 180}}
  contoso: {name: Contoso, domains: [contoso.com], country: DE}
"""
)

STANDARD = """\
  - id: standard
    grant: {route: light, limits: {max_days: 90, justification: 30}}
    when: {sponsor.user_type: Member, partner.known: true, package.class: standard}
"""


def policy(rules: str = STANDARD, *, base: str = BASE) -> Policy:
    """The base with these rules (the items of `rules:`, indented by two)."""
    return load_texts([("policy.yaml", f"{base}rules:\n{rules}")])


def facts(**changed: FactValue) -> Facts:
    """A request that STANDARD grants; `partner__country=None` and so on change it."""
    usual: dict[str, FactValue] = {
        "sponsor.id": "sponsor",
        "sponsor.user_type": "Member",
        "sponsor.groups": (),
        "sponsor.department": "Design",
        "sponsor.active_guests": 1,
        "guest.address": "ana@contoso.com",
        "guest.exists": False,
        "guest.previous_denials": 0,
        "partner.key": "contoso",
        "partner.known": True,
        "partner.domain": "contoso.com",
        "partner.country": "DE",
        "request.kind": "access",
        "request.packages": ("falcon",),
        "request.days": 60,
        "request.justification_length": 40,
    }
    return usual | {name.replace("__", "."): value for name, value in changed.items()}
