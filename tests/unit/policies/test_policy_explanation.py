"""Every rule is explained by what decided it."""

from policies.explanation import explain
from tests.unit.policies.policy_samples import STANDARD, facts, policy

DENY = """\
  - id: mixed
    deny: {reason: No.}
    when:
      not: {any: [{partner.country: {in: $embargoed}}, {sponsor.department: Legal}]}
      sponsor.title: Buyer
"""


def test_a_rule_that_matched_shows_all_that_held_and_where_it_stands() -> None:
    (standard,) = explain(policy(), facts())
    assert (standard.rule, standard.package, standard.matched, standard.applies) == ("standard", "falcon", True, True)
    assert [(each.fact, each.expected, each.actual, each.held) for each in standard.because] == [
        ("sponsor.user_type", "Member", "Member", True),
        ("partner.known", "true", True, True),
        ("package.class", "standard", "standard", True),
    ]
    assert (standard.source.file, standard.source.line) == ("policy.yaml", 31)
    assert all(each.source is not None and each.source.line == 33 for each in standard.because)


def test_a_rule_that_did_not_match_shows_only_what_failed() -> None:
    (standard,) = explain(policy(), facts(partner__known=False))
    assert (standard.matched, standard.applies) == (False, False)
    assert [(each.fact, each.expected, each.actual) for each in standard.because] == [("partner.known", "true", False)]


def test_a_missing_fact_leaves_it_open_and_a_deny_applies_all_the_same() -> None:
    deny, _ = explain(policy(STANDARD + DENY), facts(sponsor__title=None))
    assert (deny.rule, deny.matched, deny.applies) == ("mixed", None, True)
    assert [(each.fact, each.actual, each.held) for each in deny.because] == [("sponsor.title", None, None)]


def test_below_a_not_expectations_are_turned_round() -> None:
    deny, _ = explain(policy(STANDARD + DENY), facts(sponsor__title="Buyer", partner__country="NO"))
    assert deny.matched is False
    assert [(each.fact, each.expected, each.actual, each.held) for each in deny.because] == [
        ("partner.country", "not (one of $embargoed)", "NO", False)
    ]


def test_an_unmet_limit_is_a_near_miss() -> None:
    (standard,) = explain(policy(), facts(request__days=91))
    assert standard.near_miss and not standard.applies
    assert [(unmet.rule.id, unmet.max_days) for unmet in standard.unmet] == [("standard", 90)]


def test_grants_are_explained_for_each_package_and_a_preapproval_with_its_place() -> None:
    explained = explain(
        policy(), facts(partner__key="fabrikam", sponsor__groups=("trusted",), request__packages=("falcon", "vault"))
    )
    assert [(each.rule, each.package, each.matched) for each in explained] == [
        ("partners.fabrikam.preapproved", "falcon", True),
        ("standard", "falcon", True),
        ("partners.fabrikam.preapproved", "vault", False),
        ("standard", "vault", False),
    ]
    assert (explained[0].source.line, explained[0].source.file) == (28, "policy.yaml")


def test_with_no_package_chosen_what_speaks_of_packages_is_open() -> None:
    (standard,) = explain(policy(), facts(request__packages=None))
    assert (standard.package, standard.matched) == (None, None)


def test_a_rule_that_is_only_tried_out_is_explained_and_never_applies() -> None:
    tried = DENY.replace("  - id: mixed\n", "  - id: mixed\n    mode: shadow\n")
    standard, shadow = explain(policy(STANDARD + tried), facts(sponsor__title="Buyer"))
    assert (standard.shadow, standard.applies) == (False, True)
    assert (shadow.rule, shadow.shadow, shadow.matched, shadow.applies) == ("mixed", True, True, False)
