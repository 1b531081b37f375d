"""Sheets over HTTP: filled in, returned, approved, corrected; what is approved is the indicator's value."""

import io
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import openpyxl
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from factories.acts import HAIZHU, Book
from factories.world import World

STREET, OTHER = "440105001", "440105002"
PEOPLE = {
    "chigang": (Role.DATA_LIAISON, Scope(ScopeKind.STREETS, frozenset({STREET}))),
    "haizhu": (Role.DATA_LIAISON, HAIZHU),
    "cdo": (Role.DATA_STEWARD, WHOLE_CITY),
    "second": (Role.DATA_STEWARD, WHOLE_CITY),
    "housing": (Role.DATA_STEWARD, Scope(ScopeKind.DEPARTMENTS, frozenset({"housing"}))),
    "tianhe": (Role.DATA_LIAISON, Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))),
    "operator": (Role.OPERATOR, WHOLE_CITY),
}
WHOLE = {
    "grid_officers": {"value": 60},
    "grid_visits": {"value": 1200},
    "disputes_settled": {"numerator": 18, "denominator": 20},
    "orders_revisited": {"numerator": 0, "denominator": 0},
    "ponding_patrolled": {"numerator": 0, "denominator": 0},
}
People = dict[str, httpx.Client]


@pytest.fixture
def people(world: World, api_url: str, book: Book) -> Iterator[People]:
    with book.clients(f"{api_url}/api/v1/filling", PEOPLE) as clients:
        yield clients


@pytest.fixture
def months(world: World) -> tuple[date, date]:
    """Give the first days of the two months that are over: the newest, and the one before."""
    running = Grain.MONTH.floor(world.now)
    last, before = (Grain.MONTH.shifted(running, -number).astimezone(CITY_ZONE).date() for number in (1, 2))
    return last, before


def answers(**changed: dict[str, object]) -> list[dict[str, object]]:
    return [{"indicator": code, **parts, **changed.get(code, {})} for code, parts in WHOLE.items()]


def filled(people: People, day: date, by: str = "chigang", region: str = STREET, **changed: dict[str, object]) -> str:
    """Fill a sheet in, submit and approve it; return its address."""
    path = f"/sheets/street_month/{region}/{day}"
    seen = people[by].get(path).json()["version"]
    sent = people[by].put(path, json={"version": seen, "answers": answers(**changed), "submit": True})
    assert sent.status_code == 200, sent.text
    assert people["cdo"].post(f"{path}/approve", json={"version": sent.json()["version"]}).status_code == 200
    return path


def series(people: People, indicator: str, region: str, day: date) -> list[tuple[float | None, ...]]:
    start = f"{day}T00:00:00+08:00"
    end = f"{day + timedelta(days=27)}T00:00:00+08:00"
    asked = {"indicator": indicator, "region": region, "interval": "month", "start": start, "end": end}
    url = str(people["cdo"].base_url).rstrip("/").replace("/filling", "/series")
    told = people["cdo"].get(url, params=asked).json()["points"]
    return [(one["value"], one["numerator"], one["denominator"]) for one in told]


def test_what_is_approved_is_the_value_of_the_indicator_and_of_the_regions_around(
    people: People, months: tuple[date, date], book: Book
) -> None:
    last, _ = months
    path = f"/sheets/street_month/{STREET}/{last}"
    blank = people["chigang"].get(path).json()

    assert (blank["state"], blank["version"], blank["may"]) == ("open", 0, ["save"])
    assert {one["kind"] for one in blank["faults"]} == {"missing"}
    draft = people["chigang"].put(path, json={"version": 0, "answers": answers()[:1]}).json()
    assert (draft["state"], draft["version"]) == ("draft", 1)
    early = people["chigang"].put(path, json={"version": 1, "submit": True})
    assert (early.status_code, early.json()["errors"][0]["item"]) == (422, "grid_visits.value")
    filled(people, last)
    filled(people, last, "haizhu", OTHER, grid_visits={"value": 800})
    assert series(people, "grid_visits", STREET, last) == [(1200.0, None, None)]
    assert series(people, "grid_visits", "440105", last) == [(2000.0, None, None)]
    assert series(people, "disputes_settled", "440100", last) == [(90.0, 36.0, 40.0)]
    actions = [(row["subject"], row["action"]) for row in book.audited() if row["action"].startswith("form:")]
    assert actions[:2] == [("chigang", "form:submit"), ("cdo", "form:approve")]


