"""Comparison words, facts and ready-made rules, as a policy writes them."""

import time
from datetime import UTC, datetime

import pytest

from bot.domain.findings import Facts
from policies.compiled import about
from policies.conditions import TRUE, compile_test
from policies.evaluation import evaluate
from policies.facts import facts_of_answers, facts_of_partner, facts_of_time, with_packages_after
from policies.loader import load_texts
from policies.model import Policy
from policies.offer import offer
from tests.unit.policies.policy_samples import BASE, STANDARD, facts, policy

QUESTIONS = BASE.replace(
    "  why: {kind: text, text: Why?}\n",
    "  why: {kind: text, text: Why?}\n"
    "  seats: {kind: number, text: Seats, least: 1, most: 50}\n"
    "  signed: {kind: date, text: Signed}\n"
    "  on-site: {kind: yes/no, text: On site}\n"
    "terms:\n"
    "  nda: {text: The NDA, version: 2, link: https://terms.example/nda}\n",
)


def holds(when: str, known: Facts) -> bool:
    chosen = policy(f"  - id: x\n    deny: {{reason: No.}}\n    when: {when}\n", base=QUESTIONS)
    return compile_test(chosen.rules[-1].when)(known) is TRUE


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        ("{sponsor.title: {contains: engineer}}", "Chief Engineer", "Chief"),
        ("{request.days: {at_most: 90d}}", 90, 91),
        ("{request.days: {less_than: 12w}}", 83, 84),
        ("{time.date: {from: 2026-02-20}}", "2026-02-20", "2026-02-19"),
        ("{time.date: {after: 2026-02-20}}", "2026-02-21", "2026-02-20"),
        ("{time.date: {before: 2026-02-20}}", "2026-02-19", "2026-02-20"),
        ("{time.date: {until: 2026-02-20}}", "2026-02-20", "2026-02-21"),
        ("{time.date: 2026-02-20}", "2026-02-20", "2026-02-21"),
        ("{time.now: {before: 2026-02-20T18:30}}", "2026-02-20T18:29:59", "2026-02-20T18:30:00"),
        ("{time.weekday: {in: [saturday, sunday]}}", "sunday", "monday"),
        ("{time.hour: {at_least: 9, less_than: 18}}", 17, 18),
        ("{guest.packages: {count_at_least: 2}}", ("falcon", "vault"), ("falcon",)),
        ("{guest.packages: {count_at_most: 1}}", ("falcon",), ("falcon", "vault")),
        ("{package.owner: owners}", "owners", "approvers"),
        ("{request.answers: {contains: nda}}", ("nda",), ("code",)),
        ("{request.answers.nda: true}", True, False),
        ("{request.answers.seats: {more_than: 10}}", 11, 10),
        ("{request.answers.signed: {before: 2026-01-01}}", "2025-12-31", "2026-01-01"),
        ("{request.answers.kind: a}", "a", "b"),
        ("{request.answers.code: {starts_with: FLC}}", "FLC", "ABC"),
        ("{partner.looks_like: fabrikam}", "fabrikam", ""),
        ('{partner.looks_like: {is_not: ""}}', "fabrikam", ""),
    ],
)
def test_each_word_compares_as_it_says(when: str, yes: object, no: object) -> None:
    fact = when[1 : when.index(":")]
    assert holds(when, {fact: yes})  # type: ignore[dict-item]
    assert not holds(when, {fact: no})  # type: ignore[dict-item]


def test_lists_may_hold_other_lists() -> None:
    base = BASE.replace("  embargoed: [KP, NO]\n", "  embargoed: [KP, NO]\n  refused: [gmx.net, $consumer]\n")
    rule = "  - id: x\n    deny: {reason: No.}\n    when: {partner.domain: {in: [$refused, mail.example]}}\n"
    test = compile_test(policy(rule, base=base).rules[0].when)
    for domain in ("gmx.net", "gmail.com", "outlook.com", "mail.example"):
        assert test({"partner.domain": domain}) is TRUE


