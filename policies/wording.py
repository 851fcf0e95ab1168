"""What findings say: policy's own texts with facts filled in, and the words for what no rule was written for."""

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.domain.findings import Facts, FactValue
from bot.domain.packages import AccessPackage, LocalisedText
from policies.facts import words_of
from policies.model import PolicyQuestion, QuestionKind

LANGUAGES = ("en", "zh-Hant")
"""What the bot speaks; the first is what everyone else reads."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_WORDS: dict[str, dict[str, str]] = {
    "en": {"comma": ", ", "yes": "yes", "no": "no", "unknown": "unknown", "none": "none"},
    "zh-Hant": {"comma": "、", "yes": "是", "no": "否", "unknown": "未知", "none": "無"},
}


def localised(english: str, chinese: str) -> LocalisedText:
    return {"": english, "en": english, "zh-Hant": chinese}


def placeholders(text: LocalisedText) -> frozenset[str]:
    """The facts that a text speaks of."""
    return frozenset(name for words in text.values() for name in PLACEHOLDER.findall(words))


def fill(text: LocalisedText, facts: Facts) -> LocalisedText:
    """The text with each `{fact.name}` as this language writes its value."""
    return {language: _fill(words, facts, language) for language, words in text.items()}


def _fill(words: str, facts: Facts, language: str) -> str:
    if "{" not in words:
        return words
    filled = [_show(facts.get(piece), language) if odd else piece for odd, piece in _pieces(words)]
    return "".join(filled)


@lru_cache(maxsize=4096)
def _pieces(words: str) -> tuple[tuple[bool, str], ...]:
    """A text cut at its placeholders: whether a piece is the name of a fact, and the piece."""
    return tuple((bool(number % 2), piece) for number, piece in enumerate(PLACEHOLDER.split(words)))


def _show(value: FactValue, language: str) -> str:
    if isinstance(value, str):
        return value
    words = _WORDS.get(language, _WORDS["en"])
    if value is None:
        return words["unknown"]
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, tuple):
        return words["comma"].join(value) or words["none"]
    return str(value)


def answer_words(question: PolicyQuestion, answer: str) -> LocalisedText:
    """A stored answer as people read it."""
    if question.kind is QuestionKind.CHOICE and answer in question.choices:
        return question.choices[answer]
    if question.kind is QuestionKind.YES_NO and answer in ("yes", "no"):
        return localised(_WORDS["en"][answer], _WORDS["zh-Hant"][answer])
    if question.kind is QuestionKind.TERMS:
        version = answer.removeprefix("accepted ")
        return localised(f"accepted, version {version}", f"已接受 {version} 版")
    return {"": answer}


def _name(package: AccessPackage, language: str) -> str:
    return package.name.get(language) or package.name.get("") or package.key


def _listed(names: Iterable[str], language: str) -> str:
    comma = _WORDS[language]["comma"]
    return comma.join(words_of(name)[language] for name in names)


def not_granted(package: AccessPackage | None, missing: tuple[str, ...]) -> tuple[LocalisedText, LocalisedText]:
    """Reason and remedy of default deny, for a package or for all; `missing`: facts that a grant would have needed."""
    english = _name(package, "en") if package else "Access"
    chinese = f"「{_name(package, 'zh-Hant')}」" if package else "任何存取權"
    if missing:
        return (
            localised(
                f"{english} cannot be granted, because this is not known: {_listed(missing, 'en')}.",
                f"無法授予{chinese}，因為尚不清楚：{_listed(missing, 'zh-Hant')}。",
            ),
            _ASK_LATER,
        )
    return (
        localised(
            f"No rule of the policy grants {english if package else 'you anything'} for this guest.",
            f"沒有任何原則規則允許授予此來賓{chinese}。",
        ),
        localised(
            "Ask for something else, or ask an administrator whether the policy should allow it.",
            "請改為要求其他存取套件，或詢問管理員是否應由原則允許。",
        ),
    )


def leave_out(package: AccessPackage) -> LocalisedText:
    """Remedy for a package that nothing grants, where others are asked for beside it."""
    return localised(
        f"Leave {_name(package, 'en')} out, or ask an administrator whether the policy should allow it.",
        f"請不要選擇「{_name(package, 'zh-Hant')}」，或詢問管理員是否應由原則允許。",
    )


def could_not_check(missing: tuple[str, ...]) -> tuple[LocalisedText, LocalisedText]:
    """Reason and remedy of a rule that could not be evaluated."""
    return (
        localised(
            f"A rule could not be checked, because this is not known: {_listed(missing, 'en')}.",
            f"有一項規則無法檢查，因為尚不清楚：{_listed(missing, 'zh-Hant')}。",
        ),
        _ASK_LATER,
    )


_ASK_LATER = localised(
    "Try again in a few minutes; if it stays so, ask an administrator to complete the directory or the policy.",
    "請過幾分鐘再試；若情況未變，請管理員補齊目錄或原則中的資料。",
)

NOTHING_ASKED = (
    localised("No access package is asked for.", "沒有要求任何存取套件。"),
    localised("Choose at least one access package.", "請至少選擇一個存取套件。"),
)


def no_such_package(key: str) -> tuple[LocalisedText, LocalisedText]:
    return (
        localised(f"There is no access package {key} any more.", f"存取套件 {key} 已不存在。"),
        localised("Choose another access package.", "請選擇其他存取套件。"),
    )


def too_long(most: int) -> tuple[LocalisedText, LocalisedText]:
    days = "1 day" if most == 1 else f"{most} days"
    return (
        localised(f"Access is granted for at most {days}.", f"存取期限最長為 {most} 天。"),
        localised(f"Ask for {days} or fewer." if most > 1 else "Ask for 1 day.", f"請將期限改為 {most} 天以內。"),
    )


def too_short(fewest: int, length: int | None) -> tuple[LocalisedText, LocalisedText]:
    """A justification of `length` characters (None: not known) where `fewest` are needed."""
    needed = "1 character" if fewest == 1 else f"{fewest} characters"
    has = "" if length is None else f"; it has {length}"
    has_chinese = "" if length is None else f"，目前為 {length} 個字元"
    return (
        localised(f"The justification needs at least {needed}{has}.", f"理由至少需要 {fewest} 個字元{has_chinese}。"),
        localised(f"Explain in at least {needed}.", f"請以至少 {fewest} 個字元說明理由。"),
    )


def by_route(route: str) -> LocalisedText:
    """What a grant says that was given no reason of its own."""
    return localised(f"Policy allows this by the route {route}.", f"原則允許此要求，核准途徑為 {route}。")


PREAPPROVED = localised("This partner is pre-approved for what you ask.", "此合作夥伴已預先核准您要求的項目。")
