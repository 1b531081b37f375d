"""Views that persons keep: times that go along with the clock, and times that do not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.views import NEWEST, RelativePeriod, ViewQuestion
from cityops.domain.intervals import CITY_ZONE

NOW = datetime(2026, 11, 23, 12, 20, tzinfo=CITY_ZONE)
MOMENTS = st.integers(0, 5_000_000).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=CITY_ZONE) + timedelta(minutes=minutes)
)
QUESTION: dict[str, Any] = {"indicators": ["pm25"], "region": "440100", "level": "district", "interval": "hour"}


def span(period: str, grain: str) -> str:
    start, end = RelativePeriod(period).span(Grain(grain), NOW)
    return f"{start:%Y-%m-%dT%H:%M} {end:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("period", "grain", "told"),
    [
        ("7d", "hour", "2026-11-16T13:00 2026-11-23T13:00"),
        ("24h", "5min", "2026-11-22T12:25 2026-11-23T12:25"),
        ("30d", "day", "2026-10-25T00:00 2026-11-24T00:00"),
        ("year", "day", "2026-01-01T00:00 2026-11-24T00:00"),
        ("year", "quarter", "2026-01-01T00:00 2027-01-01T00:00"),
        ("last_year", "day", "2025-01-01T00:00 2026-01-01T00:00"),
        ("today", "hour", "2026-11-23T00:00 2026-11-23T13:00"),
        ("newest", "hour", "2026-11-22T13:00 2026-11-23T13:00"),
        ("newest", "month", "2024-12-01T00:00 2026-12-01T00:00"),
    ],
)
def test_a_period_reaches_to_the_end_of_the_running_one_as_the_page_s_buttons_do(
    period: str, grain: str, told: str
) -> None:
    assert span(period, grain) == told


@given(MOMENTS, st.sampled_from(RelativePeriod), st.sampled_from(Grain))
def test_a_closed_period_is_over_and_as_long_as_the_running_one(
    now: datetime, period: RelativePeriod, grain: Grain
) -> None:
    start, end = period.closed(grain, now)
    assert start < end
    if period is RelativePeriod.TODAY:
        assert (start, end) == period.span(grain, now)
        return
    assert end <= now
    assert end == grain.floor(end)
    if period is RelativePeriod.NEWEST:
        assert sum(1 for _ in grain.within(start, end)) == NEWEST[grain]
    if period.value.endswith(("h", "d")):
        running = period.span(grain, now)
        assert end - start == running[1] - running[0]


def test_a_week_later_the_same_view_asks_of_a_week_later() -> None:
    moving = ViewQuestion.model_validate(QUESTION | {"period": "7d"})
    fixed = {"start": "2026-11-01T00:10:00+08:00", "end": "2026-11-02T00:00:00+08:00"}
    still = ViewQuestion.model_validate(QUESTION | fixed)
    week = timedelta(days=7)
    for of in (ViewQuestion.span, ViewQuestion.closed):
        assert of(moving, NOW + week) == tuple(one + week for one in of(moving, NOW))
        assert of(still, NOW + week) == of(still, NOW) == (datetime(2026, 11, 1, tzinfo=CITY_ZONE), still.end)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"start": "2026-11-01T00:00:00Z"},
        {"period": "7d", "start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"},
        {"period": "7d", "end": "2026-11-02T00:00:00Z"},
        {"start": "2026-11-02T00:00:00Z", "end": "2026-11-02T00:00:00Z"},
        {"period": "7d", "indicators": []},
        {"period": "7d", "indicators": ["a", "b", "c", "d", "e"]},
        {"period": "8d"},
    ],
)
def test_a_question_has_one_time_and_one_to_four_indicators(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ViewQuestion.model_validate(QUESTION | wrong)


def test_one_by_streets_is_of_an_area_and_sums_are_of_none() -> None:
    assert ViewQuestion.model_validate(QUESTION | {"period": "7d"}).area is None
    by_street = QUESTION | {"period": "7d", "region": "440106", "level": "street"}
    assert ViewQuestion.model_validate(by_street).area == "440106"