def test_a_sheet_is_returned_with_a_reason_and_a_correction_is_a_further_revision(
    people: People, months: tuple[date, date], world: World
) -> None:
    last, _ = months
    path = f"/sheets/street_month/{STREET}/{last}"
    odd = answers(grid_visits={"value": 9000})
    refused = people["chigang"].put(path, json={"version": 0, "answers": odd, "submit": True})
    assert "is usually 300 to 4000; say why" in refused.json()["detail"]
    assert people["chigang"].get(path).json()["version"] == 0  # both, or neither
    odd = answers(grid_visits={"value": 9000, "reason": "人口普查"})
    sent = people["chigang"].put(path, json={"version": 0, "answers": odd, "submit": True}).json()
    assert people["chigang"].put(path, json={"version": sent["version"], "answers": odd}).status_code == 409
    assert people["cdo"].post(f"{path}/return", json={"version": 1, "reason": "核实"}).status_code == 409
    back = people["cdo"].post(f"{path}/return", json={"version": sent["version"], "reason": "请核实"}).json()
    assert (back["state"], back["acts"][0]["reason"], back["acts"][0]["by"]) == ("returned", "请核实", "cdo")
    filled(people, last)
    seen = people["chigang"].get(path).json()["version"]
    fixed = answers(grid_visits={"value": 1300})
    silent = people["chigang"].put(path, json={"version": seen, "answers": fixed, "submit": True})
    assert "was approved otherwise; say why" in silent.json()["detail"]
    filled(people, last, grid_visits={"value": 1300, "reason": "漏报一个网格"})
    assert series(people, "grid_visits", STREET, last) == [(1300.0, None, None)]
    kept = world.connection.execute(
        "SELECT value, revision, by, reason FROM indicator_value"
        " WHERE indicator_code = 'grid_visits' AND source_system_code = 'filling' ORDER BY revision"
    ).fetchall()
    assert kept == [(1200.0, 0, "chigang", None), (1300.0, 1, "chigang", "漏报一个网格")]
    untouched = "SELECT count(*) FROM indicator_value WHERE indicator_code = 'grid_officers'"
    assert world.connection.execute(untouched).fetchone() == (1,)


def test_nobody_approves_their_own_and_each_sees_only_what_is_of_their_area(
    people: People, months: tuple[date, date]
) -> None:
    last, _ = months
    path = f"/sheets/street_month/{STREET}/{last}"
    sent = people["cdo"].put(path, json={"version": 0, "answers": answers(), "submit": True}).json()
    assert sent["may"] == ["return"]
    own = people["cdo"].post(f"{path}/approve", json={"version": sent["version"]})
    assert (own.status_code, "have another data steward" in own.json()["detail"]) == (403, True)
    assert people["chigang"].post(f"{path}/approve", json={"version": sent["version"]}).status_code == 403
    assert people["operator"].get(path).status_code == 403
    assert people["tianhe"].get(path).status_code == 404
    assert people["chigang"].get(f"/sheets/street_month/{OTHER}/{last}").status_code == 404
    assert people["housing"].get(path).status_code == 404
    assert people["second"].post(f"{path}/approve", json={"version": sent["version"]}).status_code == 200
    works = f"/sheets/district_works/440105/{last}"
    built = [
        {"indicator": "sites_active", "value": 210},
        {"indicator": "works_inspected", "numerator": 95, "denominator": 100},
    ]
    sent = people["haizhu"].put(works, json={"version": 0, "answers": built, "submit": True}).json()
    assert people["housing"].post(f"{works}/approve", json={"version": sent["version"]}).json()["state"] == "approved"
    assert series(people, "sites_active", "440105", last) == [(210.0, None, None)]
    listed = people["tianhe"].get("/due", params={"limit": 500}).json()["items"]
    assert {one["region_code"][:6] for one in listed} == {"440106"}
    assert {one["region_code"] for one in people["chigang"].get("/due").json()["items"]} == {STREET}
    assert {one["form"] for one in people["housing"].get("/due").json()["items"]} == {"district_works"}


