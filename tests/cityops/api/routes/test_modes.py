"""Modes and walls over HTTP: who may start, prolong and end; what the state says of it; scenes sent to walls."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local.processes import wait_until
from cityops.store.access.credentials import CredentialKind, issue
from cityops.store.engine import writing
from factories.acts import HAIZHU, Book
from factories.world import World

PEOPLE = {
    "li": (Role.SHIFT_LEADER, WHOLE_CITY),
    "hai": (Role.SHIFT_LEADER, HAIZHU),
    "wu": (Role.OPERATOR, WHOLE_CITY),
    "he": (Role.DISTRICT_OFFICER, HAIZHU),
    "an": (Role.ANALYST, WHOLE_CITY),
}
FLOOD = {
    "region": "440100",
    "kind": "emergency",
    "matter": "flood",
    "grade": 2,
    "reason": "暴雨红色预警",
    "approver": "陈",
}


def client_of(api_url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=f"{api_url}/api/v1", timeout=30, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def people(world: World, api_url: str, book: Book) -> Iterator[dict[str, httpx.Client]]:
    clients: dict[str, httpx.Client] = {}
    for login, grant in PEOPLE.items():
        book.person(login, *grant)
        clients[login] = client_of(api_url, book.signed_in(login)[1])
    for label, scope in (("大厅", WHOLE_CITY), ("海珠", HAIZHU)):
        with writing(book.engine) as connection:
            display = Subject(label, Role.WALL_DISPLAY, scope)
            _, token = issue(connection, CredentialKind.DISPLAY, label, display, created_by="test", scene="/")
        clients[label] = client_of(api_url, token)
    yield clients
    for client in clients.values():
        client.close()


def held(people: dict[str, httpx.Client], region: str) -> tuple[str, int | None, str, bool]:
    told = people["an"].get("/state", params={"region": region}).json()["mode"]
    return told["kind"], told["grade"], told["title_zh"], told["drill"]


def test_a_mode_holds_from_its_start_to_its_end_and_a_district_may_have_its_own(
    people: dict[str, httpx.Client], book: Book, world: World
) -> None:
    assert people["wu"].post("/modes", json=FLOOD).status_code == 403
    assert people["hai"].post("/modes", json=FLOOD).status_code == 403
    started = people["li"].post("/modes", json=FLOOD)
    assert (started.status_code, started.json()["title_zh"]) == (201, "防汛Ⅱ级应急响应")
    again = people["li"].post("/modes", json=FLOOD)
    assert (again.status_code, "in 防汛Ⅱ级应急响应" in again.json()["detail"]) == (409, True)
    soon = (world.now + timedelta(hours=2)).isoformat()
    drill = FLOOD | {"region": "440105", "kind": "alert", "grade": 4, "drill": True, "title_zh": "演练"}
    assert people["hai"].post("/modes", json=drill).status_code == 422
    assert people["hai"].post("/modes", json=drill | {"until": soon}).status_code == 201
    number = started.json()["id"]
    assert people["hai"].post(f"/modes/{number}/end", json={"reason": "x"}).status_code == 403
    assert people["li"].post(f"/modes/{number}/prolong", json={"until": soon}).json()["until"] is not None
    assert people["li"].post(f"/modes/{number}/end", json={"reason": " "}).status_code == 422
    assert people["li"].post(f"/modes/{number}/end", json={"reason": "雨停"}).json()["ended_by"] == "li"
    late = people["li"].post(f"/modes/{number}/end", json={"reason": "雨停"})
    assert (late.status_code, "has been over since" in late.json()["detail"]) == (409, True)
    assert people["li"].post("/modes/99/end", json={"reason": "雨停"}).status_code == 404
    listed = people["an"].get("/modes").json()["items"]
    assert [(one["region_code"], one["ended_at"] is None) for one in listed] == [("440105", True), ("440100", False)]
    assert [one["region_code"] for one in people["an"].get("/modes", params={"open": True}).json()["items"]] == [
        "440105"
    ]
    assert held(people, "440105") == ("alert", 4, "演练", True)
    assert held(people, "440100") == ("normal", None, "平时", False)
    actions = [(row["subject"], row["action"]) for row in book.audited() if row["action"].startswith("mode:")]
    assert actions == [("li", "mode:start"), ("hai", "mode:start"), ("li", "mode:prolong"), ("li", "mode:end")]


def test_a_drill_is_over_by_its_planned_end(people: dict[str, httpx.Client], world: World) -> None:
    soon = (world.now + timedelta(hours=2)).isoformat()
    assert people["li"].post("/modes", json=FLOOD | {"drill": True, "until": soon}).status_code == 201
    world.connection.execute("UPDATE mode SET since = now() - interval '2 h', until = now() - interval '1 h'")
    assert people["an"].get("/modes", params={"open": True}).json()["items"] == []
    assert people["li"].post("/modes", json=FLOOD).status_code == 201
    [now, before] = people["an"].get("/modes").json()["items"]
    assert (now["ended_at"], before["ended_at"], before["ended_by"]) == (None, before["until"], None)


def duty(world: World, person: str, region: str, kinds: str, hours: tuple[int, int] = (-2, 8)) -> None:
    """Put somebody on duty."""
    start, end = (world.now + timedelta(hours=one) for one in hours)
    world.connection.execute(
        "INSERT INTO duty (region_code, role, place, person, phone, starts_at, ends_at, kinds, set_by)"
        " VALUES (%s, '值班长', 1, %s, '13812341234', %s, %s, %s, 'test')",
        [region, person, start, end, kinds.split()],
    )


def test_the_roster_follows_the_mode_and_masks_numbers_for_who_does_not_handle_them(
    people: dict[str, httpx.Client], world: World
) -> None:
    assert people["an"].get("/state").json()["roster"] is None
    duty(world, "张三", "440100", "normal")
    duty(world, "李四", "440100", "emergency", (-2, 1))
    duty(world, "王五", "440105", "normal")

    def told(login: str, region: str = "440100") -> list[tuple[str, str | None]]:
        found = people[login].get("/roster", params={"region": region}).json()
        return [(one["person"], one["phone"]) for one in found["now"]]

    assert told("wu") == [("张三", "13812341234")]
    assert told("大厅") == [("张三", "138****1234")]
    assert (told("he", "440105"), told("an", "440105")) == (
        [("王五", "13812341234")],
        [("王五", "138****1234")],
    )
    assert people["he"].get("/roster", params={"region": "440106"}).status_code in {403, 404}
    assert people["li"].post("/modes", json=FLOOD).status_code == 201
    assert told("wu") == [("李四", "13812341234")]
    found = people["wu"].get("/roster").json()
    assert (found["kind"], [one["role"] for one in found["gaps"]]) == ("emergency", ["值班长"])

    def shown() -> list[tuple[str, str | None]]:
        seen = people["大厅"].get("/state").json()["roster"]
        return [(one["person"], one["phone"]) for one in seen["now"]] if seen else []

    assert wait_until(lambda: shown() == [("李四", None)], seconds=20)


def test_the_state_tells_which_limits_judge_under_a_mode(people: dict[str, httpx.Client]) -> None:
    def limits(region: str = "440100") -> dict[str, tuple[str, list[float | None], str]]:
        told = people["wu"].get("/state", params={"region": region}).json()["metrics"]
        moved = [one for one in told if one["limits"]]
        return {
            one["code"]: tuple(one["limits"][name] for name in ("kind", "thresholds", "basis_mark")) for one in moved
        }

    assert limits() == {}
    fair = {"region": "440105", "kind": "event", "matter": "crowd", "grade": None}
    assert people["li"].post("/modes", json=FLOOD).status_code == 201
    assert people["hai"].post("/modes", json=FLOOD | fair).status_code == 201
    flood = {"water_depth", "rain_intensity", "river_level_above_warning"}
    assert wait_until(lambda: limits().keys() == flood, seconds=20)
    assert limits("440105").keys() == {*flood, "crowd_load"}
    assert limits()["water_depth"] == ("emergency", [5.0, 10.0, 20.0, 30.0], "default")


def test_a_scene_is_sent_to_a_wall_and_released(people: dict[str, httpx.Client], book: Book) -> None:
    assert people["大厅"].post("/walls/here", json={"scene": "overview"}).status_code == 204
    assert people["wu"].post("/walls/here", json={"scene": "overview"}).status_code == 404
    [hall, hai] = sorted(people["wu"].get("/walls").json(), key=lambda one: one["label"] != "大厅")
    assert (hall["label"], hall["shows"], hall["answered_at"] is None) == ("大厅", "overview", False)
    assert (hai["shows"], hai["answered_at"], hai["scene"]) == (None, None, None)
    assert [one["label"] for one in people["he"].get("/walls").json()] == ["海珠"]
    asked = {"scene": "flood", "minutes": 10}
    assert people["he"].post(f"/walls/{hall['id']}/scene", json=asked).status_code == 404
    assert people["an"].post(f"/walls/{hall['id']}/scene", json=asked).status_code == 403
    assert people["大厅"].post(f"/walls/{hall['id']}/scene", json=asked).status_code == 403
    assert people["he"].post(f"/walls/{hai['id']}/scene", json=asked | {"minutes": 721}).status_code == 422
    assert people["wu"].post(f"/walls/{hall['id']}/scene", json=asked).status_code == 204
    told = next(one for one in people["大厅"].get("/walls").json() if one["id"] == hall["id"])
    assert (told["scene"], told["sent_by"], told["held_until"] > told["sent_at"]) == ("flood", "wu", True)
    assert people["li"].post(f"/walls/{hall['id']}/release").status_code == 204
    assert people["li"].post(f"/walls/{hall['id']}/release").status_code == 404
    actions = [(row["subject"], row["action"], row["detail"]["wall"]) for row in book.audited()]
    assert actions == [("wu", "wall:push", "大厅"), ("li", "wall:release", "大厅")]


def raised(world: World, of: str, alarm_class: str, region: str) -> None:
    world.connection.execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset)"
        " VALUES ('water_depth', 1, %s, 1, %s, %s, 4, 4, now())",
        [alarm_class, of, region],
    )


def test_what_is_made_in_a_drill_is_marked_and_left_out_of_figures(
    people: dict[str, httpx.Client], world: World
) -> None:
    li, until = people["li"], (world.now + timedelta(hours=2)).isoformat()
    assert li.post("/modes", json=FLOOD | {"region": "440106", "drill": True, "until": until}).status_code == 201
    for of, alarm_class, region in (
        ("p", "flood", "440106013"),
        ("g", "gas", "440106013"),
        ("f", "flood", "440105001"),
    ):
        raised(world, f"region:{of}", alarm_class, region)
    alarms = {one["id"]: one for one in li.get("/alarms").json()["items"]}
    played = [number for number, one in sorted(alarms.items()) if one["drill"]]
    assert [(one["alarm_class"], one["region_code"]) for one in alarms.values() if one["drill"]] == [
        ("flood", "440106013")
    ]
    case = {"class": "road_ponding", "title": "积水", "text": "积水没过路沿", "region": "440106013"}
    made = [li.post("/cases", json=case | more).json() for more in ({}, {"drill": False}, {"region": "440105001"})]
    of_alarms = [li.post(f"/alarms/{number}/case", json={}).json()["event_id"] for number in sorted(alarms)[:1]]
    told = {one["id"]: one["drill"] for one in li.get("/events").json()["items"]}
    assert [told[one["id"]] for one in made] == [True, False, False]
    assert (played, [told[number] for number in of_alarms]) == (sorted(alarms)[:1], [True])
    number = li.get("/modes").json()["items"][0]["id"]
    assert li.post(f"/modes/{number}/end", json={"reason": "演练结束"}).status_code == 200
    raised(world, "region:q", "flood", "440106013")
    assert [one["drill"] for one in li.get("/alarms").json()["items"]] == [False, False, False, True], "it is kept"

    assert li.get("/alarms/load").json()["total"] == 3
    [every] = li.get("/cases/rates", params={"by": "source"}).json()["items"]
    assert {one["denominator"] for one in every["rates"]} <= {0, 2}
    day = {"start": (world.now - timedelta(days=1)).isoformat(), "end": (world.now + timedelta(hours=1)).isoformat()}
    series = li.get("/series", params={"indicator": "events_reported", "interval": "hour"} | day).json()
    assert sum(one["value"] or 0 for one in series["points"]) == 2
    rows = li.get("/export/events.csv").text.splitlines()
    assert rows[0].split(",").count("演练") == 1
    assert sum(row.count(",演练") for row in rows[1:]) == 2
