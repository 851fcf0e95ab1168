"""One sentence: done, refused, or something to know, with what stands in the way below it."""

from bot.workflow.views import Notice
from cards.blocks import MOST_FINDINGS, callout
from cards.drawing import Drawing, Drawn, finished


def notice(view: Notice, drawing: Drawing) -> Drawn:
    """A refusal says what to do next: that is in its message."""
    texts = drawing.texts
    # Who decided is not always a person: policy or a deadline may have.
    key = f"{view.key}-by" if view.params.get("by") and texts.has(f"{view.key}-by") else view.key
    said = texts.tell(key, view.params)
    lines = [said]
    lines += [f"• {texts.tell(problem.key, dict(problem.params))}" for problem in view.problems[:MOST_FINDINGS]]
    box = callout("warning", "⚠", lines) if view.refused else callout("emphasis", "ℹ", lines)
    return finished(drawing, body=[box], summary=" ".join(lines))
