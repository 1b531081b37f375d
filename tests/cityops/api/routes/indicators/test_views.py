"""Saved views over HTTP: each their own, shared within who may see, and reports with the numbers of the series."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.indicators.periods import Grain
from factories.acts import Book
from factories.world import World

TIANHE, HAIZHU = (Scope(ScopeKind.DISTRICTS, frozenset({code})) for code in ("440106", "440105"))
PEOPLE = {
    "an": (Role.ANALYST, WHOLE_CITY),
    "wu": (Role.OPERATOR, WHOLE_CITY),
    "tian": (Role.DISTRICT_OFFICER, TIANHE),
    "hai": (Role.DISTRICT_OFFICER, HAIZHU),
}
QUESTION = {
    "indicators": ["pm25", "events_reported"],
    "region": "440100",
    "level": "district",
    "only": ["440106", "440105"],
    "interval": "day",
    "period": "7d",
}
BY_STREET = {"indicators": ["pm25"], "region": "440106", "level": "street", "interval": "day", "period": "7d"}

People = dict[str, httpx.Client]


@pytest.fixture
def people(world: World, api_url: str, book: Book) -> Iterator[People]:
    with book.clients(f"{api_url}/api/v1", PEOPLE) as clients:
        yield clients


def keep(client: httpx.Client, name: str, question: dict[str, Any], *, shared: bool = False) -> int:
    answer = client.post("/views", json=question | {"name": name, "shared": shared})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


def names(client: httpx.Client) -> list[str]:
    return [one["name"] for one in client.get("/views").json()]


def test_a_view_is_kept_shared_called_otherwise_and_forgotten(people: People, book: Book) -> None:
    number = keep(people["an"], "两区空气", QUESTION)
    [kept] = people["an"].get("/views").json()
    assert (kept["name"], kept["login"], kept["own"], kept["shared"]) == ("两区空气", "an", True, False)
    assert {name: kept["question"][name] for name in QUESTION} == QUESTION
    assert names(people["tian"]) == []
    assert people["tian"].put(f"/views/{number}", json={"name": "x"}).status_code == 404
    assert people["an"].put(f"/views/{number}", json={"name": "空气", "shared": True}).status_code == 204
    [seen] = people["tian"].get("/views").json()
    assert (seen["name"], seen["own"], seen["login"]) == ("空气", False, "an")
    for refused in (
        people["tian"].put(f"/views/{number}", json={"name": "x"}),
        people["tian"].delete(f"/views/{number}"),
    ):
        assert refused.status_code == 404
    assert people["an"].delete(f"/views/{number}").status_code == 204
    assert names(people["an"]) == names(people["tian"]) == []
    assert [action for action, *_ in book.actions() if action.startswith("view:")] == [
        *("view:save", "view:change", "view:remove")
    ]


def test_one_by_streets_is_shared_with_who_is_over_them(people: People) -> None:
    keep(people["tian"], "天河各街", BY_STREET, shared=True)
    keep(people["tian"], "两区", QUESTION, shared=True)
    assert names(people["an"]) == names(people["tian"]) == ["两区", "天河各街"]
    assert names(people["hai"]) == ["两区"]
    outside = people["hai"].post("/views", json=BY_STREET | {"name": "x"})
    assert (outside.status_code, "440106 lies outside" in outside.json()["detail"]) == (403, True)


def test_a_name_has_one_question_and_what_has_no_answer_is_not_kept(people: People, api: httpx.Client) -> None:
    an = people["an"]
    first = keep(an, "空气", QUESTION)
    assert keep(an, "空气", QUESTION, shared=True) == first
    second = keep(an, "空气", QUESTION | {"period": "30d"})
    assert second != first
    assert [(one["id"], one["shared"]) for one in an.get("/views").json()] == [(second, False)]
    other = keep(an, "水", QUESTION | {"indicators": ["water_depth"]})
    taken = an.put(f"/views/{other}", json={"name": "空气"})
    assert (taken.status_code, "called 空气" in taken.json()["detail"]) == (409, True)
    for wrong, status in (
        ({"indicators": ["nothing"]}, 404),
        ({"region": "440199"}, 404),
        ({"interval": "5min", "period": "year"}, 422),
        ({"period": None}, 422),
        ({"name": " x"}, 422),
    ):
        assert an.post("/views", json=QUESTION | {"name": "x"} | wrong).status_code == status, wrong
    assert api.post("/api/v1/views", json=QUESTION | {"name": "x"}).status_code == 404  # a key
    assert api.get("/api/v1/views").json() == []


@pytest.fixture
def days(world: World) -> datetime:
    """Give the beginning of a closed day with readings of 天河区 and a case; the day after it has others."""
    start = Grain.DAY.shifted(Grain.DAY.floor(world.now), -3)
    device = world.device("air-1", kind="air")
    for hour, value in ((1, 35.1), (2, 36.7), (25, 41.3)):
        world.says(device, "pm25", value, start + timedelta(hours=hour))
    world.case("reported", at=start + timedelta(hours=3))
    return start


def test_a_report_of_a_view_has_its_numbers_to_the_last_digit_and_is_kept(people: People, days: datetime) -> None:
    an = people["an"]
    number = keep(an, "两区空气", QUESTION, shared=True)
    told = an.get("/reports/draft", params={"view": number, "format": "json"}).json()
    assert told["finished"]
    span = {"start": told["start"], "end": told["end"]}
    for view, indicator in (("course_1", "pm25"), ("course_2", "events_reported")):
        asked = {"indicator": indicator, "region": "440100", "level": "district", "only": QUESTION["only"]}
        points = an.get("/series", params=asked | span | {"interval": "day"}).json()["points"]
        values = told["views"][view]["values"]
        assert [(one["region"], one["value"]) for one in values] == [
            (one["region_code"], one["value"]) for one in points
        ]
        assert any(one["value"] for one in values)
    assert {
        one["region"]: one["value"] for one in told["views"]["whole"]["values"] if one["indicator"] == "pm25"
    } == {
        "440105": None,
        "440106": pytest.approx(37.7),
    }
    made = an.post("/reports", json={"view": number})
    assert (made.status_code, made.json()["is_new"]) == (201, True), made.text
    again = people["wu"].get(f"/reports/{made.json()['id']}", params={"format": "html"})
    assert "PM2.5仅天河区（38µg/m³）有数据。" in again.text
    assert people["tian"].get("/reports").json()["items"] == []  # a report of the city
    assert an.post("/reports", json={"view": number}).status_code == 200  # the same numbers


def test_whose_view_it_is_says_who_may_make_a_report_of_it(people: People, days: datetime) -> None:
    hidden = keep(people["an"], "空气", QUESTION | {"region": "440106", "level": "district", "only": []})
    assert people["tian"].post("/reports", json={"view": hidden}).status_code == 404
    people["an"].put(f"/views/{hidden}", json={"name": "空气", "shared": True})
    assert people["tian"].post("/reports", json={"view": hidden}).status_code == 201
    assert people["hai"].post("/reports", json={"view": hidden}).status_code == 403
    today = keep(people["an"], "今日", QUESTION | {"period": "today", "interval": "hour"})
    draft = people["an"].post("/reports", json={"view": today})
    assert (draft.status_code, draft.json()["id"]) == (200, None)
    streets = keep(people["an"], "各街", QUESTION | {"level": "street", "only": []})
    refused = people["an"].get("/reports/draft", params={"view": streets})
    assert (refused.status_code, "by district" in refused.json()["detail"]) == (422, True)
    for wrong in ({"view": today, "kind": "daily"}, {"day": "2026-11-01"}, {"view": today, "day": "2026-11-01"}):
        assert people["an"].post("/reports", json=wrong).status_code == 422
