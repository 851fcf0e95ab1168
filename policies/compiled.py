"""A policy made ready to be asked: conditions as functions, rules by what they do, routes by how strict they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from bot.domain.findings import Effect, Facts, FactValue, Finding
from bot.domain.packages import AccessPackage, Partner
from bot.domain.routes import Limits, Route
from policies.conditions import Bounds, BoundsTest, Open, Test, comparisons_in, compile_bounds, compile_test
from policies.model import Comparison, Condition, Mode, Operand, Policy, Rule, Source
from policies.specialised import specialise
from policies.wording import PREAPPROVED, not_granted, placeholders

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

DEFAULT_DENY = "default-deny"
"""The id of the finding that no rule stands behind: nothing grants what was asked."""

_NOWHERE = Source(file="", line=0, column=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What one package is granted."""

    finding: Finding
    route: Route
    limits: Limits
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """`per_package`: it speaks of the package that is looked at, so it is asked once for each."""

    rule: Rule
    test: Test
    bounds: BoundsTest
    per_package: bool
    said: Finding | None = None
    """What it says when it holds, where its texts speak of no facts and so are the same every time.

    Without a package where the rule was not made ready for one."""
    packages: tuple[str, ...] = ()
    """Of a pre-approval: the packages that it is for."""
    gives: Granted | None = None
    """What it gives to one package when nothing tightens it, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRules:
    """The rules that can apply to one package, without what its key and class have decided already.

    `denies` and `tightens` are those that speak of packages; `grants` are from the lightest route on.
    """

    denies: tuple[CompiledRule, ...]
    tightens: tuple[CompiledRule, ...]
    grants: tuple[CompiledRule, ...]
    nothing_grants: Finding
    """What default deny says of the package, where no fact is missing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """`rank` orders routes from light to strict: by weight, then by stages, then as the files have them."""

    denies: tuple[CompiledRule, ...]
    tightens: tuple[CompiledRule, ...]
    grants: tuple[CompiledRule, ...]
    """From the lightest route to the strictest; those of one route as the files have them."""
    preapproved: Mapping[str, CompiledRule]
    """Partner's key to what is left of its `preapproved`, as a grant, where partner and package fit."""
    routes: Mapping[str, Route]
    rank: Mapping[str, int]
    spoken_of: tuple[str, ...]
    """Every fact that a verdict or an offer can depend on, each once."""
    whole_denies: tuple[CompiledRule, ...]
    """Those that do not speak of packages."""
    whole_tightens: tuple[CompiledRule, ...]
    shadows: tuple[CompiledRule, ...]
    """Rules that are only tried out: in none of the above."""
    _of_package: dict[str, PackageRules] = field(default_factory=dict)
    _whole_preapproved: dict[str, CompiledRule] = field(default_factory=dict)

    def rules_of(self, package: AccessPackage) -> PackageRules:
        """What is left of the rules for this package, found out at its first request."""
        found = self._of_package.get(package.key)
        if found is None:
            found = self._of_package[package.key] = self._rules_of(package)
        return found

    def _rules_of(self, package: AccessPackage) -> PackageRules:
        def left(rules: Iterable[CompiledRule]) -> tuple[CompiledRule, ...]:
            kept = (_for_package(each, package, self.routes) for each in rules)
            return tuple(each for each in kept if each is not None)

        return PackageRules(
            denies=left(deny for deny in self.denies if deny.per_package),
            tightens=left(tighten for tighten in self.tightens if tighten.per_package),
            grants=left(self.grants),
            nothing_grants=_nothing_grants(package),
        )

    def grants_of(self, package: AccessPackage, facts: Facts) -> tuple[CompiledRule, ...]:
        """As `grants_for`, of those that can fit this package at all."""
        grants = self.rules_of(package).grants
        key = facts.get("partner.key")
        preapproved = self.preapproved.get(key) if isinstance(key, str) else None
        if preapproved is None or package.key not in preapproved.packages:
            return grants
        return (preapproved, *grants)

    def grants_for(self, facts: Facts) -> Iterator[CompiledRule]:
        """The grants that could fit, lightest first: the partner's own, and those of the rules."""
        key = facts.get("partner.key")
        # By index: the other partners' pre-approvals cost nothing.
        if isinstance(key, str) and key in self.preapproved:
            yield self._whole(key)
        yield from self.grants

    def _whole(self, key: str) -> CompiledRule:
        # At first use: of ten thousand partners few are asked about.
        found = self._whole_preapproved.get(key)
        if found is None:
            left = self.preapproved[key]
            found = self._whole_preapproved[key] = replace(left, test=compile_test(left.rule.when))
        return found

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
    return {"package.key": package.key, "package.class": package.package_class, "package.owner": package.owner}


