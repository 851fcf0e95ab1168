"""What would have to be otherwise: the least change to a request that is granted, and the single facts that decide.

Both are found by trying: values on either side of every boundary that the rules draw, and nothing between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TypeGuard

from bot.domain.findings import Effect, Facts, FactValue, Outcome, Verdict
from policies.candidates import Candidates, partner_worlds
from policies.compiled import compiled
from policies.conditions import comparisons_in
from policies.evaluation import asked_packages, evaluate
from policies.facts import with_packages_after
from policies.model import Condition, Policy, Rule

_MOST_TRIED = 20_000
"""Requests tried in a search for less; enough for six packages and ten limits of each kind."""

_MOST_VALUES = 200
"""Values tried of one fact."""

_DAYS, _LENGTH = "request.days", "request.justification_length"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastChange:
    """The least that a sponsor can ask for otherwise and be granted it; what is None stays as it was asked.

    `packages`: those to ask for; `dropped`: those to leave out.
    """

    days: int | None = None
    justification: int | None = None
    packages: tuple[str, ...] | None = None
    dropped: tuple[str, ...] = ()
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingFact:
    """One fact that alone would turn the outcome round. `with_it`: facts that go with it, such as the whole partner."""

    fact: str
    actual: FactValue
    value: FactValue
    with_it: Facts
    verdict: Verdict


def least_change(policy: Policy, facts: Facts) -> LeastChange | None:
    """The least change in days, justification and packages that is granted; None where asking for less is no help.

    As few of the three as can be; rather a longer text than a shorter time, and rather that than fewer packages; then
    as many packages, as long a time and as short a text as possible.
    """
    asked = asked_packages(facts)
    if not asked or evaluate(policy, facts).outcome is Outcome.GRANTED:
        return None
    tried = _less(asked, _shorter(policy, facts), _longer(policy, facts))
    for packages, days, length in islice(tried, _MOST_TRIED):
        changed: dict[str, FactValue] = {**facts, "request.packages": packages or asked}
        if days is not None:
            changed[_DAYS] = days
        if length is not None:
            changed[_LENGTH] = length
        verdict = evaluate(policy, with_packages_after(changed) if packages else changed)
        if verdict.outcome is Outcome.GRANTED:
            dropped = tuple(key for key in asked if packages is not None and key not in packages)
            return LeastChange(days=days, justification=length, packages=packages, dropped=dropped, verdict=verdict)
    return None


def _less(
    asked: Sequence[str], days: Sequence[int], lengths: Sequence[int]
) -> Iterator[tuple[tuple[str, ...] | None, int | None, int | None]]:
    """All that is less than what was asked, the least change first."""
    fewer = [some for count in range(len(asked) - 1, 0, -1) for some in combinations(asked, count)]
    yield from ((None, None, length) for length in lengths)
    yield from ((None, day, None) for day in days)
    yield from ((some, None, None) for some in fewer)
    yield from ((None, day, length) for day in days for length in lengths)
    yield from ((some, None, length) for some in fewer for length in lengths)
    yield from ((some, day, None) for some in fewer for day in days)
    yield from ((some, day, length) for some in fewer for day in days for length in lengths)


def _shorter(policy: Policy, facts: Facts) -> list[int]:
    """Durations below the one asked for at which something changes, the longest first."""
    asked = facts.get(_DAYS)
    limits = {rule.limits.max_days for rule in _limiting(policy, facts)}
    found = {*limits, *_boundaries(policy, _DAYS)}
    return sorted(
        (days for days in found if days is not None and days >= 1 and not (_is_number(asked) and days >= asked)),
        reverse=True,
    )


def _longer(policy: Policy, facts: Facts) -> list[int]:
    """Lengths of a justification above the one given at which something changes, the shortest first."""
    given = facts.get(_LENGTH)
    limits = {rule.limits.justification for rule in _limiting(policy, facts)}
    found = {*limits, *_boundaries(policy, _LENGTH)}
    return sorted(length for length in found if length is not None and not (_is_number(given) and length <= given))


def _is_number(value: FactValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _limiting(policy: Policy, facts: Facts) -> list[Rule]:
    engine = compiled(policy)
    return [each.rule for each in (*engine.tightens, *engine.grants_for(facts))]


def _boundaries(policy: Policy, name: str) -> set[int]:
    return {
        int(comparison.operand) + step
        for rule in policy.rules
        for comparison in comparisons_in(rule.when)
        if comparison.fact == name and isinstance(comparison.operand, int | float)
        for step in (-1, 0, 1)
    }


def deciding_facts(policy: Policy, facts: Facts) -> tuple[DecidingFact, ...]:
    """The single facts that would turn the outcome round, each with the first value that does.

    Facts of `request.` are left to `least_change`, those of `package.` follow from the packages. The partner's facts go
    together, and with them the sponsor's and the guest's stay as they are.
    """
    before = evaluate(policy, facts).outcome
    conditions = [rule.when for rule in policy.rules]
    whole = Condition(all=tuple(conditions))
    found = [
        decided
        for name in _facts_to_try(policy)
        if (decided := _first_turning(policy, facts, before, name, _values(policy, facts, name, whole))) is not None
    ]
    worlds = islice(partner_worlds(policy, conditions), _MOST_VALUES)
    partner = _first_turning(policy, facts, before, "partner.domain", (dict(world) for world in worlds))
    return tuple(found if partner is None else [*found, partner])


def _facts_to_try(policy: Policy) -> tuple[str, ...]:
    spoken_of = dict.fromkeys(comparison.fact for rule in policy.rules for comparison in comparisons_in(rule.when))
    if any(partner.preapproved for partner in policy.partners.values()):
        spoken_of["sponsor.groups"] = None
    times = [name for name in spoken_of if name.startswith("time.")]
    plain = [name for name in spoken_of if not name.startswith(("request.", "package.", "partner.", "time."))]
    kind = [name for name in spoken_of if name in ("request.kind", "partner.is_entra_tenant")]
    # The facts of time go together: one of them stands for all.
    return (*plain, *kind, *times[:1])


def _values(policy: Policy, facts: Facts, name: str, whole: Condition) -> Iterator[Facts]:
    if name == "sponsor.groups":
        held = facts.get(name)
        groups = held if isinstance(held, tuple) else ()
        yield from ({name: (*groups, key)} for key in policy.groups if key not in groups)
        yield from ({name: tuple(each for each in groups if each != key)} for key in groups)
        return
    yield from islice(Candidates(policy, asked_packages(facts)).of(name, whole), _MOST_VALUES)


def _first_turning(
    policy: Policy, facts: Facts, before: Outcome, name: str, values: Iterator[Facts]
) -> DecidingFact | None:
    for value in values:
        if all(facts.get(fact) == changed for fact, changed in value.items()):
            continue
        verdict = evaluate(policy, {**facts, **value})
        if verdict.outcome is not before:
            others = {fact: changed for fact, changed in value.items() if fact != name}
            return DecidingFact(fact=name, actual=facts.get(name), value=value[name], with_it=others, verdict=verdict)
    return None


def denying_rules(verdict: Verdict) -> tuple[str, ...]:
    """The rules that a denied verdict rests on, each once."""
    return tuple(dict.fromkeys(finding.rule for finding in verdict.findings if finding.effect is Effect.DENY))
