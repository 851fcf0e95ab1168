"""What a revision changes, and that whatever is said to restrict only never grants anything new."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.findings import Facts
from policies.changes import ChangeKind, changes_between
from policies.compiled import compiled
from policies.conditions import FALSE, TRUE, compile_test
from policies.evaluation import evaluate
from policies.implication import implies
from policies.model import Condition, Policy
from tests.unit.policies.policy_samples import BASE, STANDARD, policy
from tests.unit.policies.test_policy_properties import (
    all_facts,
    any_policy,
    conditions,
    granted,
    limits,
    many,
    rules,
)

EMBARGO = """\
  - id: embargo
    deny: {reason: Not there.}
    when: {partner.country: {in: $embargoed}}
"""
TIGHTEN = """\
  - id: new-guest
    tighten: {route: middle, limits: {max_days: 30}, reason: They are new.}
    when: {guest.exists: false}
"""
NARROW = """\
  - id: narrow
    grant: {route: light, limits: {max_days: 30}, obligations: {questions: [why]}}
    when: {sponsor.user_type: Member, partner.known: true, package.class: standard}
"""
OLD = STANDARD + EMBARGO + TIGHTEN

RESTRICTING = {
    "a new deny": (OLD, OLD + EMBARGO.replace("embargo\n", "embargo-too\n")),
    "a new tighten": (STANDARD, STANDARD + TIGHTEN),
    "a grant that is gone": (OLD, EMBARGO + TIGHTEN),
    "a shorter limit": (OLD, OLD.replace("max_days: 90", "max_days: 60")),
    "a longer justification": (OLD, OLD.replace("justification: 30", "justification: 50")),
    "a grant that asks one question more": (
        OLD,
        OLD.replace("justification: 30}}", "justification: 30}, obligations: {questions: [why]}}"),
    ),
    "a grant by a stricter route": (OLD, OLD.replace("route: light", "route: heavy")),
    "a grant for fewer": (
        OLD,
        OLD.replace("package.class: standard}", "package.key: falcon, package.class: standard}"),
    ),
    "a deny for more": (OLD, OLD.replace("{in: $embargoed}", "{in: [KP, NO, IR]}")),
    "a rule of another name that says the same": (OLD, OLD.replace("id: embargo", "id: embargoed-countries")),
    "other words": (OLD, OLD.replace("Not there.", "We do not deliver there.")),
    "a grant in shadow mode": (OLD, OLD + NARROW.replace("narrow\n", "narrow\n    mode: shadow\n")),
}
GRANTING = {
    "a new grant": (OLD, OLD + NARROW.replace("class: standard", "class: secret")),
    "a deny that is gone": (OLD, STANDARD + TIGHTEN),
    "a tighten that is gone": (OLD, STANDARD + EMBARGO),
    "a deny in shadow mode": (OLD, OLD.replace("embargo\n", "embargo\n    mode: shadow\n")),
    "a longer limit": (OLD, OLD.replace("max_days: 90", "max_days: 91")),
    "no limit": (OLD, OLD.replace("max_days: 90, ", "")),
    "a shorter justification": (OLD, OLD.replace("justification: 30", "justification: 29")),
    "a lighter route": (OLD.replace("route: light", "route: middle"), OLD),
    "a lighter tighten": (OLD, OLD.replace("route: middle", "route: light")),
    "a grant for more": (OLD, OLD.replace(", package.class: standard", "")),
    "a deny for fewer": (OLD, OLD.replace("{in: $embargoed}", "{in: [KP]}")),
    "a grant that asks one question less": (
        OLD.replace("justification: 30}}", "justification: 30}, obligations: {questions: [why]}}"),
        OLD,
    ),
    "a grant that asked a question and lets another come first": (STANDARD + NARROW, STANDARD),
}


@pytest.mark.parametrize("what", RESTRICTING)
def test_what_can_only_restrict_is_known_to(what: str) -> None:
    old, new = RESTRICTING[what]
    found = changes_between(policy(old), policy(new))
    assert found.only_restricts, found.changes
    assert found.changes


@pytest.mark.parametrize("what", [each for each in GRANTING if not each.endswith("come first")])
def test_what_may_grant_is_never_taken_for_a_restriction(what: str) -> None:
    old, new = GRANTING[what]
    assert not changes_between(policy(old), policy(new)).only_restricts


def test_a_grant_that_goes_may_let_one_come_first_that_asks_less() -> None:
    strict = NARROW.replace("max_days: 30", "max_days: 90")
    light = STANDARD.replace("route: light", "route: middle")
    assert not changes_between(policy(strict + light), policy(light)).only_restricts


# fmt: off
BASES = [
    ("domains: [contoso.com]", "domains: [contoso.com, gmail.com]"),
    ("country: DE}", "country: FR}"),
    ("packages: [falcon]", "packages: [falcon, portal]"),
    ("sponsors: [trusted]", "sponsors: [trusted, approvers]"),
    ("max_days: 180", "max_days: 365"),
    ("light: {weight: 10, channel: requests, stages: [{ask: {group: approvers}}], deny_after: 5d}", "light: {weight: 1, stages: []}"),  # noqa: E501
    ("weight: 10, channel: requests, stages: [{ask: {group: approvers}}]", "weight: 10, channel: requests, stages: [{ask: {group: owners}}]"),  # noqa: E501
    ("vault: {name: Vault, class: secret", "vault: {name: Vault, class: standard"),
    ("portal: {name: Portal, class: standard, owner: {group: owners}, grants: {groups: [members]}}", "portal: {name: Portal, class: standard, owner: {group: owners}, grants: {groups: [members, trusted]}}"),  # noqa: E501
    ("44444444-4444-4444-4444-444444444444", "44444444-4444-4444-4444-444444444445"),
    ('"[A-Z]{3}"', '".*"'),
    (', questions: [code]}', "}"),
    ("https://apps.example/", "https://other.example/"),
    ("partners:\n", "partners:\n  woodgrove: {name: Woodgrove, domains: [woodgrove.example]}\n"),
    ("  vault: {", "  other: {name: Other, class: standard, owner: {group: owners}, grants: {groups: [members]}}\n  vault: {"),  # noqa: E501
]
# fmt: on


@pytest.mark.parametrize(("had", "has"), BASES)
def test_whatever_else_may_widen_counts_as_granting(had: str, has: str) -> None:
    base = BASE.replace(had, has, 1)
    assert base != BASE
    assert not changes_between(policy(OLD), policy(OLD, base=base)).only_restricts


def test_a_partner_that_goes_restricts_where_only_known_partners_are_granted() -> None:
    without = BASE.replace("  contoso: {name: Contoso, domains: [contoso.com], country: DE}\n", "")
    assert changes_between(policy(OLD), policy(OLD, base=without)).only_restricts
    open_to_all = OLD.replace(", partner.known: true", "")
    assert not changes_between(policy(open_to_all), policy(open_to_all, base=without)).only_restricts


def test_the_same_files_change_nothing_and_the_grants_are_told_by_name() -> None:
    assert changes_between(policy(OLD), policy(OLD)).changes == ()
    found = changes_between(policy(OLD), policy(EMBARGO + TIGHTEN + NARROW))
    assert found.grants_added == ("narrow",)
    assert found.grants_removed == ("standard",)
    wider = BASE.replace("packages: [falcon]", "packages: [falcon, portal]")
    found = changes_between(policy(OLD), policy(OLD, base=wider))
    assert [(each.kind, each.key) for each in found.changes] == [
        (ChangeKind.CHANGED, "partners.fabrikam.preapproved"),
    ]
    assert found.grants_added == ("partners.fabrikam.preapproved",)


def strictness(chosen: Policy, known: Facts) -> tuple[bool, int, frozenset[str]]:
    verdict = evaluate(chosen, known)
    rank = compiled(chosen).rank[verdict.route.key] if verdict.route else 0
    return granted(verdict), rank, frozenset(verdict.questions)


@st.composite
def bent(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """A policy, and the same with one or two things done to its rules."""
    old = draw(any_policy)
    found = list(old.rules)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(found) - 1))
        rule = found[at]
        match draw(st.sampled_from(("drop", "add", "limits", "when", "route", "questions", "swap"))):
            case "drop":
                del found[at]
            case "add":
                found.insert(at, draw(rules("deny", "tighten", "grant")))  # type: ignore[arg-type]
            case "limits":
                found[at] = replace(rule, limits=draw(limits)) if rule.route else rule
            case "when":
                more = draw(conditions)
                found[at] = replace(rule, when=draw(st.sampled_from((more, Condition(all=(rule.when, more))))))
            case "route":
                found[at] = replace(rule, route=draw(st.sampled_from(tuple(old.routes)))) if rule.route else rule
            case "questions":
                found[at] = replace(rule, questions=rule.questions[1:]) if rule.route else rule
            case "swap":
                found.insert(0, found.pop(at))
        if not found:
            break
    return old, replace(old, rules=tuple(found))


@many
@given(bent(), st.lists(all_facts(), min_size=8, max_size=8))
def test_a_revision_that_only_restricts_never_grants_more_or_asks_less(
    pair: tuple[Policy, Policy], known: list[Facts]
) -> None:
    old, new = pair
    assume(changes_between(old, new).only_restricts)
    for each in known:
        before, after = strictness(old, each), strictness(new, each)
        assert before[0] or not after[0]
        if after[0]:
            assert after[1] >= before[1]
            assert after[2] >= before[2]


@many
@given(conditions, conditions, st.lists(all_facts(), min_size=8, max_size=8), st.booleans())
def test_an_implication_that_is_proved_holds(
    one: Condition, other: Condition, known: list[Facts], joined: bool
) -> None:
    stronger = Condition(all=(one, other)) if joined else one
    assume(implies(stronger, other))
    strong, weak = compile_test(stronger), compile_test(other)
    for each in known:
        for facts in (each, {name: value for name, value in each.items() if not name.startswith("partner")}):
            assert strong(facts) is not TRUE or weak(facts) is TRUE
            assert weak(facts) is not FALSE or strong(facts) is FALSE
