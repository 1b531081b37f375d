"""Reports over HTTP: the numbers of the series, made once, corrected by editions, seen in the own area alone."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import docx
import httpx
import psycopg
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.snapshot import ReportSnapshot
from cityops.services.reports.making import rendered
from factories.acts import Book
from factories.world import World

TIANHE, HAIZHU = (Scope(ScopeKind.DISTRICTS, frozenset({code})) for code in ("440106", "440105"))
PEOPLE = {
    "an": (Role.ANALYST, WHOLE_CITY),
    "wu": (Role.OPERATOR, WHOLE_CITY),
    "tian": (Role.DISTRICT_OFFICER, TIANHE),
    "hai": (Role.DISTRICT_OFFICER, HAIZHU),
    "li": (Role.SHIFT_LEADER, WHOLE_CITY),
}


@pytest.fixture
def people(world: World, api_url: str, book: Book) -> Iterator[dict[str, httpx.Client]]:
    with book.clients(f"{api_url}/api/v1", PEOPLE) as clients:
        yield clients


@pytest.fixture
def day(world: World) -> datetime:
    """Give a closed day with three readings, and two cases of 天河区; the day before has one case."""
    start = Grain.DAY.shifted(Grain.DAY.floor(world.now), -2)
    device = world.device("air-1", kind="air")
    for hour, value in ((1, 35.1), (2, 36.7), (5, 41.3)):
        world.says(device, "pm25", value, start + timedelta(hours=hour))
    for hour in (3, 4, -3):
        world.case("reported", at=start + timedelta(hours=hour))
    return start


def told(client: httpx.Client, number: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/reports/{number}").json()
    return found


def values(numbers: dict[str, Any], view: str, indicator: str) -> list[dict[str, Any]]:
    return [one for one in numbers["views"][view]["values"] if one["indicator"] == indicator]


def make(client: httpx.Client, day: datetime, region: str = "440106", kind: str = "daily") -> httpx.Response:
    return client.post(
        "/reports", json={"kind": kind, "region": region, "day": f"{day.astimezone(CITY_ZONE):%Y-%m-%d}"}
    )


def test_a_report_has_the_numbers_of_the_series_to_the_last_digit(
    people: dict[str, httpx.Client], day: datetime
) -> None:
    made = make(people["an"], day)
    assert (made.status_code, made.json()["edition"]) == (201, 1), made.text
    numbers = told(people["an"], made.json()["id"])
    span = {"region": "440106", "start": day.isoformat(), "end": (day + timedelta(days=1)).isoformat()}
    for view, indicator in (("environment", "pm25"), ("handling", "events_reported"), ("handling", "alarms_grave")):
        asked = span | {"indicator": indicator, "interval": "day", "compare": "previous"}
        [point] = people["an"].get("/series", params=asked).json()["points"]
        [value] = values(numbers, view, indicator)
        assert (value["value"], value["before"]) == (point["value"], point["compared_value"])
    hours = people["an"].get("/series", params=span | {"indicator": "pm25", "interval": "hour"}).json()["points"]
    assert [one["value"] for one in values(numbers, "environment_hours", "pm25")] == [one["value"] for one in hours]
    assert values(numbers, "handling", "events_reported")[0]["value"] == 2
    assert [one["code"] for one in numbers["views"]["moving"]["left_out"]] == [
        *("metro_passengers", "flights", "flights_on_time")
    ]


def test_files_say_the_numbers_in_both_languages_and_what_is_missing(
    people: dict[str, httpx.Client], day: datetime
) -> None:
    number = make(people["an"], day).json()["id"]
    numbers = told(people["an"], number)
    [pm25] = values(numbers, "environment", "pm25")
    zh = people["an"].get(f"/reports/{number}", params={"format": "html"})
    assert f'<data value="{pm25["value"]}">38</data>' in zh.text
    assert pm25["value"] == pytest.approx(37.7)
    assert "PM2.5为38µg/m³，前一日无可比数据。（数据覆盖率" in zh.text
    assert "事件上报数为2件，较前一日上升100.0%。" in zh.text
    assert "交通拥堵指数：本期无数据。" in zh.text
    assert "没有本级区域数据、未列入的指标：12345服务量、12345接通率、地铁线网日客运量" in zh.text
    en = people["an"].get(f"/reports/{number}", params={"format": "html", "lang": "en"}).text
    assert "Cases reported: 2, up 100.0% from the day before." in en
    assert "Traffic congestion index: no data in this period." in en
    assert zh.headers["x-frame-options"] == "SAMEORIGIN"
    assert "sandbox" in zh.headers["content-security-policy"]
    word = people["an"].get(f"/reports/{number}", params={"format": "docx"})
    opened = docx.Document(io.BytesIO(word.content))
    text = "\n".join(one.text for one in opened.paragraphs)
    assert "事件上报数为2件，较前一日上升100.0%。" in text
    assert any(cell.text == "38" for table in opened.tables for row in table.rows for cell in row.cells)


def test_a_closed_period_is_made_once_and_a_correction_is_an_edition_that_names_it(
    people: dict[str, httpx.Client], day: datetime, world: World
) -> None:
    first = make(people["an"], day).json()["id"]
    before = people["an"].get(f"/reports/{first}", params={"format": "docx"})
    again = make(people["li"], day)
    assert (again.status_code, again.json()["id"], again.json()["is_new"]) == (200, first, False)
    world.case("reported", at=day + timedelta(hours=6))
    second = make(people["li"], day)
    assert (second.status_code, second.json()["edition"]) == (201, 2)
    assert second.json()["corrections"] >= 1
    after = people["an"].get(f"/reports/{first}", params={"format": "docx"})
    assert after.content == before.content
    assert after.headers["etag"] == before.headers["etag"]
    html = people["an"].get(f"/reports/{second.json()['id']}", params={"format": "html"}).text
    assert "第 2 版" in html
    assert "更正：与前一版相比" in html
    listed = people["an"].get("/reports", params={"kind": "daily", "region": "440106"}).json()["items"]
    assert [(one["edition"], one["made_by"]) for one in listed] == [(2, "li"), (1, "an")]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.connection.execute("UPDATE report SET edition = 7")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.connection.execute("DELETE FROM report_file")
    actions = world.connection.execute("SELECT subject, detail->>'edition' FROM audit WHERE action = 'report:make'")
    assert sorted(actions.fetchall()) == [("an", "1"), ("li", "2")]


def test_what_was_kept_is_made_again_from_its_numbers_byte_by_byte(
    people: dict[str, httpx.Client], day: datetime, world: World
) -> None:
    number = make(people["an"], day).json()["id"]
    snapshot = ReportSnapshot.read(json.dumps(told(people["an"], number)))
    kept = world.connection.execute("SELECT lang, format, content FROM report_file").fetchall()
    assert {(lang, form): bytes(content) for lang, form, content in kept} == rendered(snapshot)


def test_each_sees_and_makes_the_reports_of_the_own_area_alone(
    people: dict[str, httpx.Client], day: datetime
) -> None:
    assert make(people["wu"], day).status_code == 403
    assert make(people["hai"], day).status_code == 403
    assert make(people["tian"], day, region="440100").status_code == 403
    own, city = make(people["tian"], day).json()["id"], make(people["an"], day, region="440100").json()["id"]
    seen = {login: [one["id"] for one in people[login].get("/reports").json()["items"]] for login in PEOPLE}
    assert (seen["tian"], seen["hai"], sorted(seen["wu"])) == ([own], [], [own, city])
    assert people["hai"].get(f"/reports/{own}", params={"format": "docx"}).status_code == 404
    assert people["tian"].get(f"/reports/{city}").status_code == 404


def test_a_running_period_is_a_draft_that_says_so_and_is_not_kept(
    people: dict[str, httpx.Client], world: World
) -> None:
    world.case("reported", at=world.now)
    made = make(people["tian"], world.now)
    assert (made.status_code, made.json()["id"], made.json()["is_new"]) == (200, None, False)
    assert people["tian"].get("/reports").json()["items"] == []
    day = f"{world.now.astimezone(CITY_ZONE):%Y-%m-%d}"
    asked = {"kind": "daily", "region": "440106", "day": day}
    assert "未完：本期尚未结束" in people["tian"].get("/reports/draft", params=asked).text
    assert "Unfinished" in people["tian"].get("/reports/draft", params=asked | {"lang": "en"}).text
    assert people["wu"].get("/reports/draft", params=asked).status_code == 403
    for wrong, words in (
        ({"kind": "dayly"}, "There is no report dayly"),
        ({"day": "2031-01-01"}, "lies ahead"),
        ({"region": "440106013"}, "is none"),
        ({"mode": "1"}, "name a day, a mode or a view"),
    ):
        answer = people["li"].get("/reports/draft", params=asked | wrong)
        assert answer.status_code in {404, 422}
        assert words in answer.json()["detail"]


def test_a_mode_has_a_report_of_its_own_from_its_start_to_its_end(
    people: dict[str, httpx.Client], world: World
) -> None:
    world.connection.execute(
        "INSERT INTO mode (region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver, drill,"
        " started_by, since, ended_at, ended_by) VALUES ('440106', 'emergency', 'flood', '{}', 2, '防汛Ⅱ级应急响应',"
        " 'Flood control response', '暴雨', '陈', false, 'li', now() - interval '9 h', now() - interval '5 h', 'li')"
    )
    [mode] = people["li"].get("/modes").json()["items"]
    made = people["tian"].post("/reports", json={"kind": "storm", "mode": mode["id"]})
    assert made.status_code == 201, made.text
    html = people["tian"].get(f"/reports/{made.json()['id']}", params={"format": "html"}).text
    assert "防汛Ⅱ级应急响应专报" in html
    assert people["hai"].post("/reports", json={"kind": "storm", "mode": mode["id"]}).status_code == 403
    assert "about a mode" in make(people["li"], world.now, kind="storm").json()["detail"]
