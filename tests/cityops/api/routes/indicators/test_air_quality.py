"""Air quality over HTTP: from readings to the index of hours and days, across the day of the new edition."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.intervals import CITY_ZONE
from factories.world import STREET, World
from fixtures.api import token_of

CHANGE = datetime(2026, 3, 1, tzinfo=CITY_ZONE)
CLEAN = {"so2": 5.0, "no2": 12.0, "co": 0.5, "o3": 30.0, "pm10": 20.0, "pm25": 10.0}
DAYS = {"interval": "day", "start": "2026-02-28T00:00:00+08:00", "end": "2026-03-02T00:00:00+08:00"}
HOURS = {"start": "2026-02-28T23:00:00+08:00", "end": "2026-03-01T01:00:00+08:00"}


def breathes(world: World, hours: range, *, per_hour: int = 1, **changed: float) -> None:
    """Have a station read all pollutants in hours around the change: clean air but for what is changed, by code.

    It is to report once an hour. -24 is midnight of the day before.
    """
    world.connection.execute(
        """
        INSERT INTO reading_rollup (bucket, metric_id, region_id, n, sum, min, max)
        SELECT %s::timestamptz + hour * interval '1 hour', metric.id, region.id, %s, value * %s, value, value
        FROM unnest(%s::int[]) AS hour, unnest(%s::text[], %s::float8[]) AS said (code, value)
        JOIN metric USING (code), region WHERE region.code = %s
        """,
        [CHANGE, per_hour, per_hour, list(hours), list(CLEAN), [*(CLEAN | changed).values()], STREET],
    )
    world.connection.execute(
        "INSERT INTO rollup_touched SELECT DISTINCT date_trunc('hour', bucket) FROM reading_rollup"
        " ON CONFLICT DO NOTHING"
    )


@pytest.fixture
def station(world: World) -> str:
    """Give a station that is to report once an hour."""
    return world.device("AQ-1", "air", interval_s=3600)


def asked(api: httpx.Client, **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/air-quality", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_days_on_both_sides_of_the_new_edition(world: World, api: httpx.Client, station: str) -> None:
    breathes(world, range(-24, 24), pm25=60.5)
    body = asked(api, **DAYS)
    assert [
        (one["start"], one["standard"], one["aqi"], one["class_zh"], one["primary"]) for one in body["points"]
    ] == [
        ("2026-02-27T16:00:00Z", "HJ 633-2012", 82, "良", ["pm25"]),
        ("2026-02-28T16:00:00Z", "HJ 633-2026", 100, "良", ["pm25"]),
    ]
    before, after = body["points"]
    assert {one["item"] for one in before["items"]} - {one["item"] for one in after["items"]} == {"o3_1h"}
    assert {"item": "pm25_24h", "concentration": 60, "iaqi": 100} in after["items"]
    assert (after["missing"], after["coverage"], after["finished"]) == ([], 1, True)
    [change] = body["definition_changes"]
    assert (change["at"], change["before"], change["after"]) == ("2026-02-28T16:00:00Z", "HJ 633-2012", "HJ 633-2026")
    assert "口径不同" in change["note_zh"]
    assert "2026-03-01" in change["note_en"]
    assert body["classes"][0]["colour"] == "#00E400"
    assert {one["code"]: one["unit"] for one in body["pollutants"]} == dict.fromkeys(CLEAN, "µg/m³") | {"co": "mg/m³"}


def test_hours_on_both_sides_of_the_new_edition(world: World, api: httpx.Client, station: str) -> None:
    breathes(world, range(-24, 0), pm25=60.0)
    breathes(world, range(1), pm25=120.0)
    before, after = asked(api, **HOURS)["points"]
    assert (before["aqi"], after["aqi"]) == (82, 158)  # the old one judges 24 hours, the new one the hour
    told = {one["item"]: one for one in before["items"]}
    assert told["pm25_1h"] == {"item": "pm25_1h", "concentration": 60, "iaqi": None}
    assert (after["grade"], after["class_en"]) == (4, "Moderately polluted")


def test_without_enough_hours_there_is_no_index_but_what_is_missing(
    world: World, api: httpx.Client, station: str
) -> None:
    breathes(world, range(19))
    _, day = asked(api, **DAYS)["points"]
    assert (day["aqi"], day["grade"], day["class_zh"], day["primary"]) == (None, None, None, [])
    assert day["missing"] == ["so2", "no2", "co", "pm10", "pm25"]  # 14 windows of ozone are valid
    assert day["coverage"] == round(19 / 24, 4)


def test_an_hour_of_too_few_readings_is_not_valid(world: World, api: httpx.Client) -> None:
    world.device("AQ-1", "air", interval_s=60)
    breathes(world, range(1), per_hour=44)
    breathes(world, range(1, 2), per_hour=45)
    points = asked(api, start="2026-03-01T00:00:00+08:00", end="2026-03-01T02:00:00+08:00")["points"]
    assert [(one["aqi"], len(one["missing"]), one["coverage"]) for one in points] == [
        (None, 6, round(44 / 60, 4)),
        (20, 0, 0.75),
    ]


def test_a_period_of_one_edition_has_no_break_and_what_lies_ahead_no_index(world: World, api: httpx.Client) -> None:
    around = {"start": world.ago(7200).isoformat(), "end": (world.now + timedelta(hours=5)).isoformat()}
    body = asked(api, level="district", **around)
    assert body["definition_changes"] == []
    assert "尚未结束" in body["remark_zh"]
    assert len(body["points"]) == 11 * 8
    codes = [one["region_code"] for one in body["points"]]
    assert codes == sorted(codes)
    last = body["points"][-1]
    assert (last["aqi"], last["coverage"], last["finished"], last["standard"]) == (None, None, False, "HJ 633-2026")


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"interval": "5min"}, "interval"),
        ({"level": "street"}, "176 regions × 191 hours are over the limit of 30000. Ask for one region, or for a "
         "period of 7 days at most"),
        ({"level": "city", "region": "440106"}, "no city lies inside district 440106"),
        ({"start": "2025-11-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}, "take interval=day"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_would_work(
    world: World, api: httpx.Client, parameters: dict[str, str], told: str
) -> None:
    answer = api.get("/api/v1/air-quality", params={"end": "2026-03-01T00:00:00Z"} | parameters)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_streets_are_told_within_the_area_alone(world: World, api: httpx.Client, migrated_database: str) -> None:
    officer = Subject("street", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({STREET})))
    headers = {"Authorization": f"Bearer {token_of(migrated_database, officer)}"}
    own = api.get("/api/v1/air-quality", params={"region": "440106", "level": "street"}, headers=headers).json()
    assert {one["region_code"] for one in own["points"]} == {STREET}
    for region, status in (("440106001", 403), ("440100", 200), ("440105", 200), ("999999", 404)):
        answer = api.get("/api/v1/air-quality", params={"region": region}, headers=headers)
        assert answer.status_code == status, region


def test_the_index_is_an_indicator_whose_definition_changes_with_the_edition(
    world: World, api: httpx.Client, station: str
) -> None:
    breathes(world, range(-24, 24), pm25=60.5)
    told = asked(api, **DAYS)["points"]
    series = api.get("/api/v1/series", params={"indicator": "aqi", "compare": "previous"} | DAYS).json()["points"]
    assert [one["value"] for one in series] == [one["aqi"] for one in told] == [82, 100]
    assert [one["definition_version"] for one in series] == [1, 2]
    assert [one["coverage"] for one in series] == [one["coverage"] for one in told]
    assert series[1]["compared_value"] == 82
    rows = api.get("/api/v1/export/series", params={"indicator": "aqi", "lang": "en"} | DAYS).text.splitlines()
    assert [row.count(",82.0,") + row.count(",100.0,") for row in rows[1:]] == [1, 1]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"interval": "month"}, "interval=day"),
        ({"interval": "5min"}, "interval=hour"),
        ({"interval": "day", "start": "2025-03-01T00:00:00Z", "level": "district"}, "over the limit of 30000"),
    ],
)
def test_of_the_index_there_is_a_series_by_hours_and_days_of_so_many_regions(
    world: World, api: httpx.Client, parameters: dict[str, str], said: str
) -> None:
    period = {"indicator": "aqi", "start": "2026-02-28T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    answer = api.get("/api/v1/series", params=period | parameters)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
