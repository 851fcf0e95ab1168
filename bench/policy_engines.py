"""Each engine with the bench's policy loaded: a request to an answer, as fast as its Python package allows.

What can be prepared before a request comes is prepared, and the input is in the engine's own form already: what is
timed is the decision. Cedar and Rego know no route, limit or question: Rego computes them in its own rules, Cedar's
permits are looked up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cedarpy
import regorus

from bench.policy_cases import CLASSES, RULES, Answer, Ask, PartnerCase, policy_text
from bot.domain.findings import Effect, Facts, Verdict
from policies.evaluation import evaluate
from policies.facts import facts_of_partner
from policies.loader import load_texts

HERE = Path(__file__).parent

Decide = Callable[[], object]
"""Decides one request; what comes back is in the engine's own form."""


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

    def prepare(self, ask: Ask) -> tuple[str, Facts]:
        return f"guest@{ask.domain}", {
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
        address, facts = prepared  # type: ignore[misc]
        return evaluate(self._policy, {**facts, **facts_of_partner(self._policy, address)})

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


GRANTS: tuple[Mapping[str, object], ...] = (
    {"weight": 0, "max_days": 0, "justification": 0, "questions": []},
    {"weight": 10, "max_days": 90, "justification": 30, "questions": []},
    {"weight": 10, "max_days": 30, "justification": 30, "questions": []},
    {"weight": 40, "max_days": 60, "justification": 60, "questions": ["drawings"]},
)
ROUTES = {"0": "auto", "10": "guest-approval", "20": "four-eyes", "40": "owner-then-security"}


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
                "consumer": dict.fromkeys(("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me"), True),
                "embargoed": dict.fromkeys(("KP", "IR", "SY"), True),
                "embargoed_endings": [".kp", ".ir", ".sy"],
                "classes": CLASSES,
                "questions": {"falcon": ["project-code"], "portal": [], "vault": []},
                "grants": list(GRANTS),
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
