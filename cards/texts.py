"""Every sentence of ours, by key and language, from the message catalogues in `cards/texts/`."""

import gettext
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time
from babel.lists import format_list
from babel.messages.pofile import read_po

from bot.domain.packages import LocalisedText
from bot.domain.shortid import LENGTH, display
from cards.literal import literal

LOCALES = ("en", "zh-Hant")
CATALOGUES = Path(__file__).parent / "texts"

Param = str | int | date | datetime

_REGION = {"en": "en_GB", "zh-Hant": "zh_Hant_TW"}
"""Whose habits dates follow: day before month in English, so that 3 Feb cannot be read as 2 March."""

_ALSO = {"en": ("en", "en-US", "en-GB"), "zh-Hant": ("zh-Hant", "zh-TW", "zh-Hant-TW", "zh-HK", "zh")}
_MOST_OF_A_PARAM = 400
_CODES = frozenset({"status", "why"})
"""Params that name a word of ours: `status-pending` is the text of status=pending."""


class MissingText(LookupError):
    """A message that no catalogue has, or a variable that was not given: a mistake of ours, found by tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: its text, a form for each of the language's plurals where `count` chooses one."""

    forms: tuple[str, ...]
    variables: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    messages: Mapping[str, Message]
    plural: Callable[[int], int]


@cache
def catalogue(locale: str) -> Catalogue:
    """The messages of a language, read once. Raises where a message is empty or marked fuzzy."""
    with (CATALOGUES / f"{locale.replace('-', '_')}.po").open("rb") as file:
        read = read_po(file, locale=_REGION[locale], abort_invalid=True)
    messages = {}
    for entry in read:
        if not entry.id:
            continue
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if entry.fuzzy or not forms or not all(forms):
            raise MissingText(f"{locale}: {key} has no finished text")
        messages[key] = Message(forms=forms, variables=frozenset().union(*(_variables(form) for form in forms)))
    return Catalogue(messages=messages, plural=gettext.c2py(read.plural_expr))


def _variables(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


class Texts:
    """What we say in one language, with times in one time zone."""

    def __init__(self, locale: str, time_zone: str = "UTC") -> None:
        self.locale = locale
        self._zone = ZoneInfo(time_zone)
        self._catalogue = catalogue(locale)

    def has(self, key: str) -> bool:
        return key in self._catalogue.messages

    def say(self, key: str, **params: Param) -> str:
        """The message of this key. Texts among `params` are ours, or literal already. Raises MissingText."""
        message = self._catalogue.messages.get(key)
        if message is None:
            raise MissingText(f"no text {key!r} in {self.locale}")
        if not message.variables and len(message.forms) == 1:
            return message.forms[0]
        form = message.forms[0]
        if len(message.forms) > 1:
            form = message.forms[self._catalogue.plural(int(str(params["count"])))]
        try:
            return form.format_map({name: self._shown(params[name]) for name in message.variables})
        except KeyError as missing:
            raise MissingText(f"{key!r} needs {missing}") from missing

    def tell(self, key: str, params: Mapping[str, Param]) -> str:
        """As say, for a key and params from outside this folder: the texts among them are made literal.

        A key that was stored by another version, and is unknown here, is said in general words.
        """
        if not self.has(key):
            return self.say("error-unnamed", code=literal(key, most=80))
        # What a variable lacks is shown as lacking: a posting that was stored must be drawn whatever it holds.
        lacking: dict[str, Param] = {
            name: 0 if name == "count" else "–" for name in self._catalogue.messages[key].variables
        }
        return self.say(key, **(lacking | {name: self._told(name, value) for name, value in params.items()}))

    def _told(self, name: str, value: Param) -> Param:
        if not isinstance(value, str):
            return value
        if name == "id":
            # Ids travel as they are stored; people read and type them with the hyphen.
            return literal(display(value) if len(value) == LENGTH else value, most=40)
        if name in _CODES and self.has(f"{name}-{value}"):
            return self.say(f"{name}-{value}")
        return literal(value, most=_MOST_OF_A_PARAM)

    def _shown(self, value: Param) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, datetime):
            return self.moment(value)
        return self.day(value) if isinstance(value, date) else str(value)

    def day(self, day: date) -> str:
        """20 Feb 2027."""
        return _day(day, "yMMMd", self.locale)

    def weekday(self, day: date) -> str:
        """Sat, 20 Feb 2027."""
        return _day(day, "yMMMEd", self.locale)

    def until(self, day: date, days: int) -> str:
        """Sat, 20 Feb 2027 (89 days)."""
        return self.say("card-until-days", day=self.weekday(day), days=self.days(days))

    def short_day(self, day: date) -> str:
        """20 Feb."""
        return _day(day, "MMMd", self.locale)

    def moment(self, moment: datetime) -> str:
        """20 Feb 2027 14:05, in the reader's time zone."""
        local = moment.astimezone(self._zone).replace(second=0, microsecond=0, tzinfo=None)
        return f"{_day(local.date(), 'yMMMd', self.locale)} {_time(local, self.locale)}"

    def days(self, count: int) -> str:
        return self.say("card-days", count=count)

    def all_of(self, items: list[str]) -> str:
        """A, B and C."""
        return format_list(items, locale=_REGION[self.locale]) if len(items) > 1 else "".join(items)

    def pick(self, text: LocalisedText) -> str:
        """What policy says in this language, else what it says for every other."""
        for tag in _ALSO[self.locale]:
            if tag in text:
                return text[tag]
        return text.get("") or next(iter(text.values()), "")


@lru_cache(maxsize=1024)
def texts_for(locale: str, time_zone: str) -> Texts:
    """The texts of a drawing. A language that we do not have is English, a time zone that nobody knows is UTC."""
    known = locale if locale in LOCALES else "en"
    try:
        return Texts(known, time_zone)
    except (KeyError, ValueError, OSError):
        return Texts(known)


@lru_cache(maxsize=8192)
def _day(day: date, skeleton: str, locale: str) -> str:
    # Babel takes a skeleton for datetimes only.
    return format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=_locale(locale))  # noqa: DTZ001


@lru_cache(maxsize=8192)
def _time(moment: datetime, locale: str) -> str:
    return format_time(moment, "short", locale=_locale(locale))


@cache
def _locale(locale: str) -> Locale:
    return Locale.parse(_REGION[locale])
