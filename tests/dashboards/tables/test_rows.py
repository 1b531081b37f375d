"""Rows of the grids: words of the language, nothing where nothing is known, times of the city."""

from datetime import datetime

import pandas as pd
import pytest

from cityops.domain.events.status import Stage
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.district.answer import map_figure
from cityops_dashboards.tables import devices, events, streets

SEEN = datetime(2026, 11, 23, 12, 0, 5, tzinfo=CITY_ZONE)


def device_table() -> pd.DataFrame:
    shared = {"code": "CR-1", "name_zh": "客流点 1", "kind_zh": "客流计数点", "kind_en": "Crowd counter"}
    spoke = shared | {"region_code": "440106013", "warning": 2, "freshness": "late"}
    silent = shared | {"code": "CR-2", "region_code": "999999999", "warning": 0, "freshness": "silent"}
    return pd.DataFrame(
        [
            spoke
            | {"latest": {"crowd_load": 76.04, "crowd_count": 120.0}, "last_seen": SEEN, "clock_ahead_s": 540.4},
            silent | {"latest": {}, "last_seen": pd.NaT, "clock_ahead_s": None},
        ]
    )


def test_a_device_is_told_in_words() -> None:
    first, second = devices.rows(device_table(), {"440106013": "猎德街道"}, "zh")

    assert (first["street"], first["state"], first["warning"]) == ("猎德街道", "迟报", "黄")
    assert first["values"] == "重点区域人数 120 人  人流承载率 76 %"
    assert first["seen"] == "2026-11-23 12:00:05（时钟快540秒）"
    assert (second["street"], second["warning"], second["values"], second["seen"]) == ("999999999", "", "", "")


def test_a_value_is_shown_as_its_level_was_found() -> None:
    """4.5 cm are blue, since they are 5 cm, and say so; 0.305 m of clearance are no 0.30 m."""
    assert devices.values({"water_depth": 4.5}, "en") == "Waterlogging depth 5 cm"
    latest = {"cover_clearance": 0.305, "air_temperature": -0.04}
    assert devices.values(latest, "en") == "Air temperature 0.0 ℃  Water below cover 0.31 m"


def test_english_rows_use_english_units() -> None:
    first = devices.rows(device_table(), {}, "en")[0]
    assert first["values"] == "People in key areas 120 people  Crowd load of capacity 76 %"
    assert first["name"] == "Crowd counter CR-1"
    assert first["href"] == "/devices/CR-1?lang=en"
    assert (first["kind"], first["state"], first["warning"]) == ("Crowd counter", "late", "Yellow")


def test_an_event_is_told_in_words() -> None:
    event = {
        "id": 7, "occurred_at": SEEN, "status_at": SEEN, "title": "井盖松动", "class_code": "cover_missing",
        "region_code": "440106013", "severity": "urgent", "stage": "handling", "status": "processing",
        "source": "grid-officer", "external_id": "G-1",
    }  # fmt: skip
    (row,) = events.rows(pd.DataFrame([event]), {"440106013": "猎德街道"}, "en")

    assert (row["id"], row["occurred"], row["class"]) == ("7", "2026-11-23 12:00", "Manhole cover missing")
    assert (row["severity"], row["stage"], row["status"]) == ("Urgent", "Handling", "In handling")


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(("lang", "today"), [("zh", "今日"), ("en", "today")])
def test_a_case_of_any_day_is_not_told_as_one_of_today(stage: Stage, lang: str, today: str) -> None:
    event = {
        "id": 7, "occurred_at": SEEN, "status_at": SEEN, "title": "井盖松动", "class_code": "cover_missing",
        "region_code": "440106013", "severity": "normal", "stage": stage, "status": "closed",
        "source": "grid-officer", "external_id": "G-1",
    }  # fmt: skip
    (row,) = events.rows(pd.DataFrame([event]), {}, lang)
    assert not [words for words in row.values() if today in words]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_device_and_no_event_give_no_row(lang: str) -> None:
    assert devices.rows(device_table().iloc[:0], {}, lang) == []
    assert events.rows(pd.DataFrame(), {}, lang) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_column_has_a_name_and_is_filled(lang: str) -> None:
    row = devices.rows(device_table(), {}, lang)[0]
    assert {column["field"] for column in devices.columns(lang)} <= set(row)
    for column in (*devices.columns(lang), *events.columns(lang), *streets.columns(lang)):
        assert column["headerName"]


@pytest.mark.parametrize(("lang", "name"), [("zh", "客流点 1"), ("en", "Crowd counter CR-1")])
def test_a_device_on_the_map_is_called_as_in_the_table(lang: str, name: str) -> None:
    table = device_table().assign(lon=113.3, lat=23.1)
    figure = map_figure(table, "440106", Address("", {"lang": lang}), webgl=False)
    told = [words for trace in figure.data for words in trace["text"] or ()]
    assert any(words.startswith(f"{name}<br>") for words in told)
    assert devices.rows(table, {}, lang)[0]["name"] == name
