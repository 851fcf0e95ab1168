import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import MistypedId
from bot.domain.shortid import ALPHABET, LENGTH, display, new_id, parse_id

ids = st.integers(0, 2**32).map(lambda seed: new_id(random.Random(seed).choice))


@given(ids)
def test_an_id_is_read_back_however_it_is_typed(identifier: str) -> None:
    assert parse_id(identifier) == identifier
    assert parse_id(display(identifier)) == identifier
    assert parse_id(f" #{display(identifier).lower()} ") == identifier


@given(ids, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_caught(identifier: str, position: int, wrong: str) -> None:
    typed = identifier[:position] + wrong + identifier[position + 1 :]
    if typed == identifier:
        assert parse_id(typed) == identifier
    else:
        with pytest.raises(MistypedId):
            parse_id(typed)


@given(ids, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_any_two_swapped_characters_are_caught(identifier: str, one: int, other: int) -> None:
    characters = list(identifier)
    characters[one], characters[other] = characters[other], characters[one]
    typed = "".join(characters)
    if typed == identifier:
        assert parse_id(typed) == identifier
    else:
        with pytest.raises(MistypedId):
            parse_id(typed)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_an_id_or_a_clear_refusal(text: str) -> None:
    try:
        found = parse_id(text)
    except MistypedId as refusal:
        assert len(str(refusal.params["id"])) <= 40
    else:
        assert len(found) == LENGTH
