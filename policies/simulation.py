"""What a change of policy would change: the same requests put to two revisions, and where their verdicts differ."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.findings import Effect, Facts, FactValue, Outcome, Verdict
from bot.domain.routes import Who
from policies.conditions import comparisons_in
from policies.evaluation import asked_packages, evaluate
from policies.facts import facts_of_partner
from policies.model import Policy

MOST_EXAMPLES = 5
"""Cases kept of each group of differences; the others are counted."""


class Kind(StrEnum):
    """What is otherwise; from what matters most."""

    NEWLY_GRANTED = "newly granted"
    NOW_UNASKED = "granted without asking anybody"
    NEWLY_DENIED = "newly denied"
    OTHER_ROUTE = "other route"
    LONGER_LIMITS = "longer limits"
    SHORTER_LIMITS = "shorter limits"
    OTHER_QUESTIONS = "other questions"


NEW_GRANTS = frozenset({Kind.NEWLY_GRANTED, Kind.NOW_UNASKED})
"""What a policy that only restricts never brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts to put to both revisions. `name`: the request they are of, or how they were drawn.

    `again`: of a request that is a case already, at a later decision, so that it makes no more work.
    """

    name: str
    facts: Facts
    drawn: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One case on which the revisions differ. `how` says it in words that many cases share."""

    kind: Kind
    how: str
    case: Case
    before: Verdict
    after: Verdict


@dataclass(slots=True, kw_only=True)
class Group:
    """Differences of one sort: how many of stored and of drawn cases, and the first of them."""

    kind: Kind
    how: str
    stored: int = 0
    drawn: int = 0
    examples: list[Difference] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        if difference.case.drawn:
            self.drawn += 1
        else:
            self.stored += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(difference)


@dataclass(slots=True, kw_only=True)
class Work:
    """What stored requests ask of people under one revision: cards by channel, and requests by who is asked."""

    cards: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)


class Simulation:
    """Takes cases one by one, so that any number of them fits into memory."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self._old, self._new = old, new
        self._groups: dict[tuple[Kind, str], Group] = {}
        self._renamed = _same_groups(old, new)
        self._spoken_of = frozenset(comparison.fact for rule in new.rules for comparison in comparisons_in(rule.when))
        self.stored = 0
        self.drawn = 0
        self.changed = 0
        self.work_before, self.work_after = Work(), Work()
        self.not_stored: Counter[str] = Counter()
        """Facts that the new revision speaks of and stored cases do not have: they count as unknown there."""

    @property
    def groups(self) -> list[Group]:
        """From what matters most, and from the largest."""
        order = list(Kind)
        return sorted(self._groups.values(), key=lambda group: (order.index(group.kind), -group.stored, -group.drawn))

    @property
    def new_grants(self) -> int:
        """Cases that the new revision grants, or grants unasked, and the old one did not."""
        return sum(group.stored + group.drawn for group in self._groups.values() if group.kind in NEW_GRANTS)

    def add(self, case: Case) -> None:
        """Puts a case to both revisions."""
        old_facts = under(self._old, case.facts)
        new_facts = _with_groups(under(self._new, case.facts), self._renamed)
        before, after = evaluate(self._old, old_facts), evaluate(self._new, new_facts)
        if case.drawn:
            self.drawn += 1
        else:
            self.stored += 1
            if not case.again:
                _count_work(self.work_before, self._old, before, old_facts)
                _count_work(self.work_after, self._new, after, new_facts)
            self.not_stored.update(
                name for name in self._spoken_of if name not in new_facts and not name.startswith("package.")
            )
        found = differences(self._old, self._new, case, before, after)
        self.changed += bool(found)
        for difference in found:
            key = difference.kind, difference.how
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = Group(kind=difference.kind, how=difference.how)
            group.add(difference)


def under(policy: Policy, facts: Facts) -> Facts:
    """Facts of a guest as this revision has them: which partner an address belongs to is the policy's to say."""
    address = facts.get("guest.address")
    return {**facts, **facts_of_partner(policy, address)} if isinstance(address, str) else facts


def _same_groups(old: Policy, new: Policy) -> dict[str, tuple[str, ...]]:
    """A group's key in the old revision to the keys that the new one has for its object id."""
    return {
        key: tuple(other for other, other_id in new.groups.items() if other_id == group_id)
        for key, group_id in old.groups.items()
    }


