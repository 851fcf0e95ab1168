"""Breaking each rule on purpose: a break that no test case notices is a rule that nobody would miss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product

from bot.domain.findings import Effect, Verdict
from policies.candidates import Candidates, partner_worlds
from policies.conditions import comparisons_in
from policies.evaluation import evaluate
from policies.invariants import within
from policies.model import Comparison, Condition, Mode, Policy, Rule
from policies.testing import differences, facts_of_case

_MOST_COMPARED = 30_000
_NUMBERS = frozenset({"at_least", "at_most", "more_than", "less_than", "count_at_least", "count_at_most"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A rule that was broken (`how`), and every case still passed."""

    rule: str
    how: str


def survivors(policy: Policy) -> tuple[Survivor, ...]:
    """The breaks that no case notices, rule by rule. The cases themselves have to pass beforehand."""
    cases = [(case, facts_of_case(policy, case.given)) for case in policy.tests]
    # Only partners that a case is about can matter, and compiling ten thousand for each break would take minutes.
    about = {facts.get("partner.key") for _, facts in cases}
    small = replace(policy, partners={key: each for key, each in policy.partners.items() if key in about})

    def unnoticed(broken: Policy) -> bool:
        return not any(differences(case.expect, evaluate(broken, facts)) for case, facts in cases)

    found = []
    for index, rule in enumerate(policy.rules):
        for how, broken in _breaks(rule, policy) if rule.mode is Mode.ENFORCE else ():
            rules = (*policy.rules[:index], *([broken] if broken else ()), *policy.rules[index + 1 :])
            other = replace(small, rules=rules)
            if unnoticed(other) and _changes_something(small, other):
                found.append(Survivor(rule=rule.id, how=how))
    for key, partner in policy.partners.items():
        if partner.preapproved is None:
            continue
        name = f"partners.{key}.preapproved"
        without = replace(small, partners={**small.partners, key: replace(partner, preapproved=None)})
        if key not in about or unnoticed(without):
            found.append(Survivor(rule=name, how="taken out"))
    return tuple(found)


def _changes_something(policy: Policy, broken: Policy) -> bool:
    """Whether the break is one at all: some request, with one or two facts at a boundary, comes out differently.

    A line that another rule makes superfluous breaks nothing when it goes, and no case could notice.
    """
    whens = [rule.when for rule in (*policy.rules, *broken.rules)]
    spoken_of = Condition(all=(*whens, *(within(rule.limits) for rule in policy.rules)))
    names = dict.fromkeys(each.fact for each in comparisons_in(spoken_of))
    free = [name for name in names if not name.startswith(("partner.", "package.", "request.packages"))]
    tried = 0
    for key in policy.packages:
        candidates = Candidates(policy, (key,))
        values = [[{}, *candidates.of(name, spoken_of)] for name in free]
        for world in partner_worlds(policy, whens):
            base = {**facts_of_case(policy, {**world, "request.packages": (key,)}), **world}
            for one, other in combinations_with_replacement(values, 2):
                for first, second in product(one, other):
                    facts = {**base, **first, **second}
                    if _told_apart(evaluate(policy, facts), evaluate(broken, facts)):
                        return True
                    tried += 1
                    if tried >= _MOST_COMPARED:
                        return True
    return False


def _told_apart(one: Verdict, other: Verdict) -> bool:
    def seen(verdict: Verdict) -> object:
        return verdict.outcome, verdict.route, verdict.limits, frozenset(verdict.questions)

    return seen(one) != seen(other)


def _breaks(rule: Rule, policy: Policy) -> Iterator[tuple[str, Rule | None]]:
    yield "taken out", None
    if rule.when != Condition():
        yield "applied to everything", replace(rule, when=Condition())
    for how, when in _conditions(rule.when):
        yield how, replace(rule, when=when)
    if rule.limits.max_days is not None:
        yield "without `max_days`", replace(rule, limits=replace(rule.limits, max_days=None))
    if rule.limits.justification is not None:
        yield "without `justification`", replace(rule, limits=replace(rule.limits, justification=None))
    for question in rule.questions:
        yield f"without `{question}`", replace(rule, questions=tuple(q for q in rule.questions if q != question))
    if rule.effect is Effect.TIGHTEN and rule.route is not None:
        yield "without its route", replace(rule, route=None)
    if rule.effect is Effect.GRANT:
        other = _lighter(rule, policy)
        if other is not None:
            yield f"by the route `{other}`", replace(rule, route=other)


def _lighter(rule: Rule, policy: Policy) -> str | None:
    """The lightest other route: the break that matters most."""
    others = [route for key, route in policy.routes.items() if key != rule.route]
    return min(others, key=lambda route: route.weight).key if others else None


def _conditions(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """The condition with one line left out, or one number moved by one."""
    alone = len(condition.comparisons) + len(condition.all) + len(condition.none) + bool(condition.any) == 1
    for index, comparison in enumerate(condition.comparisons):
        before, after = condition.comparisons[:index], condition.comparisons[index + 1 :]
        if not alone:
            yield f"without `{_shown(comparison)}`", replace(condition, comparisons=(*before, *after))
        for moved in _moved(comparison):
            how = f"with {moved.operand} in `{_shown(comparison)}`"
            yield how, replace(condition, comparisons=(*before, moved, *after))
    for parts, put in (
        (condition.any, lambda parts: replace(condition, any=parts)),
        (condition.all, lambda parts: replace(condition, all=parts)),
        (condition.none, lambda parts: replace(condition, none=parts)),
    ):
        yield from _parts(parts, put, can_be_empty=parts is not condition.any and not alone)


def _parts(
    parts: tuple[Condition, ...], put: Callable[[tuple[Condition, ...]], Condition], *, can_be_empty: bool
) -> Iterator[tuple[str, Condition]]:
    for index, part in enumerate(parts):
        before, after = parts[:index], parts[index + 1 :]
        if before or after or can_be_empty:
            shown = ", ".join(_shown(comparison) for comparison in comparisons_in(part))
            yield f"without `{shown}`", put((*before, *after))
        for how, changed in _conditions(part):
            yield how, put((*before, changed, *after))


def _moved(comparison: Comparison) -> Iterator[Comparison]:
    if comparison.operator in _NUMBERS and isinstance(comparison.operand, int):
        for step in (1, -1):
            yield replace(comparison, operand=comparison.operand + step)


def _shown(comparison: Comparison) -> str:
    operand = comparison.written or str(comparison.operand)
    return (
        f"{comparison.fact}: {operand}"
        if comparison.operator == "is"
        else (f"{comparison.fact}: {{{comparison.operator}: {operand}}}")
    )
