"""Filters: what the client writes is what the sandbox reads, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.graph.client import literal
from bot.sandbox.answers import Refused
from bot.sandbox.odata import Comparison, filtered


@given(st.text())
def test_any_text_survives_a_literal(text: str) -> None:
    assert filtered(f"mail eq {literal(text)}") == [Comparison(property="mail", value=text)]


@given(st.text(), st.text())
def test_no_text_reaches_beyond_its_comparison(one: str, other: str) -> None:
    parsed = filtered(f"mail eq {literal(one)} or otherMails/any(o:o eq {literal(other)})")
    assert [(each.property, each.value, each.many) for each in parsed] == [
        ("mail", one, False),
        ("otherMails", other, True),
    ]


@given(st.text())
def test_a_filter_is_understood_or_refused_as_a_bad_request(text: str) -> None:
    try:
        assert filtered(text)
    except Refused as refusal:
        assert refusal.status == 400


@pytest.mark.parametrize(
    "text", ["", "mail", "mail eq", "mail ne 'x'", "mail eq 'x' or", "not mail eq 'x'", "mail eq 'x''"]
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        filtered(text)
