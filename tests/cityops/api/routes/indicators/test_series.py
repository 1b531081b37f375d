"""Series: buckets of the city's day, what is missing, what is too much."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops import reference
from cityops.api.schemas import Series
from cityops.reference import themes
from factories.world import STREET, World

BINNED = ("readings", "cases", "alarms")
MIDNIGHT = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
"""Midnight of 20 November 2026 in Guangzhou."""


def series(api: httpx.Client, **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/series", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_day_begins_at_16_utc(world: World, api: httpx.Client) -> None:
    device = world.device("A-1", "air")
    for at, value in [(-1, 10), (0, 20), (86_399, 40), (86_400, 80)]:
        world.says(device, "pm25", value, MIDNIGHT + timedelta(seconds=at))

    body = series(
        api, indicator="pm25", interval="day", start="2026-11-19T00:00:00+08:00", end="2026-11-22T00:00:00+08:00"
    )

    assert [(point["start"], point["value"], point["n"]) for point in body["points"]] == [
        ("2026-11-18T16:00:00Z", 10, 1),
        ("2026-11-19T16:00:00Z", 30, 2),
        ("2026-11-20T16:00:00Z", 80, 1),
    ]
    assert (body["start"], body["end"], body["unit"]) == ("2026-11-18T16:00:00Z", "2026-11-21T16:00:00Z", "µg/m³")


def test_missing_buckets_are_there_without_a_value(world: World, api: httpx.Client) -> None:
    world.says(world.device("C-1", "crowd"), "crowd_count", 30, MIDNIGHT)
    world.says(world.device("C-2", "crowd", "440105001"), "crowd_count", 50, MIDNIGHT)
    world.device("C-3", "crowd")

    points = series(
        api, indicator="crowd_count", level="district", interval="5min",
        start="2026-11-19T15:56:00Z", end="2026-11-19T16:03:00Z",
    )["points"]  # fmt: skip

    assert len(points) == 11 * 2
    known = {(point["region_code"], point["start"]): point for point in points if point["n"]}
    assert set(known) == {("440105", "2026-11-19T16:00:00Z"), ("440106", "2026-11-19T16:00:00Z")}
    tianhe = known["440106", "2026-11-19T16:00:00Z"]
    assert tianhe["value"] == 30 * 2  # two devices are registered there
    assert tianhe["coverage"] == pytest.approx(1 / (2 * 300 / 60))
    assert {point["value"] for point in points if not point["n"]} == {None}
    assert [point["coverage"] for point in points if point["region_code"] == "440103"] == [None, None]


def test_streets_of_one_district(world: World, api: httpx.Client) -> None:
    world.says(world.device("A-1", "air"), "pm25", 30, MIDNIGHT)
    points = series(
        api, indicator="pm25", region="440106", level="street", interval="day",
        start="2026-11-20T00:00:00+08:00", end="2026-11-21T00:00:00+08:00",
    )["points"]  # fmt: skip
    assert len(points) > 15
    assert {point["region_code"]: point["value"] for point in points if point["value"]} == {STREET: 30}
    assert all(point["region_code"].startswith("440106") for point in points)


def test_cases_are_counted_and_none_is_zero(world: World, api: httpx.Client) -> None:
    world.case("reported", at=MIDNIGHT)
    world.case("reported", at=MIDNIGHT, source="grid-officer")
    world.case("reported", "closed", at=MIDNIGHT - timedelta(seconds=30))
    period = {"interval": "day", "start": "2026-11-19T00:00:00+08:00", "end": "2026-11-21T00:00:00+08:00"}
    values = {
        code: [point["value"] for point in series(api, indicator=code, **period)["points"]]
        for code in ("events_reported", "orders_12345", "events_closed")
    }
    assert values == {"events_reported": [1, 2], "orders_12345": [1, 1], "events_closed": [0, 1]}


def around(now: datetime, first: timedelta, last: timedelta) -> dict[str, str]:
    return {"start": (now + first).isoformat(), "end": (now + last).isoformat()}


@pytest.mark.parametrize("interval", ["5min", "hour", "day"])
@pytest.mark.parametrize("indicator", ["pm25", "events_reported"])
def test_what_is_not_over_is_marked(world: World, api: httpx.Client, indicator: str, interval: str) -> None:
    world.says(world.device("A-1", "air"), "pm25", 30, world.now)
    world.case("reported", at=world.now)
    body = series(
        api, indicator=indicator, interval=interval, **around(world.now, -timedelta(days=1), timedelta(days=1.5))
    )
    as_of = datetime.fromisoformat(body["as_of"])
    assert world.now <= as_of <= world.now + timedelta(minutes=5)
    ends = [datetime.fromisoformat(point["end"]) for point in body["points"]]
    assert [point["finished"] for point in body["points"]] == [end <= as_of for end in ends]
    assert sum(point["n"] for point in body["points"]) == 1  # what has come is told, and that it is not all
    assert "尚未结束" in body["remark_zh"]
    assert "之后的时段尚未开始" in body["remark_zh"]
    assert "is not over" in body["remark_en"]


def test_a_period_that_is_over_has_no_remark_and_one_ahead_is_said_to_be(world: World, api: httpx.Client) -> None:
    day = timedelta(days=1)
    over = series(api, indicator="pm25", **around(world.now, -3 * day, -2 * day))
    assert {point["finished"] for point in over["points"]} == {True}
    assert (over["remark_zh"], over["remark_en"]) == (None, None)
    ahead = series(api, indicator="events_reported", **around(world.now, 2 * day, 3 * day))
    assert {(point["finished"], point["value"]) for point in ahead["points"]} == {(False, None)}
    assert ahead["remark_zh"] == "所选时段尚未开始，还没有数据。"
    assert "lies ahead" in ahead["remark_en"]


def test_points_are_as_the_shape_says(world: World, api: httpx.Client) -> None:
    world.says(world.device("A-1", "air"), "pm25", 30, MIDNIGHT)
    answer = api.get("/api/v1/series", params={"indicator": "pm25", **around(MIDNIGHT, timedelta(0), timedelta(1))})
    read = Series.model_validate_json(answer.content)
    assert answer.json() == read.model_dump(mode="json", exclude_unset=True)
    assert len(read.points) == 24
    assert read.points[0].value == 30


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"interval": "5min", "start": "2026-11-01T00:00:00Z", "end": "2026-11-21T00:00:00Z"}, "take interval=hour"),
    ({"interval": "hour", "start": "2025-11-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}, "take interval=day"),
    ({"interval": "day", "start": "2010-11-01T00:00:00Z"}, "take interval=quarter"),
    ({"interval": "year", "start": "2000-11-01T00:00:00Z", "end": "2099-11-01T00:00:00Z"}, "more than 11000 days"),
    ({"level": "city", "region": "440106"}, "no city lies inside district 440106"),
    ({"level": "street", "start": "2026-09-21T00:00:00Z", "end": "2026-11-21T00:00:00Z"}, "export/series"),
    (
        {
            "level": "street",
            "start": "2026-11-19T00:00:00+08:00",
            "end": "2026-11-20T04:25:00+08:00",
            "interval": "5min",
        },
        "176 regions × 341 buckets are over the limit of 60000",
    ),
    ({"start": "2026-11-21T00:00:00Z", "end": "2026-11-21T00:00:00Z"}, "give a start before the end"),
    ({"start": "2026-11-21T00:00:00"}, "should have timezone info"),
    ({"star": "2026-11-21T00:00:00Z"}, "star: there is no such parameter"),
    ({"start": "1763913600"}, "give a time in RFC 3339"),
]


def test_too_much_is_refused_with_what_would_work(world: World, api: httpx.Client) -> None:
    for parameters, told in REFUSED:
        answer = api.get("/api/v1/series", params={"indicator": "pm25"} | parameters)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert told in answer.json()["detail"]


def test_an_unencoded_plus_is_understood(world: World, api: httpx.Client) -> None:
    answer = api.get(
        "/api/v1/series?indicator=pm25&interval=day&start=2026-11-19T00:00:00+08:00&end=2026-11-21T00:00:00+08:00"
    )
    assert len(answer.json()["points"]) == 2


def test_every_indicator_can_be_asked_for(world: World, api: httpx.Client) -> None:
    every = {one["code"]: one for one in api.get("/api/v1/indicators").json()}
    assert len(every) == len(reference.metrics()) + len(themes.shipped().indicators)
    asked = ({"indicator": code, "interval": one["period"]} for code, one in every.items() if one["kind"] in BINNED)
    assert {api.get("/api/v1/series", params=one).status_code for one in asked} == {200}


def test_some_regions_of_a_level_are_told_alone_and_others_are_refused(world: World, api: httpx.Client) -> None:
    asked = {"indicator": "events_reported", "level": "district", "interval": "day"}
    answer = api.get("/api/v1/series", params=asked | {"only": ["440106", "440105"]})
    assert {one["region_code"] for one in answer.json()["points"]} == {"440105", "440106"}
    rows = api.get("/api/v1/export/series", params=asked | {"only": "440106", "lang": "en"}).text.splitlines()
    assert len(rows) - 1 == len(answer.json()["points"]) // 2
    refused = api.get("/api/v1/series", params=asked | {"only": "440106001"})
    assert (refused.status_code, "440106001 is no district" in refused.json()["detail"]) == (422, True)
