"""The state: what counts as fresh, how values add up, and what 50 walls cost."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from cityops.api.app import create_app
from cityops.clock import utc_now
from cityops.domain.intervals import Interval
from cityops.store.schema import privileges
from factories.world import STREET, World
from fixtures import loops
from fixtures.web import serving

SHARED = (
    *("found", "dispatched", "handling", "checking", "near_due", "reported_today", "closed_today"),
    *("found_overdue", "dispatched_overdue", "handling_overdue"),
)
"""Counts of cases that are told by class and source too."""
OTHER_STREET = "440106001"
OTHER_DISTRICT_STREET = "440105001"


def state(api: httpx.Client, region: str = "440100") -> dict[str, Any]:
    answer = api.get("/api/v1/state", params={"region": region})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def metric(state: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [one for one in state["metrics"] if one["code"] == code]
    assert isinstance(found, dict)
    return found


def test_only_fresh_series_stand_behind_a_value(world: World, api: httpx.Client) -> None:
    for number, (value, age) in enumerate([(10, 5), (30, 30), (200, 200), (250, 1000)]):
        world.says(world.device(f"WL-{number}"), "water_depth", value, world.ago(age))
    world.device("WL-never")

    depth = metric(state(api), "water_depth")

    assert (depth["value"], depth["minimum"], depth["maximum"]) == (30, 10, 30)  # the aggregate is max
    assert depth["freshness"] == "fresh"
    assert datetime.fromisoformat(depth["as_of"]) == world.ago(5)
    assert (depth["expected"], depth["fresh"], depth["late"], depth["coverage"]) == (5, 2, 1, 0.4)
    assert depth["expected_interval_s"] == 60


def test_late_series_stand_in_when_none_is_fresh(world: World, api: httpx.Client) -> None:
    world.says(world.device("WL-1"), "water_depth", 12, world.ago(200))
    world.says(world.device("WL-2"), "water_depth", 99, world.ago(1000))

    depth = metric(state(api), "water_depth")

    assert (depth["value"], depth["freshness"], depth["coverage"]) == (12, "late", 0)
    assert datetime.fromisoformat(depth["as_of"]) == world.ago(200)


def test_silence_is_no_value_but_keeps_its_age(world: World, api: httpx.Client) -> None:
    world.says(world.device("WL-1"), "water_depth", 99, world.ago(1000))

    depth = metric(state(api), "water_depth")

    assert (depth["value"], depth["warning"], depth["freshness"]) == (None, 0, "silent")
    assert datetime.fromisoformat(depth["as_of"]) == world.ago(1000)


def test_a_metric_without_devices_has_no_coverage(world: World, api: httpx.Client) -> None:
    pm25 = metric(state(api), "pm25")
    assert (pm25["expected"], pm25["coverage"], pm25["value"], pm25["as_of"]) == (0, None, None, None)


def test_a_clock_that_runs_ahead_makes_nothing_fresher(world: World, api: httpx.Client) -> None:
    """Each reading counts as one of its receipt: the one is fresh, the other late although dated ahead of now."""
    for code, age in (("WL-1", 10), ("AIR-1", 200)):
        kind, name = ("waterlogging", "water_depth") if code == "WL-1" else ("air", "pm25")
        world.says(world.device(code, kind), name, 7, world.ago(age - 540), received_at=world.ago(age))

    body = state(api)

    depth, dust = metric(body, "water_depth"), metric(body, "pm25")
    assert (depth["freshness"], datetime.fromisoformat(depth["as_of"])) == ("fresh", world.ago(10))
    assert (dust["freshness"], datetime.fromisoformat(dust["as_of"])) == ("late", world.ago(200))
    assert datetime.fromisoformat(body["as_of"]) == world.ago(10)
    assert (body["devices"]["fresh"], body["devices"]["late"]) == (1, 1)


def test_no_state_is_dated_ahead_of_now(world: World, api: httpx.Client) -> None:
    """Nor by what is dated less far ahead than clocks are watched for, nor by the steps of cases."""
    world.says(world.device("WL-1"), "water_depth", 7, world.ago(-1.5))
    world.case("reported", at=world.ago(-500), ahead=timedelta(seconds=500))
    for region in ("440100", STREET[:6], STREET):
        body = state(api, region)
        told = [body["as_of"], body["events"]["as_of"], metric(body, "water_depth")["as_of"]]
        assert all(datetime.fromisoformat(one) <= utc_now() for one in told)


def test_a_case_dated_ahead_is_of_its_receipt(world: World, api: httpx.Client) -> None:
    world.case("reported", at=world.ago(-100), ahead=timedelta(seconds=400))
    assert datetime.fromisoformat(state(api)["as_of"]) == world.ago(300)


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("crowd", "crowd_count", 12),
        ("traffic", "traffic_speed", 4),
        ("gas", "gas_lel", 7),
        ("manhole_cover", "cover_clearance", 2),
    ],
    ids=["sum", "mean", "max", "min"],
)
def test_values_add_up_by_the_aggregate_of_the_metric(
    world: World, api: httpx.Client, kind: str, code: str, expected: float
) -> None:
    for number, value in enumerate((2, 3, 7)):
        world.says(world.device(f"D-{number}", kind), code, value, world.ago(1))
    assert metric(state(api), code)["value"] == expected


def test_districts_and_streets_are_parts_of_the_whole(world: World, api: httpx.Client) -> None:
    for number, (street, people) in enumerate([(STREET, 1), (OTHER_STREET, 20), (OTHER_DISTRICT_STREET, 300)]):
        world.says(world.device(f"C-{number}", "crowd", street), "crowd_count", people, world.ago(1))

    city, district, below = (state(api, code) for code in ("440100", "440106", STREET))

    assert [metric(one, "crowd_count")["value"] for one in (city, district, below)] == [321, 21, 1]
    of_districts = {part["code"]: part["value"] for part in metric(city, "crowd_count")["regions"]}
    assert {code: value for code, value in of_districts.items() if value} == {"440106": 21, "440105": 300}
    assert len(of_districts) == len(city["children"]) == 11
    of_streets = {part["code"]: part["value"] for part in metric(district, "crowd_count")["regions"]}
    assert {code: value for code, value in of_streets.items() if value} == {STREET: 1, OTHER_STREET: 20}
    assert below["children"] == []


def test_devices_count_by_their_newest_reading(world: World, api: httpx.Client) -> None:
    air = world.device("A-1", "air")
    world.says(air, "pm25", 20, world.ago(1000))
    world.says(air, "no2", 20, world.ago(1))  # one fresh metric is enough for a device to be alive
    world.says(world.device("A-2", "air"), "pm25", 20, world.ago(200))
    world.says(world.device("A-3", "air"), "pm25", 20, world.ago(1000))
    world.device("A-4", "air")
    assert state(api)["devices"] == {"expected": 4, "fresh": 1, "late": 1, "silent": 1, "never": 1}


def test_warnings_name_the_gravest_and_leave_out_the_silent(world: World, api: httpx.Client) -> None:
    for name, depth, age in [("blue", 5, 1), ("red", 40, 200), ("orange", 30, 1), ("gone", 99, 1000)]:
        world.says(world.device(name), "water_depth", depth, world.ago(age))
    world.says(world.device("speed", "traffic"), "traffic_speed", 15, world.ago(1))  # low is bad: orange

    warnings = state(api)["warnings"]

    assert {level: warnings[level] for level in ("blue", "yellow", "orange", "red")} == {
        "blue": 1, "yellow": 0, "orange": 2, "red": 1,
    }  # fmt: skip
    assert [one["warning"] for one in warnings["worst"]] == [4, 3, 3, 1]
    assert warnings["worst"][0]["device_code"] == "red"
    assert metric(state(api), "water_depth")["warning"] == 3


def warned_of(world: World, api: httpx.Client) -> dict[str, dict[str, Any]]:
    return {one["device_code"]: one for one in state(api)["warnings"]["worst"]}


def test_a_warning_says_since_when_its_level_is_reached(world: World, api: httpx.Client) -> None:
    """Orange is reached from 27 cm on; what is told is the first reading of the run that has not been below since."""
    runs = {
        "rose": [(7200, 30), (3600, 3), (1800, 28), (900, 41), (5, 29)],
        "just": [(3600, 3), (5, 28)],
        "always": [(86_000, 28), (43_000, 30), (5, 28)],
        "worsened": [(3600, 16), (1800, 28), (5, 45)],
    }
    for code, said in runs.items():
        device = world.device(code)
        for age, depth in said:
            world.says(device, "water_depth", depth, world.ago(age))

    found = warned_of(world, api)

    ages = {code: (world.now - datetime.fromisoformat(one["since"])).total_seconds() for code, one in found.items()}
    assert ages == {"rose": 1800, "just": 5, "always": 86_000, "worsened": 5}
    assert {code: one["since_known"] for code, one in found.items()} == {
        "rose": True, "just": True, "always": False, "worsened": True,
    }  # fmt: skip
    assert {one["kind_en"] for one in found.values()} == {"Waterlogging monitor"}


def test_a_low_battery_is_no_warning_of_what_is_measured(world: World, api: httpx.Client) -> None:
    device = world.device("gas-1", "gas")
    world.says(device, "gas_lel", 1, world.ago(5))
    world.says(device, "battery_voltage", 2.9, world.ago(5))

    told = state(api)

    assert (told["warnings"]["red"], told["warnings"]["worst"]) == (0, [])
    assert told["device_health"]["red"] == 1
    assert [one["metric"] for one in told["device_health"]["worst"]] == ["battery_voltage"]
    listed = api.get("/api/v1/devices", params={"region": "440106"}).json()["items"]
    assert [(one["warning"], one["health"]) for one in listed] == [(0, 4)]
    assert api.get("/api/v1/devices", params={"warning": 1}).json()["items"] == []


def test_the_trend_is_the_mean_of_each_half_hour(world: World, api: httpx.Client) -> None:
    device = world.device("A-1", "air")
    running = world.now.replace(minute=world.now.minute // 30 * 30, second=0, microsecond=0)
    for minutes, value in [(-30, 10), (-20, 20), (-10, 60), (-24 * 60 + 30, 5), (-24 * 60 + 29, 99)]:
        world.says(device, "pm25", value, running + timedelta(minutes=minutes))

    trend = metric(state(api), "pm25")["trend"]

    assert (len(trend["values"]), trend["step_s"]) == (48, 1800)
    assert datetime.fromisoformat(trend["start"]) == running - timedelta(hours=23, minutes=30)
    # 24 h before the running step's end the window begins: 10, 20, 60 make 30; the 99 lies five minutes before it
    assert (trend["values"][0], trend["values"][-2], trend["values"][-1]) == (5, 30, None)


def test_a_gap_that_is_filled_later_shows_at_the_next_renewal(world: World, api: httpx.Client, app: FastAPI) -> None:
    station = world.device("A-1", "air")
    world.says(station, "pm25", 30, world.ago(60))
    assert [value for value in metric(state(api), "pm25")["trend"]["values"] if value is not None] == [30]
    world.says(station, "pm25", 5, world.ago(6 * 3600))
    for kept in (app.state.city._moment, app.state.city._trends):
        kept.forget()  # what half a minute's wait does
    app.state.states._kept.clear()
    assert [value for value in metric(state(api), "pm25")["trend"]["values"] if value is not None] == [5, 30]


def test_the_trend_of_a_sum_is_the_mean_reading_times_the_devices(world: World, api: httpx.Client) -> None:
    running = world.now.replace(minute=world.now.minute // 30 * 30, second=0, microsecond=0)
    for number, value in enumerate([100, 300]):
        world.says(world.device(f"C-{number}", "crowd"), "crowd_count", value, running - timedelta(minutes=7))
    world.device("C-silent", "crowd")
    for region in ("440100", "440106", STREET):
        assert metric(state(api, region), "crowd_count")["trend"]["values"][-2] == 200 * 3


def test_change_compares_with_one_hour_before(world: World, api: httpx.Client) -> None:
    device = world.device("A-1", "air")
    world.says(device, "pm25", 40, world.ago(3600))
    world.says(device, "pm25", 55, world.ago(1))
    assert metric(state(api), "pm25")["change_1h"] == 15


def test_events_by_stage_district_and_class(world: World, api: httpx.Client) -> None:
    midnight = Interval.DAY.floor(world.now)
    world.case("reported", at=midnight)
    world.case("reported", "dispatched", severity="critical", at=midnight, event_class="pipe_burst")
    world.case("reported", "processing", at=midnight - timedelta(seconds=1), region=OTHER_DISTRICT_STREET)
    world.case("reported", "closed", at=midnight - timedelta(seconds=30))
    world.case("reported", "closed", at=midnight - timedelta(days=2))

    events = state(api)["events"]

    assert events["counts"] == {
        "open": 3, "found": 1, "dispatched": 1, "handling": 1, "checking": 0, "urgent_open": 1, "overdue": 0,
        "near_due": 0, "found_overdue": 0, "dispatched_overdue": 0, "handling_overdue": 0,
        "reported_today": 2, "closed_today": 1,
    }  # fmt: skip
    assert [(one["class_code"], one["reported_today"]) for one in events["classes"]] == [
        ("gas_leak", 1),
        ("pipe_burst", 1),
    ]
    by_district = {one["code"]: one for one in events["regions"]}
    assert by_district["440105"]["open"] == 1
    assert by_district["440106"] == {"code": "440106", "open": 2, "reported_today": 2, "closed_today": 1}
    matters = events["matters"]
    assert {name: sum(one[name] for one in matters) for name in SHARED} == {
        name: events["counts"][name] for name in SHARED
    }
    assert {one["class_code"] for one in matters} == {"gas_leak", "pipe_burst"}
    [burst] = [one for one in matters if one["class_code"] == "pipe_burst"]
    assert (burst["dispatched"], burst["reported_today"], burst["found"]) == (1, 1, 0)
    assert [one["handling"] for one in state(api, "440105")["events"]["matters"]] == [1]
    assert len(events["pressing"]) == 5
    assert len(state(api, "440105")["events"]["pressing"]) == 1


def test_what_presses_comes_with_who_is_on_it_and_how_long_that_may_take(world: World, api: httpx.Client) -> None:
    world.case(external_id="new", at=world.ago(5))
    for name, minutes in (("near", 12), ("late", -49)):
        world.case("reported", "dispatched", external_id=name, at=world.ago(3600))
        world.runs_out(name, world.ago(-60 * minutes), world.ago(60))
    world.case(external_id="elsewhere", at=world.ago(10), region=OTHER_DISTRICT_STREET)
    events = state(api)["events"]
    assert (events["counts"]["overdue"], events["counts"]["near_due"]) == (1, 1)
    told = [(one["external_id"], one["lamp"], one["unit"] and one["unit"]["code"]) for one in events["pressing"]]
    assert told[:2] == [("late", "red", "440106"), ("near", "yellow", "440106")]
    assert told[2:] == [("new", None, None), ("elsewhere", None, None)]
    assert datetime.fromisoformat(events["pressing"][0]["due_at"]) == world.ago(60 * 49)
    elsewhere = state(api, "440105")["events"]
    assert [one["external_id"] for one in elsewhere["pressing"]] == ["elsewhere"]
    assert elsewhere["counts"]["overdue"] == 0


def test_sources_and_platform_say_what_came(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    world.connection.execute(
        "INSERT INTO ingest_ledger VALUES ('w', 'water-logging', 'readings', 10, 7, 2, 1, %s)", [world.ago(1)]
    )
    body = state(api)
    (source,) = [one for one in body["sources"] if one["code"] == "water-logging"]
    assert (source["stored"], source["duplicate"], source["rejected"]) == (7, 2, 1)
    assert (source["freshness"], source["devices"]) == ("fresh", 1)
    assert (body["platform"]["sources_fresh"], body["platform"]["readings_kept"]) == (1, 7)
    in_district = {one["code"]: one["devices"] for one in state(api, "440106")["sources"]}
    assert in_district == {"water-logging": 1, "hotline-12345": 0, "grid-officer": 0, "sensor-alarm": 0}


def test_an_unchanged_state_is_not_sent_again(world: World, api: httpx.Client) -> None:
    first = api.get("/api/v1/state")
    again = api.get("/api/v1/state", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert api.get("/api/v1/state", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_device_registered_meanwhile_is_seen_when_it_speaks(world: World, api: httpx.Client, app: FastAPI) -> None:
    assert state(api)["devices"]["expected"] == 0
    world.says(world.device("WL-1"), "water_depth", 3, world.ago(1))
    app.state.city._moment.forget()  # what a second's wait does
    app.state.states._kept.clear()
    assert metric(state(api), "water_depth")["value"] == 3


async def _ask(app: FastAPI, headers: dict[str, str], times: int) -> list[httpx.Response]:
    asked: Any = {"transport": httpx.ASGITransport(app), "base_url": "http://api", "headers": headers}
    async with app.router.lifespan_context(app), httpx.AsyncClient(**asked) as client:
        return list(await asyncio.gather(*(client.get("/api/v1/state") for _ in range(times))))


def test_fifty_walls_cost_one_computation(world: World, app: FastAPI, signed_in: dict[str, str]) -> None:
    app.state.states._tick_s = 600  # however long the machine takes to ask fifty times
    answers = loops.run(_ask(app, signed_in, 50))
    assert {(one.status_code, one.headers["etag"]) for one in answers} == {(200, answers[0].headers["etag"])}
    assert app.state.telemetry.registry.get_sample_value("cityops_state_seconds_count") == 1


def test_raw_readings_are_never_touched(
    world: World, database_as: Callable[[str], str], signed_in: dict[str, str]
) -> None:
    """A login that may not read `reading` gets the state all the same."""
    world.says(world.device("WL-1"), "water_depth", 3, world.ago(1))
    world.connection.execute("REVOKE SELECT ON reading FROM cityops_api")
    url = database_as(privileges.API)
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT 1 FROM reading")
    with serving(create_app(url)) as address, httpx.Client(base_url=address, headers=signed_in) as api:
        for region in ("440100", "440106", STREET):
            assert metric(state(api, region), "water_depth")["value"] == 3
