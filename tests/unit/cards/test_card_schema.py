"""Every view, in both languages, at its least, ordinary and most: a valid card 1.5, small, readable without drawing."""

import copy
import json
from pathlib import Path
from typing import Any

import adaptive_cards
import jsonschema  # type: ignore[import-untyped]
import orjson
import pytest

from bot.workflow.actions import Unusable
from bot.workflow.views import View
from cards import Drawing, draw, parse_card
from tests.unit.cards.card_samples import ALL, ORDINARY

MOST_BYTES = 25_000
SCHEMA = Path(adaptive_cards.__file__).parent / "schemas" / "schema-1.5.json"
OVERLAY = Path(__file__).with_name("teams_overlay.json")


def _validator() -> jsonschema.Draft6Validator:
    """The official schema, with what Teams adds to it."""
    schema = json.loads(SCHEMA.read_text())
    for definition, properties in json.loads(OVERLAY.read_text()).items():
        schema["definitions"][definition]["properties"] |= properties
    return jsonschema.Draft6Validator(schema)


VALIDATOR = _validator()


@pytest.mark.parametrize("locale", ["en", "zh-Hant"])
@pytest.mark.parametrize("view", ALL.values(), ids=ALL.keys())
def test_every_view_is_a_valid_card_of_fitting_size(view: View, locale: str) -> None:
    drawn = draw(view, Drawing(locale=locale, time_zone="Asia/Taipei", sandbox=True))
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(drawn.card))
    assert error is None, f"{list(error.absolute_path)}: {error.message[:300]}"
    assert len(orjson.dumps(drawn.card)) < MOST_BYTES
    assert drawn.card["version"] == "1.5"
    assert drawn.card["lang"] == locale
    assert drawn.card["fallbackText"] and drawn.card["speak"] and drawn.summary


@pytest.mark.parametrize("view", ALL.values(), ids=ALL.keys())
def test_every_button_of_every_card_is_read_as_an_action_with_and_without_execute(view: View) -> None:
    card = draw(view, Drawing(locale="en")).card
    for action in _actions(card):
        assert not isinstance(parse_card(action["verb"], action["data"]), Unusable), action
        if "fallback" in action:
            spare = action["fallback"]
            assert spare["type"] == "Action.Submit"
            assert parse_card(spare["data"]["verb"], spare["data"]) == parse_card(action["verb"], action["data"])


def _actions(node: object) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [action for item in node for action in _actions(item)]
    if not isinstance(node, dict):
        return []
    mine = [node] if node.get("type") == "Action.Execute" else []
    return mine + [action for value in node.values() for action in _actions(value)]


@pytest.mark.parametrize("view", ALL.values(), ids=ALL.keys())
def test_only_the_refresh_has_no_fallback_and_no_id_is_used_twice(view: View) -> None:
    card = draw(view, Drawing(locale="en")).card
    without = [action["verb"] for action in _actions(card) if "fallback" not in action]
    assert set(without) <= {"refresh"}
    ids = _ids(card)
    assert len(ids) == len(set(ids))


def _ids(node: object) -> list[object]:
    if isinstance(node, list):
        return [found for item in node for found in _ids(item)]
    if not isinstance(node, dict):
        return []
    mine = [node["id"]] if str(node.get("type", "")).startswith("Input.") else []
    return mine + [found for value in node.values() for found in _ids(value)]


def test_the_schema_finds_a_misspelt_property_deep_in_a_card() -> None:
    card = copy.deepcopy(draw(ORDINARY["approval"], Drawing(locale="en")).card)
    container = next(item for item in card["body"] if item["type"] == "Container")  # type: ignore[attr-defined]
    container["items"][0]["wrapp"] = True
    assert not VALIDATOR.is_valid(card)


def test_the_sandbox_says_so_on_every_card_and_nothing_else_does() -> None:
    for view in ORDINARY.values():
        assert "Sandbox" in str(draw(view, Drawing(locale="en", sandbox=True)).card["body"])
        assert "Sandbox" not in str(draw(view, Drawing(locale="en")).card)
