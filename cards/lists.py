"""A sponsor's requests and guests, a page at a time."""

from bot.domain.assignments import AssignmentStatus
from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestKind, RequestStatus
from bot.domain.shortid import display
from bot.workflow.views import Can, GuestEntry, GuestList, HeldPackage, RequestList
from cards import buttons
from cards.blocks import guest_runs, package_names, sentence, small, title
from cards.drawing import Drawing, Drawn, finished
from cards.elements import ActionSet, CardAction, Column, ColumnSet, Container, Rendered, RichTextBlock, TextRun
from cards.literal import literal
from cards.request import status_words
from cards.texts import Texts
from cards.verbs import Verb

MOST_ENTRIES = 10
"""Of one page; what makes the views sends fewer."""
MOST_HELD = 12
"""Assignments with buttons on one card; those beyond are named with their ids, for the typed commands."""
MOST_NAMED = 12

_CLOSED = {RequestStatus.DENIED, RequestStatus.WITHDRAWN, RequestStatus.LAPSED}


def requests(view: RequestList, drawing: Drawing) -> Drawn:
    """One's own requests, newest first, each with what can be done with it."""
    texts = drawing.texts
    body: list[Rendered] = [title(texts.say("requests-title"))]
    if not view.requests:
        body.append(sentence(texts.say("requests-none")))
    body += [_request(texts, request, view) for request in view.requests[:MOST_ENTRIES]]
    body += _left_out(texts, len(view.requests))
    actions: list[CardAction] = [] if view.requests else [buttons.begin(texts)]
    if view.page > 0:
        actions.append(buttons.my_requests(texts, view.page - 1, key="button-newer"))
    if view.page + 1 < view.pages:
        actions.append(buttons.my_requests(texts, view.page + 1, key="button-older"))
    if view.pages > 1:
        body.append(small(texts.say("card-page", number=view.page + 1, of=view.pages)))
    return finished(drawing, body=body, actions=actions, summary=texts.say("requests-title"))


def _request(texts: Texts, request: Request, view: RequestList) -> Container:
    packages = package_names(texts, request.packages, view.package_names, most=4)
    line = texts.say("requests-line", packages=packages, until=request.until, id=display(request.id))
    if request.kind is RequestKind.EXTENSION:
        line = texts.say("requests-extension") + f" · {line}"
    verbs = [Verb.STATUS]
    if request.status is RequestStatus.PENDING:
        verbs.append(Verb.WITHDRAW)
    verbs.append(Verb.AGAIN if request.status in _CLOSED else Verb.ANOTHER)
    return Container(
        [
            RichTextBlock(guest_runs(request.guest_name, request.guest_address)),
            RichTextBlock(
                [TextRun(status_words(texts, request.status)), TextRun(f" · {line}", subtle=True)], spacing="small"
            ),
            ActionSet([buttons.about(texts, verb, request.id) for verb in verbs], spacing="small"),
        ],
        separator=True,
        spacing="medium",
    )


def guests(view: GuestList, drawing: Drawing) -> Drawn:
    """One's guests, with what each holds and until when."""
    texts = drawing.texts
    body: list[Rendered] = [title(texts.say("guests-title"))]
    if not view.guests:
        body.append(sentence(texts.say("guests-none")))
    room = MOST_HELD
    for entry in view.guests[:MOST_ENTRIES]:
        body.append(_guest(texts, entry, entry.held[:room], entry.held[room:]))
        room = max(0, room - len(entry.held))
    body += _left_out(texts, len(view.guests))
    actions: list[CardAction] = [] if view.guests else [buttons.begin(texts)]
    if view.page > 0:
        actions.append(buttons.my_guests(texts, view.page - 1, key="button-previous"))
    if view.page + 1 < view.pages:
        actions.append(buttons.my_guests(texts, view.page + 1, key="button-following"))
    if view.pages > 1:
        body.append(small(texts.say("card-page", number=view.page + 1, of=view.pages)))
    return finished(drawing, body=body, actions=actions, summary=texts.say("guests-title"))


_REDEMPTIONS = {Redemption.NOT_INVITED: "○", Redemption.PENDING: "✉", Redemption.ACCEPTED: "✔"}


def redemption_words(texts: Texts, redemption: Redemption) -> str:
    return f"{_REDEMPTIONS[redemption]} {texts.say(f'redemption-{redemption}')}"


def _guest(texts: Texts, entry: GuestEntry, held: tuple[HeldPackage, ...], named: tuple[HeldPackage, ...]) -> Container:
    items: list[Rendered] = [
        RichTextBlock(guest_runs(entry.name, entry.address)),
        small(redemption_words(texts, entry.redemption)),
    ]
    items += [_held(texts, one) for one in held]
    if named:
        names = [_name_and_id(texts, one) for one in named[:MOST_NAMED]]
        if len(named) > MOST_NAMED:
            names.append(texts.say("card-more", count=len(named) - MOST_NAMED))
        items.append(small(texts.all_of(names)))
    resend = next((one for one in entry.held if Can.RESEND in one.cans), None)
    if resend is not None:
        items.append(ActionSet([buttons.about(texts, Verb.RESEND, resend.assignment.id)], spacing="small"))
    return Container(items, separator=True, spacing="medium")


def _name_and_id(texts: Texts, held: HeldPackage) -> str:
    return f"{literal(texts.pick(held.package_name), most=40)} ({display(held.assignment.id)})"


def _left_out(texts: Texts, entries: int) -> list[Rendered]:
    return [small(texts.say("card-more", count=entries - MOST_ENTRIES))] if entries > MOST_ENTRIES else []


def _held(texts: Texts, held: HeldPackage) -> ColumnSet:
    name = literal(texts.pick(held.package_name), most=60)
    ending = held.assignment.status is not AssignmentStatus.ACTIVE
    until = texts.say("guests-ending" if ending else "guests-until", until=held.assignment.until)
    verbs = [verb for can, verb in ((Can.EXTEND, Verb.EXTEND), (Can.END, Verb.END)) if can in held.cans]
    columns = [Column([sentence(name), small(f"{until} · {display(held.assignment.id)}")])]
    if verbs:
        does = ActionSet([buttons.about(texts, verb, held.assignment.id) for verb in verbs])
        columns.append(Column([does], width="auto"))
    return ColumnSet(columns, spacing="small")
