"""A policy revision for the administrators: what it changes, what it would have changed, and what became of it."""

from collections.abc import Mapping, Sequence

from bot.workflow.records import PolicyRevision, RevisionState, Simulated
from bot.workflow.views import Can, PolicyView
from cards import buttons
from cards.blocks import callout, row, sentence, small, title
from cards.drawing import Drawing, Drawn, finished
from cards.elements import CardAction, Rendered, Style, TextBlock
from cards.literal import literal
from cards.texts import Texts
from policies.changes import Change, ChangeKind
from policies.simulation import Kind

MOST_CHANGES = 12
MOST_DIFFERENCES = 8

_STATES: Mapping[RevisionState, tuple[Style, str, str]] = {
    RevisionState.WAITING: ("warning", "◔", "card-policy-waiting"),
    RevisionState.ACCEPTED: ("emphasis", "○", "card-policy-superseded"),
    RevisionState.REJECTED: ("attention", "✖", "card-policy-rejected"),
    RevisionState.REPLACED: ("emphasis", "○", "card-policy-replaced"),
}
_IN_FORCE: tuple[Style, str, str] = ("good", "✔", "card-policy-in-force")
_KINDS = {
    ChangeKind.ADDED: ("+", "card-policy-added"),
    ChangeKind.REMOVED: ("−", "card-policy-removed"),
    ChangeKind.CHANGED: ("~", "card-policy-changed"),
}
_DIFFERENCES: Mapping[str, str] = {
    Kind.NEWLY_GRANTED: "card-policy-kind-newly-granted",
    Kind.NOW_UNASKED: "card-policy-kind-now-unasked",
    Kind.NEWLY_DENIED: "card-policy-kind-newly-denied",
    Kind.OTHER_ROUTE: "card-policy-kind-other-route",
    Kind.LONGER_LIMITS: "card-policy-kind-longer-limits",
    Kind.SHORTER_LIMITS: "card-policy-kind-shorter-limits",
    Kind.OTHER_QUESTIONS: "card-policy-kind-other-questions",
}


def policy(view: PolicyView, drawing: Drawing) -> Drawn:
    """Waiting, it has its two buttons; settled, it says who settled it."""
    texts, kept = drawing.texts, view.revision
    style, symbol, key = _IN_FORCE if view.in_force else _STATES[kept.state]
    heading = texts.say("card-policy-title", revision=literal(kept.revision, most=20))
    lines = [texts.say(key)]
    if kept.by is not None and kept.settled_at is not None:
        by = literal(kept.by.name, most=80)
        lines.append(texts.say("card-policy-settled", by=by, at=kept.settled_at))
    body: list[Rendered] = [
        title(heading),
        callout(style, symbol, lines),
        *_origin(texts, kept),
        *_changes(texts, kept),
    ]
    body += _simulated(texts, kept.simulated)
    actions: list[CardAction] = []
    if Can.PUT_IN_FORCE in view.cans:
        actions.append(buttons.settle_revision(texts, kept.revision, accept=True))
    if Can.REJECT in view.cans:
        actions.append(buttons.settle_revision(texts, kept.revision, accept=False))
    return finished(drawing, body=body, actions=actions, summary=f"{heading}: {lines[0]}")


def _origin(texts: Texts, kept: PolicyRevision) -> list[Rendered]:
    rows: list[Rendered] = []
    if kept.base:
        rows.append(row(texts.say("card-policy-instead-of"), literal(kept.base, most=20)))
    if kept.origin.author:
        rows.append(row(texts.say("card-policy-author"), literal(kept.origin.author, most=120)))
    if kept.origin.commit:
        rows.append(row(texts.say("card-policy-commit"), literal(kept.origin.commit[:12], most=20)))
    return rows


def _changes(texts: Texts, kept: PolicyRevision) -> list[Rendered]:
    granting = [change for change in kept.changes if change.may_grant]
    others = [change for change in kept.changes if not change.may_grant]
    body = _some(texts, "card-policy-may-grant", granting, MOST_CHANGES)
    left = max(3, MOST_CHANGES - len(granting))
    return body + _some(texts, "card-policy-restricts", others, left, more=kept.changes_in_all - len(kept.changes))


def _some(texts: Texts, heading: str, changes: Sequence[Change], most: int, *, more: int = 0) -> list[Rendered]:
    if not changes:
        return []
    body: list[Rendered] = [TextBlock(texts.say(heading), weight="bolder")]
    body += [sentence(_change(texts, change)) for change in changes[:most]]
    left_out = len(changes) - most + more if len(changes) > most else more
    return [*body, small(texts.say("card-more", count=left_out))] if left_out > 0 else body


def _change(texts: Texts, change: Change) -> str:
    symbol, key = _KINDS[change.kind]
    what = literal(change.key if change.what == "rules" else f"{change.what}.{change.key}", most=100)
    return f"{symbol} {what} ({change.effect or ''}{' ' if change.effect else ''}{texts.say(key)})"


def _simulated(texts: Texts, simulated: Simulated | None) -> list[Rendered]:
    if simulated is None:
        return []
    if not simulated.differences:
        return [small(texts.say("card-policy-simulated-same", count=simulated.looked_at))]
    body: list[Rendered] = [TextBlock(texts.say("card-policy-simulated", count=simulated.looked_at), weight="bolder")]
    for kind, how, count in simulated.differences[:MOST_DIFFERENCES]:
        said = texts.say(_DIFFERENCES[kind]) if kind in _DIFFERENCES else literal(kind, most=60)
        body.append(sentence(f"{count} × {said}: {literal(how, most=160)}"))
    return body
