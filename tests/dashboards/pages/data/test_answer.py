"""What is read off an answer: gaps that were owed, regions that take part, and whether its time has come."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.pages.data.answer import IndicatorAnswer

START = datetime(2026, 11, 20, 8, tzinfo=CITY_ZONE)
COLUMNS = ["region_code", "start", "value", "coverage", "finished"]
Bucket = tuple[str, int, float | None, float | None, bool]


def answer(*buckets: Bucket, as_of: datetime = START, unit: str = "km/h") -> IndicatorAnswer:
    rows: list[Any] = [(region, START + timedelta(hours=hour), *rest) for region, hour, *rest in buckets]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"value": float, "coverage": float})
    table.attrs["as_of"] = as_of.isoformat()
    return IndicatorAnswer({"unit": unit}, table, None, "fresh", 60)


FULL: Bucket = ("440105", 0, 5.0, 1.0, True)
GAP: Bucket = ("440105", 1, None, 0.0, True)
NOT_OWED: Bucket = ("440106", 0, None, None, True)
CASES: Bucket = ("440103", 0, 3.0, None, True)  # nobody owes cases
RUNNING: Bucket = ("440105", 2, 4.0, 0.5, False)
EMPTY_RUNNING: Bucket = ("440105", 2, None, 0.0, False)


@pytest.mark.parametrize(
    ("buckets", "missing"),
    [([], 0), ([FULL], 0), ([GAP], 1), ([NOT_OWED], 0), ([CASES], 0), ([FULL, GAP, EMPTY_RUNNING, NOT_OWED], 2)],
)
def test_a_gap_counts_where_a_reading_was_owed(buckets: list[Bucket], missing: int) -> None:
    assert answer(*buckets).missing == missing


@pytest.mark.parametrize(
    ("buckets", "regions"),
    [([], []), ([NOT_OWED], []), ([FULL, NOT_OWED, CASES], ["440105", "440103"]), ([GAP], ["440105"])],
)
def test_a_region_takes_part_with_devices_or_with_cases(buckets: list[Bucket], regions: list[str]) -> None:
    assert answer(*buckets).present["region_code"].unique().tolist() == regions


@pytest.mark.parametrize(
    ("buckets", "is_running"), [([], False), ([FULL], False), ([FULL, RUNNING], True), ([EMPTY_RUNNING], False)]
)
def test_a_bucket_runs_if_its_value_can_still_change(buckets: list[Bucket], is_running: bool) -> None:
    assert answer(*buckets).is_running is is_running


@pytest.mark.parametrize(
    ("buckets", "later_s", "is_ahead"),
    [([], 0, True), ([FULL], 0, False), ([FULL], -1, True), ([FULL, GAP], 1, False)],
)
def test_a_period_lies_ahead_while_none_of_it_has_begun(buckets: list[Bucket], later_s: int, is_ahead: bool) -> None:
    assert answer(*buckets, as_of=START + timedelta(seconds=later_s)).is_ahead is is_ahead


@pytest.mark.parametrize(
    ("buckets", "coverage"),
    [([], None), ([CASES], None), ([FULL], 1.0), ([FULL, GAP, RUNNING, NOT_OWED], 0.5)],
)
def test_coverage_is_the_mean_over_what_was_owed(buckets: list[Bucket], coverage: float | None) -> None:
    assert answer(*buckets).coverage == coverage


@pytest.mark.parametrize(
    ("unit", "zh", "en"), [("km/h", "km/h", "km/h"), ("人", "人", "people"), ("件", "件", "cases"), ("", "", "")]
)
def test_a_unit_that_is_a_word_is_put_into_the_page_s_language(unit: str, zh: str, en: str) -> None:
    assert [answer(unit=unit).unit(lang) for lang in ("zh", "en")] == [zh, en]
