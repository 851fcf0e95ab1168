"""The values worth trying for a fact: those on either side of every boundary that a condition draws."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, combinations

from bot.domain.findings import Facts, FactValue
from policies.conditions import comparisons_in, holds_of, kind_of
from policies.facts import FACTS, WEEKDAYS, FactKind, facts_of_partner
from policies.model import ANSWER, Comparison, Condition, Policy
from policies.testing import USUAL, USUAL_DOMAIN

_ALL_SUBSETS = 6
_OTHER = "something else"


class Candidates:
    """Values to try under a policy, for a request for these packages."""

    def __init__(self, policy: Policy, asked: tuple[str, ...]) -> None:
        self._policy = policy
        self._asked = asked

    def of(self, name: str, condition: Condition) -> Iterator[dict[str, FactValue]]:
        """Values of this fact, each with those of the facts that go with it, the most ordinary first."""
        here = [comparison for comparison in comparisons_in(condition) if comparison.fact == name]
        if name.startswith("time."):
            yield from moments(condition)
        elif name in ("guest.packages", "guest.packages_after"):
            both = [each for each in comparisons_in(condition) if each.fact.startswith("guest.packages")]
            for held in _subsets(both, tuple(self._policy.packages)):
                after = tuple(dict.fromkeys((*held, *self._asked)))
                yield {"guest.packages": held, "guest.packages_after": after}
        else:
            for value in _values(name, here, self._policy):
                yield {name: value}


def _values(name: str, comparisons: Sequence[Comparison], policy: Policy) -> Iterator[FactValue]:
    kind = kind_of(comparisons[0])
    usual = USUAL.get(name)
    if usual is not None and not isinstance(usual, tuple):
        yield usual
    match kind:
        case FactKind.YES_NO:
            yield from (value for value in (False, True) if value is not usual)
        case FactKind.NUMBER | FactKind.DAYS:
            yield from _numbers(name, comparisons)
        case FactKind.TEXTS:
            yield from _subsets(comparisons, _members(name, policy))
        case FactKind.DATE:
            yield from _days(comparisons)
        case _:
            yield from _texts(name, comparisons)


def _numbers(name: str, comparisons: Iterable[Comparison]) -> Iterator[int]:
    operands = {int(each.operand) for each in comparisons if isinstance(each.operand, int | float)}
    least = 1 if name == "request.days" else None if name.startswith(ANSWER) else 0
    near = sorted({operand + step for operand in operands for step in (-1, 0, 1)})
    yield from (number for number in near if least is None or number >= least)


def _texts(name: str, comparisons: Sequence[Comparison]) -> Iterator[str]:
    fact = FACTS.get(name)
    if fact is not None and fact.values:
        yield from fact.values
        return
    operands = dict.fromkeys(
        text
        for each in comparisons
        for text in (each.operand if isinstance(each.operand, tuple) else (str(each.operand),))
    )
    yield from (text for text in operands if text or (fact is not None and fact.can_be_empty))
    beginnings = [str(each.operand) for each in comparisons if each.operator == "starts_with"]
    middles = [str(each.operand) for each in comparisons if each.operator == "contains"]
    endings = [str(each.operand) for each in comparisons if each.operator == "ends_with"]
    for beginning in beginnings or [""]:
        for ending in endings or [""]:
            yield f"{beginning} {' '.join(middles)} {ending}".strip()
    if fact is not None and fact.can_be_empty:
        yield ""
    if not (fact is not None and fact.form):
        yield _OTHER


def _days(comparisons: Iterable[Comparison]) -> Iterator[str]:
    for operand in sorted({str(each.operand) for each in comparisons}):
        day = date.fromisoformat(operand)
        yield from ((day + timedelta(days=step)).isoformat() for step in (-1, 0, 1))


def _members(name: str, policy: Policy) -> tuple[str, ...]:
    if name == "sponsor.groups":
        return tuple(policy.groups)
    return tuple(policy.questions) if name == "request.answers" else tuple(policy.packages)


def _subsets(comparisons: Iterable[Comparison], members: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Of the members spoken of all subsets where they are few; and enough of the others to count to what is counted."""
    spoken_of: dict[str, None] = {}
    count = 0
    for each in comparisons:
        if isinstance(each.operand, int | float) and not isinstance(each.operand, bool):
            count = max(count, int(each.operand) + 1)
        else:
            texts = each.operand if isinstance(each.operand, tuple) else (str(each.operand),)
            spoken_of.update(dict.fromkeys(texts))
    named = tuple(spoken_of)
    fillers = tuple(member for member in members if member not in spoken_of)[:count]
    if len(named) <= _ALL_SUBSETS:
        chosen: Iterable[tuple[str, ...]] = chain.from_iterable(combinations(named, n) for n in range(len(named) + 1))
    else:
        chosen = ((), *((each,) for each in named), *combinations(named, 2), named)
    for some in chosen:
        for more in range(len(fillers) + 1):
            yield (*some, *fillers[:more])


