"""The parts of a request's cards: who asks, for whom, for what; what was decided; how far it is."""

from collections.abc import Mapping

from bot.domain.requests import Choice, Decision, Request, RequestStatus, StepKind, StepState
from bot.domain.shortid import display
from bot.interview.suspicion import notes_on_address, notes_on_name
from bot.workflow.views import RequestView
from cards.blocks import (
    MOST_OF_A_NAME,
    MOST_OF_AN_ADDRESS,
    guest_runs,
    package_names,
    problems,
    prose,
    row,
    small,
)
from cards.elements import Container, Rendered, RichTextBlock, TextBlock, TextRun, Weight
from cards.literal import literal
from cards.review import MOST_ANSWERS, MOST_STAGES, answer_row, whom
from cards.texts import Texts

MOST_DECISIONS = 8
MOST_PAST = 5


def sponsor_rows(texts: Texts, request: Request) -> list[Rendered]:
    """Who asks: name, title, department, manager."""
    sponsor = request.sponsor
    runs = [TextRun(literal(sponsor.name, most=MOST_OF_A_NAME), weight="bolder")]
    work = [literal(part, most=60) for part in (sponsor.title, sponsor.department) if part]
    if work:
        runs.append(TextRun(" · " + " · ".join(work)))
    if sponsor.manager is not None:
        name = literal(sponsor.manager.name, most=MOST_OF_A_NAME)
        runs.append(TextRun("\n" + texts.say("card-reports-to", name=name), subtle=True))
    return [Container([row(texts.say("card-sponsor"), runs)])]


def ask_rows(texts: Texts, shown: RequestView) -> list[Rendered]:
    """For whom, for what, until when, why; and what the eye does not see in the address or the name."""
    request = shown.request
    rows: list[Rendered] = [row(texts.say("card-guest"), guest_runs(request.guest_name, request.guest_address))]
    noted = {note.key for note in shown.notes}
    odd = (*notes_on_address(request.guest_address), *notes_on_name(request.guest_name))
    rows += problems(texts, [note for note in odd if note.key not in noted], style="warning")
    if shown.partner_name:
        partner = [
            TextRun(literal(shown.partner_name, most=MOST_OF_A_NAME)),
            TextRun(" · " + texts.say("card-partner-known"), subtle=True),
        ]
    else:
        partner = [TextRun(f"⚠ {texts.say('card-partner-unknown')}")]
    rows.append(row(texts.say("card-partner"), partner))
    rows += _what_and_until(texts, shown)
    if request.justification:
        rows.append(row(texts.say("card-why"), prose(texts, request.justification)))
    for key, value in list(request.answers.items())[:MOST_ANSWERS]:
        asked = texts.pick(shown.question_texts[key]) if key in shown.question_texts else key
        rows.append(answer_row(asked, texts.pick(shown.answer_texts[key]) if key in shown.answer_texts else value))
    return [Container(rows)]


def brief_rows(texts: Texts, shown: RequestView) -> list[Rendered]:
    """For whom, for what, until when: what somebody needs who has seen all of it before."""
    request = shown.request
    guest = row(texts.say("card-guest"), guest_runs(request.guest_name, request.guest_address))
    return [Container([guest, *_what_and_until(texts, shown)])]


def _what_and_until(texts: Texts, shown: RequestView) -> list[Rendered]:
    request = shown.request
    return [
        row(texts.say("card-packages"), package_names(texts, request.packages, shown.package_names)),
        row(texts.say("card-until"), texts.until(request.until, days_of(request))),
    ]


def days_of(request: Request) -> int:
    """How long was asked for, as policy counted it."""
    counted = request.facts.get("request.days")
    if isinstance(counted, int):
        return counted
    return (request.until - request.submitted_at.date()).days


def history(texts: Texts, shown: RequestView) -> list[Rendered]:
    """What was asked for this guest before."""
    if not shown.history:
        return []
    items: list[Rendered] = [small(texts.say("card-history"))]
    for past in shown.history[:MOST_PAST]:
        known = past.status in set(RequestStatus)
        status = texts.say(f"status-{past.status}") if known else literal(past.status, most=40)
        packages = texts.all_of([literal(texts.pick(name), most=MOST_OF_A_NAME) for name in past.packages[:4]])
        sponsor = literal(past.sponsor, most=MOST_OF_A_NAME)
        line = f"{texts.day(past.at.date())} · {packages} · {sponsor} · {status} ({display(past.id)})"
        items.append(RichTextBlock([TextRun(line, size="small")], spacing="small"))
    return [Container(items, separator=True, spacing="medium")]


