from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.interview.answers import back, change, start_over
from bot.interview.draft import Draft, Topic
from bot.interview.questions import demanded_answers, has_answers, next_question, order
from tests.unit.interview.interview_samples import JUSTIFICATION, TODAY, World, complete, empty

WORLD = World()


def asked(draft: Draft, world: World = WORLD) -> str:
    return next_question(draft, *world.around(draft)).name


def notes(draft: Draft, world: World = WORLD) -> list[str]:
    return [note.key for note in next_question(draft, *world.around(draft)).notes]


def extension(until: date | None = None) -> Draft:
    return replace(
        empty(),
        extends="assignment-1",
        address="ana@fabrikam.com",
        name="Ana Silva",
        packages=("design-library",),
        asking=Topic.DURATION,
        until=until,
    )


def test_the_questions_come_one_by_one_to_the_review() -> None:
    draft, seen = empty(), []
    answers = {
        "address": "ana@fabrikam.com",
        "name": "Ana Silva",
        "packages": "Falcon",
        "duration": "60 days",
        "justification": JUSTIFICATION,
        "custom:project-code": "AB-1234",
    }
    while (name := asked(draft)) != Topic.REVIEW:
        seen.append(name)
        assert draft.asking == name
        draft = WORLD.answered(draft, name, answers[name])
    assert seen == list(answers)
    assert draft.packages == ("project-falcon",)
    assert draft.until == TODAY + timedelta(days=60)
    assert draft.answers == {"project-code": "AB-1234"}


def test_the_number_of_steps_counts_the_review() -> None:
    question = next_question(empty(), *WORLD.around(empty()))
    assert (question.number, question.of) == (1, 6)
    review = next_question(complete(WORLD), *WORLD.around(complete(WORLD)))
    assert (review.topic, review.number, review.of) == (Topic.REVIEW, 7, 7)


def test_an_extension_asks_for_duration_and_justification_only() -> None:
    draft = extension()
    assert order(draft, WORLD.around(draft)[0]) == ("duration", "justification")
    assert WORLD.refused(draft, "address", "bob@fabrikam.com").key == "problem-fixed-in-extension"
    draft = WORLD.answered(draft, "duration", "60 days")
    draft = WORLD.answered(draft, "justification", JUSTIFICATION)
    assert asked(draft) == Topic.REVIEW


def test_an_extension_must_be_longer_than_what_is_held() -> None:
    draft = extension()
    offer, known = WORLD.around(draft)
    known = replace(known, holds={"design-library": TODAY + timedelta(days=60)})
    held = replace(draft, until=TODAY + timedelta(days=60), justification=JUSTIFICATION)
    question = next_question(held, offer, known)
    assert (question.name, [note.key for note in question.notes]) == ("duration", ["problem-duration-not-longer"])
    assert next_question(replace(held, until=TODAY + timedelta(days=61)), offer, known).topic is Topic.REVIEW


def test_an_extension_started_over_stays_one_of_the_same_access() -> None:
    again = start_over(extension(TODAY + timedelta(days=5)), id="new")
    assert (again.id, again.extends, again.packages, again.until) == ("new", "assignment-1", ("design-library",), None)


def test_back_goes_through_what_was_answered_and_an_answer_returns_to_where_it_was_left() -> None:
    draft = WORLD.answered(empty(), "address", "ana@fabrikam.com")
    draft = WORLD.answered(draft, "name", "Ana Silva")
    draft = WORLD.answered(draft, "packages", "project-falcon")
    assert draft.asking == "duration"
    draft = WORLD.stored(back(draft))
    draft = WORLD.stored(back(draft))
    assert (asked(draft), next_question(draft, *WORLD.around(draft)).value) == ("name", "Ana Silva")
    draft = WORLD.answered(draft, "name", "Ana da Silva")
    assert (asked(draft), draft.packages) == ("duration", ("project-falcon",))


def test_back_from_the_first_question_stays_there() -> None:
    assert back(empty()) == empty()
    assert not next_question(empty(), *WORLD.around(empty())).can_go_back


def test_one_answer_changed_goes_straight_back_to_the_review() -> None:
    draft = WORLD.stored(change(complete(WORLD), "duration"))
    assert (asked(draft), draft.changing) == ("duration", True)
    draft = WORLD.answered(draft, "duration", "30 days")
    assert (asked(draft), draft.changing) == (Topic.REVIEW, False)


