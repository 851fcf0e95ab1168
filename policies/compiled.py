"""A policy made ready to be asked: conditions as functions, rules by what they do, routes by how strict they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bot.domain.findings import Effect, Facts, FactValue
from bot.domain.packages import AccessPackage, Partner
from bot.domain.routes import Route
from policies.conditions import Bounds, BoundsTest, Open, Test, comparisons_in, compile_bounds, compile_test
from policies.model import Comparison, Condition, Policy, Rule, Source
from policies.wording import PREAPPROVED, placeholders

_ALWAYS = frozenset(
    {
        "guest.address",
        "partner.key",
        "request.days",
        "request.justification_length",
        "request.kind",
        "request.packages",
        "sponsor.groups",
    }
)
"""What limits, pre-approvals and offers depend on, whatever the rules say."""

_NOWHERE = Source(file="", line=0, column=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """`per_package`: it speaks of the package that is looked at, so it is asked once for each."""

    rule: Rule
    test: Test
    bounds: BoundsTest
    per_package: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """`rank` orders routes from light to strict: by weight, then by stages, then as the files have them."""

    denies: tuple[CompiledRule, ...]
    tightens: tuple[CompiledRule, ...]
    grants: tuple[CompiledRule, ...]
    """From the lightest route to the strictest; those of one route as the files have them."""
    preapproved: Mapping[str, CompiledRule]
    """Partner's key to what its `preapproved` comes to, as a grant."""
    routes: Mapping[str, Route]
    rank: Mapping[str, int]
    spoken_of: tuple[str, ...]
    """Every fact that a verdict or an offer can depend on, each once."""

    def grants_for(self, facts: Facts) -> Iterator[CompiledRule]:
        """The grants that could fit, lightest first: the partner's own, and those of the rules."""
        key = facts.get("partner.key")
        # By index: the other partners' pre-approvals cost nothing.
        preapproved = self.preapproved.get(key) if isinstance(key, str) else None
        if preapproved is not None:
            yield preapproved
        yield from self.grants

    def stricter(self, one: Route, other: str | None) -> Route:
        """The stricter of a route and what a tighten asks for."""
        return one if other is None or self.rank[other] <= self.rank[one.key] else self.routes[other]


# A value must not hold its key, or nothing would ever leave: hence no `policy` in Compiled.
_kept: WeakKeyDictionary[Policy, Compiled] = WeakKeyDictionary()


def compiled(policy: Policy) -> Compiled:
    """The policy's compiled form, made at first use and kept as long as the policy is."""
    found = _kept.get(policy)
    if found is None:
        found = _kept[policy] = _compile(policy)
    return found


def about(package: AccessPackage) -> dict[str, FactValue]:
    """`package.*`: the facts of the package that is looked at."""
    return {"package.key": package.key, "package.class": package.package_class}


def preapproval(policy: Policy, partner: Partner, route: Route) -> Rule | None:
    """A partner's `preapproved` as the grant that it stands for, by `route`."""
    preapproved = partner.preapproved
    if preapproved is None:
        return None
    name = f"partners.{partner.key}.preapproved"
    sponsors = tuple(key for key, group_id in policy.groups.items() if group_id in preapproved.sponsors)
    source = policy.sources.get(name, _NOWHERE)
    when = Condition(
        comparisons=(
            Comparison(fact="partner.key", operator="is", operand=partner.key, source=source),
            Comparison(fact="package.key", operator="in", operand=preapproved.packages, source=source),
            Comparison(fact="sponsor.groups", operator="contains_any", operand=sponsors, source=source),
        )
    )
    return Rule(
        id=name,
        effect=Effect.GRANT,
        when=when,
        source=source,
        reason=PREAPPROVED,
        route=route.key,
        limits=preapproved.limits,
    )


def groups_to_look_up(policy: Policy, partner_key: str | None) -> frozenset[str]:
    """Object ids of the groups whose membership of the sponsor can change a verdict for this partner.

    Graph answers for 20 groups a call, so only these are asked for.
    """
    partner = policy.partners.get(partner_key) if partner_key else None
    spoken_of = {
        name
        for rule in policy.rules
        for comparison in comparisons_in(rule.when)
        if comparison.fact == "sponsor.groups"
        for name in (comparison.operand if isinstance(comparison.operand, tuple) else (str(comparison.operand),))
    }
    ids = {policy.groups[name] for name in spoken_of if name in policy.groups}
    if partner is not None and partner.preapproved is not None:
        ids.update(partner.preapproved.sponsors)
    return frozenset(ids)


def _compile(policy: Policy) -> Compiled:
    ordered = sorted(policy.routes.values(), key=lambda route: (route.weight, len(route.stages)))
    rank = {route.key: index for index, route in enumerate(ordered)}
    by_effect: dict[Effect, list[CompiledRule]] = {effect: [] for effect in Effect}
    for rule in policy.rules:
        by_effect[rule.effect].append(_compile_rule(rule))
    return Compiled(
        denies=tuple(by_effect[Effect.DENY]),
        tightens=tuple(by_effect[Effect.TIGHTEN]),
        grants=tuple(sorted(by_effect[Effect.GRANT], key=lambda grant: rank[grant.rule.route or ""])),
        preapproved=_compile_preapprovals(policy, ordered),
        routes=policy.routes,
        rank=rank,
        spoken_of=tuple(sorted(_ALWAYS | {fact for rule in policy.rules for fact in _facts_of(rule)})),
    )


def _compile_preapprovals(policy: Policy, routes: Sequence[Route]) -> dict[str, CompiledRule]:
    auto = next((route for route in routes if not route.stages), None)
    if auto is None:
        return {}
    compiled_rules = {}
    for partner in policy.partners.values():
        rule = preapproval(policy, partner, auto)
        if rule is not None:
            compiled_rules[partner.key] = CompiledRule(
                rule=rule, test=compile_test(rule.when), bounds=_bounds_later(rule.when), per_package=True
            )
    return compiled_rules


def _compile_rule(rule: Rule) -> CompiledRule:
    return CompiledRule(
        rule=rule,
        test=compile_test(rule.when),
        bounds=_bounds_later(rule.when),
        per_package=any(name.startswith("package.") for name in _facts_of(rule)),
    )


def _facts_of(rule: Rule) -> frozenset[str]:
    """What its condition and its texts speak of."""
    texts = placeholders(rule.reason) | (placeholders(rule.remedy) if rule.remedy else frozenset())
    return texts | {comparison.fact for comparison in comparisons_in(rule.when)}


def _bounds_later(condition: Condition) -> BoundsTest:
    """Compiled at first use: of ten thousand partners' pre-approvals, few are ever offered."""
    made: list[BoundsTest] = []

    def bounds(facts: Facts, open_facts: Open) -> Bounds:
        if not made:
            made.append(compile_bounds(condition))
        return made[0](facts, open_facts)

    return bounds
