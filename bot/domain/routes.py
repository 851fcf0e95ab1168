"""How a request is approved: limits, stages, and who may decide each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Who(StrEnum):
    """People named by what they are to the request."""

    SPONSOR_MANAGER = "sponsor.manager"
    PACKAGE_OWNER = "package.owner"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule:
    """One stage as policy writes it. `group` is an object id, set only for Who.GROUP."""

    who: Who
    group: str | None = None
    approvals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Stages in order, the channel they are asked in, the time until it lapses. `auto` has no stages."""

    key: str
    weight: int
    stages: tuple[StageRule, ...] = ()
    channel: str | None = None
    deny_after: timedelta | None = None
    reason_needed: bool = False
    """Approvers give a reason for an approval too (for a denial always)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a grant allows at most; asking for less meets it."""

    max_days: int | None = None
    justification: int | None = None
    """The fewest characters that explain why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of one request, fixed when it was submitted: whom it asks does not move under it.

    Exactly one of `group` (object id) and `person` (object id) is set.
    """

    who: Who
    label: str
    """A group's or a person's display name, as it was when the request was submitted."""
    group: str | None = None
    person: str | None = None
    approvals: int = 1
    candidates: tuple[str, ...] = ()
    """Object ids of at most 60 people it asked then: whom to show a fresh card, never who may decide."""
    first: str = ""
    """One of them by name."""
    others: int = 0
    """How many more there are."""


def unstaffed(stages: Sequence[Stage]) -> Stage | None:
    """The first stage that too few people are left for, for nobody decides two; None where all can be decided.

    However the candidates are shared out: a matching of people to approvals, by augmenting paths.
    """
    taken: dict[str, int] = {}

    def find(stage: int, asked: set[str]) -> bool:
        for person in stages[stage].candidates:
            if person in asked:
                continue
            asked.add(person)
            if person not in taken or find(taken[person], asked):
                taken[person] = stage
                return True
        return False

    for index, stage in enumerate(stages):
        if not all(find(index, set()) for _ in range(stage.approvals)):
            return stage
    return None
