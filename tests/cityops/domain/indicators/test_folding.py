"""Cells: folded in any order to the same; ratios from sums; a running period compared with the same part."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.folding import EMPTY, Cell, KeptCell, change, earlier, fold, ratio, within
from cityops.domain.indicators.measures import Aggregation
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 1, tzinfo=CITY_ZONE)


def kept(day: int, value: float, parts: tuple[float, float] | None = None) -> KeptCell:
    start = FIRST + day * DAY
    above, below = parts or (None, None)
    return KeptCell(start, start + DAY, value, above, below, None, 1)


def test_a_ratio_of_days_is_that_of_their_sums_and_not_their_mean() -> None:
    cell = fold([kept(0, 50, (1, 2)), kept(1, 90, (90, 100))], Aggregation.RATIO, 100, None, 2)
    assert (cell.numerator, cell.denominator, cell.coverage) == (91, 102, 1)
    assert cell.value == pytest.approx(91 / 102 * 100)


def test_a_stock_of_a_month_is_that_of_its_last_day_over_all_regions() -> None:
    two_regions = [kept(0, 5), kept(1, 7), kept(0, 50), kept(1, 70)]
    assert fold(two_regions, Aggregation.SUM, 1, "max", 2).value == 77
    assert fold(two_regions, Aggregation.SUM, 1, "min", 2).value == 55


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=8), st.randoms())
def test_the_order_of_values_does_not_matter(values: list[int], random: object) -> None:
    rows = [kept(day, value, (value, 2)) for day, value in enumerate(values)]
    mixed = sorted(rows, key=lambda _: getattr(random, "random")())  # noqa: B009 - hypothesis' own type
    for aggregation in (Aggregation.SUM, Aggregation.MAX, Aggregation.MIN, Aggregation.RATIO):
        assert fold(rows, aggregation, 1, None, 9) == fold(mixed, aggregation, 1, None, 9)


def test_missing_days_lower_the_coverage() -> None:
    assert fold([kept(0, 5), kept(2, 5)], Aggregation.SUM, 1, None, 4).coverage == 0.5
    assert fold([], Aggregation.SUM, 1, None, 4) == EMPTY


def test_only_what_lies_wholly_in_a_bucket_counts() -> None:
    rows = [kept(0, 1), kept(1, 2), kept(2, 4)]
    starts = [one.start for one in rows]
    assert [one.value for one in within(rows, starts, (FIRST + DAY, FIRST + 2.5 * DAY))] == [2]


def test_a_ratio_without_a_base_has_no_value() -> None:
    assert ratio(Cell(3), Cell(0), 100).value is None
    assert ratio(Cell(3), Cell(4, coverage=0.5), 100) == Cell(75, 3, 4, 0, 0.5)


def test_a_period_that_is_over_is_compared_with_a_whole_one() -> None:
    march = Grain.MONTH.floor(datetime(2026, 3, 5, tzinfo=CITY_ZONE)), datetime(2026, 4, 1, tzinfo=CITY_ZONE)
    now = datetime(2026, 11, 23, tzinfo=CITY_ZONE)
    assert earlier(march, Grain.MONTH, now, Grain.MONTH) == (
        datetime(2026, 2, 1, tzinfo=CITY_ZONE),
        datetime(2026, 3, 1, tzinfo=CITY_ZONE),
    )
    assert earlier(march, Grain.MONTH, now, Grain.YEAR)[0] == datetime(2025, 3, 1, tzinfo=CITY_ZONE)


def test_a_running_period_is_compared_with_the_same_part() -> None:
    today = datetime(2026, 11, 23, tzinfo=CITY_ZONE)
    now = today + timedelta(hours=10, minutes=7)
    before = earlier((today, today + DAY), Grain.DAY, now, Grain.DAY)
    assert before == (today - DAY, today - DAY + timedelta(hours=10, minutes=5))
    of_last_year = earlier((today, today + DAY), Grain.DAY, now, Grain.YEAR)
    assert of_last_year[1] - of_last_year[0] == timedelta(hours=10, minutes=5)


def test_a_change_is_of_the_earlier_value() -> None:
    assert (change(110, 100), change(90, -100), change(1, 0), change(None, 1)) == (10, 190, None, None)
