"""Elements refuse what they do not know, and render to plain JSON."""

import inspect
from typing import Any

import adaptivecards.baseobject  # type: ignore[import-untyped]
import pytest

from cards import elements
from cards.elements import (
    ActionExecute,
    ActionOpenUrl,
    ActionShowCard,
    ActionSubmit,
    ActionToggleVisibility,
    AdaptiveCard,
    Choice,
    Column,
    ColumnSet,
    Container,
    InputChoiceSet,
    InputText,
    Mention,
    Refresh,
    RichTextBlock,
    TextBlock,
    TextRun,
)

BUTTON = ActionExecute("Go", "go", {"id": "1"})
EACH: dict[type[Any], dict[str, Any]] = {
    TextBlock: {"text": "x"},
    TextRun: {"text": "x"},
    RichTextBlock: {"inlines": []},
    Container: {"items": []},
    Column: {"items": []},
    ColumnSet: {"columns": []},
    elements.ActionSet: {"actions": []},
    InputText: {"id": "a", "label": "b", "longest": 9},
    elements.InputNumber: {"id": "a", "label": "b", "error": "c", "least": 1, "most": 9},
    elements.InputDate: {"id": "a", "label": "b", "error": "c"},
    elements.InputToggle: {"title": "a", "id": "a", "label": "b", "error": "c"},
    Choice: {"title": "a", "value": "b"},
    InputChoiceSet: {"choices": [], "id": "a", "label": "b"},
    ActionSubmit: {"title": "a", "data": {}},
    ActionExecute: {"title": "a", "verb": "b", "data": {}},
    ActionOpenUrl: {"title": "a", "url": "https://example.com"},
    ActionShowCard: {"title": "a", "body": [], "actions": []},
    ActionToggleVisibility: {"title": "a", "targets": ["x"]},
    Refresh: {"action": BUTTON, "user_ids": []},
    Mention: {"id": "a", "name": "b"},
    AdaptiveCard: {"body": [], "lang": "en", "fallback": "x", "speak": "x"},
}


def _concrete() -> set[type[Any]]:
    return {
        kind
        for kind in vars(elements).values()
        if inspect.isclass(kind) and issubclass(kind, adaptivecards.baseobject.BareObject) and "__init__" in vars(kind)
    }


def test_every_element_is_looked_at_here() -> None:
    assert set(EACH) == _concrete()


@pytest.mark.parametrize("kind", EACH, ids=lambda kind: kind.__name__)
def test_an_unknown_keyword_raises(kind: type[Any]) -> None:
    kind(**EACH[kind])
    with pytest.raises(TypeError):
        kind(**EACH[kind], wrapp=True)


def test_a_card_renders_to_plain_json_of_version_1_5() -> None:
    body = [TextBlock("Hello", size="large", spacing="none", id="title"), Container([RichTextBlock([TextRun("x")])])]
    card = AdaptiveCard(body, actions=[BUTTON], lang="en", fallback="f", speak="s").render()
    assert card["version"] == "1.5"
    assert card["body"] == [
        {"type": "TextBlock", "text": "Hello", "wrap": True, "size": "large", "spacing": "none", "id": "title"},
        {
            "type": "Container",
            "items": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x"}]}],
        },
    ]


def test_a_button_submits_the_same_data_and_its_verb_where_execute_is_unknown() -> None:
    assert BUTTON.render()["fallback"] == {"type": "Action.Submit", "title": "Go", "data": {"id": "1", "verb": "go"}}


def test_more_people_than_teams_refreshes_for_are_refused() -> None:
    with pytest.raises(ValueError, match="60"):
        Refresh(BUTTON, user_ids=["x"] * 61)


def test_a_choice_among_many_that_would_come_apart_is_refused() -> None:
    InputChoiceSet([Choice("a", "b,c")], id="x", label="y")
    with pytest.raises(ValueError, match="comma"):
        InputChoiceSet([Choice("a", "b,c")], id="x", label="y", many=True)


def test_a_mention_and_a_search_for_people_are_drawn_as_teams_reads_them() -> None:
    card = AdaptiveCard(
        [
            TextBlock("<at>Megan</at>"),
            InputChoiceSet([], id="who", label="Who", dataset="graph.microsoft.com/users", expanded=False),
        ],
        lang="en",
        fallback="f",
        speak="s",
        mentions=[Mention(id="1", name="Megan")],
    ).render()
    assert card["msteams"] == {
        "width": "Full",
        "entities": [{"type": "mention", "text": "<at>Megan</at>", "mentioned": {"id": "1", "name": "Megan"}}],
    }
