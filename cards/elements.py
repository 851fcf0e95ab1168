"""Typed Adaptive Card 1.5 elements over the `adaptivecards` package, with what it lacks: inputs, actions, refresh.

Every class raises TypeError on a keyword it does not know (the package drops a misspelt one silently) and keeps its
children already rendered, so that drawing a card is building one dictionary
(https://adaptivecards.io/explorer, https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards).
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, Unpack

import adaptivecards.adaptivecard as package_card  # type: ignore[import-untyped]
import adaptivecards.baseobject as package_base  # type: ignore[import-untyped]
import adaptivecards.containers as package_containers  # type: ignore[import-untyped]
import adaptivecards.elements as package_elements  # type: ignore[import-untyped]

VERSION = "1.5"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
MOST_REFRESHED = 60
"""Teams refuses a card whose `refresh.userIds` names more (teams.md)."""

Json = dict[str, object]
Size = Literal["small", "default", "medium", "large", "extraLarge"]
Weight = Literal["lighter", "default", "bolder"]
Color = Literal["default", "dark", "light", "accent", "good", "warning", "attention"]
Spacing = Literal["none", "small", "default", "medium", "large", "extraLarge", "padding"]
Style = Literal["default", "emphasis", "good", "attention", "warning", "accent"]
ButtonStyle = Literal["default", "positive", "destructive"]
Associated = Literal["auto", "none"]


class Placement(TypedDict, total=False):
    """What every element of a card's body takes."""

    id: str
    separator: bool
    spacing: Spacing
    visible: bool


_PLACEMENT = {"id": "id", "separator": "separator", "spacing": "spacing", "visible": "isVisible"}


class Rendered:
    """Mixed in first: holds what the element renders to, in the place where the package keeps it."""

    _data: Json

    def render(self) -> Json:
        return self._data

    # The package's own constructors walk descriptors, keyword by keyword, and accept any name: ours set the same
    # dictionary at once.
    def _place(self, placement: Mapping[str, object]) -> None:
        for word, value in placement.items():
            if word not in _PLACEMENT:
                raise TypeError(f"{type(self).__name__} takes no keyword {word!r}")
            self._data[_PLACEMENT[word]] = value

    def _also(self, **given: object) -> None:
        """Adds what was given; None means left to the client."""
        for key, value in given.items():
            if value is not None:
                self._data[key] = value


def rendered(elements: Sequence[Rendered]) -> list[object]:
    return [element._data for element in elements]


# --- text ------------------------------------------------------------------------------------------------------------


class TextBlock(Rendered, package_elements.TextBlock):  # type: ignore[misc]
    """A text of ours. Clients read Markdown, mentions and templates in it: never for what people wrote."""

    def __init__(
        self,
        text: str,
        *,
        size: Size | None = None,
        weight: Weight | None = None,
        color: Color | None = None,
        subtle: bool | None = None,
        heading: bool = False,
        **placement: Unpack[Placement],
    ) -> None:
        self._data = {"type": "TextBlock", "text": text, "wrap": True}
        if size is not None:
            self._data["size"] = size
        if weight is not None:
            self._data["weight"] = weight
        if color is not None or subtle is not None:
            self._also(color=color, isSubtle=subtle)
        if heading:
            self._data["style"] = "heading"
        if placement:
            self._place(placement)


class TextRun(Rendered, package_elements.TextRun):  # type: ignore[misc]
    """A stretch of text that clients draw as it is."""

    def __init__(
        self,
        text: str,
        *,
        size: Size | None = None,
        weight: Weight | None = None,
        color: Color | None = None,
        subtle: bool | None = None,
        italic: bool | None = None,
        monospace: bool = False,
    ) -> None:
        self._data = {"type": "TextRun", "text": text}
        if size is not None:
            self._data["size"] = size
        if weight is not None:
            self._data["weight"] = weight
        if color is not None:
            self._data["color"] = color
        if subtle is not None:
            self._data["isSubtle"] = subtle
        if italic is not None:
            self._data["italic"] = italic
        if monospace:
            self._data["fontType"] = "monospace"


class RichTextBlock(Rendered, package_elements.RichTextBlock):  # type: ignore[misc]
    """Runs of text, none of which is read as Markdown."""

    def __init__(self, inlines: Sequence[TextRun], **placement: Unpack[Placement]) -> None:
        self._data = {"type": "RichTextBlock", "inlines": rendered(inlines)}
        if placement:
            self._place(placement)


# --- containers ------------------------------------------------------------------------------------------------------


