"""A sponsor's requests and guests, a page at a time."""

from bot.domain.assignments import AssignmentStatus
from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestStatus
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
MOST_HELD = 6

_CLOSED = {RequestStatus.DENIED, RequestStatus.WITHDRAWN, RequestStatus.LAPSED}


def requests(view: RequestList, drawing: Drawing) -> Drawn:
    """One's own requests, newest first, each with what can be done with it."""
    texts = drawing.texts
    body: list[Rendered] = [title(texts.say("requests-title"))]
    if not view.requests:
        body.append(sentence(texts.say("requests-none")))
    body += [_request(texts, request, view) for request in view.requests[:MOST_ENTRIES]]
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
    verbs = [Verb.STATUS]
    if request.status is RequestStatus.PENDING:
        verbs.append(Verb.WITHDRAW)
    verbs.append(Verb.AGAIN if request.status in _CLOSED else Verb.ANOTHER)
    return Container(
        [
            RichTextBlock(guest_runs(request.guest_name, request.guest_address)),
            RichTextBlock(
                [TextRun(status_words(texts, request.status)), TextRun(f"  {line}", subtle=True)], spacing="small"
            ),
            ActionSet([buttons.about(texts, verb, request.id) for verb in verbs], spacing="small"),
        ],
        separator=True,
    )


def guests(view: GuestList, drawing: Drawing) -> Drawn:
    """One's guests, with what each holds and until when."""
    texts = drawing.texts
    body: list[Rendered] = [title(texts.say("guests-title"))]
    if not view.guests:
        body.append(sentence(texts.say("guests-none")))
    body += [_guest(texts, entry) for entry in view.guests[:MOST_ENTRIES]]
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


def _guest(texts: Texts, entry: GuestEntry) -> Container:
    items: list[Rendered] = [
        RichTextBlock(guest_runs(entry.name, entry.address)),
        small(redemption_words(texts, entry.redemption)),
    ]
    items += [_held(texts, held) for held in entry.held[:MOST_HELD]]
    if len(entry.held) > MOST_HELD:
        items.append(small(texts.say("card-more", count=len(entry.held) - MOST_HELD)))
    resend = next((held for held in entry.held if Can.RESEND in held.cans), None)
    if resend is not None:
        items.append(ActionSet([buttons.about(texts, Verb.RESEND, resend.assignment.id)], spacing="small"))
    return Container(items, separator=True)


def _held(texts: Texts, held: HeldPackage) -> ColumnSet:
    name = literal(texts.pick(held.package_name), most=60)
    ending = held.assignment.status is not AssignmentStatus.ACTIVE
    until = texts.say("guests-ending" if ending else "guests-until", until=held.assignment.until)
    runs = [
        TextRun(name),
        TextRun(f"  {until}", subtle=True),
        TextRun(f"  {display(held.assignment.id)}", subtle=True, size="small"),
    ]
    verbs = [verb for can, verb in ((Can.EXTEND, Verb.EXTEND), (Can.END, Verb.END)) if can in held.cans]
    columns = [Column([RichTextBlock(runs)], align="center")]
    if verbs:
        does = ActionSet([buttons.about(texts, verb, held.assignment.id) for verb in verbs])
        columns.append(Column([does], width="auto"))
    return ColumnSet(columns, spacing="small")
