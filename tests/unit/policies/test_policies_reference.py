"""The engine says what the documentation says: a naive evaluator and the engine agree on 20,000 drawn requests."""

import random
from collections import Counter
from typing import Any

import yaml

from bot.domain.findings import Effect, FactValue, Outcome, Verdict
from policies.evaluation import RESERVED_IDS, evaluate
from policies.facts import facts_of_partner
from policies.loader import load_texts
from tests.unit.policies.policy_samples import BASE
from tests.unit.policies.reference_evaluator import Data, Said, say

POLICIES = 200
REQUESTS_OF_EACH = 100

DOMAINS = ("fabrikam.com", "eu.fabrikam.com", "contoso.com", "gmail.com", "new.example")
TEXTS = {
    "sponsor.user_type": ("Member", "Guest"),
    "sponsor.department": ("Design", "design", "Legal", "Law and Legal"),
    "partner.country": ("US", "DE", "KP"),
    "request.kind": ("access", "extension"),
    "package.key": ("falcon", "portal", "vault"),
    "package.class": ("standard", "secret"),
}
NUMBERS = {
    "sponsor.active_guests": (0, 1, 2, 3),
    "guest.previous_denials": (0, 1, 2),
    "request.days": (1, 29, 30, 31, 60, 90, 91),
    "request.justification_length": (0, 29, 30, 31, 60),
}
LISTS = {
    "sponsor.groups": ("trusted", "owners", "approvers"),
    "request.packages": ("falcon", "portal", "vault"),
    "guest.packages": ("falcon", "portal", "vault"),
}
FREE = ("sponsor.department",)


def comparison(draw: random.Random) -> tuple[str, Any]:
    """A fact and what it is compared with, as a policy file has it."""
    kind = draw.choice(("text", "text", "number", "list", "yes", "domain"))
    if kind == "yes":
        return "partner.known", draw.random() < 0.5
    if kind == "domain":
        word = draw.choice(("is", "is_not", "in", "not_in"))
        some = draw.sample((*DOMAINS, "*.fabrikam.com", "*.example"), 2)
        return "partner.domain", {word: some if word.endswith("in") else some[0]}
    if kind == "number":
        name = draw.choice(tuple(NUMBERS))
        words = draw.sample(("is", "is_not", "at_least", "at_most", "more_than", "less_than"), draw.choice((1, 1, 2)))
        return name, {word: draw.choice(NUMBERS[name]) for word in words}
    if kind == "list":
        name = draw.choice(tuple(LISTS))
        word = draw.choice(
            ("contains", "contains_any", "contains_all", "contains_none", "count_at_least", "count_at_most")
        )
        some = draw.sample(LISTS[name], draw.choice((1, 2)))
        return name, {word: some[0] if word == "contains" else len(some) if word.startswith("count") else some}
    name = draw.choice(tuple(TEXTS))
    word = draw.choice(("is", "is_not", "in", "not_in", *(("starts_with", "ends_with") if name in FREE else ())))
    if name == "partner.country" and word == "in" and draw.random() < 0.5:
        return name, {word: "$embargoed"}
    value = draw.choice(TEXTS[name])
    if word.endswith("in"):
        return name, {word: draw.sample(TEXTS[name], 2)}
    return name, value if word == "is" and draw.random() < 0.5 else {word: value}


def condition(draw: random.Random, depth: int = 0) -> Data:
    made: Data = dict(comparison(draw) for _ in range(draw.choice((1, 1, 2, 3))))
    if depth < 2:
        if draw.random() < 0.25:
            made["any"] = [condition(draw, depth + 1) for _ in range(draw.choice((1, 2)))]
        if draw.random() < 0.15:
            made["all"] = [condition(draw, depth + 1) for _ in range(draw.choice((1, 2)))]
        if draw.random() < 0.2:
            made["not"] = condition(draw, depth + 1)
    return made


def limits(draw: random.Random) -> Data:
    made = {}
    if draw.random() < 0.7:
        made["max_days"] = draw.choice((30, 60, 90))
    if draw.random() < 0.5:
        made["justification"] = draw.choice((30, 60))
    return made


