"""The pieces that cards are made of: titles, rows, callouts, and people's words, always drawn literally."""

from collections.abc import Mapping, Sequence

from bot.domain.findings import Effect, Finding
from bot.domain.packages import LocalisedText
from bot.interview.draft import Problem
from cards.elements import Column, ColumnSet, Container, RichTextBlock, Size, Style, TextBlock, TextRun
from cards.literal import literal
from cards.texts import Texts

MOST_OF_A_NAME = 80
MOST_OF_AN_ADDRESS = 120
MOST_OF_A_TEXT = 800
MOST_FINDINGS = 8

LABEL_WIDTH = "112px"


def title(text: str) -> TextBlock:
    """A title of our own words."""
    return TextBlock(text, size="large", weight="bolder", heading=True)


def sentence(text: str, *, subtle: bool | None = None, size: Size | None = None, bold: bool = False) -> RichTextBlock:
    """A sentence that may hold words of people's: they are drawn, not interpreted."""
    return RichTextBlock([TextRun(text, subtle=subtle, size=size, weight="bolder" if bold else None)])


def small(text: str) -> RichTextBlock:
    return RichTextBlock([TextRun(text, subtle=True, size="small")], spacing="small")


def prose(texts: Texts, text: str) -> list[TextRun]:
    """What somebody wrote at length; says so where it was cut."""
    runs = [TextRun(literal(text, most=MOST_OF_A_TEXT, lines=True))]
    if len(text) > MOST_OF_A_TEXT:
        runs.append(TextRun(" " + texts.say("card-shortened", count=len(text)), subtle=True, size="small"))
    return runs


def row(label: str, runs: Sequence[TextRun] | str) -> ColumnSet:
    """A label of ours and its value, side by side; the same kind of element, so that they stand on one line."""
    shown = [TextRun(runs)] if isinstance(runs, str) else runs
    return ColumnSet(
        [
            Column([RichTextBlock([TextRun(label, subtle=True)])], width=LABEL_WIDTH),
            Column([RichTextBlock(shown)]),
        ],
        spacing="small",
    )


def callout(style: Style, symbol: str, lines: Sequence[str]) -> Container:
    """Something that must be seen: a symbol and words, in a box whose colour only repeats them."""
    mark = Column([RichTextBlock([TextRun(symbol, weight="bolder")])], width="24px")
    words = Column([RichTextBlock([TextRun(line)], spacing="small") for line in lines])
    return Container([ColumnSet([mark, words])], style=style)


def guest_runs(name: str | None, address: str | None) -> list[TextRun]:
    """Ana Silva · ana@fabrikam.com."""
    runs = []
    if name:
        runs.append(TextRun(literal(name, most=MOST_OF_A_NAME), weight="bolder"))
    if address:
        gap = " · " if runs else ""
        runs.append(TextRun(gap + literal(address, most=MOST_OF_AN_ADDRESS), subtle=bool(runs)))
    return runs or [TextRun("–")]


def problems(
    texts: Texts, found: Sequence[Problem], *, style: Style = "attention", symbol: str = "⚠"
) -> list[Container]:
    """Problems, one line each; nothing where there are none."""
    if not found:
        return []
    lines = [texts.tell(problem.key, dict(problem.params)) for problem in found[:MOST_FINDINGS]]
    return [callout(style, symbol, lines)]


_SUSPICIOUS = ("note-address-", "note-name-", "note-partner-unknown")


def notes(texts: Texts, found: Sequence[Problem]) -> list[Container]:
    """What was pointed out: what stands in the way, what deceives the eye, and what is good to know, a box each."""
    stopping = [note for note in found if note.key.startswith(("problem-", "error-"))]
    suspicious = [note for note in found if note.key.startswith(_SUSPICIOUS)]
    others = [note for note in found if note not in stopping and note not in suspicious]
    return [
        *problems(texts, stopping),
        *problems(texts, suspicious, style="warning"),
        *problems(texts, others, style="accent", symbol="ℹ"),
    ]


_EFFECTS: dict[Effect, tuple[str, str]] = {
    Effect.DENY: ("✖", "card-finding-deny"),
    Effect.TIGHTEN: ("▲", "card-finding-tighten"),
    Effect.GRANT: ("✔", "card-finding-grant"),
}


def findings(texts: Texts, found: Sequence[Finding], *, heading: str | None = None) -> list[Container]:
    """What policy says, denials first, each with what to do about it."""
    if not found:
        return []
    order = list(Effect)
    items: list[RichTextBlock | TextBlock] = []
    if heading:
        items.append(TextBlock(heading, weight="bolder"))
    for finding in sorted(found, key=lambda one: order.index(one.effect))[:MOST_FINDINGS]:
        symbol, word = _EFFECTS[finding.effect]
        runs = [
            TextRun(f"{symbol} {texts.say(word)} ", weight="bolder"),
            TextRun(literal(texts.pick(finding.reason), most=300)),
        ]
        if finding.remedy:
            runs.append(TextRun(" → " + literal(texts.pick(finding.remedy), most=300), italic=True))
        items.append(RichTextBlock(runs, spacing="small"))
    if len(found) > MOST_FINDINGS:
        items.append(small(texts.say("card-more", count=len(found) - MOST_FINDINGS)))
    denied = any(finding.effect is Effect.DENY for finding in found)
    return [Container(items, style="attention" if denied else "emphasis")]


def package_names(texts: Texts, keys: Sequence[str], names: Mapping[str, LocalisedText], *, most: int = 12) -> str:
    """The packages' names in the reader's language; a package that policy no longer has is shown by its key."""
    shown = [literal(texts.pick(names[key]) if key in names else key, most=MOST_OF_A_NAME) for key in keys[:most]]
    if len(keys) > most:
        shown.append(texts.say("card-more", count=len(keys) - most))
    return texts.all_of(shown)
