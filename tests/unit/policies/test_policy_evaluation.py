"""What a policy says of a request."""

import gc
import weakref
from datetime import timedelta

import pytest

from bot.domain.findings import Effect, FactValue, Outcome
from bot.domain.routes import Limits, Who
from policies.compiled import DEFAULT_DENY
from policies.evaluation import UNKNOWN_PACKAGE, evaluate
from tests.unit.policies.policy_samples import BASE, STANDARD, facts, policy

NO_SECRETS = """\
  - id: no-secrets
    deny: {reason: "{package.key} is not given to {partner.domain}.", remedy: Ask for less.}
    when: {package.class: secret}
"""


def test_what_no_rule_grants_is_denied_with_a_reason_and_a_remedy_in_both_languages() -> None:
    verdict = evaluate(policy(), facts(request__packages=("vault",)))
    assert verdict.outcome is Outcome.DENIED
    assert verdict.route is None
    (finding,) = verdict.denials
    assert (finding.rule, finding.package) == (DEFAULT_DENY, "vault")
    assert finding.reason["en"] == finding.reason[""] == "No rule of the policy grants Vault for this guest."
    assert "Vault" in finding.reason["zh-Hant"]
    assert finding.remedy is not None and set(finding.remedy) == {"", "en", "zh-Hant"}


def test_a_grant_gives_its_route_its_limits_and_the_packages_questions() -> None:
    verdict = evaluate(policy(), facts())
    assert verdict.outcome is Outcome.GRANTED
    assert verdict.route is not None and verdict.route.key == "light"
    assert verdict.route.deny_after == timedelta(days=5)
    assert verdict.limits == Limits(max_days=90, justification=30)
    assert verdict.questions == ("code",)
    assert [(finding.rule, finding.effect) for finding in verdict.findings] == [("standard", Effect.GRANT)]


def test_any_deny_wins_and_every_reason_is_kept() -> None:
    denies = """\
  - id: quota
    deny: {reason: "You have {sponsor.active_guests} guests."}
    when: {sponsor.active_guests: {at_least: 10}}
  - id: embargo
    deny: {reason: Embargo., remedy: None.}
    when: {partner.country: {in: $embargoed}}
"""
    verdict = evaluate(policy(STANDARD + denies), facts(sponsor__active_guests=12, partner__country="NO"))
    assert verdict.outcome is Outcome.DENIED
    assert [finding.rule for finding in verdict.denials] == ["quota", "embargo"]
    assert verdict.denials[0].reason == {"": "You have 12 guests."}


def test_a_deny_of_one_package_is_told_of_that_package_and_denies_the_request() -> None:
    rules = STANDARD + NO_SECRETS
    verdict = evaluate(policy(rules), facts(request__packages=("falcon", "vault")))
    assert verdict.outcome is Outcome.DENIED
    assert [(finding.rule, finding.package) for finding in verdict.denials] == [
        ("no-secrets", "vault"),
        (DEFAULT_DENY, "vault"),
    ]
    assert verdict.denials[0].reason == {"": "vault is not given to contoso.com."}


@pytest.mark.parametrize("packages", [None, ()])
def test_asking_for_nothing_is_denied(packages: FactValue) -> None:
    verdict = evaluate(policy(), facts(request__packages=packages))
    assert [finding.rule for finding in verdict.denials] == [DEFAULT_DENY]


def test_a_package_that_this_revision_does_not_have_is_denied_by_name() -> None:
    verdict = evaluate(policy(), facts(request__packages=("falcon", "gone")))
    assert [(finding.rule, finding.package) for finding in verdict.denials] == [(UNKNOWN_PACKAGE, "gone")]


TWO_GRANTS = """\
  - id: slow
    grant: {route: heavy, limits: {max_days: 365, justification: 100}, obligations: {questions: [why]}}
    when: {package.class: standard}
  - id: quick
    grant: {route: light, limits: {max_days: 30}}
    when: {package.class: standard}
"""


def test_for_one_package_the_lightest_grant_whose_limits_are_met_is_taken() -> None:
    chosen = policy(TWO_GRANTS)
    quick = evaluate(chosen, facts(request__days=30, request__justification_length=100))
    assert (quick.route and quick.route.key, quick.questions) == ("light", ("code",))
    slow = evaluate(chosen, facts(request__days=31, request__justification_length=100))
    assert (slow.route and slow.route.key, slow.questions) == ("heavy", ("code", "why"))