def questions_of(package: AccessPackage, rules: Iterable[Rule]) -> tuple[str, ...]:
    """What must be answered for a package that these rules speak of."""
    return tuple(dict.fromkeys([*package.questions, *(question for rule in rules for question in rule.questions)]))


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
    shadows: list[CompiledRule] = []
    for rule in policy.rules:
        into = shadows if rule.mode is Mode.SHADOW else by_effect[rule.effect]
        into.append(_compile_rule(rule))
    denies, tightens = by_effect[Effect.DENY], by_effect[Effect.TIGHTEN]
    return Compiled(
        denies=tuple(denies),
        tightens=tuple(tightens),
        whole_denies=tuple(deny for deny in denies if not deny.per_package),
        whole_tightens=tuple(tighten for tighten in tightens if not tighten.per_package),
        grants=tuple(sorted(by_effect[Effect.GRANT], key=lambda grant: rank[grant.rule.route or ""])),
        shadows=tuple(shadows),
        preapproved=_compile_preapprovals(policy, ordered),
        routes=policy.routes,
        rank=rank,
        spoken_of=tuple(sorted(_ALWAYS | {fact for rule in policy.rules for fact in _facts_of(rule)})),
    )


def _compile_preapprovals(policy: Policy, routes: Sequence[Route]) -> dict[str, CompiledRule]:
    auto = next((route for route in routes if not route.stages), None)
    if auto is None:
        return {}
    # What many partners have alike is there once, so that a decision finds it in the processor's cache.
    tests: dict[Operand, Test] = {}
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}
    found = {}
    for partner in policy.partners.values():
        rule = preapproval(policy, partner, auto)
        if rule is None or partner.preapproved is None:
            continue
        sponsors = rule.when.comparisons[-1]
        test = tests.get(sponsors.operand)
        if test is None:
            test = tests[sponsors.operand] = compile_test(Condition(comparisons=(sponsors,)))
        packages = tuple(policy.packages[key].key for key in partner.preapproved.packages if key in policy.packages)
        found[partner.key] = CompiledRule(
            rule=rule,
            test=test,
            bounds=_bounds_later(rule.when),
            per_package=True,
            said=_said(rule, None),
            packages=alike.setdefault(packages, packages),
        )
    return found


def _compile_rule(rule: Rule) -> CompiledRule:
    return CompiledRule(
        rule=rule,
        test=compile_test(rule.when),
        bounds=_bounds_later(rule.when),
        per_package=any(name.startswith("package.") for name in _facts_of(rule)),
        said=_said(rule, None),
    )


def _facts_of(rule: Rule) -> frozenset[str]:
    """What its condition and its texts speak of."""
    return _in_texts(rule) | {comparison.fact for comparison in comparisons_in(rule.when)}


def _in_texts(rule: Rule) -> frozenset[str]:
    return placeholders(rule.reason) | (placeholders(rule.remedy) if rule.remedy else frozenset())


def _said(rule: Rule, package: str | None) -> Finding | None:
    if _in_texts(rule):
        return None
    return Finding(rule=rule.id, effect=rule.effect, reason=rule.reason, remedy=rule.remedy, package=package)


def _for_package(
    compiled_rule: CompiledRule, package: AccessPackage, routes: Mapping[str, Route]
) -> CompiledRule | None:
    """What is left of a rule for this package; None where it can never apply to it."""
    rule = compiled_rule.rule
    when = specialise(rule.when, about(package))
    if when is None:
        return None
    said = _said(rule, package.key)
    gives = None
    if said is not None and rule.effect is Effect.GRANT:
        route = routes[rule.route or ""]
        gives = Granted(finding=said, route=route, limits=rule.limits, questions=questions_of(package, (rule,)))
    return replace(compiled_rule, test=compile_test(when), said=said, gives=gives)


def _nothing_grants(package: AccessPackage) -> Finding:
    reason, remedy = not_granted(package, ())
    return Finding(rule=DEFAULT_DENY, effect=Effect.DENY, reason=reason, remedy=remedy, package=package.key)


def _bounds_later(condition: Condition) -> BoundsTest:
    """Compiled at first use: of ten thousand partners' pre-approvals, few are ever offered."""
    made: list[BoundsTest] = []

    def bounds(facts: Facts, open_facts: Open) -> Bounds:
        if not made:
            made.append(compile_bounds(condition))
        return made[0](facts, open_facts)

    return bounds