def test_time_is_the_companys() -> None:
    base = BASE.replace('"https://apps.example/"}', '"https://apps.example/", time_zone: Asia/Taipei}')
    known = facts_of_time(policy(base=base), datetime(2026, 2, 20, 16, 30, tzinfo=UTC))
    assert known == {
        "time.now": "2026-02-21T00:30:00",
        "time.date": "2026-02-21",
        "time.weekday": "saturday",
        "time.hour": 0,
    }


def test_answers_are_facts_by_their_questions_key() -> None:
    chosen = policy(base=QUESTIONS)
    known = facts_of_answers(chosen, {"seats": "12", "on-site": "no", "nda": "accepted 1", "gone": "x"})
    assert known["request.answers"] == ("seats", "on-site")
    assert (known["request.answers.seats"], known["request.answers.on-site"]) == (12, False)
    assert known["request.answers.nda"] is None  # another version


def test_the_owner_of_a_package_is_a_group_by_key() -> None:
    assert about(policy().packages["falcon"])["package.owner"] == "owners"


DEMANDING = """\
  - id: standard
    grant: {route: light, obligations: {questions: [seats], terms: [nda]}}
    when: {partner.known: true}
"""


def test_terms_and_questions_are_demanded_by_grants_packages_and_partners() -> None:
    base = QUESTIONS.replace(
        "domains: [contoso.com], country: DE}", "domains: [contoso.com], country: DE, questions: [signed]}"
    )
    chosen = policy(DEMANDING, base=base)
    known = facts(request__packages=("falcon",))
    assert evaluate(chosen, known).questions == ("code", "seats", "nda", "signed")
    assert [each.key for each in offer(chosen, known).questions] == ["code", "seats", "nda", "signed"]


def test_an_answer_that_spoils_a_grant_is_still_asked_for_so_that_it_can_be_changed() -> None:
    rules = (
        "  - id: x\n"
        "    grant: {route: light, obligations: {questions: [on-site]}}\n"
        "    when: {request.answers.on-site: true}\n"
    )
    chosen = policy(rules, base=QUESTIONS)
    for answer, granted in ((None, False), (True, True), (False, False)):
        known = {**facts(), "request.answers.on-site": answer}
        assert [each.key for each in offer(chosen, known).questions] == ["code", "on-site"]
        assert bool(evaluate(chosen, known).route) is granted


READY = BASE.replace(
    "partners:\n",
    """\
ready_made:
  blocked_domains: [$consumer, "*.bad.example"]
  look_alike_domains: true
  quotas: {active_guests: 5, requests_in_7_days: 20, packages_held: 2}
  incompatible_packages: [[vault, falcon]]
partners:
""",
    1,
)


def denied(chosen: Policy, **changed: object) -> list[str]:
    known = facts(**{"partner__looks_like": "", "partner__mixed_scripts": False, "guest__packages": (), **changed})  # type: ignore[arg-type]
    known = with_packages_after({**known, "sponsor.requests_in_7_days": changed.get("requests", 0)})  # type: ignore[dict-item]
    return [finding.rule for finding in evaluate(chosen, known).denials if finding.rule != "default-deny"]


def test_ready_made_rules_deny_what_they_name() -> None:
    chosen = policy(base=READY)
    assert denied(chosen) == []
    assert denied(chosen, partner__domain="a.bad.example") == ["ready-made.blocked-domains"]
    assert denied(chosen, partner__looks_like="fabrikam") == ["ready-made.look-alike-domains"]
    assert denied(chosen, partner__mixed_scripts=True) == ["ready-made.look-alike-domains"]
    assert denied(chosen, sponsor__active_guests=5) == ["ready-made.active-guests"]
    assert denied(chosen, sponsor__active_guests=5, request__kind="extension") == []
    assert denied(chosen, requests=20) == ["ready-made.requests-in-7-days"]
    assert "ready-made.incompatible.falcon.vault" in denied(chosen, guest__packages=("vault",))
    assert denied(chosen, guest__packages=("portal", "x"), request__packages=("falcon",)) == [
        "ready-made.packages-held"
    ]


def test_an_incompatible_package_is_not_offered_to_whom_holds_the_other() -> None:
    chosen = policy(base=READY)
    known = {name: value for name, value in facts(guest__packages=("vault",)).items() if "request" not in name}
    known |= {"partner.looks_like": "", "partner.mixed_scripts": False, "sponsor.requests_in_7_days": 0}
    assert [each.package.key for each in offer(chosen, known).packages] == ["portal"]


