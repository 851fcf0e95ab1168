"""What can still be asked for, while answers are missing."""

from bot.domain.findings import Facts, FactValue
from policies.compiled import DEFAULT_DENY
from policies.offer import offer
from tests.unit.policies.policy_samples import STANDARD, facts, policy


def asked(*known: str, **changed: FactValue) -> Facts:
    """The facts before the questions about the request, but for those that are `known` already."""
    all_facts = facts(**changed)
    return {name: value for name, value in all_facts.items() if not name.startswith("request.") or name in known}


def test_only_packages_that_some_grant_could_give_are_offered_with_the_widest_limits() -> None:
    rules = f"""{STANDARD}
  - id: long
    grant: {{route: heavy, limits: {{max_days: 365, justification: 80}}}}
    when: {{package.key: falcon}}
"""
    offered = offer(policy(rules), asked())
    assert [(each.package.key, each.max_days, each.justification) for each in offered.packages] == [
        ("falcon", 365, 30),
        ("portal", 90, 30),
    ]
    assert offered.denials == ()


def test_a_grant_without_a_limit_of_days_offers_any_length() -> None:
    rules = "  - id: open\n    grant: {route: heavy}\n    when: {package.key: vault}\n"
    assert [(each.package.key, each.max_days) for each in offer(policy(rules), asked()).packages] == [("vault", None)]


def test_a_deny_that_depends_on_no_answer_to_come_is_said_at_once() -> None:
    deny = "  - id: consumer\n    deny: {reason: Private mail.}\n    when: {partner.domain: {in: $consumer}}\n"
    offered = offer(policy(STANDARD + deny), asked(partner__domain="gmail.com"))
    assert [finding.rule for finding in offered.denials] == ["consumer"]
    assert offered.packages == ()


def test_a_deny_that_an_answer_could_still_avoid_is_not_said_yet() -> None:
    deny = "  - id: long\n    deny: {reason: Long.}\n    when: {partner.country: DE, request.days: {more_than: 30}}\n"
    chosen = policy(STANDARD + deny)
    assert offer(chosen, asked()).denials == ()
    assert [each.rule for each in offer(chosen, asked("request.days", request__days=31)).denials] == ["long"]


def test_a_deny_with_a_missing_fact_is_said_only_if_no_answer_can_avoid_it() -> None:
    sure = "  - id: sure\n    deny: {reason: No.}\n"
    sure += "    when: {any: [{partner.country: KP}, {request.days: {more_than: 30}}]}\n"
    unsure = sure.replace("any:", "all:")
    assert [each.rule for each in offer(policy(STANDARD + sure), asked(partner__country=None)).denials] == ["sure"]
    assert offer(policy(STANDARD + unsure), asked(partner__country=None)).denials == ()


def test_a_missing_fact_that_is_no_answer_offers_nothing_and_says_what_is_missing() -> None:
    offered = offer(policy(), asked(sponsor__user_type=None))
    assert offered.packages == ()
    (finding,) = offered.denials
    assert finding.rule == DEFAULT_DENY
    assert "whether the sponsor is a member" in finding.reason["en"]


def test_where_no_rule_could_grant_anything_it_is_said_once_and_not_for_each_package() -> None:
    offered = offer(policy(), asked(partner__known=False))
    assert [(finding.rule, finding.package) for finding in offered.denials] == [(DEFAULT_DENY, None)]


def test_a_package_that_a_deny_takes_away_is_not_offered() -> None:
    deny = "  - id: no-portal\n    deny: {reason: No.}\n    when: {package.key: portal, partner.country: DE}\n"
    offered = offer(policy(STANDARD + deny), asked())
    assert [each.package.key for each in offered.packages] == ["falcon"]
    assert offered.denials == ()
    chosen = offer(policy(STANDARD + deny), asked("request.packages", request__packages=("portal",)))
    assert [(finding.rule, finding.package) for finding in chosen.denials] == [("no-portal", "portal")]


def test_before_the_address_is_known_everything_about_guest_and_partner_is_open() -> None:
    nobody = {name: value for name, value in asked().items() if name.startswith("sponsor.")}
    deny = "  - id: embargo\n    deny: {reason: No.}\n    when: {partner.country: {in: $embargoed}}\n"
    offered = offer(policy(STANDARD + deny), nobody)
    assert [each.package.key for each in offered.packages] == ["falcon", "portal"]
    assert offered.denials == ()


