"""Evaluating a request against a policy: default deny, any deny wins, all reasons are kept.

For one package the lightest grant whose limits are met; across packages the strictest route, the shortest limits, all
questions. A tighten only adds. A missing fact makes a deny fire, a tighten apply and a grant not match.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.findings import Effect, Facts, FactValue, Finding, Outcome, Verdict
from bot.domain.packages import AccessPackage
from bot.domain.routes import Limits, Route
from policies import wording
from policies.compiled import Compiled, CompiledRule, about, compiled
from policies.conditions import FALSE, TRUE, UNKNOWN, Open, Truth, missing_facts
from policies.model import Policy, Rule

DEFAULT_DENY = "default-deny"
"""The id of the finding that no rule stands behind: nothing grants what was asked."""

UNKNOWN_PACKAGE = "unknown-package"
"""The id of the finding about a package that this revision does not have."""

RESERVED_IDS = (DEFAULT_DENY, UNKNOWN_PACKAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetLimit:
    """A limit that asking for less would meet, and the rule that sets it."""

    rule: Rule
    max_days: int | None = None
    justification: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Granted:
    finding: Finding
    route: Route
    limits: Limits
    questions: tuple[str, ...]


def evaluate(policy: Policy, facts: Facts) -> Verdict:
    """What this revision says of these facts (`request.packages`, `request.days`, … among them).

    Findings come with denials first, then tightens, then grants.
    """
    engine = compiled(policy)
    denials: list[Finding] = []
    tightened: list[Finding] = []
    granted: list[_Granted] = []
    for compiled_rule in engine.denies:
        if not compiled_rule.per_package:
            _fire(compiled_rule, facts, None, denials)
    whole = [
        tighten for tighten in engine.tightens if not tighten.per_package and _fire(tighten, facts, None, tightened)
    ]
    asked = asked_packages(facts)
    if not asked:
        reason, remedy = wording.NOTHING_ASKED
        denials.append(Finding(rule=DEFAULT_DENY, effect=Effect.DENY, reason=reason, remedy=remedy))
    for key in asked:
        package = policy.packages.get(key)
        if package is None:
            reason, remedy = wording.no_such_package(key)
            finding = Finding(rule=UNKNOWN_PACKAGE, effect=Effect.DENY, reason=reason, remedy=remedy, package=key)
            denials.append(finding)
            continue
        result = _evaluate_package(engine, package, {**facts, **about(package)}, whole, denials, tightened)
        if result is not None:
            granted.append(result)
    findings = (*denials, *tightened, *(result.finding for result in granted))
    if denials:
        return Verdict(outcome=Outcome.DENIED, revision=policy.revision, findings=findings)
    return Verdict(
        outcome=Outcome.GRANTED,
        revision=policy.revision,
        findings=findings,
        route=max((result.route for result in granted), key=lambda route: engine.rank[route.key]),
        limits=shortest(result.limits for result in granted),
        questions=tuple(dict.fromkeys(question for result in granted for question in result.questions)),
    )


def asked_packages(facts: Facts) -> tuple[str, ...]:
    """`request.packages`, each once; empty where the fact is unknown."""
    asked = facts.get("request.packages")
    return tuple(dict.fromkeys(asked)) if isinstance(asked, tuple) else ()


def shortest(limits: Iterable[Limits]) -> Limits:
    """The limits that meet all of these."""
    max_days: int | None = None
    justification: int | None = None
    for each in limits:
        if each.max_days is not None:
            max_days = each.max_days if max_days is None else min(max_days, each.max_days)
        if each.justification is not None:
            justification = max(justification or 0, each.justification)
    return Limits(max_days=max_days, justification=justification)


def questions_of(package: AccessPackage, rules: Iterable[Rule]) -> tuple[str, ...]:
    """What must be answered for a package that these rules speak of."""
    return tuple(dict.fromkeys([*package.questions, *(question for rule in rules for question in rule.questions)]))


def unmet_limits(grant: Rule, tightens: Sequence[Rule], facts: Facts) -> tuple[UnmetLimit, ...]:
    """The limits of a grant, tightened, that these facts do not meet; the rule named is the one that sets it."""
    unmet = []
    with_days = [rule for rule in (grant, *tightens) if rule.limits.max_days is not None]
    if with_days:
        binding = min(with_days, key=lambda rule: rule.limits.max_days or 0)
        days = _number(facts.get("request.days"))
        if days is None or days > (binding.limits.max_days or 0):
            unmet.append(UnmetLimit(rule=binding, max_days=binding.limits.max_days))
    with_length = [rule for rule in (grant, *tightens) if rule.limits.justification is not None]
    if with_length:
        binding = max(with_length, key=lambda rule: rule.limits.justification or 0)
        length = _number(facts.get("request.justification_length"))
        if length is None or length < (binding.limits.justification or 0):
            unmet.append(UnmetLimit(rule=binding, justification=binding.limits.justification))
    return tuple(unmet)


def finding_of(rule: Rule, truth: Truth, facts: Facts, package: str | None, open_facts: Open = ()) -> Finding:
    """What a rule says; one that could not be checked says which facts are missing."""
    if truth is UNKNOWN:
        reason, remedy = wording.could_not_check(missing_facts(rule.when, facts, open_facts))
        return Finding(rule=rule.id, effect=rule.effect, reason=reason, remedy=remedy, package=package)
    return Finding(
        rule=rule.id,
        effect=rule.effect,
        reason=wording.fill(rule.reason, facts),
        remedy=wording.fill(rule.remedy, facts) if rule.remedy else None,
        package=package,
    )


def default_deny(engine: Compiled, package: AccessPackage, facts: Facts, open_facts: Open = ()) -> Finding:
    """Nothing grants this package. Names the facts that are missing where a grant failed for want of them alone."""
    reason, remedy = wording.not_granted(package, missing_for_grants(engine, facts, open_facts))
    return Finding(rule=DEFAULT_DENY, effect=Effect.DENY, reason=reason, remedy=remedy, package=package.key)


def missing_for_grants(engine: Compiled, facts: Facts, open_facts: Open = ()) -> tuple[str, ...]:
    """The facts for want of which a grant does not match, where nothing else keeps it from matching."""
    missing: list[str] = []
    for grant in engine.grants_for(facts):
        missing += missing_facts(grant.rule.when, facts, open_facts)
    return tuple(dict.fromkeys(missing))


def _fire(compiled_rule: CompiledRule, facts: Facts, package: str | None, into: list[Finding]) -> bool:
    truth = compiled_rule.test(facts)
    if truth is FALSE:
        return False
    into.append(finding_of(compiled_rule.rule, truth, facts, package))
    return True


def _evaluate_package(
    engine: Compiled,
    package: AccessPackage,
    facts: Facts,
    whole: Sequence[CompiledRule],
    denials: list[Finding],
    tightened: list[Finding],
) -> _Granted | None:
    for deny in engine.denies:
        if deny.per_package:
            _fire(deny, facts, package.key, denials)
    own = [
        tighten for tighten in engine.tightens if tighten.per_package and _fire(tighten, facts, package.key, tightened)
    ]
    tightens = [tighten.rule for tighten in (*whole, *own)]
    near_misses: list[tuple[UnmetLimit, ...]] = []
    for grant in engine.grants_for(facts):
        if grant.test(facts) is not TRUE:
            continue
        unmet = unmet_limits(grant.rule, tightens, facts)
        if not unmet:
            return _grant(engine, package, grant.rule, tightens, facts)
        near_misses.append(unmet)
    if near_misses:
        denials.extend(_near_miss(unmet, facts, package.key) for unmet in min(near_misses, key=_change_needed))
    else:
        denials.append(default_deny(engine, package, facts))
    return None


def _grant(engine: Compiled, package: AccessPackage, grant: Rule, tightens: Sequence[Rule], facts: Facts) -> _Granted:
    route = engine.routes[grant.route or ""]
    for tighten in tightens:
        route = engine.stricter(route, tighten.route)
    return _Granted(
        finding=finding_of(grant, TRUE, facts, package.key),
        route=route,
        limits=shortest(rule.limits for rule in (grant, *tightens)),
        questions=questions_of(package, (grant, *tightens)),
    )


def _change_needed(unmet: tuple[UnmetLimit, ...]) -> tuple[int, bool, int, int]:
    # The fewest changes; rather a longer text than a shorter time; then the longest time and the shortest text.
    days = [limit.max_days for limit in unmet if limit.max_days is not None]
    length = max((limit.justification or 0 for limit in unmet), default=0)
    return len(unmet), bool(days), -max(days, default=0), length


def _near_miss(unmet: UnmetLimit, facts: Facts, package: str) -> Finding:
    if unmet.max_days is not None:
        reason, remedy = wording.too_long(unmet.max_days)
    else:
        length = _number(facts.get("request.justification_length"))
        reason, remedy = wording.too_short(unmet.justification or 0, None if length is None else int(length))
    return Finding(rule=unmet.rule.id, effect=Effect.DENY, reason=reason, remedy=remedy, package=package)


def _number(value: FactValue) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