def decisions(texts: Texts, request: Request) -> list[Rendered]:
    """Who decided, when and why."""
    if not request.decisions:
        return []
    shown = request.decisions[-MOST_DECISIONS:]
    items: list[Rendered] = [small(texts.say("card-decisions"))]
    if len(request.decisions) > len(shown):
        items.append(small(texts.say("card-more", count=len(request.decisions) - len(shown))))
    items += [_decision(texts, decision, said=request.closed_reason) for decision in shown]
    return [Container(items, separator=True, spacing="medium")]


def _decision(texts: Texts, decision: Decision, *, said: str) -> RichTextBlock:
    """`said`: what the card says as the reason already."""
    approved = decision.choice is Choice.APPROVE
    who = literal(decision.by.name, most=MOST_OF_A_NAME)
    did = texts.say("card-decided-approve" if approved else "card-decided-deny", who=who)
    runs = [
        TextRun(f"{'✔' if approved else '✖'} {did}", weight="bolder"),
        TextRun(f" · {texts.moment(decision.at)}", subtle=True),
    ]
    if decision.reason and decision.reason != said:
        runs.append(TextRun("\n" + literal(decision.reason, most=400, lines=True), italic=True))
    return RichTextBlock(runs, spacing="small")


def deciding(texts: Texts, shown: RequestView) -> list[Rendered]:
    """Whom the stages ask: those that are done, the one that is asked now, and what comes after it."""
    request = shown.request
    if not shown.deciders:
        return []
    items: list[Rendered] = [small(texts.say("card-who-decides"))]
    for index, stage in enumerate(shown.deciders[:MOST_STAGES]):
        symbol = "✔" if index < request.stage else "◔" if index == request.stage else "○"
        number = f"{index + 1}. " if len(shown.deciders) > 1 else ""
        weight: Weight | None = "bolder" if index == request.stage else None
        runs = [TextRun(f"{symbol} {number}{whom(texts, stage)}", weight=weight)]
        done = sum(1 for one in request.decisions if one.stage == index and one.choice is Choice.APPROVE)
        if stage.approvals > 1:
            runs.append(TextRun(" · " + texts.say("card-approvals", done=done, of=stage.approvals), subtle=True))
        items.append(RichTextBlock(runs, spacing="small"))
    return [Container(items, separator=True, spacing="medium")]


def told_problem(texts: Texts, key: str, params: Mapping[str, str]) -> str:
    """What stopped a job. A mistake of ours has no number there: the log has it."""
    return texts.tell("error-unexpected-in-job" if key == "error-unexpected" else key, params)


_STATES = {StepState.DONE: "✔", StepState.WAITING: "○", StepState.FAILED: "✖"}


def steps(texts: Texts, request: Request) -> list[Rendered]:
    """How far the delivery is, a line for each kind of step."""
    items: list[Rendered] = []
    for kind in StepKind:
        of_kind = [step for step in request.steps if step.kind is kind]
        if not of_kind:
            continue
        done = sum(1 for step in of_kind if step.state is StepState.DONE)
        failed = next((step for step in of_kind if step.state is StepState.FAILED), None)
        state = StepState.FAILED if failed else StepState.DONE if done == len(of_kind) else StepState.WAITING
        count = f" {done}/{len(of_kind)}" if len(of_kind) > 1 else ""
        runs = [TextRun(f"{_STATES[state]} {texts.say(f'step-{kind}-{state}')}{count}")]
        if failed and failed.error and failed.error != request.problem:
            params = {"address": literal(request.guest_address, most=MOST_OF_AN_ADDRESS)}
            runs.append(TextRun(" · " + told_problem(texts, failed.error, params), subtle=True))
        items.append(RichTextBlock(runs, spacing="small"))
    return (
        [
            Container(
                [TextBlock(texts.say("card-delivery"), subtle=True, size="small"), *items],
                separator=True,
                spacing="medium",
            )
        ]
        if items
        else []
    )
