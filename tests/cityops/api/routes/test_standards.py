"""Case standards over HTTP: in force by class, all versions of one, and whether they are examples."""

import httpx

from cityops.client import Client
from factories.world import World


def test_the_standards_of_a_class_are_told_with_limit_and_closing_condition(world: World, api: httpx.Client) -> None:
    found = api.get("/api/v1/standards", params={"class": "road_ponding"}).json()
    assert [one["code"] for one in found] == ["road_ponding-deep", "road_ponding-underpass", "road_ponding-drain"]
    assert (found[0]["limit_zh"], found[0]["limit_en"]) == ("2 紧急工作时", "2 hours by the clock")
    assert (found[0]["unit_kind"], found[0]["unit_code"]) == ("department", "water")
    assert all(one["is_example"] for one in api.get("/api/v1/standards").json())


def test_before_a_standard_is_valid_it_is_not_told(world: World, api: httpx.Client) -> None:
    world.connection.execute(
        "UPDATE case_standard SET valid_from = now() + interval '3 days' WHERE class_code LIKE 'road%'"
    )
    assert api.get("/api/v1/standards", params={"class": "road_ponding"}).json() == []
    assert api.get("/api/v1/standards", params={"class": "small_ads"}).json() != []
    assert api.get("/api/v1/standards", params={"class": "nothing"}).json() == []


def test_versions_that_are_no_longer_in_force_stay_readable(world: World, api: httpx.Client) -> None:
    world.connection.execute("UPDATE case_standard SET withdrawn_at = now() WHERE code = 'road_ponding-deep'")
    [old] = api.get("/api/v1/standards/road_ponding-deep").json()
    assert old["version"] == 1
    in_force = api.get("/api/v1/standards", params={"class": "road_ponding"}).json()
    assert "road_ponding-deep" not in {one["code"] for one in in_force}


def test_a_code_that_is_not_there_is_named(world: World, api: httpx.Client) -> None:
    missing = api.get("/api/v1/standards/nothing")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "There is no case standard 'nothing'; /api/v1/standards lists those in force."


def test_the_client_has_them_as_a_table(world: World, api_url: str, key: str) -> None:
    with Client(api_url, key) as client:
        table = client.standards("cover_missing")
        assert table["limit_kind"].tolist() == ["urgent_hours", "work_hours", "work_days", "work_days"]
        assert "limit_amount" in client.standards("nothing").columns
