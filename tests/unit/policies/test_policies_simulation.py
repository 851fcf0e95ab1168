"""What a change of policy changes, on stored and on drawn requests."""

from policies.drawing import draw_cases
from policies.loader import load_texts
from policies.model import Policy
from policies.simulation import Case, Kind, Simulation
from tests.unit.policies.policy_samples import BASE, STANDARD, facts, policy

SECRET = """\
  - id: secret
    grant: {route: heavy, limits: {max_days: 20}}
    when: {package.class: secret, partner.known: true}
"""
QUOTA = """\
  - id: quota
    deny: {reason: Too many.}
    when: {sponsor.active_guests: {at_least: 1}}
"""


def put(old: Policy, new: Policy, *cases: Case) -> Simulation:
    simulation = Simulation(old, new)
    for case in cases:
        simulation.add(case)
    return simulation


def told(simulation: Simulation) -> list[tuple[Kind, str, int]]:
    return [(group.kind, group.how, group.stored) for group in simulation.groups]


def test_the_same_policy_changes_nothing() -> None:
    cases = draw_cases((policy(), policy()), 300, seed=3)
    simulation = put(policy(), policy(), *cases)
    assert (simulation.drawn, simulation.changed, simulation.groups) == (300, 0, [])


def test_what_is_newly_denied_names_the_rule_and_the_request() -> None:
    simulation = put(policy(), policy(STANDARD + QUOTA), Case(name="7KQ2M9X", facts=facts()))
    assert told(simulation) == [(Kind.NEWLY_DENIED, "by quota", 1)]
    assert simulation.groups[0].examples[0].case.name == "7KQ2M9X"
    assert simulation.new_grants == 0


def test_what_is_newly_granted_says_who_would_be_asked() -> None:
    case = Case(name="R1", facts=facts(request__packages=("vault",), request__days=10))
    simulation = put(policy(), policy(STANDARD + SECRET), case)
    assert told(simulation) == [(Kind.NEWLY_GRANTED, "by secret, heavy (owners, then 2 of approvers)", 1)]
    assert simulation.new_grants == 1
    assert (simulation.work_before.cards, simulation.work_after.cards) == ({}, {"security": 1})
    assert simulation.work_after.asked == {"owners": 1, "2 of approvers": 1}


def test_another_route_shorter_limits_and_more_questions_are_told_apart() -> None:
    new = """\
  - id: standard
    grant: {route: middle, limits: {max_days: 70, justification: 40}, obligations: {questions: [why]}}
    when: {sponsor.user_type: Member, partner.known: true, package.class: standard}
"""
    simulation = put(policy(), policy(new), Case(name="R1", facts=facts()))
    assert told(simulation) == [
        (Kind.OTHER_ROUTE, "light (approvers) → middle (the sponsor's manager)", 1),
        (Kind.SHORTER_LIMITS, "90 days → 70 days", 1),
        (Kind.SHORTER_LIMITS, "justification of 30 characters → 40", 1),
        (Kind.OTHER_QUESTIONS, "+why", 1),
    ]
    assert simulation.changed == 1


def test_a_request_that_nobody_is_asked_about_any_more_counts_as_a_new_grant() -> None:
    simulation = put(policy(), policy(STANDARD.replace("light", "auto")), Case(name="R1", facts=facts()))
    assert told(simulation) == [(Kind.NOW_UNASKED, "light (approvers) → auto (nobody is asked)", 1)]
    assert simulation.new_grants == 1


def test_a_partner_that_the_new_revision_knows_is_known_in_stored_requests_too() -> None:
    base = BASE + "  adatum: {name: Adatum, domains: [adatum.com], country: FR}\n"
    stored = facts(guest__address="ana@adatum.com", partner__known=False, partner__key="", partner__domain="adatum.com")
    simulation = put(policy(), policy(base=base), Case(name="R1", facts=stored))
    assert told(simulation) == [(Kind.NEWLY_GRANTED, "by standard, light (approvers)", 1)]


def test_a_group_that_only_has_another_key_now_is_the_same_group() -> None:
    renamed = BASE.replace("trusted", "well-known")
    stored = facts(
        guest__address="ana@fabrikam.com",
        partner__key="fabrikam",
        partner__domain="fabrikam.com",
        sponsor__groups=("trusted",),
    )
    simulation = put(policy(), policy(base=renamed), Case(name="R1", facts=stored))
    assert simulation.changed == 0


def test_facts_that_stored_requests_lack_are_pointed_out() -> None:
    new = STANDARD + "  - {id: titles, deny: {reason: No.}, when: {sponsor.title: Clerk}}\n"
    simulation = put(policy(), policy(new), Case(name="R1", facts=facts()))
    assert simulation.not_stored == {"sponsor.title": 1}
    assert told(simulation) == [(Kind.NEWLY_DENIED, "by titles", 1)]


def test_drawn_requests_are_the_same_for_the_same_seed_and_find_a_moved_boundary() -> None:
    old, new = policy(), policy(STANDARD.replace("90", "91"))
    assert list(draw_cases((old, new), 50, seed=5)) == list(draw_cases((old, new), 50, seed=5))
    simulation = put(old, new, *draw_cases((old, new), 1000, seed=5))
    assert Kind.NEWLY_GRANTED in [group.kind for group in simulation.groups]
    assert simulation.stored == 0 and simulation.drawn == 1000


def test_a_kept_revision_is_read_again_file_by_file() -> None:
    files = [
        ("10-base.yaml", BASE),
        ("20-rules.yaml", f"# Rules.\nrules:\n{STANDARD}"),
        ("30-more.yaml", f"rules:\n{QUOTA}"),
    ]
    loaded = load_texts(files)
    again = load_texts(loaded.files)
    assert (again.revision, again.text) == (loaded.revision, loaded.text)
    assert [rule.id for rule in again.rules] == ["standard", "quota"]
    assert again.rules[1].source.file == "30-more.yaml"
