"""Alarms over HTTP, under the API's own login: what is told of them, what may be done, by whom and within reach."""

from datetime import datetime, timedelta

import httpx
import pytest

from cityops.client import Client
from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.alarms import journal, rows, rule, says, turn, without_rules
from factories.world import STREET, World
from fixtures.api import token_of

HAIZHU = "440105001"
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
OPERATOR = Subject("operator", Role.OPERATOR, Scope(ScopeKind.CITY))
TEXTS = {"cause_zh": "暴雨", "response_en": "Close the road."}


@pytest.fixture
def city(world: World) -> World:
    """Give two districts with an alarm each: red at WL-1 in 天河区, blue at WL-2 in 海珠区."""
    without_rules(world.connection)
    rule(world.connection, **TEXTS)
    world.device("WL-1")
    world.device("WL-2", region=HAIZHU)
    turn(world)
    for device, value in (("WL-1", 45), ("WL-2", 12)):
        says(world, device, (world.ago(20), value))
        turn(world)
    return world


def ids(world: World) -> dict[str, int]:
    """Return the newest alarm of each device."""
    found = world.connection.execute(
        "SELECT code, max(alarm.id) FROM alarm JOIN device ON device.id = device_id GROUP BY code"
    )
    return {row[0]: row[1] for row in found.fetchall()}


def listed(api: httpx.Client, **query: str) -> list[str]:
    return [one["device_code"] for one in api.get("/api/v1/alarms", params=query).json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["WL-2", "WL-1"]),
        ({"region": "440106"}, ["WL-1"]),
        ({"region": HAIZHU}, ["WL-2"]),
        ({"level": "4"}, ["WL-1"]),
        ({"at_least": "1"}, ["WL-2", "WL-1"]),
        ({"class": "gas"}, []),
        ({"rule": "depth", "device": "WL-2"}, ["WL-2"]),
        ({"open": "false"}, []),
        ({"acknowledged": "false", "quiet": "false", "priority": "2"}, ["WL-2", "WL-1"]),
        ({"end": "2026-01-01T00:00:00Z"}, []),
    ],
)
def test_alarms_are_listed_by_filter(
    city: World, api: httpx.Client, query: dict[str, str], expected: list[str]
) -> None:
    assert listed(api, **query) == expected


def test_alarms_are_listed_page_by_page(city: World, api: httpx.Client) -> None:
    first = api.get("/api/v1/alarms", params={"limit": 1}).json()
    second = api.get("/api/v1/alarms", params={"limit": 1, "after": first["next"]}).json()
    assert [one["items"][0]["device_code"] for one in (first, second)] == ["WL-2", "WL-1"]
    assert second["next"] is None


def test_alarms_are_counted(city: World, api: httpx.Client) -> None:
    assert api.get("/api/v1/alarms/counts").json() == [{"group": 1, "count": 1}, {"group": 4, "count": 1}]
    by_district = api.get("/api/v1/alarms/counts", params={"by": "district", "level": 4}).json()
    assert by_district == [{"group": "440106", "count": 1}]


def test_an_alarm_has_its_rules_texts_its_newest_reading_and_its_journal(city: World, api: httpx.Client) -> None:
    says(city, "WL-1", (city.ago(5), 41))
    alarm = api.get(f"/api/v1/alarms/{ids(city)['WL-1']}").json()
    assert (alarm["name_zh"], alarm["level"], alarm["value_raised"], alarm["newest_value"]) == ("积水", 4, 45, 41)
    assert {name: alarm["texts"][name] for name in TEXTS} == TEXTS
    assert [line["kind"] for line in alarm["history"]] == ["raised"]
    assert api.get("/api/v1/alarms/999999").status_code == 404


def test_the_rules_in_force_are_told_with_their_version(city: World, api: httpx.Client) -> None:
    [told] = api.get("/api/v1/alarm-rules").json()
    assert (told["code"], told["version"], told["definition"]["cause_zh"]) == ("depth", 1, "暴雨")


def test_the_state_counts_open_alarms_and_names_the_worst_of_each_district(city: World, api: httpx.Client) -> None:
    state = api.get("/api/v1/state").json()["alarms"]
    assert [state[name] for name in ("red", "orange", "yellow", "blue", "unacknowledged")] == [1, 0, 0, 1, 2]
    worst = {one["code"]: one["worst"] for one in state["regions"] if one["open"]}
    assert worst == {"440105": 1, "440106": 4}


