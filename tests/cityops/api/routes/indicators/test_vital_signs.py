"""The vital-sign tree over HTTP: readings and values from outside as leaves, what is missing, city and districts."""

from datetime import timedelta
from typing import Any

import httpx
import pandas as pd
import pytest

from cityops.client import Client
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import themes
from factories import verbs
from factories.values import keep_value
from factories.world import STREET, World


def told(api: httpx.Client, region: str = "440100") -> dict[str, Any]:
    answer = api.get("/api/v1/vital-signs", params={"region": region})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found | {"by_leaf": {one["indicator"]: one for one in found["leaves"]}}


@pytest.fixture
def filled(world: World) -> World:
    """Give a city of which rain, depth and the hotline are known, and the water's pressure as of an hour ago."""
    device = world.device("WL-1", "waterlogging")
    world.says(device, "water_depth", 21, world.ago(20))
    rain = world.device("R-1", "rain_gauge")
    world.says(rain, "rain_intensity", 0, world.ago(20))
    day = Grain.DAY.shifted(Grain.DAY.floor(world.now), -1)
    keep_value(world, "orders_on_time", "hotline-stats", day, value=93.0)
    keep_value(world, "orders_on_time", "hotline-stats", day, value=98.0, revision=1)
    keep_value(world, "orders_on_time", "hotline-stats", Grain.DAY.floor(world.now), value=10.0)
    keep_value(world, "orders_on_time", "hotline-stats", day, value=95.0, region_code="440106")
    early = Grain.FIVE_MINUTES.floor(world.now - timedelta(minutes=40))
    keep_value(world, "pipe_pressure", "water-supply", early, value=0.3)
    return world


def test_a_leaf_is_the_newest_finished_value_on_a_scale(filled: World, api: httpx.Client) -> None:
    found = told(api)
    depth, on_time = found["by_leaf"]["water_depth"], found["by_leaf"]["orders_on_time"]
    assert (depth["value"], depth["score"], depth["warning"], depth["why"]) == (21, 5, 2, None)
    assert (on_time["value"], on_time["score"], on_time["why"]) == (98, 8, None)  # of yesterday, the newest revision
    assert pd.Timestamp(on_time["as_of"]) == pd.Timestamp(Grain.DAY.floor(filled.now))
    flood = next(one for one in found["signs"] if one["code"] == "flood")
    assert (flood["present"], flood["leaves"], flood["covered"]) == (2, 4, pytest.approx(0.6))
    assert flood["index"] == pytest.approx((0.35 * 5 + 0.25 * 10) / 0.6)
    assert flood["alarms"] is False


def test_what_is_missing_is_said_with_why_and_takes_no_part(filled: World, api: httpx.Client) -> None:
    found = told(api)
    pressure = found["by_leaf"]["pipe_pressure"]
    assert (pressure["value"], pressure["why"], pressure["score"], pressure["lever"]) == (0.3, "late", None, None)
    assert found["by_leaf"]["turbidity"]["why"] == "no_value"
    assert found["by_leaf"]["traffic_index"]["why"] == "no_devices"
    [whole] = [one for one in found["signs"] if not one["parent"]]
    assert (whole["index"], whole["alarms"], whole["present"], whole["leaves"]) == (None, None, 3, 35)


def test_a_correction_is_told_at_once_and_its_end_as_well(
    filled: World, api: httpx.Client, migrated_database: str
) -> None:
    def on_time() -> tuple[float, float]:
        leaf = told(api)["by_leaf"]["orders_on_time"]
        return leaf["value"], leaf["score"]

    def run(*words: str) -> None:
        assert verbs.run("corrections", *words, database_url=migrated_database).exit_code == 0

    day = Grain.DAY.shifted(Grain.DAY.floor(filled.now), -1)
    span = [f"{one.astimezone(CITY_ZONE):%Y-%m-%d}" for one in (day, Grain.DAY.floor(filled.now))]
    assert on_time() == (98, 8)
    asked = ("--start", span[0], "--end", span[1], "--expected", "98", "--amount", "60", "--reason", "漏计")
    run("add", "orders_on_time", "override", *asked)
    value, score = on_time()
    assert value == 60
    assert score < 8
    run("close", "1", "--note", "已核实", "--withdrawn")
    assert on_time() == (98, 8)