def test_a_limit_that_is_not_met_says_exactly_how_to_meet_it() -> None:
    verdict = evaluate(policy(), facts(request__days=91, request__justification_length=12))
    days, justification = verdict.denials
    assert (days.rule, days.package) == ("standard", "falcon")
    assert days.reason["en"] == "Access is granted for at most 90 days."
    assert days.remedy is not None and days.remedy["en"] == "Ask for 90 days or fewer."
    assert days.remedy["zh-Hant"] == "請將期限改為 90 天以內。"
    assert justification.reason["en"] == "The justification needs at least 30 characters; it has 12."
    assert justification.remedy is not None and justification.remedy["en"] == "Explain in at least 30 characters."


def test_of_several_near_misses_the_one_that_asks_least_of_the_sponsor_is_told() -> None:
    rather_text = evaluate(policy(TWO_GRANTS), facts(request__days=60, request__justification_length=99))
    assert [finding.rule for finding in rather_text.denials] == ["slow"]
    rather_days = evaluate(policy(TWO_GRANTS), facts(request__days=400, request__justification_length=99))
    assert [finding.rule for finding in rather_days.denials] == ["quick"]


def test_an_unknown_number_of_days_meets_no_limit() -> None:
    assert evaluate(policy(), facts(request__days=None)).outcome is Outcome.DENIED
    assert evaluate(policy(), facts(request__justification_length=None)).outcome is Outcome.DENIED


def test_across_packages_the_strictest_route_the_shortest_limits_and_all_questions() -> None:
    rules = """\
  - id: falcon
    grant: {route: heavy, limits: {max_days: 90}}
    when: {package.key: falcon}
  - id: portal
    grant: {route: light, limits: {max_days: 365, justification: 40}, obligations: {questions: [why]}}
    when: {package.key: portal}
"""
    verdict = evaluate(policy(rules), facts(request__packages=("portal", "falcon")))
    assert verdict.route is not None and verdict.route.key == "heavy"
    assert verdict.limits == Limits(max_days=90, justification=40)
    assert verdict.questions == ("why", "code")


TIGHTEN = """\
  - id: careful
    tighten: {route: ROUTE, limits: {max_days: 60, justification: 35}, obligations: {questions: [why]}, reason: Care.}
    when: {sponsor.active_guests: {at_least: 1}}
"""


def test_a_tighten_adds_route_limits_and_questions_and_says_why() -> None:
    verdict = evaluate(policy(STANDARD + TIGHTEN.replace("ROUTE", "middle")), facts())
    assert verdict.route is not None and verdict.route.key == "middle"
    assert verdict.limits == Limits(max_days=60, justification=35)
    assert verdict.questions == ("code", "why")
    assert [finding.effect for finding in verdict.findings] == [Effect.TIGHTEN, Effect.GRANT]


def test_a_tighten_never_makes_anything_easier() -> None:
    easier = TIGHTEN.replace("ROUTE", "auto").replace("60", "365").replace("35", "5")
    verdict = evaluate(policy(STANDARD + easier), facts())
    assert verdict.route is not None and verdict.route.key == "light"
    assert verdict.limits == Limits(max_days=90, justification=30)


def test_a_limit_that_a_tighten_sets_is_told_in_its_name() -> None:
    verdict = evaluate(policy(STANDARD + TIGHTEN.replace("ROUTE", "middle")), facts(request__days=61))
    assert [(finding.rule, finding.reason["en"]) for finding in verdict.denials] == [
        ("careful", "Access is granted for at most 60 days.")
    ]


def test_a_tighten_of_one_package_leaves_the_others_alone() -> None:
    rules = STANDARD + TIGHTEN.replace("ROUTE", "heavy").replace(
        "sponsor.active_guests: {at_least: 1}", "package.key: portal"
    )
    assert evaluate(policy(rules), facts()).limits.max_days == 90
    both = evaluate(policy(rules), facts(request__packages=("falcon", "portal")))
    assert both.limits.max_days == 60
    assert [finding.package for finding in both.findings if finding.effect is Effect.TIGHTEN] == ["portal"]


