"""Evaluating a request against a policy: default deny, any deny wins, all reasons are kept.

For one package the lightest grant whose limits are met; across packages the strictest route, the shortest limits, all
questions. A tighten only adds. A missing fact makes a deny fire, a tighten apply and a grant not match.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeGuard

from bot.domain.findings import Effect, Facts, FactValue, Finding, Outcome, Verdict
from bot.domain.packages import AccessPackage
from bot.domain.routes import Limits, Route
from policies import wording
from policies.compiled import DEFAULT_DENY, Compiled, CompiledRule, Granted, about, compiled, questions_of
from policies.conditions import FALSE, TRUE, UNKNOWN, Open, Truth, missing_facts
from policies.model import Policy, Rule

UNKNOWN_PACKAGE = "unknown-package"
"""The id of the finding about a package that this revision does not have."""

RESERVED_IDS = (DEFAULT_DENY, UNKNOWN_PACKAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetLimit:
    """A limit that asking for less would meet, and the rule that sets it."""

    rule: Rule
    max_days: int | None = None
    justification: int | None = None


_NOTHING_ASKED = Finding(
    rule=DEFAULT_DENY, effect=Effect.DENY, reason=wording.NOTHING_ASKED[0], remedy=wording.NOTHING_ASKED[1]
)


def evaluate(policy: Policy, facts: Facts) -> Verdict:
    """What this revision says of these facts (`request.packages`, `request.days`, … among them).

    Findings come with denials first, then tightens, then grants. What rules in shadow mode would have said comes beside
    them, as `shadow`.
    """
    engine = compiled(policy)
    verdict = _verdict(engine, policy, facts)
    return replace(verdict, shadow=_tried_out(engine, policy, facts)) if engine.shadows else verdict


def _verdict(engine: Compiled, policy: Policy, facts: Facts) -> Verdict:
    denials = _said_by(engine.whole_denies, facts, None)
    tightened: list[Finding] = []
    whole = _tightens(engine.whole_tightens, facts, None, tightened)
    granted: list[Granted] = []
    asked = asked_packages(facts)
    if not asked:
        denials.append(_NOTHING_ASKED)
    for key in asked:
        package = policy.packages.get(key)
        if package is None:
            denials.append(_no_such_package(key))
            continue
        result = _evaluate_package(engine, package, facts, whole, denials, tightened)
        if result is not None:
            granted.append(result)
    if denials and len(asked) > 1:
        denials = _sparing(engine, policy, asked, denials)
    findings = (*denials, *tightened, *[result.finding for result in granted])
    if denials:
        return Verdict(outcome=Outcome.DENIED, revision=policy.revision, findings=findings)
    route, limits, questions = _together(engine, granted)
    return Verdict(
        outcome=Outcome.GRANTED,
        revision=policy.revision,
        findings=findings,
        route=route,
        limits=limits,
        questions=_with(questions, questions_of_partner(policy, facts)),
    )


def _sparing(engine: Compiled, policy: Policy, asked: Sequence[str], denials: list[Finding]) -> list[Finding]:
    """Where only some of the packages can be had, what nothing grants is to be left out of the request."""
    packages = [policy.packages[key] for key in asked if key in policy.packages]
    hopeless = {
        package.key: package
        for package in packages
        if any(denial is engine.rules_of(package).nothing_grants for denial in denials)
    }
    if len(hopeless) == len(packages):
        return denials
    return [
        replace(denial, remedy=wording.leave_out(hopeless[denial.package]))
        if denial.rule == DEFAULT_DENY and denial.package in hopeless
        else denial
        for denial in denials
    ]


def _together(engine: Compiled, granted: Sequence[Granted]) -> tuple[Route, Limits, tuple[str, ...]]:
    """Across packages: the strictest route, the shortest limits, all questions."""
    if len(granted) == 1:
        return granted[0].route, granted[0].limits, granted[0].questions
    return (
        max((result.route for result in granted), key=lambda route: engine.rank[route.key]),
        shortest(result.limits for result in granted),
        tuple(dict.fromkeys(question for result in granted for question in result.questions)),
    )


def _with(questions: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*questions, *more))) if more else questions


def questions_of_partner(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """What must be answered for anybody of the guest's partner."""
    key = facts.get("partner.key")
    partner = policy.partners.get(key) if isinstance(key, str) else None
    return partner.questions if partner is not None else ()


