import ast
from pathlib import Path

import pytest

import bot.interview
from bot.interview.problems import PROBLEM_KEYS, PROBLEMS, problem

SOURCES = sorted(Path(bot.interview.__file__).parent.glob("*.py"))


def keys_used() -> set[str]:
    """Every problem or note key that the interview's source speaks of, outside the table of them."""
    return {
        node.value
        for source in SOURCES
        if source.name != "problems.py"
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(("problem-", "note-"))
    }


def test_every_key_in_the_table_is_used_and_every_key_used_is_in_it() -> None:
    assert keys_used() == set(PROBLEM_KEYS)


def test_every_meaning_speaks_of_variables_it_has() -> None:
    for key, meaning in PROBLEMS.items():
        spoken = {part.partition("}")[0] for part in meaning.text.split("{")[1:]}
        assert spoken <= set(meaning.variables), key


def test_a_problem_without_its_variables_is_a_bug() -> None:
    with pytest.raises(ValueError, match="problem-too-long takes"):
        problem("problem-too-long")