class Container(Rendered, package_containers.Container):  # type: ignore[misc]
    def __init__(
        self,
        items: Sequence[Rendered],
        *,
        style: Style | None = None,
        bleed: bool | None = None,
        **placement: Unpack[Placement],
    ) -> None:
        self._data = {"type": "Container", "items": rendered(items)}
        if style is not None:
            self._data["style"] = style
        if bleed is not None:
            self._data["bleed"] = bleed
        if placement:
            self._place(placement)


class Column(Rendered, package_containers.Column):  # type: ignore[misc]
    """`width`: `auto`, `stretch`, a weight, or pixels such as `96px`."""

    def __init__(
        self,
        items: Sequence[Rendered],
        *,
        width: str = "stretch",
        align: Literal["top", "center", "bottom"] | None = None,
        **placement: Unpack[Placement],
    ) -> None:
        self._data = {"type": "Column", "width": width, "items": rendered(items)}
        if align is not None:
            self._data["verticalContentAlignment"] = align
        if placement:
            self._place(placement)


class ColumnSet(Rendered, package_containers.ColumnSet):  # type: ignore[misc]
    def __init__(
        self, columns: Sequence[Column], *, style: Style | None = None, **placement: Unpack[Placement]
    ) -> None:
        self._data = {"type": "ColumnSet", "columns": rendered(columns)}
        if style is not None:
            self._data["style"] = style
        if placement:
            self._place(placement)


class ActionSet(Rendered, package_containers.ActionSet):  # type: ignore[misc]
    def __init__(self, actions: Sequence["CardAction"], **placement: Unpack[Placement]) -> None:
        self._data = {"type": "ActionSet", "actions": rendered(actions)}
        if placement:
            self._place(placement)


# --- inputs ----------------------------------------------------------------------------------------------------------


class Input(Rendered, package_base.Element):  # type: ignore[misc]
    """What every input has. `error` is shown by the client where a required input was left empty."""

    def _ask(self, kind: str, *, id: str, label: str, error: str | None) -> None:
        self._data = {"type": kind, "id": id, "label": label}
        if error is not None:
            self._data["isRequired"] = True
            self._data["errorMessage"] = error


class InputText(Input):
    """A text field. `longest` bounds it in UTF-16 units; some clients ignore it, so the server checks again."""

    def __init__(
        self,
        *,
        id: str,
        label: str,
        longest: int,
        error: str | None = None,
        value: str = "",
        placeholder: str | None = None,
        multiline: bool = False,
        kind: Literal["text", "email"] = "text",
    ) -> None:
        self._ask("Input.Text", id=id, label=label, error=error)
        self._data["maxLength"] = longest
        if value:
            self._data["value"] = value
        if placeholder is not None:
            self._data["placeholder"] = placeholder
        if multiline:
            self._data["isMultiline"] = True
        if kind != "text":
            self._data["style"] = kind


class InputNumber(Input):
    """A whole number. Some clients ignore the bounds, so the server checks again."""

    def __init__(
        self, *, id: str, label: str, error: str | None, value: str = "", least: int | None, most: int | None
    ) -> None:
        self._ask("Input.Number", id=id, label=label, error=error)
        if value:
            self._data["value"] = int(value)
        self._also(min=least, max=most)


class InputDate(Input):
    """A day; `value` as ISO 8601 writes it."""

    def __init__(self, *, id: str, label: str, error: str | None, value: str = "") -> None:
        self._ask("Input.Date", id=id, label=label, error=error)
        if value:
            self._data["value"] = value


class InputToggle(Input):
    """Something to agree to: `true` or `false`."""

    def __init__(self, title: str, *, id: str, label: str, error: str | None) -> None:
        self._ask("Input.Toggle", id=id, label=label, error=error)
        self._data |= {"title": title, "value": "false", "valueOn": "true", "valueOff": "false", "wrap": True}


class Choice(Rendered, package_base.BareObject):  # type: ignore[misc]
    """One choice."""

    def __init__(self, title: str, value: str) -> None:
        self.value = value
        self._data = {"title": title, "value": value}


class InputChoiceSet(Input):
    """Choices; where `many`, no value holds a comma, with which clients join the chosen ones.

    `dataset` asks the client to search instead, e.g. `graph.microsoft.com/users` (Teams only).
    """

    def __init__(
        self,
        choices: Sequence[Choice],
        *,
        id: str,
        label: str,
        error: str | None = None,
        value: str = "",
        many: bool = False,
        expanded: bool = True,
        placeholder: str | None = None,
        dataset: str | None = None,
    ) -> None:
        self._ask("Input.ChoiceSet", id=id, label=label, error=error)
        self._data |= {"choices": rendered(choices), "style": "expanded" if expanded else "compact", "wrap": True}
        if many:
            if any("," in choice.value for choice in choices):
                raise ValueError("a value among many holds no comma")
            self._data["isMultiSelect"] = True
        if dataset is not None:
            self._data["choices.data"] = {"type": "Data.Query", "dataset": dataset}
        self._also(value=value or None, placeholder=placeholder)