def _tried_out(engine: Compiled, policy: Policy, facts: Facts) -> tuple[Finding, ...]:
    found: list[Finding] = []
    packages = [policy.packages[key] for key in asked_packages(facts) if key in policy.packages]
    for shadow in engine.shadows:
        is_grant = shadow.rule.effect is Effect.GRANT
        for package in packages if shadow.per_package or is_grant else (None,):
            known = facts if package is None else {**facts, **about(package)}
            truth = shadow.test(known)
            if truth is TRUE and is_grant and not _met(shadow.rule.limits, facts):
                continue
            if truth is TRUE or (truth is UNKNOWN and not is_grant):
                said = _finding(shadow, truth, facts, package)
                found.append(replace(said, package=package.key if package else None))
    return tuple(found)


def asked_packages(facts: Facts) -> tuple[str, ...]:
    """`request.packages`, each once; empty where the fact is unknown."""
    asked = facts.get("request.packages")
    if not isinstance(asked, tuple):
        return ()
    return asked if len(asked) == 1 else tuple(dict.fromkeys(asked))


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


def unmet_limits(grant: Rule, tightens: Iterable[Rule], facts: Facts) -> tuple[UnmetLimit, ...]:
    """The limits of a grant, tightened, that these facts do not meet; the rule named is the one that sets it."""
    by_days, by_length = grant, grant
    days, length = grant.limits.max_days, grant.limits.justification
    for rule in tightens:
        if rule.limits.max_days is not None and (days is None or rule.limits.max_days < days):
            by_days, days = rule, rule.limits.max_days
        if rule.limits.justification is not None and (length is None or rule.limits.justification > length):
            by_length, length = rule, rule.limits.justification
    unmet = []
    if days is not None and not _at_most(facts.get("request.days"), days):
        unmet.append(UnmetLimit(rule=by_days, max_days=days))
    if length is not None and not _at_least(facts.get("request.justification_length"), length):
        unmet.append(UnmetLimit(rule=by_length, justification=length))
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
        if grant.test(facts) is UNKNOWN:
            missing += missing_facts(grant.rule.when, facts, open_facts)
    return tuple(dict.fromkeys(missing))


def _no_such_package(key: str) -> Finding:
    reason, remedy = wording.no_such_package(key)
    return Finding(rule=UNKNOWN_PACKAGE, effect=Effect.DENY, reason=reason, remedy=remedy, package=key)


def _said_by(rules: Iterable[CompiledRule], facts: Facts, package: AccessPackage | None) -> list[Finding]:
    """What those say that hold, or that could not be checked."""
    return [_finding(rule, truth, facts, package) for rule in rules if (truth := rule.test(facts)) is not FALSE]


def _tightens(
    rules: Iterable[CompiledRule], facts: Facts, package: AccessPackage | None, into: list[Finding]
) -> list[Rule]:
    """Those that apply; what they say goes `into` the findings."""
    found = []
    for rule in rules:
        truth = rule.test(facts)
        if truth is not FALSE:
            into.append(_finding(rule, truth, facts, package))
            found.append(rule.rule)
    return found


def _finding(compiled_rule: CompiledRule, truth: Truth, facts: Facts, package: AccessPackage | None) -> Finding:
    said = compiled_rule.said
    if truth is TRUE and said is not None:
        if package is None or said.package is not None:
            return said
        return Finding(rule=said.rule, effect=said.effect, reason=said.reason, remedy=said.remedy, package=package.key)
    if package is None:
        return finding_of(compiled_rule.rule, truth, facts, None)
    return finding_of(compiled_rule.rule, truth, {**facts, **about(package)}, package.key)