@pytest.mark.parametrize(
    ("domain", "partner"),
    [
        ("fabrlkam.com", "fabrikam"),
        ("fabrikarn.com", "fabrikam"),
        ("fabirkam.com", "fabrikam"),
        ("fabrikamm.com", "fabrikam"),
        ("fabrikan.co", "fabrikam"),
        ("c0ntos0.com", "contoso"),
        ("login.contsoo.com", "contoso"),
        ("contoso.com.evil.example", "contoso"),
        ("xn--fbrikam-4fg.com", "fabrikam"),
        ("fabrikam.com", ""),
        ("eu.fabrikam.com", ""),
        ("mail.contoso.com", ""),
        ("northwind.example", ""),
        ("fabric.example", ""),
    ],
)
def test_a_domain_that_imitates_a_partners_is_known_for_it(domain: str, partner: str) -> None:
    assert facts_of_partner(policy(), f"ana@{domain}")["partner.looks_like"] == partner


def test_a_label_of_two_scripts_is_mixed_and_one_of_another_script_is_not() -> None:
    assert facts_of_partner(policy(), "ana@fаbrikam.com")["partner.mixed_scripts"] is True
    assert facts_of_partner(policy(), "ana@почта.example")["partner.mixed_scripts"] is False


def deny(when: str, name: str = "x") -> str:
    return f"  - id: {name}\n    deny: {{reason: No.}}\n    when: {when}\n"


def grant(when: str, by: str = "route: light") -> str:
    return f"  - id: x\n    grant: {{{by}}}\n    when: {when}\n"


NARROWER = "{sponsor.user_type: Member, partner.known: true, package.class: standard, partner.country: DE}"
WARNED = [
    (deny("{time.hour: {at_least: 20, less_than: 5}}"), "`x` can never apply"),
    (grant("{package.class: secret, package.key: portal}"), "`x` can never apply"),
    (deny("{partner.known: false, partner.key: fabrikam}"), "can never apply"),
    (
        grant(NARROWER, "route: heavy, limits: {max_days: 30, justification: 30}"),
        "the grant `x` is never needed: `standard` grants wherever it does",
    ),
    (
        grant("{package.class: secret, partner.known: true}") + deny("{package.class: secret}", "y"),
        "the grant `x` never grants: `y` denies wherever it holds",
    ),
    (
        deny("{partner.country: DE}") + deny("{partner.country: {in: [DE, US]}}", "y"),
        "the deny `x` adds nothing: `y` denies wherever it does",
    ),
    ("", "nobody can get the access package `vault`"),
    ("", "nothing uses the list `consumer`"),
    ("", "no rule uses the route `heavy`"),
    ("", "nothing demands `why`"),
]


@pytest.mark.parametrize(("rules", "said"), WARNED)
def test_what_is_most_likely_not_meant_is_a_warning_with_its_line(rules: str, said: str) -> None:
    found = [each for each in policy(STANDARD + rules).warnings if said in each.what]
    assert len(found) == 1
    assert found[0].text.strip() and found[0].source.line


def test_routes_that_weigh_the_same_are_a_warning() -> None:
    base = BASE.replace("middle: {weight: 20", "middle: {weight: 10")
    assert any("`light` and `middle` weigh the same (10)" in each.what for each in policy(base=base).warnings)


def test_ten_thousand_partners_load_in_time_and_are_imitated_by_index() -> None:

    partners = "".join(
        f"  p{number}: {{name: P, domains: [partner-{number}-of-ours.example], country: DE}}\n"
        for number in range(10_000)
    )
    base = READY.replace("partners:\n", f"partners:\n{partners}", 1)
    began = time.perf_counter()
    large = load_texts([("p.yaml", f"{base}rules:\n{STANDARD}")])
    assert time.perf_counter() - began < 3
    assert facts_of_partner(large, "a@fabrlkam.com")["partner.looks_like"] == "fabrikam"
    began = time.perf_counter()
    for number in range(20):
        facts_of_partner(large, f"a@somewhere-else-{number}.example")
    assert (time.perf_counter() - began) / 20 < 0.02
