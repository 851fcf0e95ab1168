"""Durations that only make sense together."""

from datetime import timedelta

import pytest

from bot.workflow.desk import Timings


def test_a_lease_outlasts_an_effect_and_the_time_to_settle() -> None:
    effect, settle = timedelta(seconds=30), timedelta(seconds=45)
    with pytest.raises(ValueError, match="a lease is longer"):
        Timings(lease=effect + settle, effect=effect, settle=settle)
    Timings(lease=effect + settle + timedelta(seconds=1), effect=effect, settle=settle)