def _evaluate_package(
    engine: Compiled,
    package: AccessPackage,
    facts: Facts,
    whole: Sequence[Rule],
    denials: list[Finding],
    tightened: list[Finding],
) -> Granted | None:
    rules = engine.rules_of(package)
    if rules.denies:
        denials += _said_by(rules.denies, facts, package)
    tightens = [*whole, *_tightens(rules.tightens, facts, package, tightened)] if rules.tightens else whole
    too_much: list[Rule] = []
    unsure = False
    for grant in engine.grants_of(package, facts):
        truth = grant.test(facts)
        if truth is TRUE:
            limits = (
                shortest([grant.rule.limits, *[rule.limits for rule in tightens]]) if tightens else grant.rule.limits
            )
            if _met(limits, facts):
                return _grant(engine, package, grant, tightens, limits, facts)
            too_much.append(grant.rule)
        elif truth is UNKNOWN:
            unsure = True
    if too_much:
        misses = [unmet_limits(grant, tightens, facts) for grant in too_much]
        nearest = misses[0] if len(misses) == 1 else min(misses, key=_change_needed)
        denials.extend(_near_miss(unmet, facts, package.key) for unmet in nearest)
    elif unsure:
        denials.append(default_deny(engine, package, {**facts, **about(package)}))
    else:
        denials.append(rules.nothing_grants)
    return None


def _met(limits: Limits, facts: Facts) -> bool:
    return (limits.max_days is None or _at_most(facts.get("request.days"), limits.max_days)) and (
        limits.justification is None or _at_least(facts.get("request.justification_length"), limits.justification)
    )


def _grant(
    engine: Compiled,
    package: AccessPackage,
    grant: CompiledRule,
    tightens: Sequence[Rule],
    limits: Limits,
    facts: Facts,
) -> Granted:
    """What the grant gives when these tighten it."""
    if not tightens and grant.gives is not None:
        return grant.gives
    route = engine.routes[grant.rule.route or ""]
    for tighten in tightens:
        route = engine.stricter(route, tighten.route)
    return Granted(
        finding=_finding(grant, TRUE, facts, package),
        route=route,
        limits=limits,
        questions=questions_of(package, (grant.rule, *tightens)),
    )


def _change_needed(unmet: tuple[UnmetLimit, ...]) -> tuple[int, bool, int, int]:
    # The fewest changes; rather a longer text than a shorter time; then the longest time and the shortest text.
    days = [limit.max_days for limit in unmet if limit.max_days is not None]
    length = max((limit.justification or 0 for limit in unmet), default=0)
    return len(unmet), bool(days), -max(days, default=0), length


def _near_miss(unmet: UnmetLimit, facts: Facts, package: str) -> Finding:
    if unmet.max_days is not None:
        return _too_long(unmet.rule.id, unmet.max_days, package)
    length = facts.get("request.justification_length")
    return _too_short(unmet.rule.id, unmet.justification or 0, int(length) if _is_number(length) else None, package)


# The same few of them are said over and over.
@lru_cache(maxsize=1024)
def _too_long(rule: str, most: int, package: str) -> Finding:
    reason, remedy = wording.too_long(most)
    return Finding(rule=rule, effect=Effect.DENY, reason=reason, remedy=remedy, package=package)


@lru_cache(maxsize=1024)
def _too_short(rule: str, fewest: int, length: int | None, package: str) -> Finding:
    reason, remedy = wording.too_short(fewest, length)
    return Finding(rule=rule, effect=Effect.DENY, reason=reason, remedy=remedy, package=package)


def _is_number(value: FactValue) -> TypeGuard[int | float]:
    # bool is an int, but no number.
    return isinstance(value, int | float) and value is not True and value is not False


def _at_most(value: FactValue, limit: int) -> bool:
    return _is_number(value) and value <= limit


def _at_least(value: FactValue, limit: int) -> bool:
    return _is_number(value) and value >= limit
