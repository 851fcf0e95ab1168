"""What people wrote is drawn as it is, on every card."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.interview.draft import Option, Topic
from bot.workflow.views import ApprovalView, View
from cards import Drawing, draw
from cards.literal import label, literal
from tests.unit.cards.card_samples import ALL, HOSTILE, MOST, a_question, a_request, asked, shown


def _nodes(node: object) -> list[dict[str, object]]:
    if isinstance(node, list):
        return [found for item in node for found in _nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for value in node.values() for found in _nodes(value))]


@pytest.mark.parametrize("view", ALL.values(), ids=ALL.keys())
def test_no_text_that_clients_interpret_holds_what_people_wrote(view: View) -> None:
    card = draw(view, Drawing(locale="en")).card
    for node in _nodes(card):
        kind = node.get("type")
        if kind == "TextBlock":
            assert "MARK" not in str(node["text"])
        if kind == "Fact" or str(kind).startswith("Action."):
            assert "**" not in str(node.get("title")) and "](" not in str(node.get("title"))
    assert "MARK" not in str(card["fallbackText"])
    assert "<" not in str(card["speak"])


@pytest.mark.parametrize("view", MOST.values(), ids=MOST.keys())
def test_no_drawn_text_holds_a_template_or_a_bare_invisible_character(view: View) -> None:
    card = draw(view, Drawing(locale="en")).card
    for node in _nodes(card):
        if str(node.get("type")).startswith("Input.") or "text" not in node:
            continue
        text = str(node["text"])
        assert "{{" not in text
        assert not set(text) & set("\u202e\u202c\u200b\u2066\ue000\x00\u3164\U000e0100")


def test_a_choice_holds_nothing_that_markdown_acts_on() -> None:
    options = (Option(value="a", label=HOSTILE, hint="1. [x](https://evil.example)"), Option(value="b", label="- list"))
    card = draw(asked(a_question(Topic.PACKAGES, options=options, many=True)), Drawing(locale="en")).card
    titles = [str(node["title"]) for node in _nodes(card) if set(node) == {"title", "value"}]
    assert titles and not any(set(title) & set("*_[]`~<>") for title in titles)


def test_a_button_of_a_quick_answer_is_neutralised_too() -> None:
    assert label("1. **x**") == "\u20601. ∗∗x∗∗"


def test_invisible_characters_are_shown_as_escapes() -> None:
    assert literal("ana\u200b@fabrikam.com", most=99) == "ana⟨U+200B⟩@fabrikam.com"
    assert literal("a\u202eb", most=99) == "a⟨U+202E⟩b"
    assert literal("\ud800", most=99) == "⟨U+D800⟩"


def test_right_to_left_text_is_isolated_from_what_stands_around_it() -> None:
    assert literal("שרה", most=99) == "\u2068שרה\u2069"


def test_an_emoji_of_several_parts_stays_whole_and_a_lone_joiner_is_shown() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert literal(family, most=99) == family
    assert literal("a\u200db", most=99) == "a⟨U+200D⟩b"


def test_marks_are_kept_as_a_language_needs_them_and_no_more() -> None:
    assert literal("Nguye\u0302\u0301n", most=99) == "Nguye\u0302\u0301n"
    assert "⟨U+0301⟩" in literal("a" + "\u0301" * 9, most=200)


def test_lines_are_kept_where_asked_for() -> None:
    assert literal("a\r\nb", most=9, lines=True) == "a\nb"
    assert literal("a\r\nb", most=9) == "a b"


def test_a_text_that_was_cut_ends_in_an_ellipsis_whatever_its_lines_end_in() -> None:
    assert literal("a\r\nb\r\nc\r\nd", most=6, lines=True).endswith("…")
    assert literal("a" * 7, most=6) == "aaaaaa…"
    assert literal("a" * 6, most=6) == "aaaaaa"


def test_a_shortened_text_says_so() -> None:
    view = ApprovalView(shown=shown(a_request(justification="why " * 1000)))
    card = json.dumps(draw(view, Drawing(locale="en")).card, ensure_ascii=False)
    assert "…" in card and "(shortened; 4000 characters in all)" in card


def test_odd_characters_in_address_and_name_are_pointed_out_to_the_approver() -> None:
    request = a_request(guest_address="ana@xn--fbrikam-9jg.com", guest_name="Ana\u200b Silva")
    text = str(draw(ApprovalView(shown=shown(request)), Drawing(locale="en")).card)
    assert "letters outside a to z" in text and "cannot be seen (U+200B)" in text
    plain = replace(request, guest_address="ana@fabrikam.com", guest_name="王小明 (Ming)")
    assert "⚠" not in str(draw(ApprovalView(shown=shown(plain)), Drawing(locale="en")).card)


@given(st.text(max_size=80), st.integers(min_value=1, max_value=60))
def test_whatever_is_written_comes_out_bounded_visible_and_untemplated(text: str, most: int) -> None:
    drawn = literal(text, most=most, lines=True)
    seen = drawn.strip("\u2068\u2069").replace("\u2060", "")
    assert len(seen) <= most + 1
    assert "{{" not in drawn
    assert all(c.isprintable() or c in "\n\u3000\u200d\ufe0e\ufe0f" for c in seen)
    drawn.encode()


@given(st.text(max_size=80))
def test_a_label_gives_markdown_nothing_to_act_on(text: str) -> None:
    assert not re.search(r"[*_\[\]`~<>\\]", label(text))
