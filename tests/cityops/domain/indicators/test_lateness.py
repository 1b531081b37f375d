"""When values are late, and how long an old one stands in: by one rule, wherever it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.lateness import Lateness, NewestPeriod, is_from_outside, lateness
from cityops.domain.indicators.measures import Derived
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import themes

EVERY = indicators([], {}, themes.shipped().themes)
OUTSIDE = sorted(code for code, one in EVERY.items() if is_from_outside(one))
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MIDNIGHT = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


def test_a_value_is_late_when_cadence_and_grace_have_passed_since_what_it_tells() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    supplied = EVERY["water_supplied"]  # each 15 min, half an hour of grace, by the day
    running = NewestPeriod(now + 4 * HOUR, now - HOUR)
    told = lateness(supplied, EVERY, {"water_supplied": running}, now)
    assert told.late_since == now - HOUR / 4
    fresh = running._replace(received_at=now - HOUR / 2)
    assert lateness(supplied, EVERY, {"water_supplied": fresh}, now).late_since is None
    derived = lateness(EVERY["water_supplied_yoy"], EVERY, {"water_supplied": running}, now)
    assert derived.late_since == told.late_since
    assert lateness(supplied, EVERY, {}, now) == Lateness()


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("pipe_pressure", timedelta(minutes=15)),  # five minutes, and ten of grace
        ("water_supplied", timedelta(days=1, minutes=30)),  # the next day's, though revisions come sooner
        ("resource_themes", timedelta(days=30)),  # a tolerance lets it stand in
    ],
)
def test_a_finished_value_tells_of_the_present_until_the_next_is_due(code: str, good: timedelta) -> None:
    newest = {code: NewestPeriod(MIDNIGHT, MIDNIGHT)}

    def is_too_old(now: datetime) -> bool:
        return lateness(EVERY[code], EVERY, newest, now, finished=True).is_too_old(now)

    assert not is_too_old(MIDNIGHT + good)
    assert is_too_old(MIDNIGHT + good + SECOND)


def test_the_next_month_is_not_late_on_its_thirty_first_day() -> None:
    end = datetime(2026, 12, 1, tzinfo=CITY_ZONE)
    newest = {"water_quality_good": NewestPeriod(end, end + HOUR)}  # each 30 days, ten of grace
    due = datetime(2027, 1, 11, tzinfo=CITY_ZONE)
    one = EVERY["water_quality_good"]
    assert lateness(one, EVERY, newest, due).late_since is None
    assert lateness(one, EVERY, newest, due + SECOND).late_since == due


def test_no_part_stands_in_for_another_that_is_late() -> None:
    declared = EVERY["water_supplied_yoy"].declared
    assert declared is not None
    assert isinstance(declared.measure, Derived)
    inputs = declared.measure.inputs
    mixed = {**inputs, "before": inputs["before"].model_copy(update={"of": "resource_themes"})}
    measure = declared.measure.model_copy(update={"inputs": mixed})
    both = replace(EVERY["water_supplied_yoy"], declared=declared.model_copy(update={"measure": measure}))
    now = MIDNIGHT + 48 * HOUR
    fresh, old = NewestPeriod(now, now), NewestPeriod(MIDNIGHT, MIDNIGHT)
    water = lateness(both, EVERY, {"water_supplied": old, "resource_themes": fresh}, now)
    assert water.is_too_old(now)
    assert water.stands_in_until is None
    registered = lateness(both, EVERY, {"water_supplied": fresh, "resource_themes": old}, now)
    assert registered.stands_in_until == MIDNIGHT + timedelta(days=30)
    assert not registered.is_too_old(now)


@given(st.sampled_from(OUTSIDE), st.integers(0, 4_000), st.integers(0, 100))
def test_what_is_finished_is_never_late_before_the_running_period_is(code: str, hours: int, after: int) -> None:
    now = MIDNIGHT + hours * HOUR
    newest = {code: NewestPeriod(MIDNIGHT, MIDNIGHT + after * HOUR)}
    running = lateness(EVERY[code], EVERY, newest, now)
    finished = lateness(EVERY[code], EVERY, newest, now, finished=True)
    assert running.late_since is not None or finished.late_since is None
    assert finished.is_too_old(now) <= running.is_too_old(now)
