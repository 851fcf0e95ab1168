"""What a policy says of a request, worked out the slow way from the words of its documentation.

It reads the policy as plain YAML data and shares nothing with the engine: no compiling, no index, no look-ahead.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]


@dataclass(slots=True)
class Said:
    """`denied`, `tightened`, `granted`: (rule, package or None). Near misses are among none of these."""

    denied: set[tuple[str, str | None]] = field(default_factory=set)
    tightened: set[tuple[str, str | None]] = field(default_factory=set)
    granted: set[tuple[str, str | None]] = field(default_factory=set)
    route: str | None = None
    max_days: int | None = None
    justification: int | None = None
    questions: set[str] = field(default_factory=set)


def say(policy: Data, facts: Data) -> Said:
    facts = {**facts, **partner_facts(policy, facts.get("guest.address"))}
    said = Said()
    packages = list(dict.fromkeys(facts.get("request.packages") or ()))
    chosen: list[Data] = []
    for key in packages:
        package = policy["access_packages"].get(key)
        if package is None:
            said.denied.add(("unknown-package", key))
            continue
        about = {
            **facts,
            "package.key": key,
            "package.class": package["class"],
            "package.owner": package["owner"]["group"],
        }
        grant = _look_at(policy, about, key, said)
        if grant is not None:
            chosen.append(grant)
    for rule in policy["rules"]:
        if not _speaks_of_packages(rule):
            truth = holds(rule["when"], facts, policy)
            if "deny" in rule and truth is not False:
                said.denied.add((rule["id"], None))
            if "tighten" in rule and truth is not False:
                said.tightened.add((rule["id"], None))
    if not packages or said.denied or len(chosen) < len(packages):
        said.granted = {(grant["id"], grant["package"]) for grant in chosen}
        return said
    said.granted = {(grant["id"], grant["package"]) for grant in chosen}
    said.route = strictest(policy, [grant["route"] for grant in chosen])
    said.max_days = min((grant["days"] for grant in chosen if grant["days"] is not None), default=None)
    said.justification = max((grant["length"] for grant in chosen if grant["length"] is not None), default=None)
    said.questions = {question for grant in chosen for question in grant["questions"]}
    return said


def _look_at(policy: Data, facts: Data, key: str, said: Said) -> Data | None:
    """Of the grants that fit this package the lightest whose limits, tightened, are met."""
    tightens = []
    for rule in policy["rules"]:
        truth = holds(rule["when"], facts, policy)
        if "deny" in rule and truth is not False and _speaks_of_packages(rule):
            said.denied.add((rule["id"], key))
        if "tighten" in rule and truth is not False:
            tightens.append(rule["tighten"])
            if _speaks_of_packages(rule):
                said.tightened.add((rule["id"], key))
    fitting: list[Data] = []
    nearly = False
    for place, (name, when, body) in enumerate(grants(policy, facts)):
        if holds(when, facts, policy) is not True:
            continue
        limits = [body.get("limits", {}), *(tighten.get("limits", {}) for tighten in tightens)]
        days = min((each["max_days"] for each in limits if "max_days" in each), default=None)
        length = max((each["justification"] for each in limits if "justification" in each), default=None)
        asked, written = facts.get("request.days"), facts.get("request.justification_length")
        if (days is not None and (asked is None or asked > days)) or (
            length is not None and (written is None or written < length)
        ):
            nearly = True
            continue
        bodies = [body, *tightens]
        fitting.append(
            {
                "id": name,
                "package": key,
                "weight": (strictness(policy, body["route"]), place),
                "route": strictest(policy, [each["route"] for each in bodies if "route" in each]),
                "days": days,
                "length": length,
                "questions": {
                    *policy["access_packages"][key].get("questions", ()),
                    *(question for each in bodies for question in each.get("obligations", {}).get("questions", ())),
                },
            }
        )
    if not fitting and not nearly:
        said.denied.add(("default-deny", key))
    return min(fitting, key=lambda grant: grant["weight"], default=None)


def grants(policy: Data, facts: Data) -> Iterable[tuple[str, Data, Data]]:
    """Name, condition and body of each: what partners are pre-approved for is a grant that asks nobody."""
    unasked = [key for key, route in policy["routes"].items() if not route["stages"]]
    for key, partner in policy["partners"].items():
        if "preapproved" in partner:
            own = partner["preapproved"]
            when = {
                "partner.key": key,
                "package.key": {"in": own["packages"]},
                "sponsor.groups": {"contains_any": own["sponsors"]},
            }
            route = min(unasked, key=lambda each: strictness(policy, each))
            yield f"partners.{key}.preapproved", when, {"route": route, "limits": own.get("limits", {})}
    for rule in policy["rules"]:
        if "grant" in rule:
            yield rule["id"], rule["when"], rule["grant"]


def strictness(policy: Data, route: str) -> tuple[int, int, int]:
    """By weight, then by stages, then by their place in the file."""
    found = policy["routes"][route]
    return found["weight"], len(found["stages"]), list(policy["routes"]).index(route)


def strictest(policy: Data, routes: list[str]) -> str:
    return max(routes, key=lambda route: strictness(policy, route))


def partner_facts(policy: Data, address: str | None) -> Data:
    if address is None:
        return {}
    domain = address.split("@")[1]
    fits = []
    for key, partner in policy["partners"].items():
        for pattern in partner["domains"]:
            if pattern == domain:
                fits.append((1000, key))
            elif pattern.startswith("*.") and domain.endswith(pattern[1:]):
                fits.append((len(pattern), key))
    key = max(fits)[1] if fits else None
    return {
        "partner.domain": domain,
        "partner.known": key is not None,
        "partner.key": key or "",
        "partner.country": policy["partners"][key].get("country") if key else None,
    }


def holds(condition: Data, facts: Data, policy: Data) -> bool | None:
    """True, False, or None where it depends on a fact that is missing."""
    parts: list[bool | None] = []
    for name, written in condition.items():
        if name == "any":
            parts.append(_any([holds(part, facts, policy) for part in written]))
        elif name == "all":
            parts.append(_all([holds(part, facts, policy) for part in written]))
        elif name == "not":
            inner = holds(written, facts, policy)
            parts.append(None if inner is None else not inner)
        elif isinstance(written, dict):
            parts += [compare(facts.get(name), word, operand, policy, name) for word, operand in written.items()]
        else:
            parts.append(compare(facts.get(name), "is", written, policy, name))
    return _all(parts)


def _all(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _any(parts: list[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False


def compare(value: Any, word: str, operand: Any, policy: Data, name: str) -> bool | None:
    if value is None:
        return None
    if isinstance(operand, str) and operand.startswith("$"):
        operand = policy["lists"][operand[1:]]
    if name == "partner.domain":
        patterns = operand if isinstance(operand, list) else [operand]
        inside = any(
            value == pattern or (pattern.startswith("*.") and value.endswith(pattern[1:])) for pattern in patterns
        )
        return inside if word in ("is", "in") else not inside
    if isinstance(operand, str):
        operand, value = operand.lower(), value.lower() if isinstance(value, str) else [each.lower() for each in value]
    elif isinstance(operand, list):
        operand = [each.lower() for each in operand]
        value = value.lower() if isinstance(value, str) else [each.lower() for each in value]
    return bool(WORDS[word](value, operand))


WORDS: dict[str, Callable[[Any, Any], object]] = {
    "is": lambda value, operand: value == operand,
    "is_not": lambda value, operand: value != operand,
    "in": lambda value, operand: value in operand,
    "not_in": lambda value, operand: value not in operand,
    "at_least": lambda value, operand: value >= operand,
    "at_most": lambda value, operand: value <= operand,
    "more_than": lambda value, operand: value > operand,
    "less_than": lambda value, operand: value < operand,
    "starts_with": lambda value, operand: value.startswith(operand),
    "ends_with": lambda value, operand: value.endswith(operand),
    "contains": lambda value, operand: operand in value,
    "contains_any": lambda value, operand: any(each in value for each in operand),
    "contains_all": lambda value, operand: all(each in value for each in operand),
    "contains_none": lambda value, operand: not any(each in value for each in operand),
    "count_at_least": lambda value, operand: len(set(value)) >= operand,
    "count_at_most": lambda value, operand: len(set(value)) <= operand,
}


def _speaks_of_packages(rule: Data) -> bool:
    """In its condition, or in what it says: then it is said of each package."""
    return "package." in str(rule)
