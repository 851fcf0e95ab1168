"""The table of facts, and the facts that the policy itself knows."""

import pytest

from bot.domain.findings import FactValue
from policies.compiled import groups_to_look_up
from policies.domains import BadDomain, covered, normalise, normalise_pattern
from policies.facts import FACTS, FactKind, facts_of_groups, facts_of_partner
from policies.model import Operand
from policies.operators import OPERATORS, Takes
from policies.wording import LANGUAGES
from tests.unit.policies.policy_samples import BASE, STANDARD, policy


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_comparisons_and_words_in_each_language(name: str) -> None:
    fact = FACTS[name]
    assert OPERATORS[fact.kind]
    assert all(fact.words[language] for language in ("", *LANGUAGES))


EVERY_OPERATOR = [(kind, word) for kind, operators in OPERATORS.items() for word in operators]


@pytest.mark.parametrize(("kind", "word"), EVERY_OPERATOR)
def test_a_fact_that_is_missing_or_of_another_kind_holds_neither_way(kind: FactKind, word: str) -> None:
    operands: dict[FactKind, Operand] = {
        FactKind.NUMBER: 5,
        FactKind.DAYS: 5,
        FactKind.YES_NO: True,
        FactKind.DATE: "2026-02-20",
        FactKind.MOMENT: "2026-02-20T18:30:00",
    }
    operator = OPERATORS[kind][word]
    holds = operator.prepare(2 if operator.takes is Takes.COUNT else operands.get(kind, ("a",)))
    others: dict[FactKind, tuple[FactValue, ...]] = {
        FactKind.NUMBER: ("5", True),
        FactKind.DAYS: ("5", True),
        FactKind.YES_NO: (1, "true"),
        FactKind.TEXTS: ("a", 1),
        FactKind.DATE: ("today", "2026-02-20T18:30:00", 5),
        FactKind.MOMENT: ("now", "2026-02-20", 5),
    }
    for value in (None, *others.get(kind, (1, ("a",), True))):
        assert holds(value) is None


def test_partner_facts_come_from_the_domain_of_the_address() -> None:
    assert facts_of_partner(policy(), "ana@Fabrikam.com") == {
        "partner.domain": "fabrikam.com",
        "partner.known": True,
        "partner.key": "fabrikam",
        "partner.country": "US",
        "partner.looks_like": "",
        "partner.mixed_scripts": False,
    }
    assert facts_of_partner(policy(), "ana@eu.fabrikam.com")["partner.key"] == "fabrikam"
    assert facts_of_partner(policy(), "ana@xfabrikam.com") == {
        "partner.domain": "xfabrikam.com",
        "partner.known": False,
        "partner.key": "",
        "partner.country": None,
        "partner.looks_like": "fabrikam",
        "partner.mixed_scripts": False,
    }


@pytest.mark.parametrize("address", ["", "ana", "@fabrikam.com", "ana@", "ana@fab rikam.com", "ana@-x.com", "ana@a..b"])
def test_an_address_without_a_domain_makes_all_partner_facts_missing(address: str) -> None:
    assert set(facts_of_partner(policy(), address).values()) == {None}


def test_wildcards_stand_for_sub_domains_only() -> None:
    only_below = policy(base=BASE.replace('[fabrikam.com, "*.fabrikam.com"]', '["*.fabrikam.com"]'))
    assert facts_of_partner(only_below, "ana@fabrikam.com")["partner.known"] is False
    assert facts_of_partner(only_below, "ana@a.b.fabrikam.com")["partner.key"] == "fabrikam"


def test_either_form_of_an_internationalised_domain_is_the_same_domain() -> None:
    german = policy(base=BASE.replace("[contoso.com]", "[Bücher.example]"))
    assert german.partners["contoso"].domains == ("xn--bcher-kva.example",)
    for address in ("ana@bücher.example", "ana@BÜCHER.example", "ana@xn--bcher-kva.example"):
        assert facts_of_partner(german, address)["partner.key"] == "contoso"


@pytest.mark.parametrize("domain", ["", ".", "a b.com", "xn--.com", "-a.com", "a_b.com", "a" * 64 + ".com", "a." * 130])
def test_what_is_no_domain_is_refused(domain: str) -> None:
    with pytest.raises(BadDomain):
        normalise(domain)


def test_patterns_are_normalised_too_and_cover_by_label() -> None:
    assert normalise_pattern("*.Fabrikam.COM") == "*.fabrikam.com"
    assert covered("eu.fabrikam.com", frozenset({"*.fabrikam.com"}))
    assert not covered("fabrikam.com", frozenset({"*.fabrikam.com"}))
    assert not covered("evilfabrikam.com", frozenset({"*.fabrikam.com", "fabrikam.com"}))


def test_groups_are_facts_by_key() -> None:
    found = {"77777777-7777-7777-7777-777777777777", "99999999-9999-9999-9999-999999999999"}
    assert facts_of_groups(policy(), found) == {"sponsor.groups": ("trusted",)}


def test_only_groups_that_can_change_a_verdict_are_looked_up() -> None:
    rule = "  - id: x\n    deny: {reason: No.}\n    when: {not: {sponsor.groups: {contains: owners}}}\n"
    chosen = policy(STANDARD + rule)
    assert groups_to_look_up(chosen, None) == {chosen.groups["owners"]}
    assert groups_to_look_up(chosen, "fabrikam") == {chosen.groups["owners"], chosen.groups["trusted"]}
    assert groups_to_look_up(chosen, "contoso") == {chosen.groups["owners"]}
