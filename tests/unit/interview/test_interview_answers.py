from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.interview.checks import MOST_JUSTIFICATION
from bot.interview.draft import Draft
from tests.unit.interview.interview_samples import JUSTIFICATION, TODAY, World, complete, empty

WORLD = World()


@pytest.fixture
def at_packages() -> Draft:
    return WORLD.answered(WORLD.answered(empty(), "address", "ana@fabrikam.com"), "name", "Ana Silva")


def test_a_name_pasted_with_the_address_is_proposed_and_taken_on_yes() -> None:
    draft = WORLD.answered(empty(), "address", "Ana Silva <ana@fabrikam.com>")
    assert (draft.name, draft.proposals) == (None, {"name": "Ana Silva"})
    draft = WORLD.answered(draft, "name", "yes")
    assert (draft.name, draft.proposals) == ("Ana Silva", {})


def test_a_name_answer_that_repeats_the_address_takes_the_name_beside_it() -> None:
    draft = WORLD.answered(empty(), "address", "ana@fabrikam.com")
    assert WORLD.answered(draft, "name", "Ana Silva <ana@fabrikam.com>").name == "Ana Silva"


def test_our_own_domain_is_refused() -> None:
    assert WORLD.refused(empty(), "address", "ana@contoso.com").key == "problem-address-own-domain"


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (("project-falcon",), ("project-falcon",)),
        (("project-falcon", "vpn"), ("project-falcon", "vpn")),
        (("Falcon",), ("project-falcon",)),
        (("the project falcon workspace",), ("project-falcon",)),
        (("PROJECT-FALCON",), ("project-falcon",)),
        (("falcon and the VPN",), ("project-falcon", "vpn")),
        (("Falcon, design library",), ("project-falcon", "design-library")),
        (("1, 4",), ("project-falcon", "vpn")),
        (("獵鷹",), ("project-falcon",)),
        (("獵鷹專案和設計素材庫",), ("project-falcon", "design-library")),
        (("falcon, falcon",), ("project-falcon",)),
    ],
)
def test_packages_are_understood_by_key_name_word_or_number(
    at_packages: Draft, values: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    assert WORLD.answered(at_packages, "packages", *values).packages == keys


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("project", "problem-package-ambiguous"),
        ("專案", "problem-package-ambiguous"),
        ("Flacon", "problem-package-did-you-mean"),
        ("Project Flacon workspace", "problem-package-did-you-mean"),
        ("accounting", "problem-package-unknown"),
        ("Falcon and accounting", "problem-package-unknown"),
        ("Falcon design", "problem-package-unknown"),
        ("9", "problem-package-unknown"),
        ("", "problem-empty"),
        (",", "problem-empty"),
    ],
)
def test_packages_are_never_guessed(at_packages: Draft, typed: str, key: str) -> None:
    assert WORLD.refused(at_packages, "packages", typed).key == key


def test_an_ambiguous_word_is_asked_back_with_what_it_fits(at_packages: Draft) -> None:
    problem = WORLD.refused(at_packages, "packages", "project")
    assert problem.params["options"] == "Project Falcon workspace, Project Eagle workspace"


def test_a_package_that_is_held_is_refused_with_its_date() -> None:
    draft = WORLD.answered(empty(), "address", "holder@fabrikam.com")
    problem = WORLD.refused(draft, "packages", "vpn")
    assert problem.key == "problem-package-held"
    assert problem.params == {"package": "VPN", "until": TODAY + timedelta(days=9)}


def test_a_package_that_is_under_way_is_refused_with_the_requests_id() -> None:
    draft = WORLD.answered(empty(), "address", "waiting@fabrikam.com")
    problem = WORLD.refused(draft, "packages", "Eagle")
    assert problem.key == "problem-package-under-way"
    assert problem.params == {"package": "Project Eagle workspace", "id": "7KQ-2M9X"}


