"""The default policy: the sandbox's company, and every feature once."""

from pathlib import Path

import pytest

from bot.domain.findings import Effect, Facts, FactValue, Outcome
from bot.domain.packages import LocalisedText
from bot.domain.routes import Limits, Who
from policies.evaluation import evaluate
from policies.facts import facts_of_partner
from policies.loader import load
from policies.offer import offer
from tests.unit.policies.policy_samples import facts

DEFAULT = load(Path(__file__).parents[3] / "policies" / "default")


def asking(address: str, *packages: str, **changed: FactValue) -> Facts:
    about = {"guest.address": address, "request.packages": packages, **facts_of_partner(DEFAULT, address)}
    return {**facts(**{"request__justification_length": 80, **changed}), **about}


def denied_by(known: Facts) -> list[str]:
    return [finding.rule for finding in evaluate(DEFAULT, known).denials]


def test_fabrikams_sponsors_get_falcon_at_once_for_half_a_year() -> None:
    known = asking("ana@eu.fabrikam.com", "project-falcon", sponsor__groups=("fabrikam-sponsors",), request__days=180)
    verdict = evaluate(DEFAULT, known)
    assert verdict.route is not None and verdict.route.stages == ()
    assert verdict.limits == Limits(max_days=180)
    assert verdict.questions == ("project-code",)


def test_a_partners_people_get_standard_packages_by_the_guest_approvers() -> None:
    verdict = evaluate(DEFAULT, asking("ana@fabrikam.com", "project-falcon", "supplier-portal"))
    assert verdict.route is not None
    assert (verdict.route.key, verdict.route.channel) == ("guest-approval", "guest-requests")
    assert [(stage.who, stage.group, stage.approvals) for stage in verdict.route.stages] == [
        (Who.GROUP, "44444444-4444-4444-4444-444444444444", 1)
    ]
    assert verdict.limits == Limits(max_days=90, justification=30)


def test_the_vault_needs_its_owner_and_two_from_security() -> None:
    verdict = evaluate(DEFAULT, asking("ana@contoso.com", "design-vault", "supplier-portal"))
    assert verdict.route is not None and verdict.route.channel == "security-approvals"
    assert [(stage.who, stage.approvals) for stage in verdict.route.stages] == [(Who.PACKAGE_OWNER, 1), (Who.GROUP, 2)]
    assert verdict.limits == Limits(max_days=60, justification=60)
    assert verdict.questions == ("drawings",)


def test_newcomers_get_the_portal_only_for_a_month_and_with_more_words() -> None:
    verdict = evaluate(DEFAULT, asking("ana@new.example", "supplier-portal", request__days=30))
    assert verdict.route is not None and verdict.route.key == "guest-approval"
    assert verdict.limits == Limits(max_days=30, justification=60)
    offered = offer(
        DEFAULT, {name: value for name, value in asking("ana@new.example").items() if "request" not in name}
    )
    assert [(each.package.key, each.max_days, each.justification) for each in offered.packages] == [
        ("supplier-portal", 30, 60)
    ]


def test_a_guest_who_was_denied_before_is_looked_at_by_four_eyes() -> None:
    known = asking("ana@contoso.com", "supplier-portal", guest__previous_denials=1, request__days=30)
    verdict = evaluate(DEFAULT, known)
    assert verdict.route is not None and (verdict.route.key, verdict.route.reason_needed) == ("four-eyes", True)
    assert denied_by({**known, "request.days": 31}) == ["denied-before"]


@pytest.mark.parametrize(
    ("address", "changed", "rule"),
    [
        ("ana@gmail.com", {}, "consumer-mail"),
        ("ana@firm.kp", {}, "embargo"),
        ("ana@contoso.com", {"partner.country": "IR"}, "embargo"),
        ("ana@contoso.com", {"partner.country": None}, "embargo"),
        ("ana@contoso.com", {"sponsor.active_guests": 10}, "sponsor-quota"),
        ("ana@contoso.com", {"sponsor.user_type": "Guest"}, "members-only"),
        ("ana@contoso.com", {"sponsor.user_type": None}, "members-only"),
    ],
)
def test_what_is_refused_is_refused_already_when_the_address_is_known(
    address: str, changed: dict[str, FactValue], rule: str
) -> None:
    known = {**asking(address, "supplier-portal", request__days=20), **changed}
    assert denied_by(known) == [rule]
    known_so_far = {name: value for name, value in known.items() if not name.startswith("request.")}
    early = [finding.rule for finding in offer(DEFAULT, {**known_so_far, "request.kind": "access"}).denials]
    assert early == [rule]


def test_an_extension_is_no_new_guest() -> None:
    known = asking("ana@contoso.com", "supplier-portal", request__kind="extension", sponsor__active_guests=10)
    assert evaluate(DEFAULT, known).outcome is Outcome.GRANTED


def texts() -> list[tuple[str, LocalisedText]]:
    found: list[tuple[str, LocalisedText]] = []
    for package in DEFAULT.packages.values():
        found += [(package.key, package.name), (package.key, package.description)]
    for question in DEFAULT.questions.values():
        found += [(question.key, text) for text in (question.text, question.help, *question.choices.values())]
    for rule in DEFAULT.rules:
        found.append((rule.id, rule.reason))
        if rule.remedy is not None:
            found.append((rule.id, rule.remedy))
    return [(key, text) for key, text in found if any(text.values())]


@pytest.mark.parametrize(("key", "text"), texts())
def test_it_speaks_both_languages(key: str, text: LocalisedText) -> None:
    assert set(text) == {"", "en", "zh-Hant"}, key


def test_it_shows_each_feature() -> None:
    assert {rule.effect for rule in DEFAULT.rules} == set(Effect)
    assert {question.kind.value for question in DEFAULT.questions.values()} == {"text", "choice"}
    assert DEFAULT.lists and DEFAULT.packages["project-falcon"].grants.app_roles
    assert DEFAULT.partners["fabrikam"].add_groups == ("88888888-8888-8888-8888-888888888888",)
    assert DEFAULT.partners["fabrikam"].redirect_url is not None