def test_back_from_an_answer_being_changed_is_the_review_unchanged() -> None:
    before = complete(WORLD)
    after = WORLD.stored(back(WORLD.stored(change(before, "name"))))
    assert asked(after) == Topic.REVIEW
    assert replace(after, version=before.version) == before


def test_packages_with_a_shorter_limit_ask_for_the_duration_again() -> None:
    draft = WORLD.stored(change(complete(WORLD), "packages"))
    draft = WORLD.answered(draft, "packages", "project-falcon", "vpn")
    question = next_question(draft, *WORLD.around(draft))
    assert (question.name, question.max_days, question.latest) == ("duration", 30, TODAY + timedelta(days=30))
    assert [note.key for note in question.notes] == ["problem-duration-too-long"]
    assert question.value == (TODAY + timedelta(days=60)).isoformat()
    draft = WORLD.answered(draft, "duration", "30 days")
    assert asked(draft) == "custom:data"  # the VPN brings a question of its own


def test_another_partner_asks_again_for_packages_that_are_no_longer_offered() -> None:
    draft = WORLD.stored(change(complete(WORLD), "address"))
    draft = WORLD.answered(draft, "address", "bob@northwind.com")
    assert asked(draft) == "packages"
    assert "problem-package-not-offered" in notes(draft)
    draft = WORLD.stored(change(draft, "address"))
    draft = WORLD.answered(draft, "address", "ana@fabrikam.com")
    assert (asked(draft), draft.packages) == (Topic.REVIEW, ("project-falcon",))


def test_a_draft_that_waited_past_its_end_asks_for_the_duration_again() -> None:
    later = World(today=TODAY + timedelta(days=61))
    assert asked(complete(WORLD), later) == "duration"
    assert notes(complete(WORLD), later) == ["problem-duration-past"]


def test_an_unknown_question_to_change_leads_to_the_one_that_is_due() -> None:
    assert asked(change(complete(WORLD), "custom:gone")) == Topic.REVIEW
    assert asked(change(empty(), "duration")) == "address"


def test_a_partner_is_recognised_or_said_to_be_none() -> None:
    assert notes(WORLD.answered(empty(), "address", "ana@fabrikam.com")) == ["note-partner-known"]
    assert notes(WORLD.answered(empty(), "address", "ana@northwind.com")) == ["note-partner-unknown"]


def test_what_deceives_the_eye_is_pointed_out_at_the_next_question_and_the_review() -> None:
    draft = WORLD.answered(empty(), "address", "ana@f\u0430brikam.com")
    assert "note-address-looks-like" in notes(draft)
    draft = WORLD.stored(replace(complete(WORLD), name="\u0410na Silva"))
    assert notes(draft) == ["note-partner-known", "note-name-mixed-scripts"]


def test_what_the_guest_has_is_not_offered_and_pointed_out() -> None:
    draft = WORLD.answered(WORLD.answered(empty(), "address", "holder@fabrikam.com"), "name", "Hana")
    question = next_question(draft, *WORLD.around(draft))
    assert "vpn" not in [option.value for option in question.options]
    assert "note-package-held" in [note.key for note in question.notes]


def test_options_are_in_the_drafts_language() -> None:
    draft = WORLD.answered(WORLD.answered(empty("zh-Hant"), "address", "ana@fabrikam.com"), "name", "Ana")
    question = next_question(draft, *WORLD.around(draft))
    assert [option.label for option in question.options][:2] == ["獵鷹專案工作區", "老鷹專案工作區"]
    assert (question.many, question.options[0].hint) == (True, "About Project Falcon workspace")


def test_answers_of_packages_no_longer_chosen_stay_but_are_not_demanded() -> None:
    draft = WORLD.answered(WORLD.stored(change(complete(WORLD), "packages")), "packages", "design-library")
    assert draft.answers == {"project-code": "AB-1234"}
    assert demanded_answers(draft, WORLD.around(draft)[0]) == {}


@pytest.mark.parametrize("draft", [complete(WORLD), replace(empty(), answers={"data": "public"})])
def test_a_draft_with_answers_is_known_as_one(draft: Draft) -> None:
    assert has_answers(draft)
    assert not has_answers(start_over(draft, id="new"))
