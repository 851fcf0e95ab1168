"""Whether what must never be granted can be: a search over the facts that the rules mention, at their boundaries.

What would be granted is one condition: the invariant's, a grant's for every package asked for, and no deny's. Its
facts are given values one after the other, and what is left of it is looked at again, until nothing is left (then it
can happen) or it can no longer hold. With z3 (the extra `[prove]`) what is left is proved instead of searched.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from bot.domain.findings import Effect, Facts, FactValue, Outcome
from bot.domain.packages import AccessPackage
from bot.domain.routes import Limits
from policies.candidates import Candidates, partner_worlds
from policies.compiled import about, preapproval
from policies.conditions import TRUE, comparisons_in, compile_test
from policies.evaluation import evaluate
from policies.model import Comparison, Condition, Invariant, Policy, Rule
from policies.proof import can_hold, is_available
from policies.solving import Budget, Exhausted, solutions
from policies.specialised import ALWAYS, specialise
from policies.testing import facts_of_case

_MOST_TRIED = 100_000
_ALL_SUBSETS = 5

_NEVER = Condition(none=(ALWAYS,))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantResult:
    """One invariant. `counterexample`: facts that are granted though they must not be; None where there are none.

    `proved`: by z3, for all values there are; otherwise none was found at the boundaries of what the rules compare.
    `unfinished`: the search gave up, and nothing is said.
    """

    invariant: Invariant
    counterexample: Facts | None
    proved: bool = False
    unfinished: bool = False

    @property
    def holds(self) -> bool:
        return self.counterexample is None and not self.unfinished


def check_invariants(policy: Policy, *, prove: bool = True) -> tuple[InvariantResult, ...]:
    """Every invariant of the policy; `prove`: with z3 where it is installed."""
    return tuple(_check(policy, invariant, prove and is_available()) for invariant in policy.invariants)


def _check(policy: Policy, invariant: Invariant, prove: bool) -> InvariantResult:
    seen: set[Condition] = set()
    budget = Budget(_MOST_TRIED)
    for asked, world, condition in _ways(policy, invariant):
        if condition in seen:
            continue
        seen.add(condition)
        if prove and not can_hold(condition):
            continue
        try:
            for found in solutions(condition, Candidates(policy, asked), budget):
                given = {"request.packages": asked, **world, **found}
                if _is_broken(policy, invariant, given):
                    return InvariantResult(invariant=invariant, counterexample=given)
        except Exhausted:
            return InvariantResult(invariant=invariant, counterexample=None, unfinished=True)
        if prove:
            # It can hold, and no boundary value shows how: that is no proof.
            prove = False
    return InvariantResult(invariant=invariant, counterexample=None, proved=prove)


def _is_broken(policy: Policy, invariant: Invariant, given: Facts) -> bool:
    """Whether these facts are what the invariant forbids: asked of the engine itself, so no alarm is a false one."""
    facts = facts_of_case(policy, given)
    if evaluate(policy, facts).outcome is not Outcome.GRANTED:
        return False
    packages = facts["request.packages"]
    test = compile_test(invariant.when)
    keys = packages if isinstance(packages, tuple) else ()
    return any(test({**facts, **about(policy.packages[key])}) is TRUE for key in keys)


def _ways(policy: Policy, invariant: Invariant) -> Iterator[tuple[tuple[str, ...], Facts, Condition]]:
    """What can be asked for, for whom, and what must then hold for the invariant to be broken."""
    rules = policy.rules
    spoken_of = {
        comparison.fact
        for condition in (invariant.when, *(rule.when for rule in rules))
        for comparison in comparisons_in(condition)
    }
    for asked in _asked(policy, spoken_of):
        packages = [policy.packages[key] for key in asked]
        for world in partner_worlds(policy, (invariant.when, *(rule.when for rule in rules))):
            unknown = frozenset(name for name, value in world.items() if value is None)
            known: Facts = {
                **{name: value for name, value in world.items() if value is not None},
                "request.packages": asked,
                # An extension is of what is held; whatever else is asked for is access.
                **({} if len(asked) == 1 else {"request.kind": "access"}),
            }
            granted = granted_when(policy, packages, known)
            for package in packages:
                whole = Condition(all=(_for_package(invariant.when, package), granted))
                left = specialise(settled(whole, unknown, positive=True), known)
                if left is not None:
                    yield asked, {name: value for name, value in world.items() if name != "partner.key"}, left


def _asked(policy: Policy, spoken_of: set[str]) -> Iterator[tuple[str, ...]]:
    keys = tuple(policy.packages)
    yield from ((key,) for key in keys)
    if spoken_of & {"request.packages", "guest.packages_after"}:
        most = len(keys) if len(keys) <= _ALL_SUBSETS else 2
        yield from chain.from_iterable(combinations(keys, size) for size in range(2, most + 1))


def granted_when(policy: Policy, packages: list[AccessPackage], known: Facts) -> Condition:
    """What must hold for all of these packages to be granted."""
    by_effect = {effect: [rule for rule in policy.enforced if rule.effect is effect] for effect in Effect}
    grants = [*by_effect[Effect.GRANT], *_preapproved(policy, known)]
    each = []
    for package in packages:
        tightened = tuple(
            _tightened(_for_package(tighten.when, package), tighten) for tighten in by_effect[Effect.TIGHTEN]
        )
        ways = tuple(
            Condition(all=(_for_package(grant.when, package), within(grant.limits), *tightened)) for grant in grants
        )
        denied = tuple(_for_package(deny.when, package) for deny in by_effect[Effect.DENY])
        each.append(Condition(any=ways, none=denied) if ways else _NEVER)
    return Condition(all=tuple(each))


def _preapproved(policy: Policy, known: Facts) -> list[Rule]:
    partner = policy.partners.get(str(known.get("partner.key", "")))
    auto = next((route for route in policy.routes.values() if not route.stages), None)
    rule = preapproval(policy, partner, auto) if partner is not None and auto is not None else None
    return [rule] if rule is not None else []


def _tightened(when: Condition, tighten: Rule) -> Condition:
    """It does not apply, or its limits are met."""
    if tighten.limits == Limits():
        return ALWAYS
    return Condition(any=(Condition(none=(when,)), within(tighten.limits)))


def within(limits: Limits) -> Condition:
    """That limits are met, as a condition."""
    comparisons = []
    if limits.max_days is not None:
        comparisons.append(Comparison(fact="request.days", operator="at_most", operand=limits.max_days))
    if limits.justification is not None:
        comparisons.append(
            Comparison(fact="request.justification_length", operator="at_least", operand=limits.justification)
        )
    return Condition(comparisons=tuple(comparisons))


def _for_package(condition: Condition, package: AccessPackage) -> Condition:
    left = specialise(condition, about(package))
    return _NEVER if left is None else left


def settled(condition: Condition, unknown: frozenset[str], *, positive: bool) -> Condition:
    """The condition with what is unknown decided as the engine does: never to the advantage of a grant."""
    kept = tuple(comparison for comparison in condition.comparisons if comparison.fact not in unknown)
    refused = tuple(settled(part, unknown, positive=not positive) for part in condition.none)
    if positive and len(kept) < len(condition.comparisons):
        refused = (*refused, ALWAYS)
    return Condition(
        comparisons=kept,
        all=tuple(settled(part, unknown, positive=positive) for part in condition.all),
        any=tuple(settled(part, unknown, positive=positive) for part in condition.any),
        none=refused,
    )


def as_case(policy: Policy, name: str, given: Facts) -> str:
    """A counterexample as a test case, to paste below `tests:`; what is usual is left out."""
    kept: dict[str, FactValue] = {}
    for fact, value in given.items():
        follows = fact.startswith(("partner.", "time.")) or fact == "guest.packages_after"
        if fact in ("partner.domain", "partner.is_entra_tenant", "time.now") or not follows:
            kept[fact] = value
    for fact in tuple(kept):
        without = {key: value for key, value in kept.items() if key != fact}
        if facts_of_case(policy, without) == facts_of_case(policy, kept):
            kept = without
    lines = "".join(f"\n      {fact}: {_written(value)}" for fact, value in sorted(kept.items()))
    return f"  - name: {_written(name)}\n    given:{lines or ' {}'}\n    expect: {{outcome: deny}}\n"


def _written(value: FactValue) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_written(member) for member in value)}]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.@-]*", value) and value not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)


_NOT_PLAIN = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"})
