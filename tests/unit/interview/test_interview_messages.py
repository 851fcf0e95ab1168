from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.interview.draft import Draft, Topic
from bot.interview.questions import next_question
from tests.unit.interview.interview_samples import JUSTIFICATION, TODAY, World, complete, empty

WORLD = World(fewest=5)


def at(question: str) -> Draft:
    """A draft with this question on the table, all before it answered."""
    done = complete(WORLD)
    draft = {
        "name": replace(empty(), address=done.address),
        "packages": replace(empty(), address=done.address, name=done.name),
        "duration": replace(empty(), address=done.address, name=done.name, packages=done.packages),
        "justification": replace(done, justification=None, answers={}),
        "custom:project-code": replace(done, answers={}),
        "review": done,
    }.get(question, empty())
    draft = WORLD.stored(draft)
    assert draft.asking == question
    return draft


def test_one_message_answers_many_questions() -> None:
    understood = WORLD.read("invite ana@fabrikam.com to Falcon for 60 days for the joint design review", empty())
    assert understood.problem is None
    assert understood.answered == ("address", "packages", "duration", "justification")
    draft = WORLD.stored(understood.draft)
    assert (draft.address, draft.packages, draft.until, draft.justification, draft.asking) == (
        "ana@fabrikam.com",
        ("project-falcon",),
        TODAY + timedelta(days=60),
        "the joint design review",
        "name",
    )


def test_one_message_in_chinese_answers_many_questions() -> None:
    understood = WORLD.read("邀請 ana@fabrikam.com 使用 Falcon 三個月，共同設計審查", empty("zh-Hant"))
    draft = understood.draft
    assert (draft.address, draft.packages, draft.until, draft.justification) == (
        "ana@fabrikam.com",
        ("project-falcon",),
        date(2027, 2, 23),
        "共同設計審查",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Falcon for 60 days for Ana Silva <ana@fabrikam.com> because of the joint design review",
        "please give Ana Silva (ana@fabrikam.com) access to Project Falcon for 60 days, the joint design review",
        "Ana Silva <ana@fabrikam.com>, Falcon, 60 days, the joint design review. Thanks!",
        "email: ana@fabrikam.com\npackages: Falcon\nduration: 60 days\nreason: the joint design review",
        "invite ana@fabrikam.com to Falcon for the joint design review for 60 days",
        "邀請Ana Silva <ana@fabrikam.com>加入獵鷹專案六十天，the joint design review",
    ],
)
def test_the_order_and_the_form_of_a_message_do_not_matter(text: str) -> None:
    draft = WORLD.said(text, empty("zh-Hant" if "邀" in text else "en"))
    assert (draft.address, draft.packages, draft.until) == (
        "ana@fabrikam.com",
        ("project-falcon",),
        TODAY + timedelta(days=60),
    )
    assert draft.justification == "the joint design review"


@pytest.mark.parametrize(
    "text", ["hello", "what is this?", "tomorrow", "60 days", "thanks @Bob", "你好", "thanks for the joint review"]
)
def test_small_talk_at_first_contact_begins_nothing(text: str) -> None:
    understood = WORLD.read(text, empty())
    assert (understood.draft, understood.problem) == (empty(), None)


@pytest.mark.parametrize(
    "text",
    [
        "invite ana@fabrikam.com to design reviews",
        "invite ana@fabrikam.com for the joint design review",
        "invite ana@fabrikam.com, who works on the falcon wing",
        "邀請 ana@fabrikam.com 使用設計部門的資料",
    ],
)
def test_a_word_said_in_passing_asks_for_no_package(text: str) -> None:
    assert WORLD.read(text, empty()).draft.packages is None


def test_a_package_named_in_the_reason_is_not_asked_for() -> None:
    draft = WORLD.said("invite ana@fabrikam.com to Falcon for 60 days because she mends our design library", empty())
    assert draft.packages == ("project-falcon",)


@pytest.mark.parametrize(
    "text",
    [
        "ana@fabrikam.com: Falcon and the design library",
        "access for ana@fabrikam.com to Falcon, plus the Design library, until 1 March",
        "ana@fabrikam.com to project-falcon & design-library",
        "邀請 ana@fabrikam.com 使用 Falcon、設計素材庫",
        "邀請 ana@fabrikam.com 使用獵鷹專案和設計素材庫",
    ],
)
def test_several_packages_are_taken_from_a_list(text: str) -> None:
    assert WORLD.read(text, empty()).draft.packages == ("project-falcon", "design-library")


def test_a_package_named_in_full_is_found_anywhere() -> None:
    text = "Project Falcon workspace needs ana@fabrikam.com"
    assert WORLD.read(text, empty()).draft.packages == ("project-falcon",)


def test_a_package_that_is_unclear_is_asked_back_and_the_rest_is_kept() -> None:
    understood = WORLD.read("invite ana@fabrikam.com to the project for 60 days", empty())
    assert understood.problem is not None
    assert understood.problem.key == "problem-package-ambiguous"
    assert understood.answered == ("address", "duration")


def test_two_addresses_in_a_message_are_asked_back_and_the_rest_is_kept() -> None:
    understood = WORLD.read("invite ana@fabrikam.com and bob@fabrikam.com to Falcon for 60 days", empty())
    assert understood.problem is not None
    assert understood.problem.key == "problem-address-several"
    assert (understood.draft.address, understood.answered) == (None, ("packages", "duration"))