@pytest.mark.parametrize("value", ["60 days", "2027-01-22", "until 22 January"])
def test_a_duration_is_the_same_by_card_and_typed(at_packages: Draft, value: str) -> None:
    draft = WORLD.answered(at_packages, "packages", "vpn", "project-falcon")
    draft = replace(draft, packages=("project-falcon",))
    assert WORLD.answered(draft, "duration", value).until == date(2027, 1, 22)


def test_a_duration_beyond_the_offer_says_the_latest_day(at_packages: Draft) -> None:
    draft = WORLD.answered(at_packages, "packages", "vpn")
    problem = WORLD.refused(draft, "duration", "2 months")
    assert (problem.key, problem.params["latest"]) == ("problem-duration-too-long", TODAY + timedelta(days=30))


def test_a_justification_is_trimmed_and_counted_as_policy_counts_it(at_packages: Draft) -> None:
    draft = WORLD.answered(at_packages, "packages", "design-library")
    problem = WORLD.refused(draft, "justification", "  nineteen characters ".replace("nineteen", "nine") + " ")
    assert problem.key == "problem-justification-too-short"
    assert problem.params == {"length": len("nine characters"), "fewest": 20}
    assert WORLD.answered(draft, "justification", f"\n {JUSTIFICATION}\n\n").justification == JUSTIFICATION


def test_a_justification_keeps_its_lines_and_loses_what_cannot_be_stored(at_packages: Draft) -> None:
    draft = WORLD.answered(at_packages, "packages", "design-library")
    taken = WORLD.answered(draft, "justification", "One line,\r\nand\x00 another\ud800 that follows")
    assert taken.justification == "One line,\nand another\ufffd that follows"


def test_a_justification_too_long_says_by_how_much(at_packages: Draft) -> None:
    problem = WORLD.refused(at_packages, "justification", "a" * (MOST_JUSTIFICATION + 1))
    assert problem.params == {"length": MOST_JUSTIFICATION + 1, "most": MOST_JUSTIFICATION}


@pytest.mark.parametrize("typed", ["AB-1234", " AB-1234 ", "ＡＢ－１２３４"])
def test_a_pattern_fits_in_full(typed: str) -> None:
    assert WORLD.answered(complete(WORLD), "custom:project-code", typed).answers["project-code"] == "AB-1234"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("AB-12345", "problem-custom-form"),
        ("see AB-1234", "problem-custom-form"),
        ("A" * 201, "problem-custom-too-long"),
        (" ", "problem-empty"),
    ],
)
def test_what_does_not_fit_the_pattern_is_refused(typed: str, key: str) -> None:
    assert WORLD.refused(complete(WORLD), "custom:project-code", typed).key == key


@pytest.mark.parametrize("typed", ["internal", "Internal data", "INTERNAL DATA.", "內部資料", "2"])
def test_a_choice_is_understood_by_value_label_in_either_language_or_number(at_packages: Draft, typed: str) -> None:
    draft = WORLD.answered(at_packages, "packages", "vpn")
    assert WORLD.answered(draft, "custom:data", typed).answers == {"data": "internal"}


def test_no_choice_is_refused_with_the_choices(at_packages: Draft) -> None:
    draft = WORLD.answered(at_packages, "packages", "vpn")
    problem = WORLD.refused(draft, "custom:data", "3")
    assert problem.params == {"text": "3", "options": "Public data, Internal data"}


@pytest.mark.parametrize(
    ("question", "values", "key"),
    [
        ("custom:data", ("public",), "problem-not-asked"),
        ("review", ("yes",), "problem-not-asked"),
        ("nonsense", ("yes",), "problem-not-asked"),
        ("name", (), "problem-empty"),
        ("name", ("Ana", "Bob"), "problem-one-answer"),
    ],
)
def test_an_answer_to_nothing_that_is_asked_is_refused(question: str, values: tuple[str, ...], key: str) -> None:
    assert WORLD.refused(complete(WORLD), question, *values).key == key
