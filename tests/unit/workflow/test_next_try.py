"""When a failed job is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.workflow.desk import Timings
from bot.workflow.errors import GraphError
from bot.workflow.worker import next_try

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TIMINGS = Timings(first_retry=timedelta(seconds=4), longest_retry=timedelta(minutes=10), settle=timedelta(seconds=45))
FAILED = GraphError("graph-unavailable", retryable=True)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 4), (2, 8), (5, 64), (9, 600), (50, 600), (5000, 600)])
def test_each_try_waits_twice_as_long_as_the_one_before_until_the_longest(attempt: int, seconds: int) -> None:
    for _ in range(20):
        wait = next_try(TIMINGS, attempt, FAILED, NOW) - NOW
        assert timedelta(seconds=seconds / 2) <= wait <= timedelta(seconds=seconds)


def test_an_unknown_outcome_is_given_time_to_show() -> None:
    unknown = GraphError("graph-timeout", retryable=True, unknown_outcome=True)
    assert next_try(TIMINGS, 1, unknown, NOW) - NOW == TIMINGS.settle
    assert next_try(TIMINGS, 20, unknown, NOW) - NOW >= timedelta(minutes=5)


def test_what_graph_asks_for_always_wins() -> None:
    for asked in (timedelta(seconds=1), timedelta(hours=2)):
        told = GraphError("graph-throttled", retryable=True, unknown_outcome=True, retry_after=asked)
        assert next_try(TIMINGS, 3, told, NOW) == NOW + asked
