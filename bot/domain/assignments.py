"""An assignment: one guest's hold of one access package until a date."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.domain.errors import IllegalTransition
from bot.domain.packages import Grants
from bot.domain.people import PersonRef


class AssignmentStatus(StrEnum):
    ACTIVE = "active"
    EXPIRING = "expiring"
    """Its end has come, or was asked for; the directory is being cleared."""
    ENDED = "ended"


TRANSITIONS: Mapping[AssignmentStatus, frozenset[AssignmentStatus]] = {
    AssignmentStatus.ACTIVE: frozenset({AssignmentStatus.EXPIRING}),
    AssignmentStatus.EXPIRING: frozenset({AssignmentStatus.ENDED}),
    AssignmentStatus.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One guest's hold of one package. `grants` is what was given, so a later policy cannot hide what to take back."""

    id: str
    request_id: str
    guest_address: str
    guest_name: str
    package: str
    sponsor: PersonRef
    grants: Grants
    since: datetime
    until: date
    ends_at: datetime
    status: AssignmentStatus = AssignmentStatus.ACTIVE
    version: int = 0
    ended_by: PersonRef | None = None
    """Who ended it early; None when its time ran out."""
    problem: str | None = None
    """Why the directory could not be cleared: the key of a message."""


def move(assignment: Assignment, to: AssignmentStatus) -> Assignment:
    """The assignment in its next status. Raises IllegalTransition for what the table does not hold."""
    if to not in TRANSITIONS[assignment.status]:
        raise IllegalTransition(status=str(assignment.status), to=str(to))
    return replace(assignment, status=to)