def test_a_value_from_before_the_newest_periods_is_found(filled: World, api: httpx.Client) -> None:
    early = Grain.HOUR.shifted(Grain.HOUR.floor(filled.now), -20)
    keep_value(filled, "turbidity", "water-supply", early, value=0.2)
    found = told(api)["by_leaf"]["turbidity"]
    assert (found["value"], found["why"]) == (0.2, "late")
    assert pd.Timestamp(found["as_of"]) == pd.Timestamp(Grain.HOUR.shifted(early, 1))


def test_a_district_has_its_own_tree_and_stands_beside_the_others(filled: World, api: httpx.Client) -> None:
    found = told(api, "440106")
    assert STREET.startswith("440106")
    assert found["by_leaf"]["orders_on_time"]["value"] == 95
    assert found["by_leaf"]["flights_on_time"]["why"] == "no_level"
    assert found["districts"] == []
    beside = {(one["region_code"], one["code"]): one for one in told(api)["districts"]}
    assert len({region for region, _ in beside}) == 11
    assert beside["440106", "flood"]["index"] == pytest.approx((0.35 * 5 + 0.25 * 10) / 0.6)
    assert beside["440103", "flood"]["index"] is None


def test_no_tree_stands_for_a_street_or_a_place_that_is_not_there(world: World, api: httpx.Client) -> None:
    assert api.get("/api/v1/vital-signs", params={"region": STREET}).status_code == 422
    assert api.get("/api/v1/vital-signs", params={"region": "999999"}).status_code == 404


def test_the_client_gives_the_tree_as_a_table(filled: World, api: httpx.Client) -> None:
    tree = themes.shipped().signs
    assert tree is not None
    with Client(str(api.base_url), api.headers["Authorization"].removeprefix("Bearer ")) as client:
        table = client.vital_signs()
    assert table["level"].value_counts().to_dict() == {0: 1, 1: 5, 2: 13, 3: len(tree.leaves)}
    assert [*table["code"][:4]] == ["city", "safety", "flood", "water_depth"]
    assert str(table["as_of"].dt.tz) == "Asia/Shanghai"
    depth = table.set_index("code").loc["water_depth"]
    assert (depth["index"], depth["unit"]) == (5, "cm")
    assert len(table.attrs["districts"]) == 11 * 19


def test_an_entry_of_the_catalogue_tells_how_it_is_now_and_who_uses_it(filled: World, api: httpx.Client) -> None:
    entry = api.get("/api/v1/indicators/water_depth").json()
    newest = {one["region_code"]: one for one in entry["newest"]}
    assert (newest["440100"]["value"], newest["440103"]["why"]) == (21, "no_devices")
    assert [one["code"] for one in entry["uses"]["vital_signs"]] == ["safety", "flood", "water_depth"]
    assert entry["uses"]["alarm_rules"]
    assert entry["owner_zh"]
    derived = api.get("/api/v1/indicators/water_supplied_yoy").json()
    assert [(one["name"], one["indicator"], one["offset"]) for one in derived["formula"]["inputs"]] == [
        ("now", "water_supplied", 0),
        ("before", "water_supplied", 1),
    ]
    base = api.get("/api/v1/indicators/water_supplied").json()
    assert [one["indicator"] for one in base["uses"]["indicators"]] == ["water_supplied_yoy"]
    turbid = api.get("/api/v1/indicators/turbidity").json()["uses"]
    assert [(one["target"], one["reached_en"], one["example"]) for one in turbid["targets"]] == [
        (0.3, "at most", True)
    ]
    visits = api.get("/api/v1/indicators/grid_visits").json()["uses"]
    assert [one["code"] for one in visits["forms"]] == ["street_month"]
    told = api.get("/api/v1/indicators/events_reported").json()["uses"]
    assert {one["code"] for one in told["reports"]} >= {"daily", "weekly"}
    missing = api.get("/api/v1/indicators/water_suplied")
    assert missing.status_code == 404
    assert "did you mean 'water_supplied'?" in missing.json()["detail"]
