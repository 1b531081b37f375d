"""The catalogue's pages: an entry that stands in a file once is on each of them, and in the linked data."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.measures import Collected, Privacy
from cityops.domain.indicators.periods import Grain
from cityops.reference import themes
from cityops_dashboards.pages.indicators import entry, listed
from cityops_dashboards.texts import LANGUAGES, catalogue
from factories.declared import one_more
from factories.desk import ANALYST, LIEDE
from factories.world import World
from fixtures.officers import Office


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Have one indicator more in force than is shipped."""
    with one_more(tmp_path):
        yield tmp_path


def test_one_entry_is_seen_on_the_pages_and_in_the_linked_data(folder: Path, world: World, office: Office) -> None:
    with office.asks(ANALYST) as asks:
        found = asks.get("/indicators", params={"q": "leaks", "lang": "en"}).text
        assert re.findall(r'data-indicator="(\w+)"', found) == ["leaks"]
        whole = asks.get("/indicators").text
        assert set(re.findall(r'data-indicator="(\w+)"', whole)) >= {*themes.read_folder(folder).indicators, "pm25"}
        assert asks.get("/indicators?q=nowhere").text.count("没有含“nowhere”的指标") == 1

        page = asks.get("/indicators/leaks?lang=en").text
        told = (
            "Gas leaks of the period.",
            "red ≥ 3",
            "广州燃气集团",
            "Guangzhou Gas Group",
            "by time of occurrence",
        )
        assert [words for words in told if words.lower() not in page.lower()] == []
        [linked] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        dataset = json.loads(linked)
        assert (dataset["@type"], dataset["identifier"], dataset["name"]) == (
            "Dataset",
            "leaks",
            "Gas leaks reported",
        )
        assert dataset["variableMeasured"]["unitText"] == "件"
        csv = next(one for one in dataset["distribution"] if one["encodingFormat"] == "text/csv")
        assert "indicator=leaks" in csv["contentUrl"]
        assert asks.get(csv["contentUrl"].removeprefix(office.url)).status_code == 200

        answer = asks.get("/catalog.jsonld")
        assert answer.headers["content-type"] == "application/ld+json"
        assert "leaks" in {one["identifier"] for one in answer.json()["dataset"]}
        assert asks.get("/indicators/nothing").status_code == 404
    with office.asks(LIEDE) as asks:
        assert asks.get("/indicators/leaks").status_code == 200


def test_every_code_of_a_declaration_has_its_words() -> None:
    kinds = {one.measure.kind for one in themes.shipped().indicators.values()} | {"readings"}
    codes = {
        "kind": kinds,
        "period": {*Grain},
        "privacy": {*Privacy},
        "collection": {*Collected},
        "mark": {*BasisMark},
        "formula": kinds - {"ratio", "derived"},
        "window": {"min", "max"},
    }
    wanted = {f"catalogue.{name}.{code}" for name, every in codes.items() for code in every}
    for lang in LANGUAGES:
        assert wanted - set(catalogue(lang)) == set()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("", ""),
        ('{"level": 3}', "whose gravest level is orange or above"),
        (
            '{"at": "status_at", "statuses": ["closed"], "source": "hotline-12345", "classes": ["gas_leak"]}',
            "by time of the newest status · status closed · from 12345 hotline orders · class",
        ),
    ],
)
def test_what_is_counted_is_told_in_words(told: str, words: str) -> None:
    assert entry.counted(told, "en").lower().startswith(words)


@pytest.mark.parametrize(("seconds", "told"), [(None, ""), (300, "5 min"), (7200, "2 hours"), (90, "90 s")])
def test_a_length_is_told_in_the_unit_that_it_is_whole_in(seconds: int | None, told: str) -> None:
    assert entry.span(seconds, "en") == told


@pytest.mark.parametrize(
    ("wanted", "is_found"), [("", True), ("WATER", True), ("供水 ISO37120", True), ("水 x", False)]
)
def test_a_search_finds_what_has_each_word_in_it(wanted: str, is_found: bool) -> None:
    one = dict.fromkeys(listed.SEARCHED, "") | {
        "references": ["ISO37120:23"],
        "owner": "water",
        "name_zh": "供水",
    }
    assert listed.contains(one, wanted) is is_found
