"""Series as rows of a grid: codes stay text, what is not known is nothing, and a bucket that runs says so."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.tables import series
from cityops_dashboards.texts import LANGUAGES

START = datetime(2026, 11, 20, 23, tzinfo=CITY_ZONE)


def rows(**changes: Any) -> list[series.Row]:
    bucket = {"region_code": "440106", "start": START, "end": START + timedelta(hours=1), "value": 30.0}
    bucket |= {"n": 60, "coverage": 1.0, "finished": True} | changes
    return series.rows(pd.DataFrame([bucket]), "车速", "km/h", 1, {"440106": "天河区"}, "未结束")


def test_no_bucket_is_no_row() -> None:
    empty = pd.DataFrame(columns=["region_code", "start", "end", "value", "n", "coverage", "finished"])
    assert series.rows(empty, "车速", "km/h", 1, {}) == []


def test_a_bucket_has_its_times_as_the_city_s_walls_show_them() -> None:
    [row] = rows()
    assert (row["start"], row["end"], row["region"]) == ("2026-11-20 23:00", "2026-11-21 00:00", "天河区")
    assert (row["id"], row["running"]) == ("车速/440106/2026-11-20 23:00", "")


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_what_is_not_known_is_nothing_and_zero_is_zero(unknown: float | None) -> None:
    [row] = rows(value=unknown, coverage=unknown, n=0)
    assert (row["value"], row["coverage"], row["n"]) == (None, None, 0)
    assert rows(value=0.0)[0]["value"] == 0.0


def test_a_region_that_nobody_names_is_its_code() -> None:
    assert rows(region_code="000001")[0]["region"] == rows(region_code="000001")[0]["code"] == "000001"


def test_a_bucket_that_is_not_over_says_so() -> None:
    assert rows(finished=False)[0]["running"] == "未结束"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_is_named_and_filled_and_that_of_the_indicator_is_for_several(lang: str) -> None:
    for several in (True, False):
        columns = series.columns(lang, several=several)
        assert all(column["headerName"] for column in columns)
        assert {column["field"] for column in columns} <= set(rows()[0])
        assert [column["field"] for column in columns if column.get("hide")] == ([] if several else ["indicator"])
