"""Telling the administrators, in their channel, what they must know."""

from bot.interview.draft import Problem
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import Alert, Card
from bot.workflow.views import Notice

PREFIX = "alert:"
LINES_SHOWN = 7


def alert(tx: Tx, desk: Desk, what: Alert) -> bool:
    """Tells them once for each id, over all replicas. False where they were told before."""
    if not tx.alerts.keep(what):
        return False
    at = desk.clock()
    tx.postings.want(Card.ALERT, f"{PREFIX}{what.id}", version=0, channel=desk.admin_channel, at=at)
    return True


def view_of_alert(what: Alert) -> Notice:
    problems = [Problem(key="alert-line", params={"line": line}) for line in what.lines[:LINES_SHOWN]]
    if len(what.lines) > LINES_SHOWN:
        problems.append(Problem(key="card-more", params={"count": len(what.lines) - LINES_SHOWN}))
    return Notice(key=what.key, params=dict(what.params), refused=what.is_trouble, problems=tuple(problems))
