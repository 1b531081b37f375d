"""Series of indicators that are no bins: values from outside, ratios, changes, sums since January, comparisons."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import themes
from cityops.settings import settings
from cityops.store.indicators import recorded
from factories.world import World

RATE = """
  pumps_ready:
    name: {zh: 泵站完好率, en: Pumps ready}
    unit: "%"
    decimals: 1
    owner: water
    period: day
    cadence: 1h
    grace: 1h
    valid: [0, 100]
    measure: {kind: pushed, sources: [water-supply, flood-command], levels: [district], scale: 100}
    aggregation: ratio
    additive_over: none
    definition: [{version: 1, from: 2020-01-01, zh: 完好泵站占比。, en: Pumps that are ready over all.}]
    origins: [{producer: 市水务局, title: 泵站台账, licence: 内部共享}]
    collection: system
"""
MONTHS = (2025, 80.0), (2026, 100.0)


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have one indicator more in force: a ratio that comes by district, from two sources."""
    for file in themes.SHIPPED.iterdir():
        more = RATE if file.name == "water.yaml" else ""
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    monkeypatch.setenv("CITYOPS_INDICATORS", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def keep(world: World, code: str, source: str, start: datetime, **said: Any) -> None:
    """Keep a revision of a value of a region, the city unless it says another."""
    period = themes.shipped().indicators[code].period if code in themes.shipped().indicators else Grain.DAY
    told = {
        **dict.fromkeys(("value", "numerator", "denominator", "coverage", "by", "reason")),
        "region_code": "440100",
        "revision": 0,
        "quality": 0,
        "definition_version": 1,
        "received_at": world.now,
        **said,
    }
    report = IndicatorReport(code, period_start=start, period_end=period.shifted(start, 1), source_system_code=source, **told)  # fmt: skip  # noqa: E501
    with world.connection.transaction(), world.connection.cursor() as cursor:
        [kept] = recorded.record(cursor, [report])
        assert kept.is_new


def asked(api: httpx.Client, **parameters: str) -> list[Mapping[str, Any]]:
    answer = api.get("/api/v1/series", params=parameters)
    assert answer.status_code == 200, answer.text
    points: list[Mapping[str, Any]] = answer.json()["points"]
    return points


@pytest.fixture
def power(world: World) -> World:
    """Give the electricity of the first half of two years."""
    for year, value in MONTHS:
        for month in range(1, 7):
            start = datetime(year, month, 1, tzinfo=CITY_ZONE)
            keep(world, "power_used", "grid-dispatch", start, value=value + month)
    return world


def test_months_add_up_and_are_compared_with_those_of_the_year_before(power: World, api: httpx.Client) -> None:
    span = {"interval": "month", "start": "2026-01-01T00:00:00+08:00", "end": "2026-07-01T00:00:00+08:00"}
    points = asked(api, indicator="power_used", compare="year", **span)
    assert [(one["value"], one["compared_value"]) for one in points] == [(100 + m, 80 + m) for m in range(1, 7)]
    assert points[0]["change_percent"] == pytest.approx((101 / 81 - 1) * 100, abs=1e-3)
    assert points[5]["compared_start"] == "2025-05-31T16:00:00Z"
    of_file = asked(api, indicator="power_used_yoy", **span)
    assert [one["value"] for one in of_file] == pytest.approx([one["change_percent"] for one in points], abs=1e-3)

    previous = asked(api, indicator="power_used", compare="previous", **span)
    assert [one["compared_value"] for one in previous] == [None, 101, 102, 103, 104, 105]
    to_date = asked(api, indicator="power_used", compare="to_date", **span)
    since = [one["value"] for one in asked(api, indicator="power_used_ytd", **span)]
    assert [one["value"] for one in to_date] == since == [101, 203, 306, 410, 515, 621]
    assert to_date[5]["compared_value"] == 501
    [half] = asked(api, indicator="power_used", **span | {"interval": "year"})
    assert (half["value"], half["n"]) == (621, 6)


def test_the_newest_revision_is_in_force_and_one_without_a_value_withdraws(power: World, api: httpx.Client) -> None:
    first = datetime(2026, 1, 1, tzinfo=CITY_ZONE)
    span = {"interval": "month", "start": "2026-01-01T00:00:00+08:00", "end": "2026-02-01T00:00:00+08:00"}
    keep(power, "power_used", "grid-dispatch", first, value=150.123456789, revision=2, reason="核定")
    keep(power, "power_used", "grid-dispatch", first, value=140, revision=1, reason="补报")
    [point] = asked(api, indicator="power_used", **span)
    assert (point["value"], point["definition_version"]) == (150.123456789, 1)
    text = api.get("/api/v1/export/series.csv", params={"indicator": "power_used", "lang": "en", **span}).text
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["value"], row["unit"], row["finished"]) == ("150.123456789", "亿kWh", "yes")
    keep(power, "power_used", "grid-dispatch", first, revision=3, reason="撤回")
    [point] = asked(api, indicator="power_used", **span)
    assert (point["value"], point["coverage"]) == (None, None)


