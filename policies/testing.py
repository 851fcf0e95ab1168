"""Running a policy's own test cases: which pass, and which rules they speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.findings import Effect, Facts, FactValue, Outcome, Verdict
from policies.evaluation import RESERVED_IDS, evaluate
from policies.facts import WEEKDAYS, facts_of_partner, with_packages_after
from policies.model import ANSWER, Expectation, Policy, PolicyTest

USUAL: Facts = {
    "sponsor.id": "sponsor",
    "sponsor.user_type": "Member",
    "sponsor.groups": (),
    "sponsor.department": "",
    "sponsor.title": "",
    "sponsor.employee_type": "",
    "sponsor.country": "",
    "sponsor.has_manager": True,
    "sponsor.manager": "manager",
    "sponsor.active_guests": 0,
    "sponsor.requests_in_7_days": 0,
    "guest.exists": False,
    "guest.state": "not_invited",
    "guest.packages": (),
    "guest.previous_denials": 0,
    "partner.is_entra_tenant": True,
    "request.kind": "access",
    "request.days": 30,
    "request.justification_length": 200,
    "request.answers": (),
    "time.now": "2026-02-18T10:00:00",
}
"""What a case is about where it does not say otherwise: a member asks, on a Wednesday at ten, for a month and with a
good justification, for somebody who is new and of no partner's domain. The package is the first of the files."""

USUAL_DOMAIN = "newcomer.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case; `wrong` says what came out instead, empty where it passed. `fired`: the rules that said something."""

    case: PolicyTest
    verdict: Verdict
    wrong: tuple[str, ...]
    fired: frozenset[str]


def run_tests(policy: Policy) -> tuple[CaseResult, ...]:
    """Every case of the policy against it, in the order of the files."""
    return tuple(run_test(policy, case) for case in policy.tests)


def run_test(policy: Policy, case: PolicyTest) -> CaseResult:
    verdict = evaluate(policy, facts_of_case(policy, case.given))
    return CaseResult(
        case=case,
        verdict=verdict,
        wrong=differences(case.expect, verdict),
        fired=frozenset(finding.rule for finding in verdict.findings),
    )


def uncovered(policy: Policy, results: Sequence[CaseResult]) -> tuple[str, ...]:
    """The rules that fire in no case, as the files have them. Pre-approvals are rows of data and left out, and so are
    rules in shadow mode, which decide nothing.
    """
    fired = frozenset[str]().union(*(result.fired for result in results))
    return tuple(rule.id for rule in policy.enforced if rule.id not in fired)


def facts_of_case(policy: Policy, given: Facts) -> Facts:
    """All facts of a case: what it gives, what follows from that, and what is usual."""
    address = given.get("guest.address")
    if not isinstance(address, str):
        address = f"guest@{_domain(policy, given)}"
    first = next(iter(policy.packages), None)
    usual: dict[str, FactValue] = {
        **USUAL,
        "guest.address": address,
        **facts_of_partner(policy, address),
        "request.packages": (first,) if first else (),
        **_exists(given),
    }
    facts = {**usual, **_times(given), **given}
    if "guest.packages_after" not in given:
        facts = dict(with_packages_after(facts))
    answered = tuple(
        name.removeprefix(ANSWER) for name, value in given.items() if name.startswith(ANSWER) and value is not None
    )
    return facts if "request.answers" in given else {**facts, "request.answers": answered}


def differences(expect: Expectation, verdict: Verdict) -> tuple[str, ...]:
    """What a verdict has that was not expected, and what it lacks, in words."""
    granted = verdict.outcome is Outcome.GRANTED
    wrong = []
    if granted is not expect.granted:
        wrong.append(f"expected {_outcome(expect.granted)}, got {_outcome(granted)} {_because(verdict)}")
    elif expect.by is not None:
        decided = _rules(verdict, Effect.GRANT if granted else Effect.DENY)
        # What denies by itself is there whenever nothing grants, and worth naming only where it stands alone.
        decided -= frozenset(RESERVED_IDS) - expect.by
        wrong += _sets("by", expect.by, decided)
    if expect.tightened is not None:
        wrong += _sets("tightened", expect.tightened, _rules(verdict, Effect.TIGHTEN))
    if not granted:
        return tuple(wrong)
    got: Mapping[str, tuple[object, object]] = {
        "route": (expect.route, verdict.route.key if verdict.route else None),
        "max_days": (expect.max_days, verdict.limits.max_days),
        "justification": (expect.justification, verdict.limits.justification or 0),
    }
    for what, (wanted, found) in got.items():
        if wanted is not None and wanted != found:
            wrong.append(f"expected {what} {wanted}, got {'none' if found is None else found}")
    if expect.questions is not None:
        wrong += _sets("questions", expect.questions, frozenset(verdict.questions))
    return tuple(wrong)


def _outcome(granted: bool) -> str:
    return "grant" if granted else "deny"


def _because(verdict: Verdict) -> str:
    rules = dict.fromkeys(
        finding.rule
        for finding in verdict.findings
        if (finding.effect is Effect.GRANT) is (verdict.outcome is Outcome.GRANTED)
    )
    return f"by {', '.join(rules)}"


def _rules(verdict: Verdict, effect: Effect) -> frozenset[str]:
    return frozenset(finding.rule for finding in verdict.findings if finding.effect is effect)


def _sets(what: str, wanted: frozenset[str], found: frozenset[str]) -> list[str]:
    if wanted == found:
        return []
    return [f"expected {what} {_listed(wanted)}, got {_listed(found)}"]


def _listed(names: frozenset[str]) -> str:
    return f"[{', '.join(sorted(names))}]"


def _domain(policy: Policy, given: Facts) -> str:
    domain, key = given.get("partner.domain"), given.get("partner.key")
    if isinstance(domain, str):
        return domain
    partner = policy.partners.get(key) if isinstance(key, str) else None
    if partner is None and given.get("partner.known") is True:
        partner = next(iter(policy.partners.values()), None)
    if partner is None or not partner.domains:
        return USUAL_DOMAIN
    return partner.domains[0].replace("*", "www")


def _exists(given: Facts) -> dict[str, FactValue]:
    """Who holds a package, or has been invited, is in the directory."""
    if given.get("guest.packages") or given.get("guest.state") in ("pending", "accepted"):
        return {"guest.exists": True, "guest.state": "accepted"}
    return {"guest.exists": True, "guest.state": "pending"} if given.get("guest.exists") is True else {}


def _times(given: Facts) -> dict[str, FactValue]:
    """The facts of `time.` that follow from those given: a date has its weekday, a moment all of them."""
    moment = given.get("time.now")
    if not isinstance(moment, str):
        moment = str(USUAL["time.now"])
        day, hour = given.get("time.date"), given.get("time.hour")
        moment = f"{day}{moment[10:]}" if isinstance(day, str) else moment
        moment = f"{moment[:11]}{hour:02d}{moment[13:]}" if isinstance(hour, int) and 0 <= hour < 24 else moment
    at = datetime.fromisoformat(moment)
    return {
        "time.now": moment,
        "time.date": at.date().isoformat(),
        "time.weekday": WEEKDAYS[date.weekday(at)],
        "time.hour": at.hour,
    }
