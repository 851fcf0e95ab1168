"""Cards: a view in, an Adaptive Card out; a card's input or a typed message in, a typed action out. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.workflow.views import (
    ApprovalView,
    AssignmentView,
    AttentionView,
    ConfirmDecision,
    DraftWaiting,
    GuestList,
    HelpView,
    Notice,
    OutcomeView,
    PolicyView,
    ProgressView,
    QuestionView,
    RedemptionNudge,
    RequestList,
    Review,
    View,
    Welcome,
)
from cards.assignments import assignment, nudge
from cards.clicks import parse_card
from cards.drawing import Drawing, Drawn
from cards.interview import question
from cards.lists import guests, requests
from cards.notices import notice
from cards.policy import policy
from cards.request import approval, attention, confirm, outcome, progress
from cards.review import review
from cards.welcome import help_, waiting, welcome
from cards.words import parse_words

_DRAWERS: Mapping[type[object], Callable[[Any, Drawing], Drawn]] = {
    Welcome: welcome,
    HelpView: help_,
    DraftWaiting: waiting,
    QuestionView: question,
    Review: review,
    ApprovalView: approval,
    ProgressView: progress,
    OutcomeView: outcome,
    AttentionView: attention,
    ConfirmDecision: confirm,
    RequestList: requests,
    GuestList: guests,
    AssignmentView: assignment,
    RedemptionNudge: nudge,
    PolicyView: policy,
    Notice: notice,
}


def draw(view: View, drawing: Drawing) -> Drawn:
    """The card of a view, of less than 25 KB whatever people wrote into it."""
    return _DRAWERS[type(view)](view, drawing)


__all__ = ["Drawing", "Drawn", "draw", "parse_card", "parse_words"]