def test_a_deny_fires_on_a_missing_fact_and_says_which() -> None:
    deny = "  - id: embargo\n    deny: {reason: Embargo.}\n    when: {partner.country: {in: $embargoed}}\n"
    verdict = evaluate(policy(STANDARD + deny), facts(partner__country=None))
    (finding,) = verdict.denials
    assert finding.rule == "embargo"
    assert finding.reason["en"] == "A rule could not be checked, because this is not known: the partner's country."
    assert "合作夥伴的國家或地區" in finding.reason["zh-Hant"]


def test_a_tighten_applies_on_a_missing_fact() -> None:
    verdict = evaluate(policy(STANDARD + TIGHTEN.replace("ROUTE", "middle")), facts(sponsor__active_guests=None))
    assert verdict.route is not None and verdict.route.key == "middle"


def test_a_grant_that_fails_for_want_of_a_fact_says_which() -> None:
    verdict = evaluate(policy(), facts(sponsor__user_type=None))
    (finding,) = verdict.denials
    assert finding.rule == DEFAULT_DENY
    assert finding.reason["en"].startswith("Falcon cannot be granted, because this is not known: whether the sponsor")


@pytest.mark.parametrize("wrong", ["12", True, ("12",)])
def test_a_fact_of_another_kind_is_a_missing_fact(wrong: FactValue) -> None:
    deny = "  - id: quota\n    deny: {reason: Many.}\n    when: {sponsor.active_guests: {at_least: 100}}\n"
    assert [found.rule for found in evaluate(policy(STANDARD + deny), facts(sponsor__active_guests=wrong)).denials] == [
        "quota"
    ]


TRUTHS = [
    ("{partner.known: true}", True),
    ("{partner.known: false}", False),
    ("{partner.country: us}", True),
    ("{partner.country: {is_not: US}}", False),
    ("{partner.country: {not_in: [DE, FR]}}", True),
    ("{sponsor.title: Buyer}", None),
    ("{sponsor.title: {is_not: Buyer}}", None),
    ("{sponsor.department: {starts_with: des}}", True),
    ("{sponsor.department: {ends_with: SIGN}}", True),
    ("{sponsor.active_guests: {more_than: 1, less_than: 5}}", True),
    ("{sponsor.active_guests: {more_than: 3}}", False),
    ("{sponsor.active_guests: {at_most: 2}}", False),
    ("{sponsor.groups: {contains: trusted}}", True),
    ("{sponsor.groups: {contains_any: [approvers, owners]}}", True),
    ("{sponsor.groups: {contains_all: [trusted, owners]}}", True),
    ("{sponsor.groups: {contains_all: [trusted, approvers]}}", False),
    ("{sponsor.groups: {contains_none: [approvers]}}", True),
    ('{partner.domain: {in: ["*.fabrikam.com"]}}', True),
    ("{partner.domain: fabrikam.com}", False),
    ('{partner.domain: {not_in: ["*.eu.fabrikam.com"]}}', True),
    ("{not: {partner.known: true}}", False),
    ("{not: {sponsor.title: Buyer}}", None),
    ("{any: [{sponsor.title: Buyer}, {partner.known: true}]}", True),
    ("{any: [{sponsor.title: Buyer}, {partner.known: false}]}", None),
    ("{all: [{sponsor.title: Buyer}, {partner.known: false}]}", False),
    ("{all: [{sponsor.title: Buyer}, {partner.known: true}]}", None),
    ("{sponsor.title: Buyer, any: [{partner.known: true}]}", None),
]


@pytest.mark.parametrize(("when", "truth"), TRUTHS)
def test_conditions_know_true_false_and_unknown(when: str, truth: bool | None) -> None:
    known = facts(
        partner__country="US",
        partner__domain="eu.fabrikam.com",
        sponsor__title=None,
        sponsor__active_guests=3,
        sponsor__groups=("trusted", "owners"),
    )
    granted = evaluate(policy(f"  - id: x\n    grant: {{route: light}}\n    when: {when}\n"), known)
    denied = evaluate(policy(f"{STANDARD}  - id: x\n    deny: {{reason: No.}}\n    when: {when}\n"), known)
    assert (granted.outcome is Outcome.GRANTED) is (truth is True)
    assert (denied.outcome is Outcome.DENIED) is (truth is not False)


