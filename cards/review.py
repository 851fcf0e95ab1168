"""All of a draft before it is submitted: the answers, what policy says, and what happens next."""

from bot.domain.findings import Outcome
from bot.interview.draft import Topic
from bot.workflow.views import Review, WhoDecides
from cards import buttons
from cards.blocks import (
    MOST_OF_A_NAME,
    findings,
    guest_runs,
    notes,
    package_names,
    problems,
    prose,
    row,
    sentence,
    title,
)
from cards.drawing import Drawing, Drawn, finished
from cards.elements import ActionSet, ActionShowCard, CardAction, Container, Rendered, RichTextBlock, TextBlock, TextRun
from cards.literal import label, literal
from cards.texts import Texts

MOST_ANSWERS = 8
MOST_STAGES = 8


def review(view: Review, drawing: Drawing) -> Drawn:
    """Submit is offered exactly where policy grants and nothing else stands in the way."""
    texts = drawing.texts
    ready = view.outcome is Outcome.GRANTED and not view.problems
    kind = "review-title-extension" if view.draft.extends else "review-title"
    heading = texts.say(kind if ready else "review-title-blocked")
    body: list[Rendered] = [title(heading), *answers(view, texts)]
    body += problems(texts, view.problems)
    body += notes(texts, view.notes)
    body += findings(texts, view.findings, heading=texts.say("review-findings"))
    if ready:
        body.append(_next(texts, view))
    else:
        body.append(sentence(texts.say("review-blocked-next"), bold=True))
    actions: list[CardAction] = [buttons.submit(texts, view.draft)] if ready else []
    changes = [buttons.change(topic_name(texts, name, view), view.draft, name) for name in view.changeable[:12]]
    if changes:
        choose = TextBlock(texts.say("review-change-what"))
        sets = [ActionSet(changes[start : start + 4]) for start in range(0, len(changes), 4)]
        actions.append(ActionShowCard(texts.say("button-change"), [choose, *sets], []))
    actions += [buttons.back(texts, view.draft), buttons.cancel(texts, view.draft)]
    return finished(drawing, body=body, actions=actions, summary=heading)


def topic_name(texts: Texts, name: str, view: Review) -> str:
    """What a question is called on a button."""
    if name in set(Topic) - {Topic.CUSTOM, Topic.REVIEW}:
        return texts.say(f"topic-{name}")
    key = name.partition(":")[2] or name
    text = view.question_texts.get(key)
    return label(texts.pick(text), most=40) if text else label(key, most=40)


def answers(view: Review, texts: Texts) -> list[Rendered]:
    draft = view.draft
    partner = (
        literal(view.partner_name, most=MOST_OF_A_NAME) if view.partner_name else texts.say("card-partner-unknown")
    )
    rows: list[Rendered] = [
        row(texts.say("card-guest"), guest_runs(draft.name, draft.address)),
        row(texts.say("card-partner"), partner),
        row(texts.say("card-packages"), package_names(texts, draft.packages or (), view.package_names)),
    ]
    if draft.until is not None:
        rows.append(row(texts.say("card-until"), texts.until(draft.until, view.days)))
    if draft.justification:
        rows.append(row(texts.say("card-why"), prose(texts, draft.justification)))
    for key, value in list(draft.answers.items())[:MOST_ANSWERS]:
        asked = texts.pick(view.question_texts[key]) if key in view.question_texts else key
        rows.append(answer_row(asked, texts.pick(view.answer_texts[key]) if key in view.answer_texts else value))
    return [Container(rows)]


def answer_row(question: str, answer: str) -> RichTextBlock:
    """A policy's own question, which may be long, and its answer."""
    return RichTextBlock(
        [
            TextRun(literal(question, most=160) + " ", subtle=True),
            TextRun(literal(answer, most=240)),
        ],
        spacing="small",
    )


def _next(texts: Texts, view: Review) -> Container:
    deciders = view.deciders
    items: list[Rendered] = [TextBlock(texts.say("review-next"), weight="bolder")]
    if not deciders:
        items.append(TextBlock(f"✔ {texts.say('review-next-at-once')}", spacing="small"))
    elif len(deciders) == 1:
        items.append(RichTextBlock([TextRun(f"◔ {needs(texts, deciders[0])}")], spacing="small"))
    else:
        items += [
            RichTextBlock([TextRun(f"{number}.  {needs(texts, stage)}")], spacing="small")
            for number, stage in enumerate(deciders[:MOST_STAGES], start=1)
        ]
    then = texts.say("review-next-then-extension" if view.draft.extends else "review-next-then")
    items.append(TextBlock(then, subtle=True, size="small", spacing="small"))
    return Container(items, style="good" if not deciders else "accent")


def needs(texts: Texts, stage: WhoDecides) -> str:
    """Needs Megan Bowen or 3 others in Guest approvers."""
    return texts.say("review-needs", who=whom(texts, stage))


def whom(texts: Texts, stage: WhoDecides) -> str:
    first, group = literal(stage.first, most=MOST_OF_A_NAME), literal(stage.group, most=MOST_OF_A_NAME)
    if not first:
        return texts.say("who-group", group=group) if group else "–"
    if not group:
        return first
    if stage.approvals > 1:
        return texts.say("who-several", approvals=stage.approvals, first=first, group=group)
    if not stage.others:
        return texts.say("who-one", first=first, group=group)
    return texts.say("who-or-others", first=first, count=stage.others, group=group)
