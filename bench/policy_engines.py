"""Each engine with the bench's policy loaded: a request to an answer, as fast as its Python package allows.

What can be prepared before a request comes is prepared, and the input is in the engine's own form already: what is
timed is the decision. Cedar and Rego know no route, limit or question: Rego computes them in its own rules, Cedar's
permits are looked up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, cast

import cedarpy
import regorus

from bench.policy_cases import CLASSES, Answer, Ask, PartnerCase, policy_text
from bot.domain.findings import Effect, Facts, FactValue, Verdict
from policies.evaluation import evaluate
from policies.loader import load_texts

HERE = Path(__file__).parent


class Engine(Protocol):
    """`decide` is what is timed; `answer` puts what it says in the form that is compared."""

    name: str

    def prepare(self, ask: Ask) -> object: ...
    def decide(self, prepared: object) -> object: ...
    def answer(self, decided: object) -> Answer: ...


class Ours:
    name = "this product"

    def __init__(self, partners: Sequence[PartnerCase]) -> None:
        self._policy = load_texts([("policy.yaml", policy_text(list(partners)))])
        self._denies = {rule.id for rule in self._policy.rules if rule.effect is Effect.DENY}
        evaluate(self._policy, {"request.packages": tuple(CLASSES)})

    def prepare(self, ask: Ask) -> dict[str, FactValue]:
        return {
            "partner.domain": ask.domain,
            "sponsor.user_type": ask.user_type,
            "sponsor.groups": ask.groups,
            "sponsor.active_guests": ask.active_guests,
            "guest.previous_denials": ask.previous_denials,
            "request.kind": ask.kind,
            "request.packages": ask.packages,
            "request.days": ask.days,
            "request.justification_length": ask.justification,
        }

    def decide(self, prepared: object) -> Verdict:
        given = cast(dict[str, FactValue], prepared)
        partner = self._policy.partner_of(cast(str, given["partner.domain"]))
        facts: Facts = {
            **given,
            "partner.known": partner is not None,
            "partner.key": partner.key if partner else "",
            "partner.country": partner.country if partner else None,
        }
        return evaluate(self._policy, facts)

    def answer(self, decided: object) -> Answer:
        assert isinstance(decided, Verdict)
        if decided.route is None:
            return Answer(frozenset(finding.rule for finding in decided.denials if finding.rule in self._denies))
        return Answer(
            route=decided.route.key,
            max_days=decided.limits.max_days or 0,
            justification=decided.limits.justification or 0,
            questions=frozenset(decided.questions),
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """What the grants give, for the engines that have no words for it. `max_days` 0: as the partner has it."""

    weight: int
    max_days: int
    justification: int
    questions: tuple[str, ...] = ()


GRANTS = (Grant(0, 0, 0), Grant(10, 90, 30), Grant(10, 30, 30), Grant(40, 60, 60, ("drawings",)))
"""From the lightest to the strictest: preapproved, partners-standard, newcomers-portal, partners-confidential."""

ROUTES = {"0": "auto", "10": "guest-approval", "20": "four-eyes", "40": "owner-then-security"}
QUESTIONS: Mapping[str, tuple[str, ...]] = {"falcon": ("code",), "portal": (), "vault": ()}
CONSUMER_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me")


class Rego:
    name = "Rego (gordon-to-regorus)"

    def __init__(self, partners: Sequence[PartnerCase]) -> None:
        self._engine = regorus.Engine()
        self._engine.add_policy("policies.rego", (HERE / "policies.rego").read_text())
        self._engine.add_data(
            {
                "partners": {
                    partner.domain: {
                        "country": partner.country,
                        "sponsors": dict.fromkeys(partner.sponsors, True),
                        "packages": dict.fromkeys(partner.packages, True),
                        "max_days": partner.max_days,
                    }
                    for partner in partners
                },
                "consumer": dict.fromkeys(CONSUMER_MAIL, True),
                "embargoed": dict.fromkeys(("KP", "IR", "SY"), True),
                "embargoed_endings": [".kp", ".ir", ".sy"],
                "classes": CLASSES,
                "questions": QUESTIONS,
                "grants": [asdict(grant) for grant in GRANTS],
                "routes": ROUTES,
            }
        )

    def prepare(self, ask: Ask) -> str:
        known = {
            "domain": ask.domain,
            "user_type": ask.user_type,
            "groups": ask.groups,
            "active_guests": ask.active_guests,
            "previous_denials": ask.previous_denials,
            "kind": ask.kind,
            "packages": ask.packages,
            "days": ask.days,
            "justification": ask.justification,
        }
        # As text it goes in faster than as Python objects.
        return json.dumps({name: value for name, value in known.items() if value is not None})

    def decide(self, prepared: object) -> object:
        self._engine.set_input_json(prepared)
        return self._engine.eval_rule("data.access.answer")

    def answer(self, decided: object) -> Answer:
        assert isinstance(decided, dict)
        if "denied" in decided:
            return Answer(frozenset(decided["denied"]))
        return Answer(
            route=decided["route"],
            max_days=int(decided["max_days"]),
            justification=int(decided["justification"]),
            questions=frozenset(decided["questions"]),
        )


class Cedar:
    name = "Cedar (cedarpy)"

    def __init__(self, partners: Sequence[PartnerCase]) -> None:
        self._policies = cedarpy.PolicySet.from_str((HERE / "policies.cedar").read_text())
        entities = [
            {
                "uid": {"type": "Partner", "id": partner.domain},
                "attrs": {
                    "country": partner.country,
                    "sponsors": partner.sponsors,
                    "packages": partner.packages,
                    "max_days": partner.max_days,
                },
                "parents": [],
            }
            for partner in partners
        ]
        self._entities = cedarpy.Entities.from_json_str(json.dumps(entities))
        self._max_days = {partner.domain: partner.max_days for partner in partners}

    def prepare(self, ask: Ask) -> list[dict[str, object]]:
        known = {
            "user_type": ask.user_type,
            "domain": ask.domain,
            "partner": {"__entity": {"type": "Partner", "id": ask.domain}},
            "groups": ask.groups,
            "active_guests": ask.active_guests,
            "previous_denials": ask.previous_denials,
            "kind": ask.kind,
            "days": ask.days,
            "justification": ask.justification,
        }
        common = {name: value for name, value in known.items() if value is not None}
        # It decides one resource at a time.
        return [
            {
                "principal": 'Sponsor::"sponsor"',
                "action": 'Action::"ask"',
                "resource": f'Package::"{package}"',
                "context": {**common, "package": package, "class": CLASSES[package]},
            }
            for package in ask.packages
        ]

    def decide(self, prepared: object) -> list[tuple[dict[str, object], cedarpy.AuthzResult]]:
        requests = cast(list[dict[str, object]], prepared)
        return [(each, cedarpy.is_authorized(each, self._policies, self._entities)) for each in requests]

    def answer(self, decided: object) -> Answer:
        results = cast(list[tuple[dict[str, dict[str, str]], cedarpy.AuthzResult]], decided)
        if not all(result.allowed for _, result in results):
            return Answer(
                frozenset(
                    rule
                    for _, result in results
                    if not result.allowed
                    for rule in result.diagnostics.id_annotations_by_reason.values()
                )
            )
        weights, days, characters, questions = [], [], [], set()
        for request, result in results:
            context = request["context"]
            place, before = min(
                (_PLACES[name.partition("/")[0]], "/" in name)
                for name in result.diagnostics.id_annotations_by_reason.values()
            )
            grant = GRANTS[place]
            most = grant.max_days or self._max_days[context["domain"]]
            weights.append(max(grant.weight, 20) if before else grant.weight)
            days.append(min(most, 30) if before else most)
            characters.append(60 if place == _PLACES["newcomers-portal"] else grant.justification)
            questions |= {*grant.questions, *QUESTIONS[context["package"]]}
        return Answer(
            route=ROUTES[str(max(weights))],
            max_days=min(days),
            justification=max(characters),
            questions=frozenset(questions),
        )


_PLACES = {"preapproved": 0, "partners-standard": 1, "newcomers-portal": 2, "partners-confidential": 3}

ENGINES: tuple[Callable[[Sequence[PartnerCase]], Engine], ...] = (Ours, Rego, Cedar)