def test_a_tighten_that_applies_already_shortens_what_is_offered() -> None:
    tighten = "  - id: known\n    tighten: {limits: {max_days: 20, justification: 50}, reason: Care.}\n"
    tighten += "    when: {partner.country: DE}\n"
    (falcon, _) = offer(policy(STANDARD + tighten), asked()).packages
    assert (falcon.max_days, falcon.justification) == (20, 50)


def test_the_packages_chosen_give_the_longest_time_for_all_of_them() -> None:
    rules = """\
  - id: falcon
    grant: {route: light, limits: {max_days: 90, justification: 10}}
    when: {package.key: falcon}
  - id: portal
    grant: {route: light, limits: {max_days: 30, justification: 40}}
    when: {package.key: portal}
"""
    offered = offer(policy(rules), asked("request.packages", request__packages=("falcon", "portal")))
    assert (offered.max_days, offered.justification) == (30, 40)
    assert [question.key for question in offered.questions] == ["code"]
    assert [each.package.key for each in offered.packages] == ["falcon", "portal"]


TWO = """\
  - id: short
    grant: {route: light, limits: {max_days: 30, justification: 10}}
    when: {package.key: portal}
  - id: long
    grant: {route: heavy, limits: {max_days: 90, justification: 60}, obligations: {questions: [why]}}
    when: {package.key: portal}
"""


def test_once_the_days_are_known_the_justification_asked_for_is_that_of_the_grants_that_allow_them() -> None:
    portal = ("portal",)
    before = offer(policy(TWO), asked("request.packages", request__packages=portal))
    assert (before.max_days, before.justification) == (90, 10)
    after = offer(policy(TWO), asked("request.packages", "request.days", request__packages=portal, request__days=60))
    assert (after.max_days, after.justification) == (90, 60)


def test_questions_are_those_of_the_grants_that_can_still_become_the_lightest() -> None:
    portal = ("portal",)
    known = ("request.packages", "request.days", "request.justification_length")
    unknown_yet = offer(policy(TWO), asked("request.packages", request__packages=portal))
    assert [question.key for question in unknown_yet.questions] == ["why"]
    short = offer(policy(TWO), asked(*known, request__packages=portal, request__days=20))
    assert short.questions == ()
    explained = asked(*known, request__packages=portal, request__days=60, request__justification_length=60)
    long = offer(policy(TWO), explained)
    assert [question.key for question in long.questions] == ["why"]


def test_a_chosen_package_that_is_no_longer_there_is_said() -> None:
    offered = offer(policy(), asked("request.packages", request__packages=("gone",)))
    assert [(finding.rule, finding.package) for finding in offered.denials] == [("unknown-package", "gone")]


def test_a_tighten_that_an_answer_could_still_avoid_shortens_nothing_yet() -> None:
    tighten = "  - id: long\n    tighten: {limits: {max_days: 70}, obligations: {questions: [why]}, reason: Care.}\n"
    tighten += "    when: {request.days: {more_than: 60}}\n"
    chosen = policy(STANDARD + tighten)
    before = offer(chosen, asked("request.packages", request__packages=("portal",)))
    assert before.max_days == 90
    assert [question.key for question in before.questions] == ["why"]
    after = offer(chosen, asked("request.packages", "request.days", request__packages=("portal",), request__days=61))
    assert after.max_days == 70


def test_below_a_not_an_open_fact_is_open_too() -> None:
    deny = "  - id: short\n    deny: {reason: No.}\n    when: {not: {request.days: {more_than: 30}}}\n"
    chosen = policy(STANDARD + deny)
    assert offer(chosen, asked()).denials == ()
    grant = "  - id: long\n    grant: {route: light}\n    when: {not: {request.days: {at_most: 30}}}\n"
    assert len(offer(policy(grant), asked()).packages) == 3
    missing = (
        "  - id: gone\n    deny: {reason: No.}\n    when: {not: {partner.country: KP, request.days: {at_least: 5}}}\n"
    )
    assert offer(policy(STANDARD + missing), asked(partner__country=None)).denials != ()


def test_a_grant_that_only_may_fit_does_not_hide_the_questions_of_the_next() -> None:
    maybe = """\
  - id: maybe
    grant: {route: auto}
    when: {request.packages: {contains_none: [vault]}, request.days: {at_most: 10}}
  - id: sure
    grant: {route: light, obligations: {questions: [why]}}
    when: {partner.known: true}
"""
    before = offer(policy(maybe), asked("request.packages", request__packages=("portal",)))
    assert [question.key for question in before.questions] == ["why"]
