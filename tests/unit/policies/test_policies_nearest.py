"""The least change that is granted, and the single facts that decide."""

import pytest

from bot.domain.findings import Facts, FactValue, Outcome
from policies.evaluation import evaluate
from policies.nearest import deciding_facts, least_change
from tests.unit.policies.policy_samples import STANDARD, facts, policy

DAYS_DENIED = """\
  - id: not-so-long
    deny: {reason: Too long.}
    when: {request.days: {more_than: 45}}
"""
SECRET = """\
  - id: secret
    grant: {route: heavy, limits: {max_days: 20, justification: 60}}
    when: {package.class: secret}
"""


def test_what_is_granted_needs_no_change() -> None:
    assert least_change(policy(), facts()) is None


def test_too_long_a_time_becomes_the_longest_that_is_granted() -> None:
    least = least_change(policy(), facts(request__days=200))
    assert least is not None
    assert (least.days, least.justification, least.packages) == (90, None, None)
    assert least.verdict.outcome is Outcome.GRANTED


def test_too_short_a_text_is_mended_before_the_time_is_shortened() -> None:
    two_grants = (
        STANDARD + "  - {id: short, grant: {route: light, limits: {max_days: 7}}, when: {partner.known: true}}\n"
    )
    least = least_change(policy(two_grants), facts(request__justification_length=3))
    assert least is not None
    assert (least.days, least.justification) == (None, 30)


def test_a_deny_about_days_is_undercut_at_its_boundary() -> None:
    least = least_change(policy(STANDARD + DAYS_DENIED), facts())
    assert least is not None and least.days == 45


def test_a_package_that_nothing_grants_is_left_out() -> None:
    least = least_change(policy(), facts(request__packages=("falcon", "vault"), request__days=120))
    assert least is not None
    assert (least.days, least.packages, least.dropped) == (90, ("falcon",), ("vault",))


def test_both_limits_are_met_at_once_where_both_are_missed() -> None:
    least = least_change(policy(SECRET), facts(request__packages=("vault",)))
    assert least is not None and (least.days, least.justification) == (20, 60)


@pytest.mark.parametrize("changed", [{"sponsor__user_type": "Guest"}, {"partner__known": None}])
def test_where_less_is_no_help_there_is_no_least_change(changed: dict[str, FactValue]) -> None:
    assert least_change(policy(), facts(request__days=120, **changed)) is None


def test_the_least_change_is_really_granted_and_what_is_between_is_not() -> None:
    chosen = policy(STANDARD + DAYS_DENIED)
    asked = facts(request__days=200, request__justification_length=5)
    least = least_change(chosen, asked)
    assert least is not None and least.days is not None and least.justification is not None
    mended: Facts = {**asked, "request.days": least.days, "request.justification_length": least.justification}
    assert evaluate(chosen, mended).outcome is Outcome.GRANTED
    for worse in ({"request.days": least.days + 1}, {"request.justification_length": least.justification - 1}):
        assert evaluate(chosen, {**mended, **worse}).outcome is Outcome.DENIED


def test_every_single_fact_that_turns_the_outcome_round_is_named() -> None:
    denied = deciding_facts(policy(), facts(sponsor__user_type="Guest"))
    assert [(each.fact, each.value) for each in denied] == [("sponsor.user_type", "Member")]
    granted = {each.fact: each for each in deciding_facts(policy(), facts())}
    assert granted["sponsor.user_type"].value == "Guest"
    assert granted["partner.domain"].with_it["partner.known"] is False


def test_a_group_that_pre_approves_is_named() -> None:
    known = facts(
        guest__address="ana@fabrikam.com",
        partner__key="fabrikam",
        partner__domain="fabrikam.com",
        request__days=180,
    )
    (group,) = (each for each in deciding_facts(policy(), known) if each.fact == "sponsor.groups")
    assert group.value == ("trusted",)
    assert group.verdict.route is not None and group.verdict.route.key == "auto"
