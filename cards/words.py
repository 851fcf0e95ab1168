"""Reading a typed message: the commands, in English and Traditional Chinese; everything else is something said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.domain.errors import MistypedId
from bot.domain.requests import Choice
from bot.domain.shortid import LENGTH, parse_id
from bot.interview.draft import Topic
from bot.workflow.actions import (
    Action,
    Another,
    Back,
    Begin,
    BindChannel,
    Cancel,
    Change,
    Confirm,
    DecideByText,
    EndAccess,
    Extend,
    Freezing,
    Help,
    Mistyped,
    MyGuests,
    MyRequests,
    ResendInvitation,
    Resume,
    Retry,
    Say,
    SettleRevision,
    Status,
    Submit,
    Unfreezing,
    Withdraw,
)

# Commands of both languages are understood whatever the chat's language is: people answer in the one they think in.

_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xA0: " ",
    0x2019: "'",
    0x3002: ".",
}
_AROUND = " \t\r\n.!?,;:、，！？；："

_WHOLE: Mapping[str, Callable[[], Action]] = {
    word: action
    for words, action in (
        ("help|?|hi|hello|hey|hi there|good morning|說明|幫助|求助|協助|怎麼用|你好|您好|嗨|哈囉|早安", Help),
        ("request access|request|new request|begin|invite|申請存取|申請存取權|申請|要求存取|新申請|邀請", Begin),
        ("start over|restart|重新開始|重來|從頭開始", partial(Begin, afresh=True)),
        ("resume|go on|continue|繼續|接著", Resume),
        ("my requests|requests|status|我的申請|申請清單|狀態", MyRequests),
        ("my guests|guests|我的來賓|來賓|我的訪客", MyGuests),
        ("cancel|取消|放棄", Cancel),
        ("back|go back|返回|上一步|上一題", Back),
        ("submit|submit request|send|send it|送出|提交|送出申請", Submit),
        ("yes|y|yes please|是|是的|好|好的|確定|確認", partial(Confirm, yes=True)),
        ("no|n|no thanks|否|不|不是|不要|不用", partial(Confirm, yes=False)),
    )
    for word in words.split("|")
}

_TOPICS: Mapping[str, Topic] = {
    word: topic
    for words, topic in (
        ("address|e-mail|email|mail|guest|e-mail address|email address|地址|電子郵件|信箱|來賓|電郵", Topic.ADDRESS),
        ("name|guest name|guest's name|姓名|名字|名稱", Topic.NAME),
        ("package|packages|access|access package|access packages|套件|存取套件|存取權|權限", Topic.PACKAGES),
        ("duration|date|end date|end|until|time|期間|期限|日期|到期日|結束日期|時間", Topic.DURATION),
        ("justification|reason|why|purpose|理由|原因|事由|目的", Topic.JUSTIFICATION),
    )
    for word in words.split("|")
}

_ABOUT_ONE: tuple[tuple[str, Callable[[str], Action]], ...] = (
    ("status|show|狀態|查詢", lambda one: Status(request_id=one)),
    ("withdraw|撤回|收回", lambda one: Withdraw(request_id=one)),
    ("request again|again|再次申請|重新申請", lambda one: Another(request_id=one, same_guest=True)),
    ("another like|another|比照再申請|比照申請|比照|再一個", lambda one: Another(request_id=one)),
    ("end access|end|結束存取權|結束存取|終止存取", lambda one: EndAccess(assignment_id=one)),
    ("extend|延長|展延", lambda one: Extend(assignment_id=one)),
    (
        "resend invitation|resend|重寄邀請|重新寄送|重寄|重發邀請",
        lambda one: ResendInvitation(subject_id=one),
    ),
    ("retry|重試", lambda one: Retry(request_id=one)),
)


def _command(words: str) -> re.Pattern[str]:
    # A Latin word ends at a space; Chinese is written without.
    latin = "|".join(re.escape(word) for word in words.split("|") if word.isascii())
    chinese = "|".join(word for word in words.split("|") if not word.isascii())
    return re.compile(rf"(?:(?:{latin})(?=[\s:#])|(?:{chinese}))[\s:]*(?P<rest>.+)\Z", re.IGNORECASE | re.DOTALL)


_COMMANDS = tuple((_command(words), action) for words, action in _ABOUT_ONE)
_DECISIONS = (
    (_command("approve|核准|批准|同意"), Choice.APPROVE),
    (_command("deny|reject|拒絕|駁回|否決"), Choice.DENY),
)
_CHANGE = _command("change|edit|更改|修改|變更")
_BIND = _command("approvals here|approvals|在此核准|在此審核|核准頻道")
_REQUEST = _command("request access|new request|申請存取權|申請存取")
_INVITE = _command("invite|邀請")
_FREEZE = _command("freeze|凍結")
_UNFREEZE = _command("unfreeze|解除凍結|解凍")
_PUT_IN_FORCE = _command("put in force|生效")
_REJECT_REVISION = _command("reject policy|駁回政策")
_REVISION = re.compile(r"[0-9a-f]{12}\Z", re.IGNORECASE)
_FROZEN = re.compile(
    r"(?P<what>全部|所有|[A-Za-z0-9][A-Za-z0-9_.\-]*)(?=[\s:,，：]|\Z)[\s:,，：]*(?P<why>.*)\Z", re.DOTALL
)
_EVERYTHING = frozenset({"all", "everything", "全部", "所有"})
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}\Z")
_FIRST_WORD = re.compile(
    r"(?P<first>#?[A-Za-z0-9]{3}[- \u2010-\u2013][A-Za-z0-9]{4}(?![A-Za-z0-9-])|\S+)\s*(?P<rest>.*)\Z", re.DOTALL
)
_OWN_QUESTION = re.compile(r"custom:[A-Za-z0-9_.\-]{1,96}\Z", re.IGNORECASE)


def parse_words(text: str, locale: str) -> Action:
    """The action that a typed message asks for, whatever its case, width or punctuation.

    A command with an id that cannot be one is Mistyped; what only begins like a command ("extend the review to Q3") is
    something said: a person answering a question loses nothing. `locale` is the chat's; commands of every language of
    ours are understood in each.
    """
    # Character for character, so that what follows a command is cut out of the text as it was written.
    even = text.translate(_WIDE)
    bare = re.sub(r"\s+", " ", even.strip(_AROUND)).casefold()
    if even.strip() in {"?", ""}:
        return Help() if even.strip() else Say(text=text)
    if bare in _WHOLE:
        action = _WHOLE[bare]()
        return replace(action, text=text) if isinstance(action, Confirm) else action
    start = len(even) - len(even.lstrip())
    typed = _Typed(text, even.rstrip(), start)
    return _about_one(typed) or _decision(typed) or _other(typed) or Say(text=text)


class _Typed:
    """A message, evened out for reading, and as it was written."""

    def __init__(self, text: str, even: str, start: int) -> None:
        self._text = text
        self._even = even
        self._start = start

    @property
    def text(self) -> str:
        """As it was written."""
        return self._text

    def after(self, command: re.Pattern[str]) -> tuple[str, str] | None:
        """What follows the command: evened out, and as written."""
        found = command.match(self._even, self._start)
        return (found["rest"], self._text[found.start("rest") : found.end("rest")]) if found else None


def _about_one(typed: _Typed) -> Action | None:
    for command, action in _COMMANDS:
        rest = typed.after(command)
        if rest is None:
            continue
        given = rest[0].strip(_AROUND)
        try:
            return action(parse_id(given))
        except MistypedId:
            return Mistyped(text=given[:40]) if _meant_as_id(given, alone=" " not in given) else None
    return None


def _decision(typed: _Typed) -> Action | None:
    for command, choice in _DECISIONS:
        rest = typed.after(command)
        if rest is None:
            continue
        even, written = rest
        found = _FIRST_WORD.match(even)
        if found is None:
            return None
        given = found["first"].strip(_AROUND)
        reason = written[found.start("rest") :].strip(" \t\r\n:，,：")
        try:
            return DecideByText(request_id=parse_id(given), choice=choice, reason=reason)
        except MistypedId:
            return Mistyped(text=given[:40]) if _meant_as_id(given, alone=not reason) else None
    return None


def _meant_as_id(given: str, *, alone: bool) -> bool:
    """Whether a word behind a command was meant as an id, though it is none."""
    plain = re.sub(r"[-#\s\u2010-\u2013]", "", given)
    if not plain or not plain.isascii() or len(given) > 3 * LENGTH:
        return False
    if alone:
        return True
    looks = abs(len(plain) - LENGTH) <= 2 and plain.isalnum()
    return looks and (plain.isupper() or any(character.isdigit() for character in plain))


def _freezing(typed: _Typed) -> Action | None:
    for command in (_FREEZE, _UNFREEZE):
        rest = typed.after(command)
        found = _FROZEN.match(rest[0].strip()) if rest else None
        if rest is None or found is None:
            continue
        what = found["what"].casefold().strip(".")
        what = "all" if what in _EVERYTHING else what
        if command is _UNFREEZE:
            return None if found["why"].strip(_AROUND) else Unfreezing(what=what, text=typed.text)
        written = rest[1].strip()[found.start("why") :].strip()
        return Freezing(what=what, reason=written, text=typed.text)
    return None


def _other(typed: _Typed) -> Action | None:
    if (rest := typed.after(_BIND)) and _CHANNEL.match(rest[0].strip(_AROUND)):
        return BindChannel(name=rest[0].strip(_AROUND).casefold())
    if (found := _freezing(typed)) is not None:
        return found
    for command, accept in ((_PUT_IN_FORCE, True), (_REJECT_REVISION, False)):
        if (rest := typed.after(command)) and _REVISION.match(rest[0].strip(_AROUND)):
            return SettleRevision(revision=rest[0].strip(_AROUND).casefold(), accept=accept)
    if rest := typed.after(_CHANGE):
        what = re.sub(r"^(the|my)\s+", "", rest[0].strip(_AROUND).casefold())
        if what in _TOPICS:
            return Change(question=_TOPICS[what])
        return Change(question=what) if _OWN_QUESTION.match(what) else None
    if rest := typed.after(_REQUEST):
        return Begin(text=rest[1])
    # "Invite her to the design review" may as well answer why; with an address in it, it begins a request.
    if (rest := typed.after(_INVITE)) and "@" in rest[0]:
        return Begin(text=rest[1])
    return None