def _with_groups(facts: Facts, renamed: dict[str, tuple[str, ...]]) -> Facts:
    held = facts.get("sponsor.groups")
    if not isinstance(held, tuple):
        return facts
    return {**facts, "sponsor.groups": tuple(new for key in held for new in renamed.get(key, (key,)))}


def differences(old: Policy, new: Policy, case: Case, before: Verdict, after: Verdict) -> tuple[Difference, ...]:
    """How two verdicts on one case differ; empty where a sponsor and the approvers would see the same."""
    return tuple(
        Difference(kind=kind, how=how, case=case, before=before, after=after)
        for kind, how in _ways(old, new, before, after, case.facts)
    )


def _ways(old: Policy, new: Policy, before: Verdict, after: Verdict, facts: Facts) -> Iterable[tuple[Kind, str]]:
    if after.outcome is not before.outcome:
        if after.outcome is Outcome.GRANTED:
            yield Kind.NEWLY_GRANTED, f"by {_rules(after, Effect.GRANT)}, {way(new, after, facts)}"
        else:
            yield Kind.NEWLY_DENIED, f"by {_rules(after, Effect.DENY)}"
        return
    if before.route is None or after.route is None:
        return
    was, now = way(old, before, facts), way(new, after, facts)
    if before.route.stages and not after.route.stages:
        yield Kind.NOW_UNASKED, f"{was} → {now}"
    elif was != now:
        yield Kind.OTHER_ROUTE, f"{was} → {now}"
    yield from _limits(before, after)
    if set(before.questions) != set(after.questions):
        more = [f"+{key}" for key in after.questions if key not in before.questions]
        less = [f"-{key}" for key in before.questions if key not in after.questions]
        yield Kind.OTHER_QUESTIONS, " ".join([*more, *less])


def _limits(before: Verdict, after: Verdict) -> Iterable[tuple[Kind, str]]:
    was, now = before.limits.max_days, after.limits.max_days
    if was != now:
        longer = now is None or (was is not None and now > was)
        yield (Kind.LONGER_LIMITS if longer else Kind.SHORTER_LIMITS), f"{_days(was)} → {_days(now)}"
    few, many = before.limits.justification or 0, after.limits.justification or 0
    if few != many:
        kind = Kind.SHORTER_LIMITS if many > few else Kind.LONGER_LIMITS
        yield kind, f"justification of {few} characters → {many}"


def _days(days: int | None) -> str:
    return "no limit" if days is None else f"{days} days"


def _rules(verdict: Verdict, effect: Effect) -> str:
    return ", ".join(dict.fromkeys(finding.rule for finding in verdict.findings if finding.effect is effect))


def way(policy: Policy, verdict: Verdict, facts: Facts) -> str:
    """A granted verdict's route, and whom it asks."""
    if verdict.route is None:
        return ""
    return f"{verdict.route.key} ({', then '.join(asked_of(policy, verdict, facts)) or 'nobody is asked'})"


def asked_of(policy: Policy, verdict: Verdict, facts: Facts) -> tuple[str, ...]:
    """Who would be asked, stage by stage: groups by their keys."""
    keys = {group_id: key for key, group_id in policy.groups.items()}
    asked: list[str] = []
    for stage in verdict.route.stages if verdict.route else ():
        if stage.who is Who.SPONSOR_MANAGER:
            asked.append("the sponsor's manager")
            continue
        if stage.who is Who.PACKAGE_OWNER:
            groups = [policy.packages[key].owner_group for key in asked_packages(facts) if key in policy.packages]
        else:
            groups = [stage.group or ""]
        number = f"{stage.approvals} of " if stage.approvals > 1 else ""
        asked += [f"{number}{keys.get(group, group)}" for group in dict.fromkeys(groups)]
    return tuple(asked)


def _count_work(work: Work, policy: Policy, verdict: Verdict, facts: Facts) -> None:
    if verdict.route is None or not verdict.route.stages:
        return
    # A request is one card in its channel, redrawn from stage to stage.
    work.cards[verdict.route.channel or ""] += 1
    work.asked.update(set(asked_of(policy, verdict, facts)))


def shown_facts(facts: Facts) -> dict[str, FactValue]:
    """Facts to show: those that are known, in order of their names."""
    return {name: facts[name] for name in sorted(facts) if facts[name] is not None}
