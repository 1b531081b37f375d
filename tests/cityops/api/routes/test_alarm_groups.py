"""Open alarms in groups over HTTP, and the case that is made of one: once, with its evidence, within reach."""

import threading

import httpx
import pytest

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.alarms import journal, rule, says, turn, without_rules
from factories.world import World
from fixtures.api import token_of

HAIZHU = "440105001"
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
LEADER = Subject("leader", Role.SHIFT_LEADER, Scope(ScopeKind.CITY))
ANALYST = Subject("analyst", Role.ANALYST, Scope(ScopeKind.CITY))


@pytest.fixture
def city(world: World) -> World:
    """Give two points of 天河区 under water, one of them red, and a blue one in 海珠区."""
    without_rules(world.connection)
    rule(world.connection)
    depths = {"WL-1": ("440106013", 45.0), "WL-2": ("440106013", 25.0), "WL-3": (HAIZHU, 12.0)}
    for device, (region, _) in depths.items():
        world.device(device, region=region)
    turn(world)
    for device, (_, value) in depths.items():
        says(world, device, (world.ago(20), value))
    turn(world)
    return world


def client(url: str, database: str, subject: Subject) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token_of(database, subject)}"}, timeout=30)


def gravest(world: World) -> int:
    [row] = world.connection.execute("SELECT id FROM alarm WHERE level = 4 AND cleared_at IS NULL").fetchall()
    return int(row[0])


def test_alarms_of_one_rule_in_one_district_are_one_group_the_gravest_first(city: World, api: httpx.Client) -> None:
    told = api.get("/api/v1/alarms/groups").json()
    first, second = told["items"]
    assert (first["region_code"], first["level"], first["count"], first["unacknowledged"]) == ("440106", 4, 2, 2)
    assert (first["highest"], first["lowest"], first["id"]) == (45, 25, gravest(city))
    assert (second["region_code"], second["level"], second["count"]) == ("440105", 1, 1)
    assert (told["of"], told["total"], told["unacknowledged"]) == (2, 3, 3)
    assert api.get("/api/v1/alarms/groups?limit=1").json() == told | {"items": [first]}
    assert [one["level"] for one in told["places"]] == [4, 2, 1]


def test_what_is_acknowledged_quiet_or_has_a_case_is_told_of_its_group(city: World, api: httpx.Client) -> None:
    city.connection.execute("UPDATE alarm SET acknowledged_at = now(), acknowledged_by = 'li' WHERE level = 4")
    city.connection.execute("UPDATE alarm SET quiet = 'shelved' WHERE level = 1")
    told = api.get("/api/v1/alarms/groups").json()
    assert [(one["quiet"], one["unacknowledged"]) for one in told["items"]] == [(None, 1), ("shelved", 0)]
    assert (told["total"], told["unacknowledged"], len(told["places"])) == (3, 1, 2)


def test_alarms_of_two_versions_of_a_rule_are_one_group_by_the_newer_one_s_name(
    city: World, api: httpx.Client
) -> None:
    city.connection.execute("UPDATE alarm_rule SET until = now()")
    city.connection.execute(
        "INSERT INTO alarm_rule (code, version, class, subject, metric, definition, set_by)"
        ' SELECT code, 2, class, subject, metric, definition || \'{"name_zh": "新名"}\', set_by FROM alarm_rule'
    )
    city.connection.execute("UPDATE alarm SET rule_version = 2 WHERE level = 4")
    told = api.get("/api/v1/alarms/groups").json()
    assert [(one["name_zh"] == "新名", one["count"]) for one in told["items"]] == [(True, 2), (False, 1)]


def test_no_alarm_is_no_group(world: World, api: httpx.Client) -> None:
    assert api.get("/api/v1/alarms/groups").json() == dict.fromkeys(("of", "total", "unacknowledged"), 0) | {
        "items": [],
        "flood": None,
        "places": [],
    }


