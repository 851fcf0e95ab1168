"""Reading a click: untrusted JSON in, one typed action out; whatever is malformed is Unusable, never an exception."""

import re
from collections.abc import Callable, Mapping

from bot.domain.errors import MistypedId
from bot.domain.requests import Choice
from bot.domain.shortid import parse_id
from bot.workflow.actions import (
    Action,
    Another,
    Answer,
    Back,
    Begin,
    Cancel,
    Change,
    Confirm,
    Decide,
    EndAccess,
    Extend,
    Help,
    MyGuests,
    MyRequests,
    Refresh,
    ResendInvitation,
    Resume,
    Retry,
    SettleRevision,
    Status,
    Submit,
    Unusable,
    Withdraw,
)
from cards.verbs import Verb

MOST_KEYS = 40
MOST_TEXT = 20_000
"""Longer than any field of a card: a client that ignores `maxLength` is answered by the interview, not by a 400."""
MOST_VALUES = 200
MOST_PAGE = 10_000
MOST_STAGES = 100
MOST_VERSION = 2**53

_TOKEN = re.compile(r"[A-Za-z0-9_\-]{1,128}\Z")
_REVISION = re.compile(r"[0-9a-f]{12}\Z")
_QUESTION = re.compile(r"[a-z]{1,32}(:[A-Za-z0-9_.\-]{1,96})?\Z")


class _Malformed(Exception):
    pass


def parse_card(verb: str, data: object) -> Action:
    """The action that a card's button stands for.

    `verb` is the invoke's verb (for an Action.Submit, its data's "verb"); `data` the button's data with the inputs'
    values merged in, as the client sent it. Answers Unusable for anything that no card of ours sends.
    """
    try:
        reader = _READERS[Verb(verb)]
    except ValueError:
        return Unusable(why="unknown verb")
    given = {} if data is None else data
    if not isinstance(given, Mapping) or len(given) > MOST_KEYS:
        return Unusable(why="data is no object of ours")
    try:
        return reader(given)
    except _Malformed as malformed:
        return Unusable(why=str(malformed), data={"verb": verb})


Data = Mapping[object, object]


def _text(data: Data, key: str, *, most: int = MOST_TEXT) -> str:
    value = data.get(key, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise _Malformed(f"{key} is no text of a fitting length")
    return value.encode(errors="replace").decode() if not value.isascii() else value


def _written(data: Data, key: str) -> str:
    """A field's value: text, but of an Input.Number some clients send the number itself."""
    value = data.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
    return _text(data, key)


def _number(data: Data, key: str, *, most: int) -> int:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _Malformed(f"{key} is no number in its range")
    return value


def _yes(data: Data, key: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise _Malformed(f"{key} is neither true nor false")
    return value


def _token(data: Data, key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not _TOKEN.match(value):
        raise _Malformed(f"{key} is missing or malformed")
    return value


def _id(data: Data) -> str:
    try:
        return parse_id(_text(data, "id", most=40))
    except MistypedId:
        raise _Malformed("id is missing or malformed") from None


def _revision(data: Data) -> str:
    value = data.get("revision")
    if not isinstance(value, str) or not _REVISION.match(value):
        raise _Malformed("revision is missing or malformed")
    return value


def _question(data: Data) -> str:
    value = data.get("question")
    if not isinstance(value, str) or not _QUESTION.match(value):
        raise _Malformed("question is missing or malformed")
    return value


def _page(data: Data) -> int:
    return _number(data, "page", most=MOST_PAGE)


def _version(data: Data) -> int:
    return _number(data, "version", most=MOST_VERSION)


def _answer(data: Data) -> Action:
    if "pick" in data:
        values: tuple[str, ...] = (_text(data, "pick"),)
    elif "values" in data:
        # Clients join the chosen values with commas; none of ours holds one.
        values = tuple(filter(None, (value.strip() for value in _text(data, "values").split(","))))
    else:
        values = (_written(data, "value"),)
    if len(values) > MOST_VALUES:
        raise _Malformed("too many values")
    return Answer(draft_id=_token(data, "draft"), draft_version=_version(data), question=_question(data), values=values)


def _decide(choice: Choice) -> Callable[[Data], Action]:
    def read(data: Data) -> Action:
        return Decide(
            request_id=_id(data),
            choice=choice,
            stage=_number(data, "stage", most=MOST_STAGES),
            nonce=_token(data, "nonce"),
            reason=_text(data, f"{choice}-reason"),
        )

    return read


_READERS: Mapping[Verb, Callable[[Data], Action]] = {
    Verb.HELP: lambda data: Help(),
    Verb.BEGIN: lambda data: Begin(afresh=_yes(data, "afresh")),
    Verb.RESUME: lambda data: Resume(),
    Verb.ANSWER: _answer,
    Verb.BACK: lambda data: Back(draft_id=_token(data, "draft"), draft_version=_version(data)),
    Verb.CHANGE: lambda data: Change(
        question=_question(data), draft_id=_token(data, "draft"), draft_version=_version(data)
    ),
    Verb.CANCEL: lambda data: Cancel(draft_id=_token(data, "draft")),
    Verb.SUBMIT: lambda data: Submit(draft_id=_token(data, "draft"), draft_version=_version(data)),
    Verb.MY_REQUESTS: lambda data: MyRequests(page=_page(data)),
    Verb.MY_GUESTS: lambda data: MyGuests(page=_page(data)),
    Verb.STATUS: lambda data: Status(request_id=_id(data)),
    Verb.WITHDRAW: lambda data: Withdraw(request_id=_id(data)),
    Verb.ANOTHER: lambda data: Another(request_id=_id(data)),
    Verb.AGAIN: lambda data: Another(request_id=_id(data), same_guest=True),
    Verb.EXTEND: lambda data: Extend(assignment_id=_id(data)),
    Verb.END: lambda data: EndAccess(assignment_id=_id(data), confirmed=_yes(data, "confirmed")),
    Verb.RESEND: lambda data: ResendInvitation(subject_id=_id(data)),
    Verb.RETRY: lambda data: Retry(request_id=_id(data)),
    Verb.APPROVE: _decide(Choice.APPROVE),
    Verb.DENY: _decide(Choice.DENY),
    Verb.NO: lambda data: Confirm(yes=False),
    Verb.PUT_IN_FORCE: lambda data: SettleRevision(revision=_revision(data), accept=True),
    Verb.REJECT_REVISION: lambda data: SettleRevision(revision=_revision(data), accept=False),
    Verb.REFRESH: lambda data: Refresh(request_id=_id(data)),
}
