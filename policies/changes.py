"""What one revision changes of another, and whether it provably grants nothing that the other did not.

`only_restricts` is a proof by form, so it errs on one side: what cannot be proved to restrict counts as granting.
Conditions are compared by what they say, not by a rule's id, and lists by their members.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from bot.domain.findings import Effect
from bot.domain.packages import AccessPackage, Partner, Preapproved
from bot.domain.routes import Limits, Route
from policies.compiled import compiled
from policies.implication import implies
from policies.model import Comparison, Condition, Policy, Rule

T = TypeVar("T")


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that differs. `what` is `rules`, `access_packages`, `partners` …; `effect` a rule's, else None.

    `may_grant`: it is not provable that this grants nothing new.
    """

    kind: ChangeKind
    what: str
    key: str
    effect: Effect | None = None
    may_grant: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.what}.{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that differs, rules first."""

    changes: tuple[Change, ...]

    @property
    def only_restricts(self) -> bool:
        return not any(change.may_grant for change in self.changes)

    @property
    def grants_added(self) -> tuple[str, ...]:
        """Ids of the grants that are new or say something new; a partner's pre-approval is one."""
        return self._grants(ChangeKind.ADDED)

    @property
    def grants_removed(self) -> tuple[str, ...]:
        """Ids of the grants that are gone, or no longer say what they said."""
        return self._grants(ChangeKind.REMOVED)

    def _grants(self, kind: ChangeKind) -> tuple[str, ...]:
        kinds = (kind, ChangeKind.CHANGED)
        return tuple(each.key for each in self.changes if each.effect is Effect.GRANT and each.kind in kinds)


def changes_between(old: Policy, new: Policy) -> Changes:
    """What `new` changes of `old`."""
    culprits = _culprits(old, new)
    return Changes(
        changes=(
            *_of_rules(old, new, culprits),
            *_of_partners(old, new),
            *_of_packages(old, new),
            *_of_routes(old, new),
            *_compared("questions", old.questions, new.questions, _is_same),
            *_compared("groups", old.groups, new.groups, _is_same),
            *_of_defaults(old, new),
        )
    )


def _is_same(old: object, new: object) -> bool:
    return old == new


def _compared(
    what: str,
    old: Mapping[str, T],
    new: Mapping[str, T],
    restricts: Callable[[T, T], bool],
    *,
    adding_grants: bool = False,
) -> Iterator[Change]:
    """By key. Nothing speaks yet of what is only added, nor any more of what is gone: what speaks of it tells."""
    for key, value in new.items():
        if key not in old:
            yield Change(kind=ChangeKind.ADDED, what=what, key=key, may_grant=adding_grants)
        elif old[key] != value:
            yield Change(kind=ChangeKind.CHANGED, what=what, key=key, may_grant=not restricts(old[key], value))
    for key in old:
        if key not in new:
            yield Change(kind=ChangeKind.REMOVED, what=what, key=key)


# --- rules -----------------------------------------------------------------------------------------------------------


def _of_rules(old: Policy, new: Policy, culprits: frozenset[str]) -> Iterator[Change]:
    before, after = ({rule.id: rule for rule in policy.rules} for policy in (old, new))
    for key, rule in after.items():
        had = before.get(key)
        if had is not None and _says(had) == _says(rule):
            # Nothing of it was touched, but it may grant what another rule had kept from it.
            if key in culprits:
                yield _rule_change(ChangeKind.CHANGED, rule, culprits)
            continue
        yield _rule_change(ChangeKind.ADDED if had is None else ChangeKind.CHANGED, rule, culprits)
    for key, rule in before.items():
        if key not in after:
            yield _rule_change(ChangeKind.REMOVED, rule, culprits)


def _rule_change(kind: ChangeKind, rule: Rule, culprits: frozenset[str]) -> Change:
    return Change(kind=kind, what="rules", key=rule.id, effect=rule.effect, may_grant=rule.id in culprits)


def _says(rule: Rule) -> object:
    """All that a rule says, wherever it stands."""
    texts = (tuple(sorted(rule.reason.items())), tuple(sorted((rule.remedy or {}).items())))
    return rule.effect, rule.mode, _form(rule.when), rule.route, rule.limits, rule.questions, texts


def _form(condition: Condition) -> object:
    comparisons = tuple((each.fact, each.operator, each.operand) for each in condition.comparisons)
    parts = (condition.all, condition.any, condition.none)
    return comparisons, *(tuple(_form(part) for part in kind) for kind in parts)


def _culprits(old: Policy, new: Policy) -> frozenset[str]:
    """Ids of the rules for which it is not provable that they grant nothing new."""
    before, after = compiled(old), compiled(new)
    routes = {key for key, route in new.routes.items() if old.routes.get(key) == route}
    found: set[str] = set()
    for had, has in ((before.denies, after.denies), (before.tightens, after.tightens)):
        among = _ById([each.rule for each in has])
        found |= {each.rule.id for each in had if not _stands_still(each.rule, among, routes)}
    grants = _ById([each.rule for each in before.grants])
    asking = _Asking(old, new)
    for at, grant in enumerate(each.rule for each in after.grants):
        covered = any(_covers(had, grant, old, new) for had in grants.like(grant))
        if not covered or grant.route not in routes or not asking.as_much(grant, at):
            found.add(grant.id)
    return frozenset(found)


class _ById:
    """Rules to look among, the one of the same id first: mostly it is the one that is looked for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._by_id = {rule.id: rule for rule in rules}

    def like(self, rule: Rule) -> Iterator[Rule]:
        if rule.id in self._by_id:
            yield self._by_id[rule.id]
        yield from self._rules


def _stands_still(rule: Rule, among: _ById, routes: set[str]) -> bool:
    """Whether one of these denies, or tightens, wherever the rule did, at least as much."""
    return any(
        implies(rule.when, each.when)
        and _is_narrower(rule.limits, each.limits)
        and set(rule.questions) <= set(each.questions)
        and (rule.route is None or (each.route == rule.route and rule.route in routes))
        for each in among.like(rule)
    )


def _is_narrower(had: Limits, has: Limits) -> bool:
    days = had.max_days is None or (has.max_days is not None and has.max_days <= had.max_days)
    return days and (has.justification or 0) >= (had.justification or 0)


def _covers(had: Rule, has: Rule, old: Policy, new: Policy) -> bool:
    """Whether whatever the new grant gives, the old one gave as lightly."""
    if not implies(has.when, had.when) or not _is_narrower(had.limits, has.limits):
        return False
    before, after = old.routes[had.route or ""], new.routes[has.route or ""]
    return had.route == has.route or (old.routes.get(after.key) == after and _is_stricter(before, after))


def _is_stricter(before: Route, after: Route) -> bool:
    asked = [sum(stage.approvals for stage in route.stages) for route in (before, after)]
    return after.weight > before.weight and len(after.stages) >= len(before.stages) and asked[1] >= asked[0]


class _Asking:
    """Whether no request comes to a grant that another one asked more questions for.

    Another one did only where it came first, and no longer comes first.
    """

    def __init__(self, old: Policy, new: Policy) -> None:
        self._old, self._new = old, new
        self._had = [each.rule for each in compiled(old).grants if each.rule.questions]
        self._has = [each.rule for each in compiled(new).grants]
        self._at = {rule.id: at for at, rule in enumerate(self._has)}

    def as_much(self, grant: Rule, at: int) -> bool:
        rank = _weight(self._new, grant)
        return all(
            set(had.questions) <= set(grant.questions) or _weight(self._old, had) > rank or self._comes_first(had, at)
            for had in self._had
        )

    def _comes_first(self, had: Rule, at: int) -> bool:
        same = self._at.get(had.id)
        if same is not None and same < at and _is_as_it_was(had, self._has[same]):
            return True
        return any(_is_as_it_was(had, each) for each in self._has[:at])


def _weight(policy: Policy, grant: Rule) -> int:
    return policy.routes[grant.route or ""].weight


def _is_as_it_was(had: Rule, has: Rule) -> bool:
    same = (had.route, had.limits) == (has.route, has.limits) and set(had.questions) <= set(has.questions)
    return same and implies(had.when, has.when)


# --- the rest --------------------------------------------------------------------------------------------------------


def _of_routes(old: Policy, new: Policy) -> Iterator[Change]:
    # Without a route that asks nobody, pre-approvals do nothing.
    awakes = not _asks_nobody(old) and any(partner.preapproved for partner in new.partners.values())
    for change in _compared("routes", old.routes, new.routes, _is_same):
        is_first = change.kind is ChangeKind.ADDED and awakes and not new.routes[change.key].stages
        yield replace(change, may_grant=True) if is_first else change


def _asks_nobody(policy: Policy) -> bool:
    return any(not route.stages for route in policy.routes.values())


def _of_partners(old: Policy, new: Policy) -> Iterator[Change]:
    """Which organisation an address belongs to decides both denies and grants, so that may not change unseen."""
    for key, partner in new.partners.items():
        had = old.partners.get(key)
        if had is None:
            yield Change(kind=ChangeKind.ADDED, what="partners", key=key, may_grant=True)
        elif replace(had, preapproved=None) != replace(partner, preapproved=None):
            may_grant = not _partner_restricts(had, partner)
            yield Change(kind=ChangeKind.CHANGED, what="partners", key=key, may_grant=may_grant)
        yield from _of_preapproval(key, had.preapproved if had else None, partner.preapproved)
    for key, partner in old.partners.items():
        if key not in new.partners:
            yield Change(kind=ChangeKind.REMOVED, what="partners", key=key, may_grant=not _is_left_alone(new, partner))
            yield from _of_preapproval(key, partner.preapproved, None)


def _is_left_alone(new: Policy, gone: Partner) -> bool:
    """Whether a partner who is gone is nobody's, and every grant needs somebody known."""
    if any(new.partner_of(domain.replace("*.", "any.")) for domain in gone.domains):
        return False
    known = Condition(comparisons=(Comparison(fact="partner.known", operator="is", operand=True),))
    return all(implies(grant.rule.when, known) for grant in compiled(new).grants)


def _of_preapproval(key: str, had: Preapproved | None, has: Preapproved | None) -> Iterator[Change]:
    if had == has:
        return
    kind = ChangeKind.ADDED if had is None else ChangeKind.REMOVED if has is None else ChangeKind.CHANGED
    may_grant = has is not None and (had is None or not _preapproves_less(had, has))
    yield Change(kind=kind, what="rules", key=f"partners.{key}.preapproved", effect=Effect.GRANT, may_grant=may_grant)


def _preapproves_less(had: Preapproved, has: Preapproved) -> bool:
    return (
        set(has.sponsors) <= set(had.sponsors)
        and set(has.packages) <= set(had.packages)
        and _is_narrower(had.limits, has.limits)
    )


def _partner_restricts(had: Partner, has: Partner) -> bool:
    """But for its pre-approval, which is a grant of its own."""
    same = (had.domains, had.country, had.redirect_url) == (has.domains, has.country, has.redirect_url)
    return same and set(has.add_groups) <= set(had.add_groups) and set(had.questions) <= set(has.questions)


def _of_packages(old: Policy, new: Policy) -> Iterator[Change]:
    return _compared("access_packages", old.packages, new.packages, _package_restricts, adding_grants=True)


def _package_restricts(had: AccessPackage, has: AccessPackage) -> bool:
    same = (had.package_class, had.owner_group, had.owner) == (has.package_class, has.owner_group, has.owner)
    return (
        same
        and set(has.grants.groups) <= set(had.grants.groups)
        and set(has.grants.app_roles) <= set(had.grants.app_roles)
        and set(had.questions) <= set(has.questions)
    )


def _of_defaults(old: Policy, new: Policy) -> Iterator[Change]:
    pairs = {
        "redirect_url": (old.default_redirect_url, new.default_redirect_url),
        "time_zone": (old.time_zone, new.time_zone),
    }
    for key, (had, has) in pairs.items():
        if had != has:
            yield Change(kind=ChangeKind.CHANGED, what="defaults", key=key, may_grant=True)
