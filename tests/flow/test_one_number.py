"""One entry in a city's own files is filled in, reviewed, and the same number on every screen, file and report.

The number has 17 digits, as many as a double can have: what is rounded anywhere on the way differs.
"""

import csv
import importlib.util
import io
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import openpyxl
import pytest
from playwright.sync_api import Page, expect

import cityops.reference
from cityops.api.state.city import EXTRA_DECIMALS
from cityops.client import Client
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import forms, reports, themes
from cityops.settings import settings
from factories.acts import Book
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

CODE, NAME = "cruises_on_time", "珠江夜游准点率"
ENTRY = """
  cruises_on_time:
    name: {zh: 珠江夜游准点率, en: Night cruises on time}
    unit: "%"
    decimals: 1
    owner: culture
    period: day
    cadence: 1d
    grace: 12h
    direction: low
    usual: [60, 100]
    valid: [0, 100]
    measure: {kind: filled, levels: [district], scale: 100}
    aggregation: ratio
    additive_over: none
    definition:
      - version: 3
        from: 2026-01-01
        zh: 当日准点开航的珠江夜游航次占全部航次的比例。
        en: Night cruises on the Pearl River that left on time over all of the day.
    origins: [{producer: 市文化广电旅游局, title: 珠江夜游航次台账, licence: 政务数据内部共享}]
    privacy: internal
    collection: filled
"""
FIELD = """
  cruises_on_time:
    usual: [60, 100]
    prefill: {kind: last_period, back: 7}
    prefill_denominator: {kind: last_period, back: 7}
"""
REPORT = """
version: 1
kind: Report
report: cruises
title: {zh: 珠江夜游日报, en: Night cruises daily}
period: day
grace: 8h
regions: [city]
signed: {zh: 市文化广电旅游局, en: Culture and tourism bureau}
views:
  whole: {title: {zh: 全市, en: City}, indicators: [cruises_on_time], compare: previous}
  districts: {title: {zh: 各区, en: Districts}, indicators: [cruises_on_time], level: below}
sections:
  - title: {zh: 准点, en: Punctuality}
    sentences: [{view: whole, of: cruises_on_time}]
    tables: [whole, districts]
"""
PARTS = {"440105": (33.0, 52.0), "440106": (27.0, 42.0)}
CITY = 60 / 94 * 100
DISTRICTS = {code: above / below * 100 for code, (above, below) in PARTS.items()}
STEWARD = Subject("cdo", Role.DATA_STEWARD, WHOLE_CITY)
ANALYST = Subject("an", Role.ANALYST, WHOLE_CITY)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a city's own folders in force: what is shipped, one indicator, its field in a form, and a report of it."""
    shipped = {"indicators": themes.SHIPPED, "forms": forms.SHIPPED_FORMS, "reports": reports.SHIPPED}
    for kind, files in shipped.items():
        shutil.copytree(str(files), tmp_path / kind)
        monkeypatch.setenv(f"CITYOPS_{kind.upper()}", str(tmp_path / kind))
    weekly = REPORT.replace("report: cruises", "report: cruises_week").replace("period: day", "period: week")
    added = {
        "indicators/culture": ENTRY,
        "forms/district_visitors": FIELD,
        "reports/cruises": REPORT,
        "reports/cruises_week": weekly,
    }
    for name, text in added.items():
        with (tmp_path / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def day(world: World) -> date:
    """Give a day whose report is closed."""
    return Grain.DAY.shifted(Grain.DAY.floor(world.now), -2).astimezone(CITY_ZONE).date()


@pytest.fixture
def asked(day: date) -> dict[str, Any]:
    """Give the question for the city's number of that day."""
    return {
        "indicator": CODE,
        "region": "440100",
        "level": "city",
        "interval": "day",
        "start": f"{day}T00:00:00+08:00",
        "end": f"{day + timedelta(days=1)}T00:00:00+08:00",
    }


def session(api_url: str, book: Book, who: Subject) -> httpx.Client:
    """Return a program that is signed in as somebody."""
    book.person(who.name, who.role, who.scope)
    token = book.signed_in(who.name)[1]
    return httpx.Client(base_url=f"{api_url}/api/v1", timeout=60, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def steward(own: Path, api_url: str, book: Book) -> Iterator[httpx.Client]:
    with session(api_url, book, STEWARD) as client:
        yield client


@pytest.fixture
def city(api_url: str, steward: httpx.Client) -> Iterator[Client]:
    """Give the client of pandas, as the same person."""
    with Client(api_url, steward.headers["Authorization"].removeprefix("Bearer ")) as client:
        yield client


@pytest.fixture
def approved(own: Path, day: date, api_url: str, book: Book, steward: httpx.Client) -> None:
    """Have the liaisons of two districts fill in the sheets of a day, and the steward approve them."""
    for code, (above, below) in PARTS.items():
        path = f"/filling/sheets/district_visitors/{code}/{day}"
        answers = [
            {"indicator": "visitors", "value": 3.5},
            {"indicator": CODE, "numerator": above, "denominator": below},
        ]
        scope = Scope(ScopeKind.DISTRICTS, frozenset({code}))
        with session(api_url, book, Subject(f"liaison-{code}", Role.DATA_LIAISON, scope)) as liaison:
            sheet = liaison.get(path).json()
            assert {(one["indicator"], one["part"]) for one in sheet["cells"]} >= {(CODE, "numerator")}
            sent = liaison.put(path, json={"version": sheet["version"], "answers": answers, "submit": True})
        assert sent.status_code == 200, sent.text
        done = steward.post(f"{path}/approve", json={"version": sent.json()["version"]})
        assert done.json()["state"] == "approved", done.text


def test_what_was_filled_in_and_approved_is_the_same_number_everywhere(
    approved: None,
    asked: dict[str, Any],
    day: date,
    steward: httpx.Client,
    city: Client,
    office: Office,
    new_page: NewPage,
    tmp_path: Path,
) -> None:
    [point] = steward.get("/series", params=asked).json()["points"]
    assert (point["value"], point["numerator"], point["denominator"]) == (CITY, 60, 94)
    [card] = [one for one in steward.get("/state").json()["indicators"] if one["code"] == CODE]
    assert (card["value"], card["finished"]) == (CITY, True)  # what the wall's cards are drawn from
    on_the_page(office.shown(new_page(1440, 900, known=False), ANALYST, f"/data?{query(asked, day)}"))
    in_files(city, asked, tmp_path)
    in_the_report(steward, day)


def query(asked: dict[str, Any], day: date) -> str:
    """Return the address of the explorer's table of the same question."""
    said = asked | {"start": f"{day}T00:00", "end": f"{day + timedelta(days=1)}T00:00", "view": "table"}
    return str(httpx.QueryParams(said))


def on_the_page(page: Page) -> None:
    """Find the number in the explorer's table, and in the file that its link gives."""
    expect(page.locator(".ag-row [col-id=exact]")).to_have_text(repr(CITY))
    expect(page.get_by_role("group", name="指标", exact=True)).to_contain_text(NAME)
    expect(page.locator(".definition")).to_contain_text("当日准点开航的珠江夜游航次占全部航次的比例。")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 CSV").click()
    [row] = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert (row["指标名称"], row["数值"], row["口径版本"]) == (NAME, repr(CITY), "3")


def in_files(city: Client, asked: dict[str, Any], folder: Path) -> None:
    """Find the number in tables of pandas and Arrow, and in each format of a file as another library reads it."""
    assert city.series(**asked)["value"].tolist() == [CITY]
    assert city.table("series", **asked)["value"].tolist() == [CITY]
    assert city.arrow("series", **asked)["value"].to_pylist() == [CITY]
    name = {
        form: str(city.export("series", folder / f"one.{form}", lang="en", **asked).path)
        for form in ("csv", "parquet", "xlsx", "zip")
    }
    below = city.series(**asked | {"level": "district", "only": [*PARTS]})
    assert dict(zip(below["region_code"], below["value"], strict=True)) == DISTRICTS
    with duckdb.connect() as other:
        told = "SELECT value, numerator, denominator, definition_version FROM read_parquet(?)"
        assert other.execute(told, [name["parquet"]]).fetchall() == [(CITY, 60, 94, 3)]
    head, cells = openpyxl.load_workbook(name["xlsx"]).worksheets[0].iter_rows(values_only=True)
    assert dict(zip(head, cells, strict=True))["value"] == CITY
    with zipfile.ZipFile(name["zip"]) as zipped:
        package = json.loads(zipped.read("datapackage.json"))
        inside = zipped.read(package["resources"][0]["path"]).decode("utf-8-sig")
    for text in (Path(name["csv"]).read_text("utf-8-sig"), inside):
        [row] = csv.DictReader(io.StringIO(text))
        assert float(row["value"]) == CITY
    assert [one["code"] for one in package["cityops"]["indicators"]] == [CODE]


def in_the_report(steward: httpx.Client, day: date) -> None:
    """Make the day's report, and find the number in what it was made of, and unrounded behind what it shows."""
    made = steward.post("/reports", json={"kind": "cruises", "region": "440100", "day": f"{day}"})
    assert made.status_code == 201, made.text
    path = f"/reports/{made.json()['id']}"
    views = steward.get(path).json()["views"]
    assert [one["value"] for one in views["whole"]["values"]] == [CITY]
    told = {one["region"]: one["value"] for one in views["districts"]["values"] if one["value"] is not None}
    assert told == DISTRICTS
    html = steward.get(path, params={"format": "html"}).text
    assert f'<data value="{CITY!r}">63.8</data>' in html
    assert f"{NAME}为63.8%" in html
    week = steward.get("/reports/draft", params={"kind": "cruises_week", "day": f"{day}", "format": "json"}).json()
    assert [one["value"] for one in week["views"]["whole"]["values"]] == [CITY]  # of one day, for others have none


def test_one_entry_is_seen_everywhere(
    own: Path,
    asked: dict[str, Any],
    steward: httpx.Client,
    city: Client,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [told] = [one for one in steward.get("/indicators").json() if one["code"] == CODE]
    assert (told["kind"], told["theme"], told["collection"]) == ("filled", "culture", "filled")
    assert steward.get(f"/indicators/{CODE}").json()["declared"] == told
    assert city.indicators().loc[CODE, "name_zh"] == NAME
    assert city.described("series", **asked)["cityops"]["indicators"] == [told]
    text = steward.get("/export/series.csv", params=asked).text.removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["指标代码"], row["指标名称"], row["单位"], row["数值"]) == (CODE, NAME, "%", "")
    wide = steward.get("/export/series.csv", params=asked | {"also": "visitors", "shape": "wide"}).text
    assert f"{NAME}（%）" in wide.splitlines()[0]
    [form] = [one for one in steward.get("/filling/forms").json() if one["code"] == "district_visitors"]
    assert NAME in json.dumps(form, ensure_ascii=False)
    assert "cruises" in {one["kind"] for one in steward.get("/reports/kinds").json()}
    with office.asks(ANALYST) as asks:
        assert f'data-indicator="{CODE}"' in asks.get("/indicators").text
        page = asks.get(f"/indicators/{CODE}").text
        [linked] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        catalogue = {one["identifier"]: one for one in asks.get("/catalog.jsonld").json()["dataset"]}
    assert json.loads(linked)["name"] == catalogue[CODE]["name"] == NAME
    assert f"| `{CODE}` | Night cruises on time | {NAME} | % | filled | day | ratio" in reference(own, monkeypatch)


def test_the_wall_s_number_of_every_metric_is_the_series_s_to_the_digits_that_a_state_has(
    world: World, api: httpx.Client
) -> None:
    metrics = {one.code: one for one in cityops.reference.metrics()}
    at = world.ago(2)
    for kind in cityops.reference.device_kinds():
        for part, region in ((3, "440106013"), (7, "440105001"), (11, "440106001")):
            device = world.device(f"{kind.code}-{part}", kind.code, region, interval_s=3600)
            for code in kind.metrics:
                low, high = metrics[code].valid_min, metrics[code].valid_max
                world.says(device, code, low + (high - low) / part, at)
    bucket = {"interval": "5min", "start": at.isoformat(), "end": (at + timedelta(milliseconds=1)).isoformat()}
    for region, level in (("440100", "city"), ("440106", "district")):
        told = {
            one["code"]: one["value"] for one in api.get("/api/v1/state", params={"region": region}).json()["metrics"]
        }
        for code, metric in metrics.items():
            asked = {"indicator": code, "region": region, "level": level, **bucket}
            [point] = api.get("/api/v1/series", params=asked).json()["points"]
            assert told[code] == round(point["value"], metric.decimals + EXTRA_DECIMALS), code


def reference(own: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the page of reference that docs/generate.py writes of a city's own folder."""
    docs = Path(__file__).parents[2] / "docs"
    monkeypatch.setattr(sys, "path", [str(docs), *sys.path])
    found = importlib.util.spec_from_file_location("generate", docs / "generate.py")
    assert found is not None
    assert found.loader is not None
    generate = importlib.util.module_from_spec(found)
    found.loader.exec_module(generate)
    page: str = generate.indicators(themes.read_folder(own / "indicators"))
    return page
