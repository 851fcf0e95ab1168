"""A rule in shadow mode: what it would have said is recorded, and counts for nothing."""

import pytest

from bot.domain.findings import Effect, Outcome
from policies.errors import PolicyErrors
from policies.evaluation import evaluate
from policies.offer import offer
from tests.unit.policies.policy_samples import STANDARD, facts, policy

DENY = """\
  - id: no-germany
    mode: shadow
    deny: {reason: Not to Germany.}
    when: {partner.country: DE}
"""
TIGHTEN = """\
  - id: shorter
    mode: shadow
    tighten: {route: heavy, limits: {max_days: 7}, reason: Rather shorter.}
    when: {partner.country: DE}
"""
GRANT = """\
  - id: vault-too
    mode: shadow
    grant: {route: auto, limits: {max_days: 30}}
    when: {partner.known: true, package.class: secret}
"""


@pytest.mark.parametrize("rule", [DENY, TIGHTEN])
def test_what_it_would_have_said_is_beside_a_verdict_that_is_as_it_was(rule: str) -> None:
    without, shadowed = evaluate(policy(STANDARD), facts()), evaluate(policy(STANDARD + rule), facts())
    enforced = evaluate(policy(STANDARD + rule.replace("shadow", "enforce")), facts())
    assert shadowed.outcome is without.outcome is Outcome.GRANTED
    assert (shadowed.findings, shadowed.route, shadowed.limits) == (without.findings, without.route, without.limits)
    assert [finding.effect for finding in shadowed.shadow] == [Effect.DENY if rule == DENY else Effect.TIGHTEN]
    assert enforced.outcome is Outcome.DENIED and enforced.shadow == ()
    assert shadowed.shadow[0] in enforced.findings


def test_a_shadow_grant_grants_nothing_and_offers_nothing() -> None:
    asked = facts(request__packages=("vault",), request__days=20)
    verdict = evaluate(policy(STANDARD + GRANT), asked)
    assert verdict.outcome is Outcome.DENIED
    assert [(finding.rule, finding.package) for finding in verdict.shadow] == [("vault-too", "vault")]
    assert evaluate(policy(STANDARD + GRANT), facts(request__packages=("vault",), request__days=31)).shadow == ()
    assert offer(policy(STANDARD + GRANT), facts()).packages == offer(policy(STANDARD), facts()).packages


def test_a_shadow_deny_that_cannot_be_checked_would_have_denied() -> None:
    verdict = evaluate(policy(STANDARD + DENY), facts(partner__country=None))
    assert verdict.outcome is Outcome.GRANTED
    assert [finding.rule for finding in verdict.shadow] == ["no-germany"]


def test_a_mode_that_there_is_not_is_refused_where_it_stands() -> None:
    with pytest.raises(PolicyErrors) as caught:
        policy(STANDARD + DENY.replace("shadow", "shaddow"))
    [error] = caught.value.errors
    assert "did you mean `shadow`" in str(error)
    assert error.text.strip() == "mode: shaddow"
