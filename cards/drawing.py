"""How a view is drawn: for whom it is (language, time zone), and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.shortid import display
from cards.elements import AdaptiveCard, CardAction, Container, Json, Refresh, Rendered, TextBlock
from cards.fitting import fitted
from cards.literal import spoken
from cards.texts import Texts, texts_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`locale`: `en` or `zh-Hant`; `time_zone`: an IANA name. `sandbox`: each card says that it is one."""

    locale: str
    time_zone: str = "UTC"
    sandbox: bool = False

    @property
    def texts(self) -> Texts:
        return texts_for(self.locale, self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card ready to send. `summary` is what notifications and lists of chats show of it; it holds no secret."""

    card: dict[str, object]
    summary: str


def finished(
    drawing: Drawing,
    *,
    body: Sequence[Rendered],
    actions: Sequence[CardAction] = (),
    summary: str,
    request_id: str | None = None,
    refresh: Refresh | None = None,
) -> Drawn:
    """The card around a body. `request_id`: what a client too old for cards is told to ask for in words."""
    texts = drawing.texts
    if request_id is None:
        fallback = texts.say("card-fallback")
    else:
        fallback = texts.say("card-fallback-request", id=display(request_id))
    shown = [*_sandbox(texts), *body] if drawing.sandbox else body
    card: Json = AdaptiveCard(
        shown,
        actions=actions,
        lang=texts.locale,
        fallback=fallback,
        speak=spoken(summary),
        # Microsoft's local client, which the sandbox is seen through, has neither and says so below each card.
        refresh=None if drawing.sandbox else refresh,
        full_width=not drawing.sandbox,
    ).render()
    shortened = TextBlock(texts.say("card-shortened-all"), size="small", subtle=True).render()
    return Drawn(card=fitted(card, shortened), summary=summary)


def _sandbox(texts: Texts) -> list[Rendered]:
    notice = TextBlock(texts.say("card-sandbox"), size="small", weight="bolder")
    return [Container([notice], style="warning")]