def rule(draw: random.Random, number: int) -> Data:
    effect = draw.choices(("deny", "tighten", "grant"), (2, 2, 5))[0]
    made: Data = {"id": f"rule-{number}", "when": condition(draw)}
    body: Data = {"reason": draw.choice(("No.", "{package.key} is not {partner.country}.", "{sponsor.active_guests}"))}
    if effect == "grant" or (effect == "tighten" and draw.random() < 0.5):
        body["route"] = draw.choice(("auto", "light", "middle", "heavy"))
    if effect != "deny":
        body["limits"] = limits(draw)
        if effect == "tighten" or draw.random() < 0.3:
            body["obligations"] = {"questions": draw.sample(("code", "kind", "why"), 1)}
    made[effect] = body
    return made


def drawn_policy(draw: random.Random) -> Data:
    made: Data = yaml.safe_load(BASE.replace("?", ""))
    made["partners"]["contoso"]["preapproved"] = {"sponsors": ["owners"], "packages": ["portal", "vault"]}
    made["lists"]["embargoed"] = ["KP"]
    made["rules"] = [rule(draw, number) for number in range(draw.choice((2, 4, 6, 9)))]
    # One grant that fits often: without it most requests would be denied by default, and say little.
    made["rules"].append({"id": "wide", "grant": {"route": "light"}, "when": {"request.kind": "access"}})
    return made


def drawn_facts(draw: random.Random) -> Data:
    facts: Data = {name: draw.choice(values) for name, values in {**TEXTS, **NUMBERS}.items()}
    facts |= {name: tuple(draw.sample(values, draw.randrange(3))) for name, values in LISTS.items()}
    asked = (
        draw.sample(("falcon", "portal", "vault", "no-more"), 2) if draw.random() < 0.1 else LISTS["request.packages"]
    )
    facts["request.packages"] = tuple(draw.sample(asked, draw.choice((1, 1, 1, 2))))
    facts["guest.address"] = f"ana@{draw.choice(DOMAINS)}"
    for name in draw.sample(sorted(facts), draw.choice((0, 0, 1, 3))):
        if name != "guest.address" or draw.random() < 0.5:
            facts[name] = None
    return {name: value for name, value in facts.items() if not name.startswith(("package.", "partner."))}


def of_engine(verdict: Verdict, denies: set[str]) -> Said:
    """The engine's verdict in the reference's words, without near misses, which the reference does not look for."""
    by_effect: dict[Effect, set[tuple[str, str | None]]] = {effect: set() for effect in Effect}
    for finding in verdict.findings:
        if finding.effect is not Effect.DENY or finding.rule in denies or finding.rule in RESERVED_IDS:
            by_effect[finding.effect].add((finding.rule, finding.package))
    return Said(
        denied=by_effect[Effect.DENY],
        tightened=by_effect[Effect.TIGHTEN],
        granted=by_effect[Effect.GRANT],
        route=verdict.route.key if verdict.route else None,
        max_days=verdict.limits.max_days,
        justification=verdict.limits.justification,
        questions=set(verdict.questions),
    )


def test_the_engine_and_a_naive_evaluator_agree_on_twenty_thousand_requests() -> None:
    draw = random.Random(20260220)
    seen: Counter[str] = Counter()
    for _ in range(POLICIES):
        data = drawn_policy(draw)
        loaded = load_texts([("policy.yaml", yaml.safe_dump(data, sort_keys=False))])
        denies = {each["id"] for each in data["rules"] if "deny" in each}
        for _ in range(REQUESTS_OF_EACH):
            facts: dict[str, FactValue] = drawn_facts(draw)
            address = facts["guest.address"]
            partner = facts_of_partner(loaded, address) if isinstance(address, str) else {}
            verdict = evaluate(loaded, {**facts, **partner})
            expected = say(data, facts)
            if not facts["request.packages"]:
                assert verdict.outcome is Outcome.DENIED
                continue
            assert of_engine(verdict, denies) == expected, (data["rules"], facts)
            seen["granted" if expected.route else "denied"] += 1
            seen[f"route {expected.route}"] += 1
            seen["several packages granted"] += len(expected.granted) > 1 and expected.route is not None
            seen["tightened and granted"] += bool(expected.tightened) and expected.route is not None
            seen["preapproved"] += any(name.startswith("partners.") for name, _ in expected.granted)
    # Agreeing on nothing but refusals would prove little.
    for what in ("granted", "denied", "several packages granted", "tightened and granted", "preapproved"):
        assert seen[what] > 300, seen
    assert all(seen[f"route {route}"] > 100 for route in ("auto", "light", "middle", "heavy")), seen
