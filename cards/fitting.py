"""Keeping a card under its size, whatever people wrote: the longest texts are shortened first, and the card says so."""

from collections.abc import Iterator

import orjson

from cards.elements import Json

MOST_BYTES = 24_000
"""Of a card as JSON: Teams takes 100 KB of UTF-16 for the whole message (teams.md); 25 KB is what we promise."""

_CUTS = (400, 240, 140, 80, 40, 20)
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def fitted(card: Json, notice: Json) -> Json:
    """The card, small enough. `notice` is put on top where texts had to be shortened for that.

    Only texts are shortened: how many rows and buttons a card has is bounded where they are made.
    """
    if _size(card) <= MOST_BYTES:
        return card
    body = card["body"]
    card["body"] = [notice, *body] if isinstance(body, list) else body
    for most in _CUTS:
        for run in _runs(card):
            run["text"] = _cut(str(run["text"]), most)
        if _size(card) <= MOST_BYTES:
            break
    return card


def _size(card: Json) -> int:
    return len(orjson.dumps(card))


def _runs(node: object) -> Iterator[Json]:
    """Every TextRun: the only places where people's words are."""
    if isinstance(node, dict):
        if node.get("type") == "TextRun":
            yield node
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _runs(value)
    elif isinstance(node, list):
        for item in node:
            yield from _runs(item)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    # What isolates right-to-left text must stay closed.
    return kept + "…" + _END_ISOLATE * (kept.count(_ISOLATE) - kept.count(_END_ISOLATE))
