"""The situation in the state: what is wrong where, which way it goes and who is on it; and what is usual."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.jobs.baselines import Learner
from factories.world import STREET, World
from fixtures.api import token_of

DOWNTOWN = "440105001"
NOTE = (
    "INSERT INTO alarm (rule_code, rule_version, class, priority, object, series_id, device_id, region_code, metric,"
    " level, worst_level, value_worst, onset, raised_at, acknowledged_at, acknowledged_by, quiet, event_id)"
    " SELECT %(rule)s, 1, 'flood', 1, %(device)s, series.id, device.id, region_code, 'water_depth', %(level)s,"
    " %(level)s, 99, %(at)s, %(at)s, %(seen)s, %(by)s, %(quiet)s, (SELECT id FROM event WHERE external_id = %(case)s)"
    " FROM device JOIN series ON series.device_id = device.id JOIN metric ON metric.id = metric_id"
    " WHERE device.code = %(device)s AND metric.code = 'water_depth' RETURNING id"
)


def alarm(
    world: World, device: str, level: int = 4, minutes: int = 30, rule: str = "water_depth", **more: Any
) -> int:
    """Raise an alarm of a device so many minutes ago."""
    at = world.ago(60 * minutes)
    given = {
        "rule": rule,
        "device": device,
        "level": level,
        "at": at,
        "seen": None,
        "by": None,
        "quiet": None,
        "case": "",
    }
    row = world.connection.execute(NOTE, given | more).fetchone()
    assert row is not None
    return int(row[0])


def storm(world: World) -> None:
    """Have three places under water, a fourth that is kept quiet, and a pump crew on its way to one of them."""
    depths = {"deep": (62, 75), "rising": (48, 30), "unseen": (41, 41), "quiet": (90, 90)}
    for code, (now, before) in depths.items():
        world.device(code, region=DOWNTOWN if code == "unseen" else STREET)
        world.says(code, "water_depth", before, world.ago(60 * 20))
        world.says(code, "water_depth", now, world.ago(5))
    world.case("reported", "dispatched", external_id="pumps", severity="urgent", at=world.ago(900))
    world.runs_out("pumps", world.ago(60), world.ago(120))
    seen: dict[str, Any] = {"seen": world.ago(60), "by": "wang"}
    for code in ("deep", "rising"):
        alarm(world, code, case="pumps", **seen)
    alarm(world, "unseen", minutes=3)
    alarm(world, "quiet", quiet="shelved")
    alarm(world, "deep", 3, rule="water_depth_rising", **seen)


def test_the_situation_says_what_where_which_way_and_who(world: World, api: httpx.Client) -> None:
    storm(world)
    state = api.get("/api/v1/state").json()
    told = state["situation"]
    assert {name: told[name] for name in ("level", "rule_code", "metric", "threshold", "direction", "regions")} == {
        "level": 4, "rule_code": "water_depth", "metric": "water_depth", "threshold": 40, "direction": "high",
        "regions": ["440106", "440105"],
    }  # fmt: skip
    assert (told["places"], told["cases"], told["overdue"], told["unacknowledged"]) == (3, 1, 1, 1)
    assert told["handling"] == [{"unit": {"kind": "district", "code": "440106"}, "status": "dispatched", "count": 1}]
    assert (told["worst"]["device_code"], told["worst"]["value"], told["worst"]["trend"]) == ("deep", 62, "falling")
    places = state["alarms"]["places"]
    assert [(one["device_code"], one["level"], one["trend"]) for one in places] == [
        ("deep", 4, "falling"), ("rising", 4, "rising"), ("unseen", 4, "steady"), ("deep", 3, "falling"),
    ]  # fmt: skip
    assert [(one["acknowledged"], one["case_number"], one["status"], one["overdue"]) for one in places[1:3]] == [
        (True, "pumps", "dispatched", True), (False, None, None, False),
    ]  # fmt: skip
    assert sum(one["count"] for one in state["alarms"]["groups"]) == len(places)
    (case,) = state["events"]["places"]
    assert (case["number"], case["severity"], case["overdue"]) == ("pumps", "urgent", True)
    assert (case["lon"], case["lat"], case["unit"]["code"]) == (113.3, 23.1, "440106")
    counts = state["events"]["counts"]
    assert (counts["dispatched_overdue"], counts["found_overdue"], counts["handling_overdue"]) == (1, 0, 0)
    below = api.get("/api/v1/state", params={"region": "440105"}).json()
    assert (below["situation"]["regions"], below["situation"]["places"], below["situation"]["cases"]) == (
        [DOWNTOWN],
        1,
        0,
    )
    assert below["events"]["places"] == []
    depth = next(one for one in state["metrics"] if one["code"] == "water_depth")
    assert [(one["code"], one["value"], one["warning"]) for one in depth["streets"]] == [
        (STREET, 90, 4),
        (DOWNTOWN, 41, 4),
    ]


def test_nothing_grave_is_no_situation(world: World, api: httpx.Client) -> None:
    world.device("puddle")
    alarm(world, "puddle", 2)
    state = api.get("/api/v1/state").json()
    assert (state["situation"], state["alarms"]["yellow"], len(state["alarms"]["places"])) == (None, 1, 1)
    street = api.get("/api/v1/state", params={"region": STREET}).json()
    assert (street["situation"], len(street["alarms"]["places"])) == (None, 1)


def test_to_whom_only_sums_are_told_the_situation_names_nothing(
    world: World, api_url: str, migrated_database: str
) -> None:
    """But says how grave it is, where and how many; else the sentence on the wall would be that all is well."""
    storm(world)
    elsewhere = Subject("elsewhere", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440106001"})))
    headers = {"Authorization": f"Bearer {token_of(migrated_database, elsewhere)}"}
    with httpx.Client(base_url=api_url, timeout=30, headers=headers) as client:
        for region, named in (("440100", ["440106", "440105"]), ("440106", ["440106"])):
            state = client.get("/api/v1/state", params={"region": region}).json()
            told = state["situation"]
            assert (told["level"], told["regions"], told["places"]) == (4, named, 3 if region == "440100" else 2)
            assert {told[name] for name in ("rule_code", "name_zh", "name_en", "metric", "threshold", "worst")} == {
                None
            }
            assert told["handling"] == state["alarms"]["places"] == state["events"]["places"] == []
            assert [one for one in state["metrics"] if one["streets"]] == []


def test_a_value_is_held_against_the_same_time_of_yesterday_and_last_week(
    world: World, api: httpx.Client, app: FastAPI, engine: Engine
) -> None:
    """And against what is usual in each hour, of which seven days must be known."""
    device = world.device("A-1", "air")
    running = world.now.replace(minute=world.now.minute // 30 * 30, second=0, microsecond=0)
    for days in range(1, 9):
        world.says(device, "pm25", 30 + days, world.now - timedelta(days=days))
        world.says(device, "pm25", 10 * days, running - timedelta(days=days, minutes=15))
    world.says(device, "pm25", 99, running - timedelta(days=1, minutes=45))
    world.says(device, "pm25", 55, world.ago(1))

    def pm25() -> dict[str, Any]:
        return next(one for one in api.get("/api/v1/state").json()["metrics"] if one["code"] == "pm25")

    assert (pm25()["yesterday"], pm25()["last_week"], pm25()["band"]) == (31, 37, None)
    while Learner(engine).learn(world.connection):
        pass
    app.state.city._trends.forget()
    app.state.states._kept.clear()
    app.state.city._moment.forget()
    band = pm25()["band"]
    assert band["days"] == 8
    assert (len(band["low"]), len(band["high"])) == (48, 48)
    known = [(low, high) for low, high in zip(band["low"], band["high"], strict=True) if low is not None]
    assert len(known) >= 2
    assert all(0 <= low < high for low, high in known)
    assert all(band["low"][step] is None for step in range(10, 30)), "hours in which nothing is ever heard"


def test_each_number_of_the_state_says_what_it_means_and_who_answers_for_it(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    told = {one["code"]: one for one in api.get("/api/v1/numbers").json()}
    state = api.get("/api/v1/state").json()
    assert [code for code in told if code.startswith("metric:")] == [
        f"metric:{one['code']}" for one in state["metrics"]
    ]
    for code, one in told.items():
        for place in [code.removeprefix("count:")] * code.startswith("count:") + [one["of"]] * bool(one["of"]):
            within: Any = state
            for name in place.split("."):
                within = within and within[name]  # no situation on a quiet day
            assert within is None or isinstance(within, int), (code, place)
        assert one["definition_zh"]
        assert one["definition_en"]
    depth = told["metric:water_depth"]
    assert (depth["aggregate"], depth["unit"], depth["red"], depth["basis_mark"]) == ("max", "cm", 40, "default")
    assert [(one["code"], one["department_zh"]) for one in depth["sources"]] == [("water-logging", "市水务局")]
    assert {one["code"] for one in told["count:events.counts.open"]["sources"]} >= {"hotline-12345", "grid-officer"}
    assert (told["metric:power_load"]["basis_mark"], told["metric:power_load"]["sources"]) == (None, [])
