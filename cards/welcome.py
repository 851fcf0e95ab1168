"""First contact, help, and a draft that waits."""

from dataclasses import replace

from bot.workflow.views import DraftWaiting, HelpView, Welcome
from cards import buttons
from cards.blocks import sentence, small, title
from cards.drawing import Drawing, Drawn, finished
from cards.elements import CardAction, Column, ColumnSet, Container, Rendered, RichTextBlock, TextBlock, TextRun
from cards.interview import answered, helped
from cards.literal import literal
from cards.texts import Texts

_COMMANDS = ("begin", "my-requests", "my-guests", "status", "cancel", "help")
_IN_AN_INTERVIEW = ("back", "change", "start-over", "cancel")
_OF_APPROVERS = ("approve", "deny")
_OF_ADMINISTRATORS = ("approvals-here", "retry", "end-access", "freeze", "unfreeze")


def welcome(view: Welcome, drawing: Drawing) -> Drawn:
    """What this is, and one button to begin (or to go on, where a draft waits)."""
    texts = drawing.texts
    greeting = texts.say("welcome-title", name=literal(view.first_name, most=40))
    if not view.first_name:
        greeting = texts.say("welcome-title-nameless")
    body: list[Rendered] = [
        RichTextBlock([TextRun(greeting, size="large", weight="bolder")]),
        sentence(texts.say("welcome-what")),
        *_steps(texts),
    ]
    actions: list[CardAction] = [buttons.begin(texts)]
    if view.draft is not None:
        # The names of the packages are not at hand here, and their keys mean nothing to a reader.
        said = answered(texts, replace(view.draft, packages=None), {})
        body.append(Container([sentence(texts.say("welcome-draft")), *said], style="emphasis"))
        actions = [buttons.resume(texts), buttons.start_over(texts)]
    body.append(small(texts.say("welcome-more")))
    return finished(drawing, body=body, actions=actions, summary=texts.say("welcome-summary"))


def _steps(texts: Texts) -> list[Rendered]:
    steps = ("welcome-step-ask", "welcome-step-decide", "welcome-step-told")
    return [
        ColumnSet(
            [
                Column([RichTextBlock([TextRun(str(number), weight="bolder", color="accent")])], width="20px"),
                Column([sentence(texts.say(key))]),
            ],
            spacing="small",
        )
        for number, key in enumerate(steps, start=1)
    ]


def waiting(view: DraftWaiting, drawing: Drawing) -> Drawn:
    """A new request was begun while a draft waits: go on, or start over."""
    texts = drawing.texts
    body: list[Rendered] = [
        title(texts.say("waiting-title")),
        sentence(texts.say("waiting-what")),
        Container(answered(texts, view.draft, view.package_names), style="emphasis"),
    ]
    actions = [buttons.resume(texts), buttons.start_over(texts), buttons.cancel(texts, view.draft)]
    return finished(drawing, body=body, actions=actions, summary=texts.say("waiting-title"))


def help_(view: HelpView, drawing: Drawing) -> Drawn:
    """What can be said here; in an interview, first of all what the present question wants."""
    texts = drawing.texts
    body: list[Rendered] = [title(texts.say("help-title"))]
    actions: list[CardAction] = []
    if view.question is not None:
        body.append(Container(helped(texts, view.question), style="emphasis"))
        body += _commands(texts, "help-now", _IN_AN_INTERVIEW)
        actions.append(buttons.resume(texts))
    else:
        actions.append(buttons.begin(texts))
    now = _IN_AN_INTERVIEW if view.question is not None else ()
    body += _commands(texts, "help-always", tuple(name for name in _COMMANDS if name not in now))
    body += _commands(texts, "help-approvers", _OF_APPROVERS)
    if view.for_administrators:
        body += _commands(texts, "help-administrators", _OF_ADMINISTRATORS)
    actions += [buttons.my_requests(texts), buttons.my_guests(texts)]
    return finished(drawing, body=body, actions=actions, summary=texts.say("help-title"))


def _commands(texts: Texts, heading: str, commands: tuple[str, ...]) -> list[Rendered]:
    rows = [
        ColumnSet(
            [
                Column([sentence(texts.say(f"command-{name}"), bold=True)], width="150px"),
                Column([sentence(texts.say(f"command-{name}-does"))]),
            ],
            spacing="small",
        )
        for name in commands
    ]
    return [
        Container([TextBlock(texts.say(heading), subtle=True, size="small"), *rows], separator=True, spacing="medium")
    ]
