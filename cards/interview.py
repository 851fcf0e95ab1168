"""The interview's questions: the input that fits each, what is wrong, what is answered already."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.packages import LocalisedText
from bot.interview.draft import Draft, Option, Question, Topic
from bot.workflow.views import QuestionView
from cards import buttons
from cards.blocks import callout, findings, guest_runs, notes, package_names, problems, row, small
from cards.drawing import Drawing, Drawn, finished
from cards.elements import (
    ActionOpenUrl,
    ActionSet,
    Choice,
    Container,
    Input,
    InputChoiceSet,
    InputDate,
    InputNumber,
    InputText,
    InputToggle,
    Rendered,
    RichTextBlock,
    TextRun,
)
from cards.literal import label, literal
from cards.texts import Texts
from policies.model import QuestionKind
from policies.operators import DATE_FORM

MOST_CHOICES = 50
"""Choices on one card; with more, their names are typed. Keeps the card under its size."""
MOST_HINTED = 12

_LONGEST: Mapping[Topic, int] = {
    Topic.ADDRESS: 400,
    Topic.NAME: 200,
    Topic.DURATION: 100,
    Topic.JUSTIFICATION: 4000,
    Topic.CUSTOM: 2000,
}
_QUICK_DAYS = (30, 60, 90, 180, 365)


def question(view: QuestionView, drawing: Drawing) -> Drawn:
    """The question on the table, with the problem of the last answer next to its input."""
    texts = drawing.texts
    asked = view.question
    heading = _heading(texts, asked)
    body: list[Rendered] = [
        small(_progress(texts, asked)),
        RichTextBlock([TextRun(heading, size="large", weight="bolder")], spacing="small"),
    ]
    hint = _hint(texts, view)
    if hint:
        body.append(small(hint))
    body += _extension(texts, view.draft)
    body += findings(texts, view.denials, heading=texts.say("question-denied"))
    wrong_key = view.problem.key if view.problem else None
    body += notes(texts, [note for note in asked.notes if note.key != wrong_key])
    if view.problem is not None:
        body += problems(texts, (view.problem,))
    body += _quick(texts, view)
    body += _terms(texts, asked)
    body.append(_input(texts, asked))
    done = answered(texts, view.draft, view.package_names, but=asked.topic)
    if done:
        body.append(Container([small(texts.say("question-so-far")), *done], separator=True, spacing="medium"))
    actions = [buttons.answer(texts, view.draft, asked.name)]
    if asked.can_go_back:
        actions.append(buttons.back(texts, view.draft))
    actions += [buttons.help_(texts), buttons.cancel(texts, view.draft)]
    wrong = texts.tell(view.problem.key, dict(view.problem.params)) if view.problem else ""
    return finished(drawing, body=body, actions=actions, summary=f"{wrong} {heading}".strip())


def _progress(texts: Texts, asked: Question) -> str:
    done = "●" * min(asked.number, 12) + "○" * max(0, min(asked.of, 12) - asked.number)
    return f"{done} {texts.say('question-progress', number=asked.number, of=asked.of)}"


def _heading(texts: Texts, asked: Question) -> str:
    if asked.topic is Topic.CUSTOM:
        return literal(asked.text, most=200) or texts.say("question-custom-title")
    if asked.topic is Topic.DURATION and asked.held_until is not None:
        return texts.say("question-duration-title-extension")
    return texts.say(f"question-{asked.topic}-title")


def _hint(texts: Texts, view: QuestionView) -> str:
    """What the question wants, in one line."""
    asked = view.question
    if asked.topic is Topic.CUSTOM:
        return literal(asked.help, most=400)
    if asked.topic is Topic.DURATION and asked.latest is not None and asked.max_days is not None:
        limit = {"days": texts.days(asked.max_days), "latest": texts.weekday(asked.latest)}
        if asked.held_until is not None:
            held = texts.weekday(asked.held_until)
            return texts.say("question-duration-limit-extension", held=held, **limit)
        return texts.say("question-duration-limit", **limit)
    if asked.topic is Topic.JUSTIFICATION and asked.fewest_characters:
        return texts.say("question-justification-fewest", count=asked.fewest_characters)
    if asked.topic is Topic.PACKAGES and len(asked.options) > MOST_CHOICES:
        return texts.say("question-packages-many", count=len(asked.options) - MOST_CHOICES)
    return texts.say(f"question-{asked.topic}-hint")


def helped(texts: Texts, asked: Question) -> list[Rendered]:
    """The question explained, for `help`."""
    lines: list[Rendered] = [RichTextBlock([TextRun(_heading(texts, asked), weight="bolder")])]
    if asked.topic is Topic.CUSTOM:
        if asked.help:
            lines.append(RichTextBlock([TextRun(literal(asked.help, most=800, lines=True))], spacing="small"))
    else:
        lines.append(RichTextBlock([TextRun(texts.say(f"question-{asked.topic}-help"))], spacing="small"))
    return lines


def _quick(texts: Texts, view: QuestionView) -> list[Rendered]:
    """Durations that one click answers with; the longest that is allowed is among them."""
    asked = view.question
    if asked.topic is not Topic.DURATION:
        return []
    options = asked.options[:6]
    if not options:
        most = asked.max_days or _QUICK_DAYS[-1]
        fitting = [days for days in _QUICK_DAYS if days <= most][:4]
        if asked.max_days is not None and asked.max_days not in fitting:
            fitting.append(asked.max_days)
        fitting = [days for days in fitting if _is_later(asked, days)]
        options = tuple(Option(value=f"{days} days", label=texts.days(days)) for days in fitting)
    quick = [
        buttons.answer_with(label(option.label, most=40), view.draft, asked.name, option.value) for option in options
    ]
    return [ActionSet(quick)] if quick else []


def _is_later(asked: Question, days: int) -> bool:
    """Whether so many days from today end after what the guest has already: no button answers with what is refused."""
    if asked.held_until is None or asked.latest is None or asked.max_days is None:
        return True
    return asked.latest - timedelta(days=asked.max_days - days) > asked.held_until


def _terms(texts: Texts, asked: Question) -> list[Rendered]:
    """Where the terms that are to be accepted can be read."""
    if asked.kind is not QuestionKind.TERMS:
        return []
    return [ActionSet([ActionOpenUrl(texts.say("question-terms-read", version=asked.version), asked.link)])]


def _input(texts: Texts, asked: Question) -> Input:
    empty = texts.say(f"question-{asked.topic}-empty")
    name = texts.say(f"question-{asked.topic}-label")
    if asked.topic is Topic.CUSTOM and asked.kind not in (QuestionKind.TEXT, QuestionKind.CHOICE):
        return _custom_input(texts, asked, name, empty)
    if asked.options and asked.topic is not Topic.DURATION:
        return _choices(texts, asked, name, empty)
    longest = _LONGEST.get(asked.topic, 400)
    return InputText(
        id="value",
        label=name,
        error=empty,
        longest=longest,
        value=asked.value[:longest],
        placeholder=None if asked.topic is Topic.CUSTOM else texts.say(f"question-{asked.topic}-placeholder"),
        multiline=asked.topic is Topic.JUSTIFICATION,
        kind="email" if asked.topic is Topic.ADDRESS else "text",
    )


def _custom_input(texts: Texts, asked: Question, name: str, empty: str) -> Input:
    """For a policy's own question that is answered by a number, a date, yes or no, or by accepting terms."""
    match asked.kind:
        case QuestionKind.NUMBER:
            # What was begun with may be no number: it is then what was wrong with the last answer.
            value = asked.value if asked.value.removeprefix("-").isdecimal() and len(asked.value) < 16 else ""
            return InputNumber(id="value", label=name, error=empty, value=value, least=asked.least, most=asked.most)
        case QuestionKind.DATE:
            value = asked.value if DATE_FORM.fullmatch(asked.value) else ""
            return InputDate(id="value", label=name, error=empty, value=value)
        case QuestionKind.TERMS:
            agreement = texts.say("question-terms-accept", version=asked.version)
            return InputToggle(agreement, id="value", label=texts.say("question-terms-label"), error=empty)
    return InputChoiceSet(
        [Choice(texts.say("question-yes"), "yes"), Choice(texts.say("question-no"), "no")],
        id="value",
        label=name,
        error=empty,
        value=asked.value if asked.value in ("yes", "no") else "",
    )


