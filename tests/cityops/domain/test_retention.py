"""Retention: what is kept for how long, and lengths that make no sense are refused with the reason."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.retention import SHORTEST, SHORTEST_AUDIT, Retention
from cityops.errors import CityopsError

SOON, DAY = timedelta(seconds=1), timedelta(days=1)


def test_readings_are_kept_beyond_a_year_and_rollups_beyond_two() -> None:
    usual = Retention()
    assert (usual.readings, usual.rollups) == (timedelta(days=400), timedelta(days=800))
    assert (usual.rejects, usual.audit) == (timedelta(days=90), timedelta(days=400))


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ({"readings": SHORTEST - SOON}, "readings and rejects cannot be kept for less than 2 days; ask for more."),
        ({"rejects": SHORTEST - SOON}, "readings and rejects cannot be kept for less than 2 days; ask for more."),
        (
            {"audit": SHORTEST_AUDIT - SOON},
            "the audit cannot be kept for less than 180 days: the Cybersecurity Law (article 21) asks for six months;"
            " ask for more.",
        ),
        (
            {"readings": 10 * DAY, "rollups": 10 * DAY - SOON},
            "5-minute rollups cannot be kept for less than readings; ask for as many days or more.",
        ),
        (
            {"readings": timedelta(days=801)},
            "5-minute rollups cannot be kept for less than readings; ask for as many days or more.",
        ),
    ],
)
def test_too_short_a_time_is_refused_with_what_would_be_taken(lengths: dict[str, timedelta], told: str) -> None:
    with pytest.raises(CityopsError) as refused:
        Retention(**lengths)
    assert str(refused.value) == told


def test_the_shortest_lengths_are_taken() -> None:
    least = Retention(SHORTEST, SHORTEST, SHORTEST, SHORTEST_AUDIT)
    assert least.rollups == least.readings == least.rejects == timedelta(days=2)
    assert least.audit == timedelta(days=180)


@given(*(st.integers(0, 1200).map(timedelta) for _ in range(4)))
def test_what_is_taken_keeps_rollups_as_long_as_readings(
    readings: timedelta, rollups: timedelta, rejects: timedelta, audit: timedelta
) -> None:
    try:
        taken = Retention(readings, rollups, rejects, audit)
    except CityopsError:
        assert readings < SHORTEST or rejects < SHORTEST or audit < SHORTEST_AUDIT or rollups < readings
        return
    assert taken.rollups >= taken.readings >= SHORTEST
    assert taken.rejects >= SHORTEST
    assert taken.audit >= SHORTEST_AUDIT