def moments(condition: Condition) -> Iterator[dict[str, FactValue]]:
    """Moments on either side of all that `time.` is compared with; each with all facts of `time.`."""
    days = {date(2026, 2, 16) + timedelta(days=step) for step in range(7)}
    hours = {10}
    exact: set[datetime] = set()
    for each in comparisons_in(condition):
        if each.fact == "time.hour" and isinstance(each.operand, int):
            hours |= {hour for hour in (each.operand - 1, each.operand, each.operand + 1) if 0 <= hour < 24}
        elif each.fact == "time.date":
            day = date.fromisoformat(str(each.operand))
            days |= {day + timedelta(days=step) for step in range(-7, 8)}
        elif each.fact == "time.now":
            at = datetime.fromisoformat(str(each.operand))
            exact |= {at + timedelta(seconds=step) for step in (-1, 0, 1)}
            days |= {at.date() + timedelta(days=step) for step in range(-7, 8)}
    whole = (datetime(day.year, day.month, day.day, hour) for day in sorted(days) for hour in sorted(hours))  # noqa: DTZ001
    for at in (*whole, *sorted(exact)):
        yield {
            "time.now": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "time.date": at.date().isoformat(),
            "time.weekday": WEEKDAYS[at.weekday()],
            "time.hour": at.hour,
        }


def partner_worlds(policy: Policy, conditions: Iterable[Condition], *, apart: bool = True) -> Iterator[Facts]:
    """Whom a guest can come from, one of each sort that the conditions can tell apart, with `partner.` facts that go
    together. `apart`: what a partner is pre-approved for tells it from others.
    """
    comparisons = [
        each
        for condition in conditions
        for each in comparisons_in(condition)
        if each.fact.startswith("partner.") and each.fact != "partner.is_entra_tenant"
    ]
    tests = [(each.fact, holds_of(each)) for each in comparisons]
    seen: set[object] = set()
    for domain in _domains(policy, comparisons):
        facts = facts_of_partner(policy, f"guest@{domain}")
        partner = policy.partner_of(domain)
        own = partner.preapproved if apart and partner is not None else None
        sort = (own, *(holds(facts[name]) for name, holds in tests))
        if sort not in seen:
            seen.add(sort)
            yield facts


def _domains(policy: Policy, comparisons: Iterable[Comparison]) -> Iterator[str]:
    yield from (_below(pattern) for partner in policy.partners.values() for pattern in partner.domains)
    yield USUAL_DOMAIN
    imitated: dict[str, None] = {}
    for each in comparisons:
        if each.fact == "partner.domain":
            patterns = each.operand if isinstance(each.operand, tuple) else (str(each.operand),)
            for pattern in patterns:
                yield _below(pattern)
                if not pattern.startswith("*."):
                    yield f"www.{pattern}"
        elif each.fact in ("partner.looks_like", "partner.mixed_scripts"):
            named = each.operand if isinstance(each.operand, tuple) else (str(each.operand),)
            imitated.update(dict.fromkeys((*named, next(iter(policy.partners), ""))))
    for key in imitated:
        # One letter more than a partner's.
        yield from (
            f"x{_below(pattern)}" for pattern in (policy.partners[key].domains if key in policy.partners else ())
        )
    if imitated:
        # A Cyrillic letter among Latin ones.
        yield "xn--exmple-4nf.example"


def _below(pattern: str) -> str:
    return pattern.replace("*", "www", 1)
