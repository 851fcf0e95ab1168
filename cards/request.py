"""A request, for whoever is shown it: approver, sponsor, administrator; all from one table of its states."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.people import Redemption
from bot.domain.requests import Request, RequestKind, RequestStatus
from bot.domain.shortid import display
from bot.workflow.views import ApprovalView, AttentionView, Can, ConfirmDecision, OutcomeView, ProgressView, RequestView
from cards import buttons
from cards.blocks import MOST_OF_A_NAME, findings, notes, sentence, small
from cards.drawing import Drawing, Drawn, finished
from cards.elements import (
    ActionShowCard,
    CardAction,
    Container,
    InputText,
    Refresh,
    Rendered,
    RichTextBlock,
    Style,
    TextBlock,
    TextRun,
)
from cards.literal import literal
from cards.request_details import ask_rows, brief_rows, deciding, decisions, history, sponsor_rows, steps, told_problem
from cards.texts import Texts
from cards.verbs import Verb

MOST_OF_A_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How a state is shown: a symbol and words, which the colour only repeats, and what comes next."""

    symbol: str
    words: str
    next: str
    style: Style


PRESENTATIONS: Mapping[RequestStatus, Presentation] = {
    RequestStatus.PENDING: Presentation(symbol="◔", words="status-pending", next="next-pending", style="accent"),
    RequestStatus.APPROVED: Presentation(symbol="✔", words="status-approved", next="next-approved", style="good"),
    RequestStatus.DELIVERING: Presentation(symbol="⚙", words="status-delivering", next="next-delivering", style="good"),
    RequestStatus.DELIVERED: Presentation(symbol="✔", words="status-delivered", next="next-delivered", style="good"),
    RequestStatus.DENIED: Presentation(symbol="✖", words="status-denied", next="next-denied", style="attention"),
    RequestStatus.WITHDRAWN: Presentation(
        symbol="↩", words="status-withdrawn", next="next-withdrawn", style="emphasis"
    ),
    RequestStatus.LAPSED: Presentation(symbol="⊘", words="status-lapsed", next="next-lapsed", style="warning"),
    RequestStatus.NEEDS_ATTENTION: Presentation(
        symbol="⚠", words="status-needs_attention", next="next-needs_attention", style="warning"
    ),
}

_OF_SPONSOR: Mapping[Can, Verb] = {
    Can.RESEND: Verb.RESEND,
    Can.AGAIN: Verb.AGAIN,
    Can.ANOTHER: Verb.ANOTHER,
    Can.WITHDRAW: Verb.WITHDRAW,
    Can.RETRY: Verb.RETRY,
}


def status_words(texts: Texts, status: RequestStatus) -> str:
    shown = PRESENTATIONS[status]
    return f"{shown.symbol} {texts.say(shown.words)}"


def approval(view: ApprovalView, drawing: Drawing) -> Drawn:
    """All that an approver needs to decide; afterwards, what was decided by whom, and how it went on."""
    texts, shown = drawing.texts, view.shown
    request = shown.request
    pending = request.status is RequestStatus.PENDING
    body: list[Rendered] = []
    if view.notice:
        body.append(Container([sentence(texts.tell(view.notice, {}), bold=True)], style="warning"))
    body += _heading(texts, request)
    body += _state(texts, shown, for_sponsor=False)
    body += sponsor_rows(texts, request)
    body += ask_rows(texts, shown)
    body += notes(texts, shown.notes)
    body += findings(texts, request.verdict.findings, heading=texts.say("card-findings"))
    body += history(texts, shown)
    body += decisions(texts, request)
    body += deciding(texts, shown) if pending else steps(texts, request)
    actions: list[CardAction] = []
    refresh = None
    if pending and Can.APPROVE in shown.cans:
        actions.append(_approve(texts, request))
    if pending and Can.DENY in shown.cans:
        actions.append(_deny(texts, request))
    if pending and shown.approver_ids:
        refresh = Refresh(buttons.refresh(texts, request), user_ids=shown.approver_ids[:60])
    return finished(
        drawing, body=body, actions=actions, summary=_summary(texts, request), request_id=request.id, refresh=refresh
    )


def progress(view: ProgressView, drawing: Drawing) -> Drawn:
    """A request for its sponsor, as it is now."""
    texts, shown = drawing.texts, view.shown
    pending = shown.request.status is RequestStatus.PENDING
    body: list[Rendered] = [
        *ask_rows(texts, shown),
        *notes(texts, shown.notes),
        *decisions(texts, shown.request),
        *(deciding(texts, shown) if pending else steps(texts, shown.request)),
    ]
    return _for_sponsor(shown, drawing, body)


def outcome(view: OutcomeView, drawing: Drawing) -> Drawn:
    """A request's outcome, told: what happened, why, and the next step. All else is on its progress card."""
    texts, shown = drawing.texts, view.shown
    return _for_sponsor(shown, drawing, [*brief_rows(texts, shown), *decisions(texts, shown.request)])


def _for_sponsor(shown: RequestView, drawing: Drawing, details: list[Rendered]) -> Drawn:
    texts, request = drawing.texts, shown.request
    body = [*_heading(texts, request), *_state(texts, shown, for_sponsor=True), *details]
    actions = [buttons.about(texts, verb, request.id) for can, verb in _OF_SPONSOR.items() if can in shown.cans]
    return finished(drawing, body=body, actions=actions, summary=_summary(texts, request), request_id=request.id)


