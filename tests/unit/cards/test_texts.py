"""The catalogues: the same keys and variables in each language, and a text for every key that anything says."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.domain import errors
from bot.domain.findings import Effect
from bot.domain.people import Redemption
from bot.domain.requests import RequestStatus, StepKind, StepState
from bot.graph.errors import GRAPH_ERROR_KEYS
from bot.interview.draft import Topic
from bot.interview.problems import PROBLEMS
from cards.texts import LOCALES, MissingText, Texts, catalogue, texts_for

ROOT = Path(__file__).parents[3]
KEY = re.compile(
    r"(alert|assignment|button|card|command|confirm|error|graph|guests|help|next|note|notice|nudge|problem|question|reason"
    r"|redemption|requests|review|status|step|teams|topic|waiting|welcome|who|why)-[a-z0-9_]+(-[a-z0-9_]+)*"
)
NOT_KEYS = {"guest-requests", "review-card"}
"""Literals that only look like keys: names in policies and the like."""

EN, ZH = (catalogue(locale).messages for locale in LOCALES)


def _domain_errors(of: type[errors.DomainError] = errors.DomainError) -> Iterator[type[errors.DomainError]]:
    yield of
    for kind in of.__subclasses__():
        yield from _domain_errors(kind)


def _literals(*folders: str) -> dict[str, str]:
    """Every string literal that has the form of a key, and where it stands."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                    found[node.value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return {key: place for key, place in found.items() if key not in NOT_KEYS}


def test_both_languages_have_the_same_keys() -> None:
    assert set(EN) == set(ZH)


@pytest.mark.parametrize("key", sorted(EN))
def test_both_languages_use_the_same_variables(key: str) -> None:
    assert EN[key].variables == ZH[key].variables
    assert len(ZH[key].forms) == 1
    assert len(EN[key].forms) == 1 or "count" in EN[key].variables


def test_chinese_is_written_in_chinese() -> None:
    same = {key for key in EN if EN[key].forms == ZH[key].forms}
    assert same <= {"question-address-placeholder", "requests-line", "alert-line"}


def test_every_refusal_has_a_text() -> None:
    assert {kind.key for kind in _domain_errors()} <= set(EN)


def test_every_problem_and_note_of_the_interview_has_a_text_with_no_other_variables() -> None:
    for key, meaning in PROBLEMS.items():
        assert key in EN, key
        assert EN[key].variables <= set(meaning.variables), key


def test_every_error_of_graph_has_a_text_without_variables() -> None:
    assert set(GRAPH_ERROR_KEYS) <= set(EN)
    assert not any(EN[key].variables for key in GRAPH_ERROR_KEYS)


def test_every_key_that_is_written_anywhere_has_a_text() -> None:
    written = _literals("cards", "bot/interview", "bot/workflow", "bot/teams", "bot/graph")
    assert written
    assert {key: place for key, place in written.items() if key not in EN} == {}


def test_every_key_that_is_put_together_has_a_text() -> None:
    topics = [topic for topic in Topic if topic is not Topic.REVIEW]
    keys = [f"question-{topic}-{part}" for topic in topics for part in ("title", "label", "empty")]
    keys += [f"question-{topic}-{part}" for topic in topics if topic is not Topic.CUSTOM for part in ("hint", "help")]
    keys += [f"topic-{topic}" for topic in topics if topic is not Topic.CUSTOM]
    keys += [f"status-{status}" for status in RequestStatus] + [f"next-{status}" for status in RequestStatus]
    keys += [f"step-{kind}-{state}" for kind in StepKind for state in StepState]
    keys += [f"redemption-{state}" for state in Redemption]
    keys += [f"card-finding-{effect}" for effect in Effect]
    keys += [f"assignment-{moment}-what" for moment in ("warning", "confirm-end", "ending", "ended")]
    keys += [f"reason-{verb}-{part}" for verb in ("approve", "deny") for part in ("label", "empty", "placeholder")]
    assert [key for key in keys if key not in EN] == []


def test_no_text_is_left_that_nothing_says() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for folder in ("cards", "bot") for path in (ROOT / folder).rglob("*.py")
    )
    made = re.compile(
        r"(question|topic|status|next|step|redemption|card-finding|assignment|reason|command|why|review-next)-.*|.*-by"
    )
    unsaid = [key for key in EN if f'"{key}"' not in source and not made.fullmatch(key)]
    assert unsaid == []


def test_no_text_holds_markdown_or_a_template() -> None:
    for messages in (EN, ZH):
        for key, message in messages.items():
            for form in message.forms:
                assert not re.search(r"\*|`|\]\(|\{\{|_{2}|^#|^\d+\.", form), key


def test_a_missing_key_and_a_missing_variable_raise() -> None:
    with pytest.raises(MissingText):
        Texts("en").say("card-no-such-thing")
    with pytest.raises(MissingText):
        Texts("en").say("card-request")


def test_a_key_stored_by_another_version_is_said_in_general_words() -> None:
    assert "graph-of-tomorrow" in Texts("en").tell("graph-of-tomorrow", {})


def test_plurals_follow_each_language() -> None:
    assert [Texts("en").days(count) for count in (1, 2)] == ["1 day", "2 days"]
    assert [Texts("zh-Hant").days(count) for count in (1, 2)] == ["1 天", "2 天"]


def test_dates_and_times_are_those_of_the_language_and_the_reader() -> None:
    day, moment = date(2027, 2, 20), datetime(2027, 2, 20, 20, 30, tzinfo=UTC)
    en, zh = texts_for("en", "Asia/Taipei"), texts_for("zh-Hant", "Asia/Taipei")
    assert (en.day(day), en.short_day(day), en.weekday(day)) == ("20 Feb 2027", "20 Feb", "Sat, 20 Feb 2027")
    assert en.moment(moment) == "21 Feb 2027 04:30"
    assert zh.day(day) == "2027年2月20日"
    assert zh.moment(moment) == "2027年2月21日 凌晨4:30"


def test_an_unknown_time_zone_or_language_never_stops_a_card() -> None:
    assert texts_for("fr", "Mars/Olympus").days(2) == "2 days"
    assert texts_for("zh-Hant", "../etc/passwd").days(2) == "2 天"


def test_policy_texts_are_taken_in_the_language_else_the_one_for_all() -> None:
    zh = Texts("zh-Hant")
    assert zh.pick({"": "Drawings", "zh-TW": "圖面"}) == "圖面"
    assert zh.pick({"": "Drawings", "de": "Zeichnungen"}) == "Drawings"
    assert Texts("en").pick({"zh-Hant": "圖面"}) == "圖面"
    assert Texts("en").pick({}) == ""


def test_params_from_outside_are_literal_ids_have_their_hyphen_and_states_their_words() -> None:
    said = Texts("en").tell("error-already-decided-by", {"status": "delivered", "by": "Me\u202egan"})
    assert said == "Me⟨U+202E⟩gan was first: Access given. Nothing was changed."
    assert "7KQ-2M9X" in Texts("en").tell("error-open-request-exists", {"id": "7KQ2M9X"})