def _choices(texts: Texts, asked: Question, name: str, empty: str) -> InputChoiceSet:
    shown = asked.options[:MOST_CHOICES]
    hinted = len(shown) <= MOST_HINTED
    known = {option.value for option in shown}
    chosen = [value for value in (part.strip() for part in asked.value.split(",")) if value in known]
    return InputChoiceSet(
        [Choice(_choice_title(option, hinted), option.value) for option in shown],
        id="values" if asked.many else "value",
        label=name,
        error=empty,
        value=",".join(chosen),
        many=asked.many,
        expanded=asked.many or len(shown) <= 8,
        placeholder=texts.say("question-choose"),
    )


def _choice_title(option: Option, hinted: bool) -> str:
    name = label(option.label, most=80)
    return f"{name} – {label(option.hint, most=140)}" if hinted and option.hint else name


def answered(
    texts: Texts, draft: Draft, names: Mapping[str, LocalisedText], *, but: Topic | None = None
) -> list[Rendered]:
    """What is answered already, a row each."""
    rows: list[Rendered] = []
    if (draft.address or draft.name) and but not in (Topic.ADDRESS,):
        rows.append(row(texts.say("card-guest"), guest_runs(draft.name, draft.address)))
    if draft.packages and but is not Topic.PACKAGES:
        rows.append(row(texts.say("card-packages"), package_names(texts, draft.packages, names)))
    if draft.until and but is not Topic.DURATION:
        rows.append(row(texts.say("card-until"), texts.weekday(draft.until)))
    if draft.justification and but is not Topic.JUSTIFICATION:
        rows.append(row(texts.say("card-why"), literal(draft.justification, most=160)))
    return rows


def _extension(texts: Texts, draft: Draft) -> list[Container]:
    return [callout("accent", "ℹ", [texts.say("question-extension")])] if draft.extends else []
