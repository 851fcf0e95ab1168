"""Times in columns: exact to the microsecond, aware, UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.codec import micros, moment, span, texts_from_json, texts_to_json

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_a_time_comes_back_as_the_same_moment_in_utc(time: datetime) -> None:
    stored = moment(micros(time))

    assert stored == time
    assert stored.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_columns_sort_as_times_do(one: datetime, other: datetime) -> None:
    assert (micros(one) < micros(other)) == (one < other)


def test_a_time_without_zone_has_no_column_value() -> None:
    with pytest.raises(TypeError):
        micros(datetime(2026, 1, 1))  # noqa: DTZ001


@given(st.timedeltas())
def test_a_duration_is_exact(duration: timedelta) -> None:
    assert timedelta(microseconds=span(duration)) == duration


@given(st.dictionaries(st.text(), st.text()))
def test_equal_texts_are_equal_json(texts: dict[str, str]) -> None:
    assert texts_from_json(texts_to_json(texts)) == texts
    assert texts_to_json(dict(reversed(texts.items()))) == texts_to_json(texts)