def test_the_state_tells_open_alarms_in_groups_that_sum_up_to_its_counts(city: World, api: httpx.Client) -> None:
    first = ids(city)["WL-1"]
    api.post(f"/api/v1/alarms/{first}/acts", json={"act": "acknowledge"})
    made = api.post(f"/api/v1/alarms/{first}/case", json={}).json()["event_id"]
    number = api.get(f"/api/v1/cases/{made}").json()["external_id"]
    city.device("WL-3", region="440106001")
    says(city, "WL-3", (city.ago(9), 33))
    turn(city)

    state = api.get("/api/v1/state").json()["alarms"]

    names = (
        "region_code",
        "name_en",
        "metric",
        "level",
        "count",
        "value",
        "unacknowledged",
        "acknowledged_by",
        "cases",
    )
    assert [tuple(one[name] for name in names) for one in state["groups"]] == [
        ("440106", "Ponding", "water_depth", 4, 2, 45, 1, "leader", 1),
        (HAIZHU, "Ponding", "water_depth", 1, 1, 12, 1, None, 0),
    ]
    assert [one["case_number"] for one in state["groups"]] == [number, None]
    assert datetime.fromisoformat(state["groups"][0]["onset"]) == city.ago(20)
    assert state["groups"][0]["unacknowledged_since"]
    assert sum(state[level] for level in ("red", "orange", "yellow", "blue")) == 3
    assert (state["groups_open"], state["unacknowledged"]) == (2, 2)
    street = api.get("/api/v1/state", params={"region": "440106001"}).json()["alarms"]
    assert [(one["region_code"], one["count"]) for one in street["groups"]] == [("440106001", 1)]
    assert api.get("/api/v1/state", params={"detail": "false"}).json()["alarms"]["groups"] == []


def test_an_alarm_is_acknowledged_once_journaled_and_audited(city: World, api: httpx.Client) -> None:
    path = f"/api/v1/alarms/{ids(city)['WL-1']}/acts"
    assert api.post(path, json={"act": "acknowledge"}).json()["done"]
    again = api.post(path, json={"act": "acknowledge"})
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    [(by, at)] = rows(city.connection, "acknowledged_by", "acknowledged_at", where="acknowledged_at IS NOT NULL")
    assert (by, at is not None) == ("leader", True)
    assert [one[0] for one in journal(city.connection)][2:] == ["acknowledged"]
    audited = city.connection.execute("SELECT subject, action FROM audit WHERE action LIKE 'alarm:%'").fetchall()
    assert audited == [("leader", "alarm:acknowledge")]


def test_one_that_grows_graver_asks_to_be_acknowledged_again(city: World, api: httpx.Client) -> None:
    api.post(f"/api/v1/alarms/{ids(city)['WL-2']}/acts", json={"act": "acknowledge"})
    says(city, "WL-2", (city.ago(10), 35))
    turn(city)
    assert rows(city.connection, "level", "acknowledged_at", where="region_code = '440105001'") == [(3, None)]


def test_several_are_acted_on_at_once_and_each_is_answered(city: World, api: httpx.Client) -> None:
    first, second = ids(city).values()
    api.post(f"/api/v1/alarms/{first}/acts", json={"act": "acknowledge"})
    told = api.post("/api/v1/alarms/acts", json={"act": "acknowledge", "ids": [first, second, 999_999]}).json()
    assert {one["id"]: one["done"] for one in told} == {first: False, second: True, 999_999: False}
    assert {one["id"]: one["why"] for one in told}[999_999] == "there is no such alarm"


def test_a_shelf_is_bounded_by_priority_and_falls_when_the_level_rises(city: World, api: httpx.Client) -> None:
    path, asked = f"/api/v1/alarms/{ids(city)['WL-2']}/acts", {"act": "shelve", "reason": "泵车已到"}
    too_long = api.post(path, json=asked | {"until": (city.now + timedelta(hours=9)).isoformat()})
    assert (too_long.status_code, "within 8 h" in too_long.json()["detail"]) == (409, True)
    assert api.post(path, json=asked | {"until": (city.now + timedelta(hours=7)).isoformat()}).status_code == 200
    assert listed(api, quiet="true") == ["WL-2"]
    says(city, "WL-2", (city.ago(10), 25))
    turn(city)
    assert listed(api, quiet="true") == []
    assert api.post(path, json={"act": "shelve"}).status_code == 422  # without a reason


def test_a_shelf_until_the_end_ends_with_the_alarm_and_a_timed_one_with_its_time(
    city: World, api: httpx.Client
) -> None:
    asked = {"act": "shelve", "reason": "检修"}
    assert api.post(f"/api/v1/alarms/{ids(city)['WL-2']}/acts", json=asked).status_code == 200
    says(city, "WL-2", (city.ago(10), 1))
    turn(city)
    until = (city.now + timedelta(hours=1)).isoformat()
    assert api.post(f"/api/v1/alarms/{ids(city)['WL-1']}/acts", json=asked | {"until": until}).status_code == 200
    city.connection.execute("UPDATE alarm SET quiet_until = now() WHERE quiet_until IS NOT NULL")
    turn(city)
    assert rows(city.connection, "quiet") == [(None,), (None,)]