def test_a_ratio_of_the_city_is_that_of_the_sums_of_its_districts(
    declared: None, world: World, api: httpx.Client
) -> None:
    day = datetime(2026, 11, 20, tzinfo=CITY_ZONE)
    keep(world, "pumps_ready", "water-supply", day, region_code="440106", value=50, numerator=1, denominator=2)
    keep(world, "pumps_ready", "water-supply", day, region_code="440105", value=90, numerator=90, denominator=100)
    keep(world, "pumps_ready", "flood-command", day, region_code="440105", value=10, numerator=10, denominator=100)
    span = {"interval": "day", "start": "2026-11-20T00:00:00+08:00", "end": "2026-11-21T00:00:00+08:00"}
    [point] = asked(api, indicator="pumps_ready", **span)
    assert (point["numerator"], point["denominator"]) == (91, 102)  # of two sources the first one named is right
    assert point["value"] == pytest.approx(91 / 102 * 100, abs=1e-3)
    assert point["coverage"] == pytest.approx(2 / 11, abs=1e-4)
    by_district = {one["region_code"]: one["value"] for one in asked(api, indicator="pumps_ready", level="district", **span)}  # fmt: skip  # noqa: E501
    assert (by_district["440106"], by_district["440105"], by_district["440103"]) == (50, 90, None)


def test_a_running_day_is_compared_with_the_same_part_of_the_one_before(world: World, api: httpx.Client) -> None:
    today = Grain.DAY.floor(world.now)
    passed = world.now - today
    world.case(at=today)
    world.case(at=today)
    world.case(at=today - timedelta(days=1))
    world.case(at=today - timedelta(days=1) + passed + (timedelta(days=1) - passed) / 2)  # later than now, yesterday
    world.case(at=today, source="grid-officer")
    start = (today - timedelta(days=1)).isoformat()
    span = {"interval": "day", "start": start, "end": (today + timedelta(days=1)).isoformat()}
    yesterday, running = asked(api, indicator="events_reported", compare="previous", **span)
    assert (yesterday["value"], yesterday["finished"]) == (2, True)
    part = datetime.fromisoformat(running["compared_end"]) - datetime.fromisoformat(running["compared_start"])
    assert timedelta(0) <= passed - part < timedelta(minutes=10)
    assert (running["value"], running["finished"]) == (3, False)
    assert running["compared_value"] == (1 if part else 0)
    shares = asked(api, indicator="orders_share", **span)
    assert [(one["numerator"], one["denominator"], one["value"]) for one in shares] == [
        (2, 2, 100),
        (2, 3, pytest.approx(200 / 3)),
    ]


def test_readings_fold_to_months_and_the_last_day_of_a_stock_stands_for_one(world: World, api: httpx.Client) -> None:
    device = world.device("A-1", "air")
    for day, value in ((1, 10), (30, 40)):
        world.says(device, "pm25", value, datetime(2026, 4, day, 3, tzinfo=UTC))
    for day, users in ((1, 900), (28, 30)):
        keep(world, "market_entities", "market-entity", datetime(2026, 4, day, tzinfo=CITY_ZONE), value=users)
    span = {"interval": "month", "start": "2026-04-01T00:00:00+08:00", "end": "2026-05-01T00:00:00+08:00"}
    [month] = asked(api, indicator="pm25", **span)
    assert (month["value"], month["numerator"], month["denominator"]) == (25, 50, 2)
    [stock] = asked(api, indicator="market_entities", **span)
    assert stock["value"] == 30


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (
            {"indicator": "residents", "interval": "month"},
            "residents comes by the year, and a month is shorter",
        ),
        ({"indicator": "o3_8h", "interval": "day"}, "o3_8h does not add up over time"),
        ({"indicator": "power_used", "interval": "month", "level": "street"}, "ask level=district instead"),
        ({"indicator": "pm25", "compare": "to_date"}, "pm25 does not add up over time"),
    ],
)
def test_what_does_not_add_up_is_refused_with_what_can_be_asked(
    parameters: dict[str, str], told: str, world: World, api: httpx.Client
) -> None:
    answer = api.get("/api/v1/series", params=parameters)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text