def attention(view: AttentionView, drawing: Drawing) -> Drawn:
    """What stopped, why, and *Retry*, for administrators."""
    texts, shown = drawing.texts, view.shown
    request = shown.request
    body: list[Rendered] = [*_heading(texts, request), *_state(texts, shown, for_sponsor=False)]
    if view.detail:
        runs = [TextRun(literal(view.detail, most=600, lines=True), monospace=True, size="small")]
        body.append(
            Container([small(texts.say("card-detail")), RichTextBlock(runs, spacing="small")], style="emphasis")
        )
    body += steps(texts, request)
    body += sponsor_rows(texts, request)
    body += ask_rows(texts, shown)
    body += decisions(texts, request)
    actions = [buttons.about(texts, Verb.RETRY, request.id)] if Can.RETRY in shown.cans else []
    return finished(drawing, body=body, actions=actions, summary=_summary(texts, request), request_id=request.id)


def confirm(view: ConfirmDecision, drawing: Drawing) -> Drawn:
    """`approve <id>` was typed. The button names this very request and stage, whatever is asked back later."""
    texts, shown = drawing.texts, view.shown
    request = shown.request
    body: list[Rendered] = [
        small(texts.say("card-request", id=display(request.id))),
        RichTextBlock([TextRun(texts.say("confirm-title"), size="large", weight="bolder")], spacing="small"),
        sentence(_title(texts, request), bold=True),
        *sponsor_rows(texts, request),
        *ask_rows(texts, shown),
        *notes(texts, shown.notes),
        *findings(texts, request.verdict.findings, heading=texts.say("card-findings")),
        sentence(texts.say("confirm-how")),
    ]
    actions = [_approve(texts, request), buttons.no(texts)]
    return finished(drawing, body=body, actions=actions, summary=texts.say("confirm-title"), request_id=request.id)


def _heading(texts: Texts, request: Request) -> list[Rendered]:
    return [
        small(texts.say("card-request", id=display(request.id))),
        RichTextBlock([TextRun(_title(texts, request), size="large", weight="bolder")], spacing="small"),
    ]


def _title(texts: Texts, request: Request) -> str:
    key = "card-title-extension" if request.kind is RequestKind.EXTENSION else "card-title-access"
    return texts.say(key, name=literal(request.guest_name or request.guest_address, most=MOST_OF_A_NAME))


def _summary(texts: Texts, request: Request) -> str:
    name = literal(request.guest_name or request.guest_address, most=MOST_OF_A_NAME)
    state = status_words(texts, request.status)
    return texts.say("card-summary", id=display(request.id), name=name, state=state)


def _state(texts: Texts, shown: RequestView, *, for_sponsor: bool) -> list[Rendered]:
    """The state in words, why, and (for the sponsor) what comes next."""
    request = shown.request
    look = PRESENTATIONS[request.status]
    head = [TextRun(status_words(texts, request.status), weight="bolder")]
    if request.status is RequestStatus.PENDING and len(request.stages) > 1:
        head.append(TextRun(" · " + texts.say("card-stage", number=request.stage + 1, of=len(request.stages))))
    items: list[Rendered] = [RichTextBlock(head)]
    if request.closed_reason:
        runs = [
            TextRun(texts.say("card-because") + " ", subtle=True),
            TextRun(literal(request.closed_reason, most=600, lines=True)),
        ]
        items.append(RichTextBlock(runs, spacing="small"))
    if request.problem:
        items.append(
            RichTextBlock([TextRun(told_problem(texts, request.problem, _of_problem(request)))], spacing="small")
        )
    if for_sponsor:
        items.append(TextBlock(_next(texts, shown), spacing="small"))
    elif request.status is RequestStatus.NEEDS_ATTENTION:
        items.append(TextBlock(texts.say("next-attention-admin"), spacing="small"))
    return [Container(items, style=look.style)]


def _of_problem(request: Request) -> dict[str, str]:
    return {"address": request.guest_address, "name": request.guest_name, "id": display(request.id)}


def _next(texts: Texts, shown: RequestView) -> str:
    """What the sponsor can expect, or do, next."""
    request = shown.request
    if request.status is RequestStatus.DELIVERED:
        if request.kind is RequestKind.EXTENSION:
            return texts.say("next-delivered-extension", until=request.until)
        if shown.redemption is Redemption.PENDING:
            return texts.say("next-delivered-pending")
        if shown.redemption is Redemption.ACCEPTED:
            return texts.say("next-delivered-accepted", until=request.until)
    return texts.say(PRESENTATIONS[request.status].next)


# --- deciding --------------------------------------------------------------------------------------------------------


def _approve(texts: Texts, request: Request) -> CardAction:
    title = texts.say("button-approve-until", until=texts.short_day(request.until))
    if not request.reason_needed:
        return buttons.decide(title, Verb.APPROVE, request, style="positive", with_reason=False)
    reason = _reason(texts, Verb.APPROVE)
    final = buttons.decide(title, Verb.APPROVE, request, style="positive", with_reason=True)
    return ActionShowCard(title, [reason], [final], style="positive")


def _deny(texts: Texts, request: Request) -> CardAction:
    final = buttons.decide(texts.say("button-deny-final"), Verb.DENY, request, style="destructive", with_reason=True)
    return ActionShowCard(texts.say("button-deny"), [_reason(texts, Verb.DENY)], [final], style="destructive")


def _reason(texts: Texts, verb: Verb) -> InputText:
    return InputText(
        id=f"{verb}-reason",
        label=texts.say(f"reason-{verb}-label"),
        error=texts.say(f"reason-{verb}-empty"),
        placeholder=texts.say(f"reason-{verb}-placeholder"),
        longest=MOST_OF_A_REASON,
        multiline=True,
    )
