"""A policy's own cases, the breaking of its rules, and its invariants."""

import pytest

from policies import invariants as checking
from policies.invariants import as_case, check_invariants
from policies.loader import load_texts
from policies.model import Policy
from policies.mutation import survivors
from policies.testing import facts_of_case, run_tests, uncovered
from tests.unit.policies.policy_samples import BASE, STANDARD, policy

DENY_KP = """\
  - id: embargo
    deny: {reason: No.}
    when: {any: [{partner.known: true, partner.country: {in: $embargoed}}, {partner.domain: {in: ["*.kp"]}}]}
"""
QUOTA = "  - id: quota\n    deny: {reason: Enough.}\n    when: {sponsor.active_guests: {at_least: 10}}\n"


def promising(cases: str, rules: str = STANDARD + QUOTA) -> Policy:
    return load_texts([("policy.yaml", f"{BASE}rules:\n{rules}"), ("tests.yaml", f"tests:\n{cases}")])


def case(given: str, expect: str, name: str = "x") -> str:
    return f"  - {{name: {name}, given: {given}, expect: {expect}}}\n"


def wrong(given: str, expect: str) -> tuple[str, ...]:
    return run_tests(promising(case(given, expect)))[0].wrong


def test_a_case_that_comes_out_as_expected_passes() -> None:
    assert wrong("{partner.key: contoso}", "{outcome: grant, by: [standard], route: light, max_days: 90}") == ()
    assert wrong("{partner.key: contoso, sponsor.active_guests: 10}", "{outcome: deny, by: [quota]}") == ()


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{outcome: deny}", "expected deny, got grant by standard"),
        ("{outcome: grant, by: [quota]}", "expected by [quota], got [standard]"),
        ("{outcome: grant, route: heavy}", "expected route heavy, got light"),
        ("{outcome: grant, max_days: 60}", "expected max_days 60, got 90"),
        ("{outcome: grant, justification: 60}", "expected justification 60, got 30"),
        ("{outcome: grant, questions: [why]}", "expected questions [why], got [code]"),
        ("{outcome: grant, tightened: [standard]}", "expected tightened [standard], got []"),
    ],
)
def test_a_case_that_comes_out_otherwise_says_how(expect: str, said: str) -> None:
    assert wrong("{partner.key: contoso, request.packages: [falcon]}", expect) == (said,)


def test_default_deny_needs_no_naming_beside_a_rule_and_can_be_named() -> None:
    given = "{partner.domain: new.example, sponsor.active_guests: 10}"
    assert wrong(given, "{outcome: deny, by: [quota]}") == ()
    assert wrong("{partner.domain: new.example}", "{outcome: deny, by: [default-deny]}") == ()
    assert wrong("{partner.domain: new.example}", "{outcome: deny, by: []}") == ()


def test_a_fact_that_is_given_as_nothing_is_not_known() -> None:
    assert wrong("{partner.key: contoso, sponsor.active_guests: ~}", "{outcome: deny, by: [quota]}") == ()


def test_facts_of_a_case_go_together() -> None:
    facts = facts_of_case(
        policy(), {"time.date": "2026-02-22", "partner.key": "fabrikam", "guest.packages": ("vault",)}
    )
    assert (facts["time.weekday"], facts["time.hour"], facts["time.now"]) == ("sunday", 10, "2026-02-22T10:00:00")
    assert (facts["partner.domain"], facts["partner.country"]) == ("fabrikam.com", "US")
    assert facts["guest.packages_after"] == ("vault", "falcon")


def test_rules_that_fire_in_no_case_are_named() -> None:
    chosen = promising(case("{partner.key: contoso}", "{outcome: grant}"))
    assert uncovered(chosen, run_tests(chosen)) == ("quota",)