def test_a_district_is_shown_its_own_groups(city: World, api_url: str, migrated_database: str) -> None:
    with client(api_url, migrated_database, OFFICER) as officer:
        told = officer.get("/api/v1/alarms/groups").json()
    assert [one["region_code"] for one in told["items"]] == ["440105"]
    assert (told["total"], len(told["places"])) == (1, 1)


def test_a_case_of_an_alarm_bears_its_evidence_and_the_alarm_its_number(
    city: World, api_url: str, migrated_database: str
) -> None:
    number = gravest(city)
    with client(api_url, migrated_database, LEADER) as leader:
        made = leader.post(f"/api/v1/alarms/{number}/case", json={}).json()["event_id"]
        case = leader.get(f"/api/v1/cases/{made}").json()
        assert leader.get(f"/api/v1/alarms/{number}").json()["event_id"] == made
        assert leader.get("/api/v1/alarms/groups").json()["items"][0]["cases"] == 1
    assert (case["class_code"], case["severity"], case["status"]) == ("road_ponding", "critical", "reported")
    assert (case["region_code"], case["master"]) == ("440106013", "here")
    assert "45 cm" in case["title"]
    assert "depth v1" in case["description"]
    assert case["history"][0]["data"]["alarm"] == number
    assert journal(city.connection)[-1][0] == "case"


