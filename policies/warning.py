"""What is allowed in a policy and most likely not meant: rules that say nothing, names that nothing speaks of."""

from collections.abc import Collection, Iterator

from bot.domain.findings import Effect, Facts
from policies.candidates import Candidates, partner_worlds
from policies.compiled import about
from policies.errors import Problems
from policies.implication import implies
from policies.invariants import granted_when, settled
from policies.model import Condition, Mode, Policy, PolicyWarning, Rule, Source
from policies.solving import solvable
from policies.specialised import specialise

_NOWHERE = Source(file="", line=0, column=0)
_MOST_COMPARED = 400
"""Rules that are compared with each other; a policy of more is made by a program, which can look for itself."""


def warnings_of(policy: Policy, used_lists: Collection[str], problems: Problems) -> tuple[PolicyWarning, ...]:
    """Everything worth pointing out, in the order of the files."""
    found = [*_ties(policy), *_unused(policy, used_lists), *_about_rules(policy)]
    warnings = (PolicyWarning(source=source, what=what, text=problems.line(source)) for source, what in found)
    return tuple(sorted(warnings, key=lambda each: (each.source.file, each.source.line, each.source.column)))


def _ties(policy: Policy) -> Iterator[tuple[Source, str]]:
    by_weight: dict[int, str] = {}
    for key, route in policy.routes.items():
        first = by_weight.setdefault(route.weight, key)
        if first != key:
            yield (
                policy.sources.get(f"routes.{key}", _NOWHERE),
                f"the routes `{first}` and `{key}` weigh the same ({route.weight}), so which of them is the stricter "
                "rests on their stages and their order",
            )


def _unused(policy: Policy, used_lists: Collection[str]) -> Iterator[tuple[Source, str]]:
    for key in policy.lists:
        if key not in used_lists:
            yield policy.sources.get(f"lists.{key}", _NOWHERE), f"nothing uses the list `{key}`"
    demanded = {key for package in policy.packages.values() for key in package.questions}
    demanded.update(key for partner in policy.partners.values() for key in partner.questions)
    demanded.update(key for rule in policy.rules for key in rule.questions)
    for key in policy.questions:
        if key not in demanded:
            yield policy.sources.get(f"questions.{key}", _NOWHERE), f"nothing demands `{key}`, so it is never asked"
    routes = {rule.route for rule in policy.rules}
    preapproved = any(partner.preapproved for partner in policy.partners.values())
    for key, route in policy.routes.items():
        if key not in routes and (route.stages or not preapproved):
            yield policy.sources.get(f"routes.{key}", _NOWHERE), f"no rule uses the route `{key}`"


def _about_rules(policy: Policy) -> Iterator[tuple[Source, str]]:
    worlds = tuple(partner_worlds(policy, [rule.when for rule in policy.rules], apart=False))
    reachable = []
    for rule in policy.rules:
        if _can_hold(policy, rule.when, worlds):
            reachable.append(rule)
        else:
            yield rule.source, f"the rule `{rule.id}` can never apply: no facts make its `when` hold"
    if len(reachable) <= _MOST_COMPARED:
        yield from _shadowed(policy, [rule for rule in reachable if rule.mode is Mode.ENFORCE])
    preapproved = {
        key for partner in policy.partners.values() if partner.preapproved for key in partner.preapproved.packages
    }
    for key in policy.packages:
        if key not in preapproved and not _can_be_had(policy, key, worlds):
            source = policy.sources.get(f"access_packages.{key}", _NOWHERE)
            yield source, f"nobody can get the access package `{key}`: no rule grants it that no other denies"


def _can_hold(policy: Policy, when: Condition, worlds: Collection[Facts]) -> bool:
    for key, package in policy.packages.items():
        left = specialise(when, about(package))
        if left is not None and _holds_somewhere(policy, left, (key,), worlds):
            return True
    return not policy.packages


def _can_be_had(policy: Policy, key: str, worlds: Collection[Facts]) -> bool:
    condition = granted_when(policy, [policy.packages[key]], {})
    return _holds_somewhere(policy, condition, (key,), worlds, {"request.packages": (key,)})


def _holds_somewhere(
    policy: Policy, condition: Condition, asked: tuple[str, ...], worlds: Collection[Facts], known: Facts | None = None
) -> bool:
    candidates = Candidates(policy, asked)
    tried: set[Condition] = set()
    for world in worlds:
        unknown = frozenset(name for name, value in world.items() if value is None)
        given = {name: value for name, value in world.items() if value is not None}
        left = specialise(settled(condition, unknown, positive=True), {**given, **(known or {})})
        if left is not None and left not in tried:
            tried.add(left)
            if solvable(left, candidates):
                return True
    return False


def _shadowed(policy: Policy, rules: list[Rule]) -> Iterator[tuple[Source, str]]:
    denies = [rule for rule in rules if rule.effect is Effect.DENY]
    grants = [rule for rule in rules if rule.effect is Effect.GRANT]
    for rule in grants:
        refusing = next((deny for deny in denies if implies(rule.when, deny.when)), None)
        wider = next((each for each in grants if each is not rule and _covers(policy, each, rule, grants)), None)
        if refusing is not None:
            yield rule.source, f"the grant `{rule.id}` never grants: `{refusing.id}` denies wherever it holds"
        elif wider is not None:
            yield rule.source, f"the grant `{rule.id}` is never needed: `{wider.id}` grants wherever it does"
    for index, rule in enumerate(denies):
        for other in denies[:index] + denies[index + 1 :]:
            same = implies(other.when, rule.when)
            if implies(rule.when, other.when) and (not same or denies.index(other) < index):
                yield rule.source, f"the deny `{rule.id}` adds nothing: `{other.id}` denies wherever it does"
                break


def _covers(policy: Policy, wide: Rule, narrow: Rule, grants: list[Rule]) -> bool:
    """Whether one grant is taken wherever the other could be: it fits there, is lighter, and limits no more."""
    first, second = policy.routes[wide.route or ""], policy.routes[narrow.route or ""]
    lighter = (first.weight, len(first.stages), grants.index(wide)) < (
        second.weight,
        len(second.stages),
        grants.index(narrow),
    )
    days = wide.limits.max_days is None or (
        narrow.limits.max_days is not None and wide.limits.max_days >= narrow.limits.max_days
    )
    words = (wide.limits.justification or 0) <= (narrow.limits.justification or 0)
    return lighter and days and words and implies(narrow.when, wide.when)