def test_a_rule_whose_breaking_no_case_notices_is_named_with_the_break() -> None:
    chosen = promising(case("{partner.key: contoso, sponsor.active_guests: 12}", "{outcome: deny, by: [quota]}"))
    found = {(each.rule, each.how) for each in survivors(chosen)}
    assert ("quota", "with 11 in `sponsor.active_guests: {at_least: 10}`") in found
    assert ("quota", "taken out") not in found
    assert ("standard", "taken out") in found
    assert ("partners.fabrikam.preapproved", "taken out") in found


def test_cases_on_both_sides_of_a_boundary_leave_no_break_unnoticed() -> None:
    cases = case("{partner.key: contoso, sponsor.active_guests: 10}", "{outcome: deny, by: [quota]}", "ten")
    cases += case("{partner.key: contoso, sponsor.active_guests: 9}", "{outcome: grant}", "nine")
    assert [each for each in survivors(promising(cases)) if each.rule == "quota"] == []


def unsure(when: str, rules: str = STANDARD + DENY_KP, *, prove: bool = True) -> checking.InvariantResult:
    text = f"{BASE}rules:\n{rules}invariants:\n  - {{name: x, never: granted, when: {when}}}\n"
    return check_invariants(load_texts([("policy.yaml", text)]), prove=prove)[0]


@pytest.mark.parametrize("prove", [True, False])
@pytest.mark.parametrize(
    "when",
    [
        "{partner.country: {in: $embargoed}}",
        "{partner.domain: firm.kp}",
        "{package.class: secret}",
        "{sponsor.user_type: Guest, package.key: portal}",
        "{request.days: {more_than: 180}}",
        "{request.days: {more_than: 90}, package.key: portal}",
        "{request.packages: {contains_all: [portal, vault]}}",
    ],
)
def test_an_invariant_that_holds_is_found_to_hold(when: str, prove: bool) -> None:
    result = unsure(when, prove=prove)
    assert result.holds
    assert result.proved is prove


@pytest.mark.parametrize("prove", [True, False])
@pytest.mark.parametrize(
    "when",
    [
        "{partner.country: DE}",
        "{request.days: {more_than: 179}}",
        "{sponsor.user_type: Guest}",
        "{sponsor.department: {ends_with: Sales}}",
        "{time.weekday: sunday, time.hour: {at_least: 22}}",
        "{time.date: {from: 2027-01-01}}",
        "{guest.packages: {contains: vault}}",
        "{request.packages: {contains_all: [portal, falcon]}}",
        "{sponsor.active_guests: {more_than: 1000}}",
        "{not: {partner.key: fabrikam}}",
    ],
)
def test_a_broken_invariant_shows_a_request_that_fails_as_a_case(when: str, prove: bool) -> None:
    text = f"{BASE}rules:\n{STANDARD}{DENY_KP}invariants:\n  - {{name: x, never: granted, when: {when}}}\n"
    chosen = load_texts([("policy.yaml", text)])
    result = check_invariants(chosen, prove=prove)[0]
    assert result.counterexample is not None and not result.holds
    pasted = as_case(chosen, "it holds", result.counterexample)
    again = load_texts([("policy.yaml", text), ("tests.yaml", f"tests:\n{pasted}")])
    assert [each.wrong for each in run_tests(again)] != [()]


def test_a_rule_in_shadow_mode_keeps_no_invariant_and_needs_no_case() -> None:
    shadow = DENY_KP.replace("id: embargo", "id: embargo\n    mode: shadow")
    assert unsure("{partner.domain: firm.kp}", STANDARD.replace("partner.known: true, ", "") + DENY_KP).holds
    assert not unsure("{partner.domain: firm.kp}", STANDARD.replace("partner.known: true, ", "") + shadow).holds
    chosen = promising(case("{partner.key: contoso}", "{outcome: grant}"), STANDARD + shadow)
    assert uncovered(chosen, run_tests(chosen)) == ()
    assert "embargo" not in {each.rule for each in survivors(chosen)}


def test_without_z3_nothing_is_called_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.proof.z3", None)
    assert (unsure("{package.class: secret}").holds, unsure("{package.class: secret}").proved) == (True, False)
