"""What has to hold of any policy and any facts."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.findings import Effect, Facts, FactValue, Outcome, Verdict
from bot.domain.packages import Partner, Preapproved
from bot.domain.routes import Limits
from policies.compiled import compiled
from policies.conditions import TRUE, UNKNOWN, compile_bounds, compile_test
from policies.evaluation import evaluate
from policies.facts import FACTS, facts_of_partner
from policies.model import Comparison, Condition, Policy, Rule, Source
from policies.offer import offer
from tests.unit.policies.policy_samples import policy

EMPTY = policy("  - id: x\n    deny: {reason: No.}\n    when: {partner.known: true}\n")
PACKAGES = tuple(EMPTY.packages)
ROUTES = tuple(EMPTY.routes)
GROUPS = tuple(EMPTY.groups)
QUESTIONS = tuple(EMPTY.questions)
DOMAINS = ("fabrikam.com", "eu.fabrikam.com", "contoso.com", "gmail.com", "new.example")

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple)


def compare(
    fact: str, operators: tuple[str, ...], operands: st.SearchStrategy[object]
) -> st.SearchStrategy[Comparison]:
    return st.builds(Comparison, fact=st.just(fact), operator=st.sampled_from(operators), operand=operands)


comparisons = st.one_of(
    compare("partner.known", ("is",), st.booleans()),
    compare("partner.country", ("is", "is_not"), st.sampled_from(("US", "DE", "KP"))),
    compare("partner.country", ("in", "not_in"), some(("US", "DE", "KP"))),
    compare("partner.domain", ("in", "not_in"), some((*DOMAINS, "*.fabrikam.com"))),
    compare("sponsor.user_type", ("is", "is_not"), st.sampled_from(("Member", "Guest"))),
    compare("sponsor.groups", ("contains_any", "contains_all", "contains_none"), some(GROUPS)),
    compare("sponsor.active_guests", ("at_least", "at_most", "more_than", "less_than"), st.integers(0, 5)),
    compare("request.days", ("at_least", "at_most"), st.integers(0, 200)),
    compare("request.packages", ("contains_any", "contains_none"), some(PACKAGES)),
    compare("package.key", ("in", "not_in"), some(PACKAGES)),
    compare("package.class", ("is", "is_not"), st.sampled_from(("standard", "secret"))),
)
conditions = st.recursive(
    st.builds(Condition, comparisons=st.lists(comparisons, min_size=1, max_size=3).map(tuple)),
    lambda inner: st.builds(
        Condition,
        comparisons=st.lists(comparisons, max_size=1).map(tuple),
        all=st.lists(inner, max_size=2).map(tuple),
        any=st.lists(inner, min_size=1, max_size=2).map(tuple),
        none=st.lists(inner, max_size=1).map(tuple),
    ),
    max_leaves=3,
)
limits = st.builds(
    Limits,
    max_days=st.none() | st.integers(50, 200),
    justification=st.none() | st.integers(1, 60),
)
# Without a wide grant in it, a drawn policy grants so little that most properties would say nothing.
wide = st.builds(
    Rule,
    id=st.just("wide"),
    effect=st.just(Effect.GRANT),
    when=st.builds(
        Condition,
        comparisons=st.sampled_from(
            (
                (Comparison(fact="partner.known", operator="is", operand=True),),
                (Comparison(fact="sponsor.user_type", operator="is", operand="Member"),),
                (Comparison(fact="request.packages", operator="contains_none", operand=("vault",)),),
            )
        ),
    ),
    source=st.just(Source(file="p.yaml", line=1, column=1)),
    reason=st.just({"": "Wide."}),
    route=st.sampled_from(ROUTES),
    limits=limits,
    questions=some(QUESTIONS),
)


@st.composite
def rules(draw: st.DrawFn, *effects: Effect) -> Rule:
    effect = draw(st.sampled_from(effects))
    return Rule(
        id=f"rule-{draw(st.integers(0, 10**9))}",
        effect=effect,
        when=draw(conditions),
        source=Source(file="p.yaml", line=1, column=1),
        reason={"": "{partner.country}"},
        route=None if effect is Effect.DENY else draw(st.sampled_from(ROUTES)),
        limits=Limits() if effect is Effect.DENY else draw(limits),
        questions=() if effect is Effect.DENY else draw(some(QUESTIONS)),
    )


def policies(*effects: Effect) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda chosen, granted: replace(EMPTY, rules=(*chosen, granted)),
        st.lists(rules(*effects), max_size=3, unique_by=lambda rule: rule.id),
        wide,
    )


any_policy = policies(*Effect, Effect.GRANT, Effect.GRANT)


@st.composite
def all_facts(draw: st.DrawFn) -> Facts:
    known: dict[str, FactValue] = {
        "sponsor.user_type": draw(st.sampled_from(("Member", "Guest"))),
        "sponsor.groups": draw(some(GROUPS)),
        "sponsor.active_guests": draw(st.integers(0, 6)),
        "guest.address": f"ana@{draw(st.sampled_from(DOMAINS))}",
        "request.packages": draw(st.sampled_from((*((package,) for package in PACKAGES), PACKAGES[:2], PACKAGES))),
        "request.days": draw(st.integers(1, 150)),
        "request.justification_length": draw(st.integers(0, 120)),
    }
    return known | dict(facts_of_partner(EMPTY, str(known["guest.address"])))


def granted(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.GRANTED


def no_lighter(chosen: Policy, strict: Verdict, loose: Verdict) -> bool:
    """Whether one granted verdict is at least as strict as another in every respect."""
    assert strict.route is not None and loose.route is not None
    rank = compiled(chosen).rank
    days = [verdict.limits.max_days if verdict.limits.max_days is not None else 10**6 for verdict in (strict, loose)]
    return (
        rank[strict.route.key] >= rank[loose.route.key]
        and days[0] <= days[1]
        and (strict.limits.justification or 0) >= (loose.limits.justification or 0)
        and set(strict.questions) >= set(loose.questions)
    )


@many
@given(any_policy, all_facts(), rules(Effect.DENY))
def test_adding_a_deny_never_grants_and_takes_no_reason_away(chosen: Policy, known: Facts, deny: Rule) -> None:
    before = evaluate(chosen, known)
    after = evaluate(replace(chosen, rules=(*chosen.rules, deny)), known)
    assert granted(before) or not granted(after)
    assert {finding.rule for finding in before.denials} <= {finding.rule for finding in after.denials}


@many
@given(any_policy, all_facts(), st.sets(st.sampled_from(sorted(FACTS))), st.sampled_from(("none", "absent")))
def test_an_unknown_fact_never_grants(chosen: Policy, known: Facts, hidden: set[str], how: str) -> None:
    less: Facts = (
        {name: None if name in hidden else value for name, value in known.items()}
        if how == "none"
        else {name: value for name, value in known.items() if name not in hidden}
    )
    if granted(evaluate(chosen, less)):
        assert granted(evaluate(chosen, known))


@many
@given(policies(Effect.GRANT), all_facts(), rules(Effect.TIGHTEN))
def test_a_tighten_never_makes_anything_lighter(chosen: Policy, known: Facts, tighten: Rule) -> None:
    with_tighten = replace(chosen, rules=(*chosen.rules, tighten))
    before, after = evaluate(chosen, known), evaluate(with_tighten, known)
    assert granted(before) or not granted(after)
    if granted(after):
        rank = compiled(chosen).rank
        assert before.route is not None and after.route is not None
        assert rank[after.route.key] >= rank[before.route.key]
        same_grants = {finding.rule for finding in before.findings} <= {finding.rule for finding in after.findings}
        # A tightened limit can rule the lightest grant out; the one that then fits brings its own limits.
        assert not same_grants or no_lighter(with_tighten, after, before)


@many
@given(any_policy, all_facts())
def test_asking_for_less_time_with_more_words_never_loses_a_grant(chosen: Policy, known: Facts) -> None:
    # Limits only: a condition may speak of days too, and then mean anything.
    plain = replace(
        chosen,
        rules=tuple(rule for rule in chosen.rules if not any("request.days" in str(part) for part in [rule.when])),
    )
    less = {**known, "request.days": 1, "request.justification_length": 200}
    if granted(evaluate(plain, known)):
        assert granted(evaluate(plain, less))


@many
@given(any_policy, all_facts())
def test_every_denial_has_a_reason_and_every_grant_a_route(chosen: Policy, known: Facts) -> None:
    verdict = evaluate(chosen, known)
    assert granted(verdict) is (verdict.route is not None) is (not verdict.denials)
    assert all(finding.reason[""] for finding in verdict.findings)
    if granted(verdict):
        days = known["request.days"]
        assert isinstance(days, int)
        assert verdict.limits.max_days is None or days <= verdict.limits.max_days


@many
@given(conditions, all_facts(), st.sets(st.sampled_from(("request.days", "request.packages", "sponsor.groups"))))
def test_bounds_hold_whatever_the_open_facts_become(condition: Condition, known: Facts, open_facts: set[str]) -> None:
    about = {**known, "package.key": "falcon", "package.class": "standard"}
    hidden = {name: value for name, value in about.items() if name not in open_facts}
    least, greatest = compile_bounds(condition)(hidden, open_facts)
    assert least <= compile_test(condition)(about) <= greatest
    if not open_facts:
        assert least == greatest


@many
@given(any_policy, all_facts())
def test_what_is_granted_was_offered_at_every_step_before(chosen: Policy, known: Facts) -> None:
    verdict = evaluate(chosen, known)
    if not granted(verdict):
        return
    asked = ("request.packages", "request.days", "request.justification_length")
    packages = known["request.packages"]
    assert isinstance(packages, tuple)
    for answered in range(len(asked) + 1):
        before = {name: value for name, value in known.items() if name not in asked[answered:]}
        offered = offer(chosen, before)
        assert offered.denials == ()
        assert set(packages) <= {each.package.key for each in offered.packages}
        assert offered.max_days is None or offered.max_days >= int(str(known["request.days"]))
        assert offered.justification <= int(str(known["request.justification_length"]))
        if answered:
            assert set(verdict.questions) <= {question.key for question in offered.questions}
    assert {question.key for question in offer(chosen, known).questions} == set(verdict.questions)


labels = st.text("ab", min_size=1, max_size=2)
names = st.lists(labels, min_size=1, max_size=3).map(".".join)
patterns = names | names.map(lambda name: f"*.{name}")


@many
@given(st.lists(st.sets(patterns, min_size=1, max_size=3), max_size=6), names)
def test_a_partner_is_found_by_index_as_by_looking_at_every_one(found: list[set[str]], domain: str) -> None:
    index: dict[str, str] = {}
    partners = {}
    for number, domains in enumerate(found):
        own = {pattern for pattern in domains if pattern not in index}
        index |= dict.fromkeys(own, f"p{number}")
        partners[f"p{number}"] = Partner(key=f"p{number}", name="P", domains=tuple(own))
    chosen = replace(EMPTY, partners=partners, partner_by_domain=index)

    def fit(pattern: str) -> int:
        if pattern == domain:
            return 1000
        return len(pattern) if pattern.startswith("*.") and domain.endswith(pattern[1:]) else 0

    best = max(
        ((fit(pattern), partner.key) for partner in partners.values() for pattern in partner.domains), default=(0, "")
    )
    expected = best[1] if best[0] else None
    partner = chosen.partner_of(domain)
    assert (partner.key if partner else None) == expected


def test_one_among_ten_thousand_partners_decides_as_it_does_alone() -> None:
    def partner(number: int) -> Partner:
        sponsors = (EMPTY.groups["trusted"],) if number % 2 else (EMPTY.groups["owners"],)
        preapproved = Preapproved(sponsors=sponsors, packages=("falcon",), limits=Limits(max_days=number % 300 + 1))
        return Partner(key=f"p{number}", name="P", domains=(f"p{number}.example",), preapproved=preapproved)

    partners = {f"p{number}": partner(number) for number in range(10_000)}
    large = replace(
        EMPTY,
        rules=(),
        partners=partners,
        partner_by_domain={each.domains[0]: key for key, each in partners.items()},
    )
    known: Facts = {"sponsor.groups": ("trusted",), "request.packages": ("falcon",), "request.days": 100}
    for number in (0, 1, 98, 99, 101, 5000, 9999):
        alone = replace(
            EMPTY,
            rules=(),
            partners={f"p{number}": partners[f"p{number}"]},
            partner_by_domain={f"p{number}.example": f"p{number}"},
        )
        address = f"a@p{number}.example"
        among = evaluate(large, {**known, **facts_of_partner(large, address)})
        assert among == evaluate(alone, {**known, **facts_of_partner(alone, address)})
        assert granted(among) is (number % 2 == 1 and number % 300 + 1 >= 100)


def test_the_logic_is_of_three_values() -> None:
    known = Condition(comparisons=(Comparison(fact="partner.known", operator="is", operand=True),))
    assert compile_test(Condition(none=(known,)))({}) is UNKNOWN
    assert compile_test(Condition(any=(known, Condition(none=(known,)))))({"partner.known": False}) is TRUE