# --- actions ---------------------------------------------------------------------------------------------------------


class CardAction(Rendered, package_base.BareObject):  # type: ignore[misc]
    """What every action has. `overflow` puts it behind the card's three dots."""

    def _act(
        self,
        kind: str,
        title: str,
        *,
        style: ButtonStyle | None = None,
        tooltip: str | None = None,
        overflow: bool = False,
    ) -> None:
        self._data = {"type": kind, "title": title}
        if style is not None:
            self._data["style"] = style
        if tooltip is not None:
            self._data["tooltip"] = tooltip
        if overflow:
            self._data["mode"] = "secondary"


class ActionSubmit(CardAction):
    def __init__(
        self,
        title: str,
        data: Mapping[str, object],
        *,
        style: ButtonStyle | None = None,
        inputs: Associated = "auto",
        overflow: bool = False,
    ) -> None:
        self._act("Action.Submit", title, style=style, overflow=overflow)
        self._data["data"] = dict(data)
        if inputs == "none":
            self._data["associatedInputs"] = inputs


class ActionExecute(CardAction):
    """A button of ours. Clients without Action.Execute submit the same data, with the verb in it."""

    def __init__(
        self,
        title: str,
        verb: str,
        data: Mapping[str, object],
        *,
        style: ButtonStyle | None = None,
        tooltip: str | None = None,
        inputs: Associated = "auto",
        overflow: bool = False,
        fallback: bool = True,
    ) -> None:
        self._act("Action.Execute", title, style=style, tooltip=tooltip, overflow=overflow)
        self._data["verb"] = verb
        self._data["data"] = data
        if inputs == "none":
            self._data["associatedInputs"] = inputs
        if fallback:
            spare = ActionSubmit(title, {**data, "verb": verb}, style=style, inputs=inputs, overflow=overflow)
            self._data["fallback"] = spare._data


class ActionOpenUrl(CardAction):
    def __init__(self, title: str, url: str, *, tooltip: str | None = None) -> None:
        self._act("Action.OpenUrl", title, tooltip=tooltip)
        self._data["url"] = url


class ActionShowCard(CardAction):
    """Unfolds a card within the card: a field that only this button needs."""

    def __init__(
        self,
        title: str,
        body: Sequence[Rendered],
        actions: Sequence[CardAction],
        *,
        style: ButtonStyle | None = None,
    ) -> None:
        self._act("Action.ShowCard", title, style=style)
        self._data["card"] = {"type": "AdaptiveCard", "body": rendered(body), "actions": rendered(actions)}


class ActionToggleVisibility(CardAction):
    """Shows or hides elements by their ids."""

    def __init__(self, title: str, targets: Sequence[str]) -> None:
        self._act("Action.ToggleVisibility", title)
        self._data["targetElements"] = list(targets)


# --- the card --------------------------------------------------------------------------------------------------------


class Refresh(Rendered, package_base.BareObject):  # type: ignore[misc]
    """Lets the clients of these people (object ids, 60 at most) ask for the card as it is for them."""

    def __init__(self, action: ActionExecute, *, user_ids: Sequence[str]) -> None:
        if len(user_ids) > MOST_REFRESHED:
            raise ValueError(f"refresh names at most {MOST_REFRESHED} people")
        self._data = {"action": action._data, "userIds": list(user_ids)}


class Mention(Rendered, package_base.BareObject):  # type: ignore[misc]
    """Makes `<at>name</at>` in a TextBlock a mention of this person (an object id)."""

    def __init__(self, *, id: str, name: str) -> None:
        self._data = {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": id, "name": name}}


class AdaptiveCard(Rendered, package_card.AdaptiveCard):  # type: ignore[misc]
    """A whole card. `lang` is a BCP 47 tag; `fallback` is what a client too old for the card shows instead."""

    def __init__(
        self,
        body: Sequence[Rendered],
        *,
        actions: Sequence[CardAction] = (),
        lang: str,
        fallback: str,
        speak: str,
        refresh: Refresh | None = None,
        mentions: Sequence[Mention] = (),
        full_width: bool = True,
    ) -> None:
        self._data = {
            "type": "AdaptiveCard",
            "$schema": SCHEMA,
            "version": VERSION,
            "lang": lang,
            "fallbackText": fallback,
            "speak": speak,
            "body": rendered(body),
        }
        teams: dict[str, object] = {"width": "Full"} if full_width else {}
        if mentions:
            teams["entities"] = rendered(mentions)
        if teams:
            self._data["msteams"] = teams
        if actions:
            self._data["actions"] = rendered(actions)
        if refresh is not None:
            self._data["refresh"] = refresh._data
