"""Why a policy says what it says: each rule, matched or not, what it wanted, what it found, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.domain.findings import Effect, Facts, FactValue
from policies.compiled import CompiledRule, about, compiled
from policies.conditions import FALSE, TRUE, UNKNOWN, Truth, compile_test, holds_of, operator_of
from policies.evaluation import UnmetLimit, asked_packages, unmet_limits
from policies.model import Comparison, Condition, Policy, Rule, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonExplanation:
    """One comparison that decided: the fact, what was expected of it, what it was; `held` is None where it is unknown.

    `expected` is written out (`one of $embargoed`); below a `not` it is turned round, and so is `held`.
    """

    fact: str
    expected: str
    actual: FactValue
    held: bool | None
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExplanation:
    """One rule of one package (or of the whole request: `package` is None).

    `matched` is None where facts are missing; `applies` says what came of it: an unknown deny and an unknown tighten
    apply, an unknown grant does not, and neither does one with `unmet` limits, which is a near miss.
    """

    rule: str
    effect: Effect
    source: Source
    package: str | None
    matched: bool | None
    applies: bool
    because: tuple[ComparisonExplanation, ...]
    """The comparisons that decided, and no others."""
    unmet: tuple[UnmetLimit, ...] = ()
    shadow: bool = False
    """Only tried out: it never applies."""

    @property
    def near_miss(self) -> bool:
        """A grant that would have been given for less."""
        return self.matched is True and bool(self.unmet)


def explain(policy: Policy, facts: Facts) -> tuple[RuleExplanation, ...]:
    """Every rule, and the partner's pre-approval, in the order denies, tightens, grants, rules in shadow mode.

    A rule that speaks of packages, and every grant, is explained for each package asked for; with none asked for, as
    it is with the package unknown.
    """
    return tuple(_explain_all(policy, facts))


def _explain_all(policy: Policy, facts: Facts) -> Iterator[RuleExplanation]:
    engine, packages = compiled(policy), policy.packages
    looked_at: list[tuple[str | None, Facts]] = [
        (key, {**facts, **about(packages[key])}) for key in asked_packages(facts) if key in packages
    ]
    looked_at = looked_at or [(None, facts)]
    for compiled_rule in (*engine.denies, *engine.tightens):
        for package, known in looked_at if compiled_rule.per_package else [(None, facts)]:
            truth = compiled_rule.test(known)
            yield _explained(compiled_rule.rule, known, package, truth, applies=truth is not FALSE)
    for package, known in looked_at:
        tightens = [tighten.rule for tighten in engine.tightens if tighten.test(known) is not FALSE]
        for grant in engine.grants_for(known):
            yield _explained_grant(grant, known, package, tightens)
    for shadow in engine.shadows:
        of_packages = shadow.per_package or shadow.rule.effect is Effect.GRANT
        for package, known in looked_at if of_packages else [(None, facts)]:
            yield replace(_explained(shadow.rule, known, package, shadow.test(known), applies=False), shadow=True)


def _explained_grant(grant: CompiledRule, facts: Facts, package: str | None, tightens: list[Rule]) -> RuleExplanation:
    truth = grant.test(facts)
    unmet = unmet_limits(grant.rule, tightens, facts) if truth is TRUE else ()
    return _explained(grant.rule, facts, package, truth, applies=truth is TRUE and not unmet, unmet=unmet)


def _explained(
    rule: Rule, facts: Facts, package: str | None, truth: Truth, *, applies: bool, unmet: tuple[UnmetLimit, ...] = ()
) -> RuleExplanation:
    return RuleExplanation(
        rule=rule.id,
        effect=rule.effect,
        source=rule.source,
        package=package,
        matched=None if truth is UNKNOWN else truth is TRUE,
        applies=applies,
        because=tuple(_deciding(rule.when, facts, truth, turned=False)),
        unmet=unmet,
    )


def _deciding(condition: Condition, facts: Facts, truth: Truth, *, turned: bool) -> Iterator[ComparisonExplanation]:
    """The comparisons that make the condition what it is: those parts that are so themselves."""
    for comparison in condition.comparisons:
        held = holds_of(comparison)(facts.get(comparison.fact))
        if _truth(held) is truth:
            yield _explain_comparison(comparison, facts, held, turned=turned)
    for part in condition.all:
        if compile_test(part)(facts) is truth:
            yield from _deciding(part, facts, truth, turned=turned)
    if condition.any and compile_test(Condition(any=condition.any))(facts) is truth:
        for part in condition.any:
            if compile_test(part)(facts) is truth:
                yield from _deciding(part, facts, truth, turned=turned)
    opposite = Truth(TRUE - truth)
    for part in condition.none:
        if compile_test(part)(facts) is opposite:
            yield from _deciding(part, facts, opposite, turned=not turned)


def _truth(held: bool | None) -> Truth:
    if held is None:
        return UNKNOWN
    return TRUE if held else FALSE


def _explain_comparison(
    comparison: Comparison, facts: Facts, held: bool | None, *, turned: bool
) -> ComparisonExplanation:
    operator = operator_of(comparison)
    written = comparison.written or _written(comparison)
    expected = f"{operator.words} {written}".strip()
    return ComparisonExplanation(
        fact=comparison.fact,
        expected=f"not ({expected})" if turned else expected,
        actual=facts.get(comparison.fact),
        held=held if held is None or not turned else not held,
        source=comparison.source,
    )


def _written(comparison: Comparison) -> str:
    operand = comparison.operand
    return f"[{', '.join(operand)}]" if isinstance(operand, tuple) else str(operand)