def test_a_preapproved_partner_is_granted_to_its_sponsors_by_the_route_that_asks_nobody() -> None:
    ours = facts(
        partner__key="fabrikam",
        partner__domain="fabrikam.com",
        partner__country="US",
        sponsor__groups=("trusted",),
        request__days=180,
        request__justification_length=0,
    )
    verdict = evaluate(policy(), ours)
    assert verdict.route is not None and verdict.route.key == "auto" and not verdict.route.stages
    assert verdict.limits == Limits(max_days=180)
    assert [finding.rule for finding in verdict.findings] == ["partners.fabrikam.preapproved"]


@pytest.mark.parametrize(
    "changed",
    [
        {"sponsor.groups": ("owners",)},
        {"sponsor.groups": None},
        {"request.packages": ("vault",)},
        {"partner.key": "contoso"},
        {"partner.key": None},
        {"request.days": 181},
    ],
)
def test_a_preapproval_is_for_its_sponsors_packages_and_limits_only(changed: dict[str, FactValue]) -> None:
    ours = facts(partner__key="fabrikam", sponsor__groups=("trusted",), request__days=150)
    assert evaluate(policy(), ours).outcome is Outcome.GRANTED
    assert evaluate(policy(), {**ours, **changed}).outcome is Outcome.DENIED


def test_a_deny_and_a_tighten_hold_for_the_preapproved_too() -> None:
    ours = facts(partner__key="fabrikam", sponsor__groups=("trusted",), partner__country="NO")
    deny = "  - id: embargo\n    deny: {reason: Embargo.}\n    when: {partner.country: {in: $embargoed}}\n"
    assert evaluate(policy(deny), ours).outcome is Outcome.DENIED
    tightened = evaluate(policy(TIGHTEN.replace("ROUTE", "heavy")), ours)
    assert tightened.route is not None and tightened.route.key == "heavy"


def test_texts_are_filled_for_each_language() -> None:
    deny = """\
  - id: held
    deny: {reason: {en: "Holds {guest.packages}, known {partner.known}.", zh-Hant: "{guest.packages}，{partner.known}"}}
    when: {guest.packages: {contains: portal}}
"""
    verdict = evaluate(policy(deny), facts(guest__packages=("portal", "vault")))
    assert verdict.denials[0].reason == {
        "": "Holds portal, vault, known yes.",
        "en": "Holds portal, vault, known yes.",
        "zh-Hant": "portal、vault，是",
    }


def test_what_is_read_is_what_the_file_says() -> None:
    read = policy()
    heavy = read.routes["heavy"]
    assert [(stage.who, stage.group, stage.approvals) for stage in heavy.stages] == [
        (Who.PACKAGE_OWNER, None, 1),
        (Who.GROUP, "44444444-4444-4444-4444-444444444444", 2),
    ]
    assert read.lists["embargoed"] == ("KP", "NO")
    assert read.questions["code"].pattern == "[A-Z]{3}"
    assert read.questions["kind"].choices == {"a": {"": "First"}, "b": {"": "Second"}}
    assert read.packages["falcon"].owner_group == "66666666-6666-6666-6666-666666666666"
    assert read.packages["falcon"].grants.groups == ("11111111-1111-1111-1111-111111111111",)
    preapproved = read.partners["fabrikam"].preapproved
    assert preapproved is not None and preapproved.sponsors == ("77777777-7777-7777-7777-777777777777",)


def test_a_revision_is_the_content() -> None:
    assert policy().revision == policy().revision
    assert len(policy().revision) == 12
    assert policy().revision != policy(base=BASE + "# a comment\n").revision


def test_a_policy_that_is_out_of_use_is_freed() -> None:
    old = policy()
    evaluate(old, facts())
    gone = weakref.ref(old)
    del old
    gc.collect()
    assert gone() is None


def test_a_package_that_nothing_grants_is_to_be_left_out_where_another_could_be_had() -> None:
    def remedies(*packages: str, days: int = 60) -> list[str]:
        verdict = evaluate(policy(), facts(request__packages=packages, request__days=days))
        return [finding.remedy["en"] for finding in verdict.denials if finding.remedy]

    leave_out = "Leave Vault out, or ask an administrator whether the policy should allow it."
    assert remedies("falcon", "vault") == [leave_out]
    assert remedies("falcon", "vault", days=120) == ["Ask for 90 days or fewer.", leave_out]
    assert remedies("vault") == ["Ask for something else, or ask an administrator whether the policy should allow it."]
