"""What an `adaptiveCard/action` invoke says, and the bodies that invokes are answered with.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.teams.activities import CARD_TYPE
from bot.teams.adapter import InvokeAnswer
from bot.teams.errors import Malformed

MESSAGE_TYPE = "application/vnd.microsoft.activity.message"
ERROR_TYPE = "application/vnd.microsoft.error"
SEARCH_TYPE = "application/vnd.microsoft.search.searchResponse"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAction:
    """A click on an Action.Execute, or (`automatic`) a client that refreshes a card by itself."""

    verb: str
    data: object
    automatic: bool


def read_card_action(value: object) -> CardAction:
    """Raises Malformed. `trigger` is read here because the SDK's own type drops it."""
    if not isinstance(value, dict):
        raise Malformed("the invoke has no value")
    action = value.get("action")
    if not isinstance(action, dict):
        raise Malformed("the value has no action")
    if action.get("type") != "Action.Execute":
        raise Malformed("the action is no Action.Execute")
    verb = action.get("verb")
    if not isinstance(verb, str) or not verb:
        raise Malformed("the action has no verb")
    return CardAction(verb=verb, data=action.get("data"), automatic=value.get("trigger") == "automatic")


def card_answer(card: Mapping[str, object]) -> InvokeAnswer:
    """The card takes the place of the one that was clicked, for the person who clicked."""
    return InvokeAnswer(status=200, body={"statusCode": 200, "type": CARD_TYPE, "value": card})


def message_answer(text: str) -> InvokeAnswer:
    """A sentence that only the person who clicked sees; the card stays."""
    return InvokeAnswer(status=200, body={"statusCode": 200, "type": MESSAGE_TYPE, "value": text})


def malformed_answer(why: str) -> InvokeAnswer:
    return _error(400, 400, "BadRequest", why)


def unchanged_answer(why: str) -> InvokeAnswer:
    """To an automatic refresh that shows nothing new: the client keeps its card and says nothing."""
    return _error(200, 403, "Forbidden", why)


def not_ours_answer(name: str | None) -> InvokeAnswer:
    return _error(501, 501, "NotImplemented", f"{(name or 'an invoke without a name')[:60]} is not answered here")


def no_results_answer() -> InvokeAnswer:
    """To a type-ahead search: no card of ours searches yet."""
    return InvokeAnswer(status=200, body={"statusCode": 200, "type": SEARCH_TYPE, "value": {"results": []}})


def _error(status: int, status_code: int, code: str, message: str) -> InvokeAnswer:
    body = {"statusCode": status_code, "type": ERROR_TYPE, "value": {"code": code, "message": message}}
    return InvokeAnswer(status=status, body=body)
