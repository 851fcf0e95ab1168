"""What policy could still grant to a sponsor and a guest: only that is offered in the interview."""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bot.domain.findings import Effect, Facts, FactValue, Finding
from bot.domain.packages import AccessPackage
from bot.domain.routes import Limits
from policies import wording
from policies.compiled import DEFAULT_DENY, Compiled, CompiledRule, about, compiled, questions_of
from policies.conditions import FALSE, TRUE, Open
from policies.evaluation import (
    UNKNOWN_PACKAGE,
    asked_packages,
    default_deny,
    finding_of,
    missing_for_grants,
    questions_of_partner,
    shortest,
    unmet_limits,
)
from policies.facts import FACTS
from policies.model import ANSWER, Policy, PolicyQuestion, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPackage:
    """A package that some answer could still be granted, with the widest limits among its grants."""

    package: AccessPackage
    max_days: int | None
    justification: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be asked for. `denials` already hold whatever is answered next (empty: nothing stands in the way).

    Where nothing at all can be granted, or not the packages chosen, `denials` says why.
    """

    packages: tuple[OfferedPackage, ...]
    denials: tuple[Finding, ...]
    questions: tuple[PolicyQuestion, ...]
    """Those that a grant of the packages chosen so far could demand; exact once days and justification are known."""
    max_days: int | None
    """The longest that the packages chosen so far could be granted together for; None: without limit."""
    justification: int
    """The fewest characters that any grant of the chosen packages demands, for the days chosen where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prospect:
    """What could become of one package. `grants` that could still fit, lightest first; `certain`: those that do."""

    package: AccessPackage
    denials: tuple[Finding, ...]
    grants: tuple[Rule, ...]
    certain: frozenset[str]
    tightens: tuple[Rule, ...]
    """That apply already."""
    possible_tightens: tuple[Rule, ...]
    """That apply already or could still."""
    facts: Facts


def offer(policy: Policy, facts: Facts) -> Offer:
    """What could still be granted, where facts that begin with `request.` may be unknown yet.

    A `request.` fact that is absent or None can still become anything; so can those of `guest.` and `partner.` while
    `guest.address` is. Any other missing fact is missing, and grants nothing.
    """
    engine = compiled(policy)
    known = tuple(facts.get(name) for name in engine.spoken_of)
    made = _made.setdefault(policy, {})
    found = made.get(known)
    if found is None:
        if len(made) >= MOST_KEPT:
            made.clear()
        found = made[known] = _offer(policy, engine, facts)
    return found


MOST_KEPT = 1024

# An interview asks for the same offer at each of its steps, and making one costs more than the rest of a turn.
_made: WeakKeyDictionary[Policy, dict[tuple[FactValue, ...], Offer]] = WeakKeyDictionary()


def _offer(policy: Policy, engine: Compiled, facts: Facts) -> Offer:
    open_facts = _open(engine, facts)
    denials = [
        finding for deny in engine.denies if not deny.per_package for finding in _certain(deny, facts, open_facts)
    ]
    # What was chosen so far can be chosen anew, so it does not narrow what is offered.
    anew = {name: value for name, value in facts.items() if not _is_chosen(name)}
    offered = [] if denials else _offered(policy, engine, anew)
    if not offered and not denials and "partner.key" not in open_facts:
        denials += _nothing_offered(policy, engine, anew, _open(engine, anew))
    chosen = []
    for key in asked_packages(facts):
        package = policy.packages.get(key)
        if package is None:
            reason, remedy = wording.no_such_package(key)
            denials.append(Finding(rule=UNKNOWN_PACKAGE, effect=Effect.DENY, reason=reason, remedy=remedy, package=key))
            continue
        prospect = _prospect(engine, package, facts, open_facts)
        denials += prospect.denials
        if not prospect.grants and offered:
            denials.append(default_deny(engine, package, prospect.facts, open_facts))
        chosen.append(prospect)
    limits = [_widest(prospect) for prospect in chosen if prospect.grants]
    questions = dict.fromkeys(key for prospect in _unanswered(engine, chosen, facts) for key in _questions(prospect))
    if chosen:
        questions |= dict.fromkeys(questions_of_partner(policy, facts))
    return Offer(
        packages=tuple(offered),
        denials=tuple(denials),
        questions=tuple(policy.questions[key] for key in questions),
        max_days=shortest(limits).max_days,
        justification=max((_fewest_characters(prospect) for prospect in chosen), default=0),
    )


def _unanswered(engine: Compiled, chosen: list[_Prospect], facts: Facts) -> list[_Prospect]:
    """The prospects as they are with the policy's own questions open: an answer that spoils a grant can be changed."""
    if not any(name.startswith(ANSWER) for name in engine.spoken_of):
        return chosen
    anew = {name: value for name, value in facts.items() if not name.startswith(ANSWER)}
    open_facts = _open(engine, anew)
    return [_prospect(engine, prospect.package, anew, open_facts) for prospect in chosen]