def test_a_latched_alarm_stays_until_it_is_reset_after_its_cause_is_gone(world: World, api: httpx.Client) -> None:
    without_rules(world.connection)
    rule(world.connection, latched_from="red")
    world.device("WL-1")
    turn(world)
    says(world, "WL-1", (world.ago(20), 45))
    turn(world)
    path = f"/api/v1/alarms/{ids(world)['WL-1']}/acts"
    assert "still stands" in api.post(path, json={"act": "reset"}).json()["detail"]
    says(world, "WL-1", (world.ago(10), 1))
    turn(world)
    assert rows(world.connection, "level", "gone_at IS NULL", "cleared_at") == [(0, False, None)]
    assert api.post(path, json={"act": "reset"}).status_code == 200
    assert rows(world.connection, "cleared_at IS NULL", "cleared_why") == [(False, "reset")]


def test_a_silence_is_about_alarms_to_come_and_ends_when_told(city: World, api: httpx.Client) -> None:
    until = (city.now + timedelta(days=1)).isoformat()
    asked = {"region": "440105", "class": "flood", "reason": "演练", "until": until}
    made = api.post("/api/v1/alarms/quiets", json=asked)
    assert made.status_code == 201
    turn(city)
    assert rows(city.connection, "quiet", "quiet_by", "quiet_why", where="quiet IS NOT NULL") == [
        ("silenced", "leader", "演练")
    ]
    [listed_] = api.get("/api/v1/alarms/quiets").json()["items"]
    assert (listed_["region_code"], listed_["alarm_class"], listed_["kind"]) == ("440105", "flood", "silenced")
    assert api.delete(f"/api/v1/alarms/quiets/{made.json()['id']}").status_code == 204
    turn(city)
    assert rows(city.connection, "id", where="quiet IS NOT NULL") == []
    assert api.delete(f"/api/v1/alarms/quiets/{made.json()['id']}").status_code == 404


def test_the_alarms_of_a_device_out_of_service_are_quiet(city: World, api: httpx.Client) -> None:
    asked = {"device": "WL-1", "reason": "换探头", "until": (city.now + timedelta(hours=2)).isoformat()}
    assert api.post("/api/v1/alarms/quiets", json=asked).status_code == 201
    turn(city)
    assert rows(city.connection, "quiet", where="quiet IS NOT NULL") == [("out_of_service",)]
    assert api.post("/api/v1/alarms/quiets", json=asked | {"device": "nobody"}).status_code == 404
    far = (city.now + timedelta(days=40)).isoformat()
    assert api.post("/api/v1/alarms/quiets", json=asked | {"until": far}).status_code == 422


def test_what_lies_outside_the_area_is_not_there_to_be_acted_on(
    city: World, api: httpx.Client, migrated_database: str
) -> None:
    headers = {"Authorization": f"Bearer {token_of(migrated_database, OFFICER)}"}
    tianhe, haizhu = ids(city)["WL-1"], ids(city)["WL-2"]
    assert api.post(f"/api/v1/alarms/{tianhe}/acts", json={"act": "acknowledge"}, headers=headers).status_code == 404
    both = {"act": "acknowledge", "ids": [tianhe, haizhu]}
    told = api.post("/api/v1/alarms/acts", json=both, headers=headers).json()
    assert {one["id"]: one["done"] for one in told} == {tianhe: False, haizhu: True}
    asked = {"reason": "x", "until": (city.now + timedelta(hours=1)).isoformat()}
    for outside, status in (({"region": "440100"}, 403), ({"region": STREET}, 403), ({"device": "WL-1"}, 404)):
        assert api.post("/api/v1/alarms/quiets", json=asked | outside, headers=headers).status_code == status


def test_an_operator_handles_alarms_and_silences_none(city: World, api: httpx.Client, migrated_database: str) -> None:
    headers = {"Authorization": f"Bearer {token_of(migrated_database, OPERATOR)}"}
    path = f"/api/v1/alarms/{ids(city)['WL-1']}/acts"
    assert api.post(path, json={"act": "comment", "reason": "已到场"}, headers=headers).status_code == 200
    assert api.post("/api/v1/alarms/quiets", json={}, headers=headers).status_code == 403


def test_an_alarm_is_marked_as_a_symptom_of_another(city: World, api: httpx.Client) -> None:
    first, second = ids(city)["WL-1"], ids(city)["WL-2"]
    path = f"/api/v1/alarms/{second}/acts"
    assert api.post(path, json={"act": "symptom", "symptom_of": first}).status_code == 200
    assert api.get(f"/api/v1/alarms/{second}").json()["symptom_of"] == first
    assert api.post(path, json={"act": "symptom", "symptom_of": 999_999}).status_code == 404
    assert api.post(path, json={"act": "symptom", "symptom_of": second}).status_code == 409


def test_analysts_get_alarms_as_tables(city: World, api_url: str, key: str) -> None:
    with Client(api_url, key) as client:
        [table] = client.alarms(open=True, region="440106")
    assert table[["device_code", "level"]].to_dict("records") == [{"device_code": "WL-1", "level": 4}]
