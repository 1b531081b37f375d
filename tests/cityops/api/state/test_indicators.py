"""Indicators in the state: the numbers of the series, newest of what is over; what is late, hidden or not there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.indicators.measures import Filled, Privacy, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel
from cityops.reference import themes
from factories.values import keep_value
from factories.world import STREET, World

SHIPPED = themes.shipped().indicators
DISTRICT = "440106"


def state(api: httpx.Client, region: str = "440100", **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/state", params={"region": region, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def indicators(api: httpx.Client, region: str = "440100") -> dict[str, Any]:
    return {one["code"]: one for one in state(api, region)["indicators"]}


def points(api: httpx.Client, code: str, region: str, **parameters: str) -> dict[datetime, Mapping[str, Any]]:
    asked = {"indicator": code, "region": region, "interval": SHIPPED[code].period.value} | parameters
    answer = api.get("/api/v1/series", params=asked)
    assert answer.status_code == 200, f"{code}: {answer.text}"
    return {datetime.fromisoformat(one["start"]): one for one in answer.json()["points"]}


@pytest.fixture
def reported(world: World) -> World:
    """Give three finished periods of each indicator from outside, the same of a year before, and some cases."""
    for code, one in SHIPPED.items():
        measure = one.measure
        if not isinstance(measure, Pushed | Filled):
            continue
        low, high = one.usual or one.valid or (0.0, 1.0)
        source = measure.sources[0] if isinstance(measure, Pushed) else "filling"
        running = one.period.floor(world.now)
        for level in measure.levels:
            region = {RegionLevel.CITY: "440100", RegionLevel.DISTRICT: DISTRICT, RegionLevel.STREET: STREET}[level]
            for back in (1, 2, 3, *((13, 14, 15) if one.period is Grain.MONTH else ())):
                value = low + (high - low) / 7 / back
                parts = {"numerator": value / measure.scale * 7, "denominator": 7.0} if one.folds == "ratio" else {}
                start = one.period.shifted(running, -back)
                keep_value(world, code, source, start, region_code=region, value=value, **parts)
    for number in range(3):
        world.case(at=world.ago(4000 + number))
    return world


@pytest.mark.parametrize("region", ["440100", DISTRICT])
def test_each_indicator_is_the_series_own_number_to_the_last_digit(
    reported: World, api: httpx.Client, region: str
) -> None:
    told = indicators(api, region)
    known = [one for one in told.values() if one["value"] is not None]
    assert len(known) > 40
    for one in known:
        start = datetime.fromisoformat(one["start"])
        until = {"start": one["start"], "end": one["end"]}
        same = points(api, one["code"], region, compare="previous", **until)[start]
        assert (one["value"], one["previous"], one["change_percent"]) == (
            same["value"],
            same["compared_value"],
            same["change_percent"],
        ), one["code"]
        assert (one["finished"], datetime.fromisoformat(one["end"])) == (True, datetime.fromisoformat(same["end"]))
    months = [one for one in known if one["period"] == "month" and one["code"] in SHIPPED]
    assert any(one["year_ago"] is not None for one in months)
    for one in months:
        year = points(api, one["code"], region, compare="year", start=one["start"], end=one["end"])
        same = year[datetime.fromisoformat(one["start"])]
        assert (one["year_ago"], one["year_change_percent"]) == (same["compared_value"], same["change_percent"])


def test_what_is_restricted_is_told_to_nobody_and_of_streets_nothing(reported: World, api: httpx.Client) -> None:
    hidden = {code for code, one in SHIPPED.items() if one.privacy is Privacy.RESTRICTED}
    assert hidden
    assert not hidden & indicators(api).keys()
    assert state(api, STREET)["indicators"] == []
    assert "flights_on_time" not in indicators(api, DISTRICT), "of the city alone"


def test_a_period_that_runs_stands_in_where_none_is_over_and_history_has_its_gaps(
    world: World, api: httpx.Client
) -> None:
    day = Grain.DAY.floor(world.now)
    keep_value(world, "hotline_volume", "hotline-stats", day, value=12_345.0)
    for back, value in ((1, 97.0), (3, 99.5)):
        keep_value(world, "orders_on_time", "hotline-stats", Grain.DAY.shifted(day, -back), value=value)
    keep_value(world, "orders_on_time", "hotline-stats", day, value=80.0)
    found = indicators(api)
    running, whole = found["hotline_volume"], found["orders_on_time"]
    assert (running["value"], running["finished"], running["history"]) == (12_345, False, [None] * 12)
    assert datetime.fromisoformat(running["start"]) == day
    assert (whole["value"], whole["finished"], whole["previous"]) == (97, True, None)
    assert whole["history"][-3:] == [99.5, None, 97.0]
    assert whole["warning"] == 1, "below 98, not below 95"


def test_what_is_late_and_what_never_came_say_so(world: World, api: httpx.Client) -> None:
    old = Grain.DAY.shifted(Grain.DAY.floor(world.now), -40)
    received = old + timedelta(days=1)
    keep_value(world, "market_entities", "market-entity", old, value=350.0, received_at=received)
    found = indicators(api)
    gone, never = found["market_entities"], found["orders_satisfied"]
    assert (gone["value"], never["value"]) == (None, None)
    assert datetime.fromisoformat(gone["newest_end"]) == received
    late = SHIPPED["market_entities"].cadence + SHIPPED["market_entities"].grace
    assert datetime.fromisoformat(gone["late_since"]) == received + late
    assert (never["newest_end"], never["late_since"]) == (None, None)


def test_a_target_is_told_with_how_far_it_has_come_as_in_its_own_answer(world: World, api: httpx.Client) -> None:
    year = Grain.YEAR.floor(world.now)
    for quarter in range(2):
        start = Grain.QUARTER.shifted(Grain.QUARTER.floor(year), quarter - 4)
        keep_value(world, "gdp", "statistics", start, value=8_000.0)
    told = indicators(api)["gdp"]["target"]
    [same] = api.get("/api/v1/targets", params={"indicator": "gdp"}).json()
    assert (told["value"], told["share"], told["is_reached"]) == (same["target"], same["share"], same["is_reached"])
    assert (told["interval"], told["example"]) == ("year", True)


def test_the_past_tells_no_indicators_and_says_that_it_does_not(world: World, api: httpx.Client) -> None:
    past = state(api, at=(world.now - timedelta(minutes=1)).astimezone(UTC).isoformat())
    assert past["indicators"] is None
    assert "indicators" in {one["field"] for one in past["replay"]["lacking"]}
