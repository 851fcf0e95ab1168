import pytest

from bot.interview.draft import Problem
from bot.interview.names import name_from, parse_name
from bot.interview.suspicion import notes_on_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Ana   Silva ", "Ana Silva"),
        ("陳大文", "陳大文"),
        ("O'Brien, Ana-María", "O'Brien, Ana-María"),
        ("Ana\nSilva", "Ana Silva"),
        ("A\u0301na", "Ána"),
    ],
)
def test_a_name_is_taken_as_typed_on_one_line(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("  ", "problem-empty"),
        ("12345", "problem-name-implausible"),
        ("???", "problem-name-implausible"),
        ("ana@fabrikam.com", "problem-name-address"),
        ("https://fabrikam.com", "problem-name-address"),
        ("a" * 121, "problem-name-too-long"),
    ],
)
def test_what_is_no_name_says_why(typed: str, key: str) -> None:
    problem = parse_name(typed)
    assert isinstance(problem, Problem)
    assert problem.key == key


def test_a_name_is_proposed_from_an_address_of_two_plain_words_only() -> None:
    assert name_from("ana.silva@fabrikam.com") == "Ana Silva"
    assert name_from("asilva3@fabrikam.com") is None
    assert name_from("a.b.silva@fabrikam.com") is None


@pytest.mark.parametrize("name", ["Ana Silva", "José Núñez", "陳大文 Ana", "田中 ハナコ", "김 Ana", "Анна Иванова"])
def test_names_in_good_faith_are_not_pointed_out(name: str) -> None:
    assert notes_on_name(name) == ()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("\u0410na Silva", "note-name-mixed-scripts"),
        ("Ana\u200b Silva", "note-name-invisible"),
        ("Ana \u202eavliS", "note-name-invisible"),
        ("\u05d0\u05e0\u05d4", "note-name-right-to-left"),
    ],
)
def test_what_deceives_the_eye_in_a_name_is_pointed_out(name: str, key: str) -> None:
    assert key in [note.key for note in notes_on_name(name)]