def test_two_durations_in_a_message_are_asked_back() -> None:
    understood = WORLD.read("invite ana@fabrikam.com to Falcon for 60 days, until 1 March", empty())
    assert understood.problem is not None
    assert (understood.problem.key, understood.draft.until) == ("problem-duration-several", None)


def test_what_did_not_do_is_what_its_question_begins_from() -> None:
    world = World(fewest=40)
    draft = world.said("invite ana@fabrikam.com to Falcon for 400 days because of the joint design review", empty())
    draft = world.said("Ana Silva", draft)
    draft = world.said("60 days", draft)
    question = next_question(draft, *world.around(draft))
    assert (question.name, question.value) == ("justification", "the joint design review")
    assert [note.key for note in question.notes] == ["problem-justification-too-short"]


def test_a_refused_answer_of_a_message_is_proposed() -> None:
    draft = WORLD.said("invite ana@fabrikam.com to Falcon until next Friday", empty())
    assert draft.proposals == {"duration": "until next friday"}


def test_a_justification_is_the_text_whatever_else_it_speaks_of() -> None:
    text = "Review with bob@northwind.com for 3 months, to use the VPN"
    draft = WORLD.said(text, at("justification"))
    assert draft.justification == text
    assert (draft.address, draft.packages) == ("ana@fabrikam.com", ("project-falcon",))


def test_a_bare_duration_is_no_justification() -> None:
    draft = WORLD.said("30 days", at("justification"))
    assert (draft.justification, draft.until, draft.asking) == (None, TODAY + timedelta(days=30), "justification")


@pytest.mark.parametrize("question", ["name", "packages", "duration", "justification", "review"])
def test_another_address_in_between_is_pointed_out_and_not_taken(question: str) -> None:
    understood = WORLD.read("bob@fabrikam.com", at(question))
    assert understood.problem is not None
    assert understood.problem.key == "problem-address-other"
    assert understood.problem.params == {"address": "ana@fabrikam.com", "other": "bob@fabrikam.com"}
    assert understood.draft.address == "ana@fabrikam.com"


def test_a_policys_own_question_takes_any_text_as_it_is() -> None:
    understood = WORLD.read("until: 30 days", at("custom:project-code"))
    assert understood.problem is not None
    assert (understood.problem.key, understood.draft.until) == ("problem-custom-form", TODAY + timedelta(days=60))


def test_packages_and_duration_are_taken_together() -> None:
    draft = WORLD.said("Falcon for 60 days", at("packages"))
    assert (draft.packages, draft.until) == (("project-falcon",), TODAY + timedelta(days=60))


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("make it 30 days", TODAY + timedelta(days=30)),
        ("change the duration to 30 days", TODAY + timedelta(days=30)),
        ("期限改成三十天", TODAY + timedelta(days=30)),
    ],
)
def test_an_answer_is_changed_by_saying_so_at_the_review(text: str, until: date) -> None:
    draft = WORLD.said(text, at("review"))
    assert (draft.until, draft.asking) == (until, Topic.REVIEW)


@pytest.mark.parametrize(
    "text",
    [
        "change the address to bob@fabrikam.com",
        "address: bob@fabrikam.com",
        "Addre\u017fs: bob@fabrikam.com",  # a long s, which folds to s
        "把信箱改成bob@fabrikam.com",
    ],
)
def test_an_address_is_changed_where_that_is_said(text: str) -> None:
    assert WORLD.said(text, at("duration")).address == "bob@fabrikam.com"


@pytest.mark.parametrize(
    ("question", "text", "key"),
    [
        ("address", "no idea", "problem-address-none"),
        ("address", "ana@fabrikam", "problem-address-malformed"),
        ("packages", "accounting", "problem-package-unknown"),
        ("duration", "a while", "problem-duration-unclear"),
        ("duration", "until 1/3/2027", "problem-duration-ambiguous"),
        ("review", "hm", "problem-not-understood"),
        ("name", "", "problem-empty"),
        ("justification", "x" * 4_001, "problem-too-long"),
    ],
)
def test_what_is_not_understood_says_why_and_changes_nothing(question: str, text: str, key: str) -> None:
    draft = WORLD.stored(empty()) if question == "address" else at(question)
    understood = WORLD.read(text, draft)
    assert understood.problem is not None
    assert understood.problem.key == key
    assert replace(understood.draft, proposals={}) == draft


def test_a_bad_address_is_what_the_question_begins_from() -> None:
    draft = WORLD.said("ana+falcon@fabrikam.com", WORLD.stored(empty()))
    assert next_question(draft, *WORLD.around(draft)).value == "ana+falcon@fabrikam.com"


def test_a_justification_keeps_the_punctuation_it_was_written_with() -> None:
    draft = WORLD.said("邀請 ana@fabrikam.com 使用 Falcon 六十天，共同設計審查，以及測試！", empty("zh-Hant"))
    assert draft.justification == "共同設計審查，以及測試！"


def test_the_name_beside_an_address_is_proposed() -> None:
    draft = WORLD.said("please invite Ana Silva <ana@fabrikam.com> to Falcon", empty())
    assert (draft.asking, draft.proposals) == ("name", {"name": "Ana Silva"})
    assert WORLD.said("yes", draft).name == "Ana Silva"


def test_all_of_a_message_survives_to_the_review() -> None:
    draft = WORLD.said(f"invite ana@fabrikam.com to Falcon for 60 days because {JUSTIFICATION}", empty())
    draft = WORLD.said("Ana Silva", draft)
    assert draft.asking == "custom:project-code"
    draft = WORLD.said("AB-1234", draft)
    assert draft.asking == Topic.REVIEW