def test_two_who_make_a_case_at_once_make_one(city: World, api_url: str, migrated_database: str) -> None:
    number, ready, found = gravest(city), threading.Barrier(2), list[int]()

    def make() -> None:
        with client(api_url, migrated_database, LEADER) as leader:
            ready.wait()
            found.append(leader.post(f"/api/v1/alarms/{number}/case", json={}).json()["event_id"])

    threads = [threading.Thread(target=make) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 1


def test_the_class_of_the_case_may_be_named_and_must_be_one(
    city: World, api_url: str, migrated_database: str
) -> None:
    number = gravest(city)
    with client(api_url, migrated_database, LEADER) as leader:
        refused = leader.post(f"/api/v1/alarms/{number}/case", json={"class": "nothing"})
        assert refused.status_code == 422
        assert "nothing" in refused.json()["detail"]
        made = leader.post(f"/api/v1/alarms/{number}/case", json={"class": "pipe_burst"}).json()["event_id"]
        assert leader.get(f"/api/v1/cases/{made}").json()["class_code"] == "pipe_burst"


def test_of_an_alarm_whose_class_has_no_case_of_its_own_somebody_says_it(
    city: World, api_url: str, migrated_database: str
) -> None:
    number = gravest(city)
    city.connection.execute("UPDATE alarm SET class = 'weather' WHERE id = %s", [number])
    with client(api_url, migrated_database, LEADER) as leader:
        refused = leader.post(f"/api/v1/alarms/{number}/case", json={})
    assert refused.status_code == 422
    assert "flood" in refused.json()["detail"]


def test_who_handles_no_cases_makes_none_and_what_lies_outside_is_not_there(
    city: World, api_url: str, migrated_database: str
) -> None:
    number = gravest(city)
    with client(api_url, migrated_database, ANALYST) as analyst:
        assert analyst.post(f"/api/v1/alarms/{number}/case", json={}).status_code == 403
    with client(api_url, migrated_database, OFFICER) as officer:
        assert officer.post(f"/api/v1/alarms/{number}/case", json={}).status_code == 404
    assert city.connection.execute("SELECT count(*) FROM event").fetchall() == [(0,)]


def test_a_group_has_one_case_and_what_comes_later_is_added_while_it_is_open(
    city: World, api_url: str, migrated_database: str
) -> None:
    number = gravest(city)
    with client(api_url, migrated_database, LEADER) as leader:
        made = leader.post(f"/api/v1/alarms/{number}/case", json={"group": True}).json()["event_id"]
        assert linked(city) == {"WL-1": made, "WL-2": made, "WL-3": None}
        assert leader.get("/api/v1/alarms/groups").json()["items"][0]["cases"] == 1
        case = leader.get(f"/api/v1/cases/{made}").json()
        assert "等 2 处" in case["title"]
        assert len(case["history"][0]["data"]["alarms"]) == 2
        city.device("WL-4", region="440106001")
        says(city, "WL-4", (city.ago(10), 30))
        turn(city)
        [(later,)] = city.connection.execute("SELECT max(id) FROM alarm").fetchall()
        assert leader.post(f"/api/v1/alarms/{later}/case", json={"group": True}).json()["event_id"] == made
        assert linked(city)["WL-4"] == made
        told = leader.get(f"/api/v1/cases/{made}").json()["history"][-1]
        assert (told["act"], "WL-4" in told["text"] or str(later) in told["text"]) == ("supplement", True)
        city.connection.execute("UPDATE event SET status = 'closed' WHERE id = %s", [made])
        city.connection.execute("UPDATE alarm SET event_id = NULL WHERE id = %s", [later])
        another = leader.post(f"/api/v1/alarms/{later}/case", json={"group": True}).json()["event_id"]
    assert another != made
    assert linked(city) == {"WL-1": made, "WL-2": made, "WL-3": None, "WL-4": another}


def test_two_who_make_a_case_of_different_alarms_of_a_group_at_once_make_one(
    city: World, api_url: str, migrated_database: str
) -> None:
    numbers = [row[0] for row in city.connection.execute("SELECT id FROM alarm WHERE region_code = '440106013'")]
    ready, found = threading.Barrier(2), list[int]()

    def make(number: int) -> None:
        with client(api_url, migrated_database, LEADER) as leader:
            ready.wait()
            answer = leader.post(f"/api/v1/alarms/{number}/case", json={"group": True})
            found.append(answer.json()["event_id"])

    threads = [threading.Thread(target=make, args=[number]) for number in numbers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(found), len(set(found))) == (2, 1)
    assert city.connection.execute("SELECT count(*) FROM event").fetchall() == [(1,)]


def test_what_is_kept_quiet_or_lies_outside_is_in_no_group(city: World, api_url: str, migrated_database: str) -> None:
    city.connection.execute("UPDATE alarm SET quiet = 'shelved' WHERE level = 2")
    with client(api_url, migrated_database, LEADER) as leader:
        leader.post(f"/api/v1/alarms/{gravest(city)}/case", json={"group": True}).raise_for_status()
        assert leader.post("/api/v1/alarms/999999/case", json={"group": True}).status_code == 404
    assert [device for device, case in linked(city).items() if case] == ["WL-1"]
    with client(api_url, migrated_database, OFFICER) as officer:
        assert officer.post(f"/api/v1/alarms/{gravest(city)}/case", json={"group": True}).status_code == 404


def linked(world: World) -> dict[str, int | None]:
    """Return the case of each device's open alarm."""
    rows = world.connection.execute(
        "SELECT device.code, event_id FROM alarm JOIN device ON device.id = device_id WHERE cleared_at IS NULL"
    )
    return dict(rows.fetchall())


def test_ten_alarms_in_ten_minutes_are_a_flood_for_whom_they_are_told(
    city: World, api: httpx.Client, api_url: str, migrated_database: str
) -> None:
    assert api.get("/api/v1/alarms/groups").json()["flood"] is None
    city.connection.execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset,"
        " raised_at) SELECT 'depth', 1, 'flood', 3, 'region:' || n, '440106001', 1, 1, now(),"
        " now() - n * interval '20 s' FROM generate_series(1, 8) AS n"
    )
    flood = api.get("/api/v1/alarms/groups").json()["flood"]
    assert flood["annunciations"] == 11
    with client(api_url, migrated_database, OFFICER) as officer:
        assert officer.get("/api/v1/alarms/groups").json()["flood"] is None
