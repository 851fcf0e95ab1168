"""Requests drawn at random around the boundaries of a policy: where rules change their minds, not where they do not."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice

from bot.domain.findings import FactValue
from policies.candidates import Candidates, moments, partner_worlds
from policies.compiled import compiled
from policies.conditions import comparisons_in
from policies.facts import with_packages_after
from policies.model import Condition, Policy
from policies.simulation import Case
from policies.testing import USUAL, USUAL_DOMAIN

_MOST_VALUES = 500
"""Values kept of one fact, and domains kept of guests."""

_UNKNOWN = 0.02
"""How often a fact is not known."""


def draw_cases(policies: Sequence[Policy], count: int, seed: int) -> Iterator[Case]:
    """Cases that any of these revisions may see otherwise than the others; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311
    values = _values(policies)
    moment_values = list(islice(moments(_conditions(policies)), _MOST_VALUES))
    addresses = _addresses(policies)
    packages = tuple(dict.fromkeys(key for policy in policies for key in policy.packages))
    preapproved = _preapprovals(policies)
    for number in range(count):
        facts: dict[str, FactValue] = {**USUAL, "guest.address": draw.choice(addresses)}
        # Some requests are ordinary but for one fact, others in everything: only the former are granted often enough.
        unusual = draw.choice((0.1, 0.3, 0.8))
        for name, possible in values.items():
            if name not in USUAL or draw.random() < unusual:
                facts[name] = None if draw.random() < _UNKNOWN else draw.choice(possible)
        if moment_values and draw.random() < unusual:
            facts |= draw.choice(moment_values)
        asked = draw.sample(packages, min(len(packages), draw.choice((1, 1, 1, 2, 3))))
        facts["request.packages"] = tuple(asked)
        if preapproved and draw.random() < _HINTED:
            address, groups, package = draw.choice(preapproved)
            facts |= {"guest.address": address, "sponsor.groups": groups, "request.packages": (package,)}
        yield Case(name=f"drawn {number + 1}", facts=with_packages_after(facts), drawn=True)


_HINTED = 0.2
"""How often partner, sponsor and package are drawn together, as a pre-approval has them."""


def _conditions(policies: Sequence[Policy]) -> Condition:
    return Condition(all=tuple(rule.when for policy in policies for rule in policy.rules))


def _values(policies: Sequence[Policy]) -> dict[str, list[FactValue]]:
    """Each fact that a rule speaks of, and the values on either side of its boundaries."""
    whole = _conditions(policies)
    found: dict[str, list[FactValue]] = {}
    for name in dict.fromkeys(comparison.fact for comparison in comparisons_in(whole)):
        if name.startswith(("package.", "partner.", "time.", "guest.packages_after")) or name == "guest.address":
            continue
        values = dict.fromkeys(
            value[name]
            for policy in policies
            for value in islice(Candidates(policy, ()).of(name, whole), _MOST_VALUES)
            if name in value
        )
        if values and name != "request.packages":
            found[name] = list(values)
    rules = [each.rule for policy in policies for each in (*compiled(policy).tightens, *compiled(policy).grants)]
    limits = [rule.limits for rule in rules]
    limits += [
        partner.preapproved.limits for policy in policies for partner in policy.partners.values() if partner.preapproved
    ]
    days = {each.max_days + step for each in limits if each.max_days is not None for step in (-1, 0, 1)}
    lengths = {each.justification + step for each in limits if each.justification is not None for step in (-1, 0, 1)}
    found["request.days"] = sorted(
        {1, 30, *found.get("request.days", ()), *(each for each in days if each > 0)}, key=_size
    )
    found["request.justification_length"] = sorted(
        {0, 200, *found.get("request.justification_length", ()), *lengths}, key=_size
    )
    found.setdefault("request.kind", ["access", "extension"])
    return found


def _size(value: FactValue) -> float:
    return value if isinstance(value, int | float) else -1


def _addresses(policies: Sequence[Policy]) -> list[str]:
    conditions = _conditions(policies)
    domains = dict.fromkeys(
        world["partner.domain"]
        for policy in policies
        for world in islice(partner_worlds(policy, [conditions]), _MOST_VALUES)
    )
    return [f"guest@{domain}" for domain in dict.fromkeys((USUAL_DOMAIN, *domains)) if isinstance(domain, str)]


def _preapprovals(policies: Sequence[Policy]) -> list[tuple[str, tuple[str, ...], str]]:
    found = (
        (f"guest@{partner.domains[0].replace('*', 'www', 1)}", (group,), package)
        for policy in policies
        for partner in policy.partners.values()
        if partner.preapproved is not None and partner.domains
        for group in (key for key, group_id in policy.groups.items() if group_id in partner.preapproved.sponsors)
        for package in partner.preapproved.packages
    )
    return list(dict.fromkeys(islice(found, _MOST_VALUES)))
