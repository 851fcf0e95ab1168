"""One assignment's end: the warning before it, the question whether to end now, the word that it has ended."""

from bot.domain.shortid import display
from bot.workflow.views import AssignmentView, Can, RedemptionNudge
from cards import buttons
from cards.blocks import MOST_OF_A_NAME, guest_runs, row, sentence, small, title
from cards.drawing import Drawing, Drawn, finished
from cards.elements import CardAction, Container, Rendered, Style
from cards.literal import literal
from cards.request_details import told_problem
from cards.texts import Texts
from cards.verbs import Verb

_MOMENTS: dict[str, tuple[str, Style]] = {
    "warning": ("⚠", "warning"),
    "confirm_end": ("⚠", "warning"),
    "ending": ("⚙", "accent"),
    "ended": ("✔", "emphasis"),
}


def assignment(view: AssignmentView, drawing: Drawing) -> Drawn:
    """`view.moment` says which of them it is."""
    texts, held = drawing.texts, view.assignment
    symbol, style = _MOMENTS[view.moment]
    moment = view.moment.replace("_", "-")
    heading = f"{symbol} {_heading(texts, view)}"
    what = texts.say(f"assignment-{moment}-what")
    body: list[Rendered] = [
        Container([title(heading), sentence(what)], style=style),
        row(texts.say("card-guest"), guest_runs(held.guest_name, held.guest_address)),
        row(texts.say("card-packages"), literal(texts.pick(view.package_name), most=MOST_OF_A_NAME)),
        row(texts.say("card-until"), texts.weekday(held.until)),
    ]
    if held.ended_by is not None:
        body.append(row(texts.say("card-ended-by"), literal(held.ended_by.name, most=MOST_OF_A_NAME)))
    if held.problem:
        params = {"address": held.guest_address, "name": held.guest_name, "id": display(held.id)}
        body.append(Container([sentence(f"⚠ {told_problem(texts, held.problem, params)}")], style="attention"))
    body.append(small(texts.say("card-assignment", id=display(held.id))))
    summary = texts.say("assignment-summary", what=heading, name=literal(held.guest_name, most=MOST_OF_A_NAME))
    return finished(drawing, body=body, actions=_actions(texts, view), summary=summary)


def _heading(texts: Texts, view: AssignmentView) -> str:
    if view.moment == "warning":
        return texts.say("assignment-warning-title", count=view.days_left)
    return texts.say(f"assignment-{view.moment.replace('_', '-')}-title")


def _actions(texts: Texts, view: AssignmentView) -> list[CardAction]:
    held = view.assignment
    if view.moment == "confirm_end":
        return [buttons.end_now(texts, held.id), buttons.no(texts, key="button-keep")]
    actions: list[CardAction] = []
    if Can.EXTEND in view.cans:
        actions.append(buttons.about(texts, Verb.EXTEND, held.id))
    if Can.END in view.cans:
        actions.append(buttons.about(texts, Verb.END, held.id))
    if Can.AGAIN in view.cans:
        actions.append(buttons.about(texts, Verb.AGAIN, held.request_id))
    return actions


def nudge(view: RedemptionNudge, drawing: Drawing) -> Drawn:
    """The guest has not accepted the invitation; no link is on this card."""
    texts = drawing.texts
    heading = texts.say("nudge-title", count=view.days)
    body: list[Rendered] = [
        Container([title(f"✉ {heading}"), sentence(texts.say("nudge-what"))], style="warning"),
        row(texts.say("card-guest"), guest_runs(view.name, view.address)),
        small(texts.say("card-request", id=display(view.request_id))),
    ]
    actions = [
        buttons.about(texts, Verb.RESEND, view.request_id),
        buttons.about(texts, Verb.STATUS, view.request_id),
    ]
    summary = texts.say("assignment-summary", what=heading, name=literal(view.name, most=MOST_OF_A_NAME))
    return finished(drawing, body=body, actions=actions, summary=summary, request_id=view.request_id)