def test_what_is_known_stands_in_the_cells_and_the_burden_is_measured(
    people: People, months: tuple[date, date], world: World
) -> None:
    last, before = months
    world.device("WL-1", kind="waterlogging", region=STREET)
    filled(people, before, ponding_patrolled={"numerator": 1, "denominator": 1})
    cells = {
        (one["indicator"], one["part"]): (one["offered"], one["offered_from"], one["previous"])
        for one in people["chigang"].get(f"/sheets/street_month/{STREET}/{last}").json()["cells"]
    }
    assert cells["grid_visits", "value"] == (1200.0, "last_period", 1200.0)
    assert cells["disputes_settled", "denominator"] == (20.0, "last_period", 20.0)
    assert cells["orders_revisited", "denominator"] == (0.0, "indicator", 0.0)
    assert cells["orders_revisited", "numerator"] == (None, None, 0.0)
    assert cells["ponding_patrolled", "denominator"] == (1.0, "registry", 1.0)
    filled(people, last, ponding_patrolled={"numerator": 1, "denominator": 1}, grid_visits={"value": 1201})
    burden = people["cdo"].get("/burden").json()
    [street] = [one for one in burden["levels"] if one["level"] == "street"]
    assert (street["cells_per_month"], street["share_prefilled"]) == (8.0, 0.875)
    assert burden["share_prefilled"] >= 0.8
    [measured] = burden["measured"]
    assert (measured["sheets"], measured["cells"]) == (2, 16)
    assert (measured["prefilled"], measured["taken"]) == (10, 9)  # without an earlier month 3, and then 7


def template(people: People, by: str, day: date, kind: str) -> bytes:
    answer = people[by].get(f"/forms/street_month/{day}/template", params={"format": kind})
    assert answer.status_code == 200, answer.text
    return answer.content


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_a_template_comes_back_and_is_answered_cell_by_cell(people: People, months: tuple[date, date]) -> None:
    last, _ = months
    book = openpyxl.load_workbook(io.BytesIO(template(people, "haizhu", last, "xlsx")))
    page = book.worksheets[0]
    assert page.max_row == 1 + 18 * 8
    for row in page.iter_rows(min_row=2):
        if row[0].value == STREET:
            row[6].value = {"value": 700, "分子": 9, "分母": 10, "数值": 700}[row[4].value]
    page["G3"].value = "很多"  # visits of the first street
    sent = io.BytesIO()
    book.save(sent)
    path, kind = f"/forms/street_month/{last}/import", {"content-type": XLSX}
    report = people["haizhu"].post(path, content=sent.getvalue(), headers=kind).json()
    assert (report["saved"], report["refused"]) == (False, 1)
    first = report["cells"][0]
    assert (first["row"], first["column"], first["written"], first["outcome"]) == (3, "value", "很多", "refused")
    assert (first["why"], "digits" in first["remedy"]) == ("'很多' is no number", True)
    assert (first["kind"], first["given"]) == ("no_number", {"said": "很多"})
    assert people["haizhu"].get(f"/sheets/street_month/{STREET}/{last}").json()["version"] == 0
    kept = people["haizhu"].post(f"{path}?take_sound=true", content=sent.getvalue(), headers=kind).json()
    assert kept["saved"]
    sheet = people["haizhu"].get(f"/sheets/street_month/{STREET}/{last}").json()
    values = {(one["indicator"], one["part"]): (one["value"], one["origin"]) for one in sheet["cells"]}
    assert values["disputes_settled", "numerator"] == (9.0, "file")
    assert values["grid_visits", "value"] == (None, None)
    again = template(people, "chigang", last, "csv").decode("utf-8-sig").replace("填报值", "Value")
    same = people["chigang"].post(path, content=again.encode("gb18030"), headers={"content-type": "text/csv"}).json()
    assert (same["refused"], same["saved"]) == (0, False)
    strange = people["chigang"].post(path, content=sent.getvalue(), headers=kind).json()
    assert any("is no street of your area" in one["why"] for one in strange["cells"])
    headless = people["chigang"].post(path, content=b"a,b\n1,2", headers={"content-type": "text/csv"})
    assert (headless.status_code, headless.json()["errors"][0]["kind"]) == (422, "no_column")
    broken = people["chigang"].post(path, content=b"PK\x03\x04", headers=kind)
    assert (broken.status_code, broken.json()["errors"][0]["kind"]) == (422, "no_workbook")