def _is_chosen(name: str) -> bool:
    """Whether a fact follows from what is asked for, and so can become another."""
    if name in FACTS and FACTS[name].rests_on:
        return True
    return name.startswith("request.") and name != "request.kind"


def _open(engine: Compiled, facts: Facts) -> Open:
    prefixes = ("request.",) if facts.get("guest.address") is not None else ("request.", "guest.", "partner.")
    is_open = {name for name in (*FACTS, *engine.spoken_of) if name.startswith(prefixes) and facts.get(name) is None}
    worked_out = (name for name, fact in FACTS.items() if fact.rests_on in is_open and facts.get(name) is None)
    return is_open.union(worked_out)


def _certain(compiled_rule: CompiledRule, facts: Facts, open_facts: Open, package: str | None = None) -> list[Finding]:
    """The rule's finding, if it fires whatever the open facts become."""
    least, _ = compiled_rule.bounds(facts, open_facts)
    return [] if least is FALSE else [finding_of(compiled_rule.rule, least, facts, package, open_facts)]


def _offered(policy: Policy, engine: Compiled, facts: Facts) -> list[OfferedPackage]:
    open_facts = _open(engine, facts)
    offered = []
    for package in policy.packages.values():
        prospect = _prospect(engine, package, facts, open_facts)
        if prospect.grants and not prospect.denials:
            widest = _widest(prospect)
            offered.append(
                OfferedPackage(package=package, max_days=widest.max_days, justification=_fewest_characters(prospect))
            )
    return offered


def _prospect(engine: Compiled, package: AccessPackage, facts: Facts, open_facts: Open) -> _Prospect:
    looked_at = {**facts, **about(package)}
    grants, certain = [], set()
    for grant in engine.grants_for(looked_at):
        least, greatest = grant.bounds(looked_at, open_facts)
        if greatest is TRUE:
            grants.append(grant.rule)
            if least is TRUE:
                certain.add(grant.rule.id)
    bounds = [(tighten.rule, *tighten.bounds(looked_at, open_facts)) for tighten in engine.tightens]
    return _Prospect(
        package=package,
        denials=tuple(
            finding
            for deny in engine.denies
            if deny.per_package
            for finding in _certain(deny, looked_at, open_facts, package.key)
        ),
        grants=tuple(grants),
        certain=frozenset(certain),
        tightens=tuple(rule for rule, least, _ in bounds if least is not FALSE),
        possible_tightens=tuple(rule for rule, _, greatest in bounds if greatest is not FALSE),
        facts=looked_at,
    )


def _widest(prospect: _Prospect) -> Limits:
    """The longest that any grant of it gives, tightened by what applies already."""
    days = [shortest(rule.limits for rule in (grant, *prospect.tightens)).max_days for grant in prospect.grants]
    longest = None if None in days else max((each for each in days if each is not None), default=None)
    return Limits(max_days=longest)


def _fewest_characters(prospect: _Prospect) -> int:
    grants = [grant for grant in prospect.grants if not _days_unmet(grant, prospect)] or prospect.grants
    lengths = [shortest(rule.limits for rule in (grant, *prospect.tightens)).justification or 0 for grant in grants]
    return min(lengths, default=0)


def _questions(prospect: _Prospect) -> tuple[str, ...]:
    """Of each grant that could become the lightest that fits: up to the first that certainly does."""
    rules: list[Rule] = []
    for grant in prospect.grants:
        if any(_known_unmet(grant, prospect.tightens, prospect.facts)):
            continue
        rules.append(grant)
        if grant.id in prospect.certain and not unmet_limits(grant, prospect.possible_tightens, prospect.facts):
            break
    return questions_of(prospect.package, (*rules, *prospect.possible_tightens))


def _days_unmet(grant: Rule, prospect: _Prospect) -> bool:
    return _known_unmet(grant, prospect.tightens, prospect.facts)[0]


def _known_unmet(grant: Rule, tightens: Sequence[Rule], facts: Facts) -> tuple[bool, bool]:
    """Whether the days and the justification, where they are known already, exceed what this grant allows."""
    unmet = unmet_limits(grant, tightens, facts)
    return (
        any(limit.max_days is not None for limit in unmet) and facts.get("request.days") is not None,
        any(limit.justification is not None for limit in unmet)
        and facts.get("request.justification_length") is not None,
    )


def _nothing_offered(policy: Policy, engine: Compiled, facts: Facts, open_facts: Open) -> list[Finding]:
    """Why nothing can be granted, each thing said once: what denies each package, or that no rule grants any."""
    said: dict[str, Finding] = {}
    missing: list[str] = []
    for package in policy.packages.values():
        prospect = _prospect(engine, package, facts, open_facts)
        for finding in prospect.denials:
            said.setdefault(finding.reason[""], finding)
        if not prospect.grants:
            missing += missing_for_grants(engine, prospect.facts, open_facts)
    if said:
        return list(said.values())
    reason, remedy = wording.not_granted(None, tuple(dict.fromkeys(missing)))
    return [Finding(rule=DEFAULT_DENY, effect=Effect.DENY, reason=reason, remedy=remedy)]
