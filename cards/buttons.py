"""The buttons: what each is called, and what its click carries (ids, stage, nonce, draft and version; never more)."""

from bot.domain.requests import Request
from bot.interview.draft import Draft
from cards.elements import ActionExecute, ButtonStyle
from cards.texts import Texts
from cards.verbs import Verb


def begin(texts: Texts) -> ActionExecute:
    return ActionExecute(texts.say("button-begin"), Verb.BEGIN, {}, style="positive", inputs="none")


def start_over(texts: Texts) -> ActionExecute:
    return ActionExecute(texts.say("button-start-over"), Verb.BEGIN, {"afresh": True}, inputs="none")


def resume(texts: Texts) -> ActionExecute:
    return ActionExecute(texts.say("button-resume"), Verb.RESUME, {}, style="positive", inputs="none")


def help_(texts: Texts) -> ActionExecute:
    return ActionExecute(texts.say("button-help"), Verb.HELP, {}, inputs="none")


def my_requests(texts: Texts, page: int = 0, *, key: str = "button-my-requests") -> ActionExecute:
    return ActionExecute(texts.say(key), Verb.MY_REQUESTS, {"page": page}, inputs="none")


def my_guests(texts: Texts, page: int = 0, *, key: str = "button-my-guests") -> ActionExecute:
    return ActionExecute(texts.say(key), Verb.MY_GUESTS, {"page": page}, inputs="none")


# --- the interview ---------------------------------------------------------------------------------------------------


def of_draft(draft: Draft) -> dict[str, object]:
    return {"draft": draft.id, "version": draft.version}


def answer(texts: Texts, draft: Draft, question: str) -> ActionExecute:
    data = {**of_draft(draft), "question": question}
    return ActionExecute(texts.say("button-next"), Verb.ANSWER, data, style="positive")


def answer_with(title: str, draft: Draft, question: str, value: str) -> ActionExecute:
    """A button that is itself the answer."""
    data = {**of_draft(draft), "question": question, "pick": value}
    return ActionExecute(title, Verb.ANSWER, data, inputs="none")


def back(texts: Texts, draft: Draft) -> ActionExecute:
    return ActionExecute(texts.say("button-back"), Verb.BACK, of_draft(draft), inputs="none")


def change(title: str, draft: Draft, question: str) -> ActionExecute:
    return ActionExecute(title, Verb.CHANGE, {**of_draft(draft), "question": question}, inputs="none")


def cancel(texts: Texts, draft: Draft) -> ActionExecute:
    return ActionExecute(texts.say("button-cancel"), Verb.CANCEL, {"draft": draft.id}, inputs="none")


def submit(texts: Texts, draft: Draft) -> ActionExecute:
    return ActionExecute(texts.say("button-submit"), Verb.SUBMIT, of_draft(draft), style="positive", inputs="none")


# --- requests --------------------------------------------------------------------------------------------------------

_OF_ONE: dict[Verb, tuple[str, ButtonStyle | None]] = {
    Verb.STATUS: ("button-status", None),
    Verb.WITHDRAW: ("button-withdraw", "destructive"),
    Verb.ANOTHER: ("button-another", None),
    Verb.AGAIN: ("button-again", None),
    Verb.RESEND: ("button-resend", None),
    Verb.RETRY: ("button-retry", "positive"),
    Verb.EXTEND: ("button-extend", None),
    Verb.END: ("button-end", "destructive"),
}


def about(texts: Texts, verb: Verb, subject_id: str) -> ActionExecute:
    """A button about one request or assignment."""
    key, style = _OF_ONE[verb]
    return ActionExecute(texts.say(key), verb, {"id": subject_id}, style=style, inputs="none")


def settle_revision(texts: Texts, revision: str, *, accept: bool) -> ActionExecute:
    key, verb = ("button-put-in-force", Verb.PUT_IN_FORCE) if accept else ("button-reject", Verb.REJECT_REVISION)
    style: ButtonStyle = "positive" if accept else "destructive"
    return ActionExecute(texts.say(key), verb, {"revision": revision}, style=style, inputs="none")


def end_now(texts: Texts, assignment_id: str) -> ActionExecute:
    data = {"id": assignment_id, "confirmed": True}
    return ActionExecute(texts.say("button-end-now"), Verb.END, data, style="destructive", inputs="none")


def no(texts: Texts, *, key: str = "button-no") -> ActionExecute:
    return ActionExecute(texts.say(key), Verb.NO, {}, inputs="none")


def decide(title: str, verb: Verb, request: Request, *, style: ButtonStyle, with_reason: bool) -> ActionExecute:
    """Approve or deny. The stage and the nonce name what was on the table when the card was drawn."""
    data = {"id": request.id, "stage": request.stage, "nonce": request.nonce}
    return ActionExecute(title, verb, data, style=style, inputs="auto" if with_reason else "none")


def refresh(texts: Texts, request: Request) -> ActionExecute:
    return ActionExecute(texts.say("button-refresh"), Verb.REFRESH, {"id": request.id}, fallback=False)
