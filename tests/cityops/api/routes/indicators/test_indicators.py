"""The catalogue of indicators: one entry of a file is seen in API, client, CSV, descriptor and page of reference.

That the pages of the catalogue show it, tests/dashboards/pages/indicators/test_page.py says.
"""

import csv
import importlib.util
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cityops.client import Client
from cityops.reference import themes
from factories.declared import one_more
from factories.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with what is shipped, and one entry more; it is in force."""
    with one_more(tmp_path):
        yield tmp_path


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

    asked = {"indicator": "leaks", "lang": "en", "describe": "true"}
    descriptor = api.get("/api/v1/export/series", params=asked).json()
    assert descriptor["cityops"]["indicators"] == [told]
    entry = api.get("/api/v1/indicators/leaks").json()
    assert (entry["declared"], entry["owner_en"]) == (told, "Guangzhou Gas Group")
    assert json.loads(entry["formula"]["counted"])["classes"] == ["gas_leak"]


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
