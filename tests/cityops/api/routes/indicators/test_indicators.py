"""The catalogue of indicators: one entry of a file is seen in API, client, CSV and the page of reference."""

import csv
import importlib.util
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cityops.client import Client
from cityops.reference import themes
from cityops.settings import settings
from factories.world import World

ENTRY = """
  leaks:
    name: {zh: 燃气泄漏事件数, en: Gas leaks reported}
    unit: 件
    decimals: 0
    owner: gas_group
    period: hour
    cadence: 5min
    grace: 5min
    direction: high
    thresholds: {red: 3, basis: {zh: 默认值, en: A default}, basis_mark: default}
    measure: {kind: cases, at: occurred_at, classes: [gas_leak]}
    definition: [{version: 1, from: 2026-01-01, zh: 时段内的燃气泄漏事件。, en: Gas leaks of the period.}]
    origins: [{producer: 广州燃气集团, title: 全部事件来源, licence: 政务数据内部共享}]
    collection: system
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder with what is shipped, and one entry more; it is in force."""
    for file in themes.SHIPPED.iterdir():
        more = ENTRY if file.name == "energy.yaml" else ""
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    monkeypatch.setenv("CITYOPS_INDICATORS", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_one_entry_is_seen_everywhere(folder: Path, world: World, api: httpx.Client) -> None:
    world.case("reported", event_class="gas_leak")
    world.case("reported", event_class="road_ponding")
    [told] = [one for one in api.get("/api/v1/indicators").json() if one["code"] == "leaks"]
    assert (told["kind"], told["theme"], told["owner"], told["red"]) == ("cases", "energy", "gas_group", 3)
    assert (told["definition_en"], told["cadence_s"]) == ("Gas leaks of the period.", 300)

    token = api.headers["Authorization"].removeprefix("Bearer ")
    with Client(str(api.base_url), token) as client:
        assert client.indicators().loc["leaks", "unit"] == "件"
        assert client.series("leaks", level="city", interval="day")["value"].sum() == 1

    text = api.get("/api/v1/export/series.csv", params={"indicator": "leaks", "lang": "en"}).text
    rows = [*csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))]
    assert {(row["indicator_code"], row["indicator_name"], row["unit"]) for row in rows} == {
        ("leaks", "Gas leaks reported", "件")
    }
    assert sum(float(row["value"]) for row in rows) == 1


def test_one_entry_is_seen_on_the_page_of_reference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = Path(__file__).parents[5] / "docs"
    monkeypatch.setattr(sys, "path", [str(docs), *sys.path])
    found = importlib.util.spec_from_file_location("generate", docs / "generate.py")
    assert found is not None
    assert found.loader is not None
    generate = importlib.util.module_from_spec(found)
    found.loader.exec_module(generate)
    page = generate.indicators(themes.read_folder(folder))
    assert (
        "| `leaks` | Gas leaks reported | 燃气泄漏事件数 | 件 | cases | hour | sum; over both | red 3 (default) |"
        in page
    )
