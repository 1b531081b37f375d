"""Rollups: buckets of readings become one value for a region, and a table is renewed from its newest steps."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import Aggregate
from cityops.domain.rollups import RollupTable, combine

START = datetime(2026, 11, 23, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=CITY_ZONE)
STEP = timedelta(minutes=15)
Cells = dict[tuple[int, int, int], tuple[float, float, float, float]]


def table(cells: Cells, shape: tuple[int, int, int], start: datetime = START, first: int = 0) -> RollupTable:
    """Return a table from (metric, step, region) → (n, sum, min, max)."""
    places = tuple(np.array([place[axis] for place in cells], np.int64) for axis in range(3))
    columns = [np.array([values[one] for values in cells.values()], np.float64) for one in range(4)]
    return RollupTable.filled(start, STEP, shape, (places[0], places[1], places[2]), columns, first)


@pytest.mark.parametrize(
    ("aggregate", "value"),
    [(Aggregate.MEAN, 3.0), (Aggregate.SUM, 15.0), (Aggregate.MIN, 1.0), (Aggregate.MAX, 7.0)],
)
def test_four_readings_of_five_devices_come_to_one_value(aggregate: Aggregate, value: float) -> None:
    assert combine(aggregate, 4, 12.0, 1.0, 7.0, 5) == value


@pytest.mark.parametrize("aggregate", Aggregate)
def test_where_no_reading_came_there_is_no_value(aggregate: Aggregate) -> None:
    assert combine(aggregate, 0, 0.0, np.inf, -np.inf, 5) is None


def test_a_reading_of_zero_is_a_value() -> None:
    assert [combine(one, 1, 0.0, 0.0, 0.0, 1) for one in Aggregate] == [0.0] * 4


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.integers(1, 100))
def test_a_mean_lies_between_the_least_and_the_greatest(values: list[float], devices: int) -> None:
    n, total, low, high = len(values), sum(values), min(values), max(values)
    mean = combine(Aggregate.MEAN, n, total, low, high, devices)
    assert mean is not None
    assert low - 1e-6 <= mean <= high + 1e-6
    assert combine(Aggregate.SUM, n, total, low, high, devices) == pytest.approx(mean * devices)


CELLS: Cells = {
    (0, 0, 0): (2, 6.0, 1.0, 5.0),
    (0, 0, 1): (1, 9.0, 9.0, 9.0),
    (0, 2, 1): (4, 8.0, 0.0, 4.0),
    (1, 1, 2): (1, -3.0, -3.0, -3.0),
}


def test_empty_cells_change_no_value() -> None:
    made = table(CELLS, (2, 3, 3))
    assert made.n[0].tolist() == [[2, 1, 0], [0, 0, 0], [0, 4, 0]]
    assert made.sum[1].tolist() == [[0, 0, 0], [0, 0, -3], [0, 0, 0]]
    assert made.min[0, 1].tolist() == [np.inf] * 3
    assert made.max[0, 1].tolist() == [-np.inf] * 3
    assert (made.start, made.step, made.first) == (START, STEP, 0)


@pytest.mark.parametrize(
    ("aggregate", "values"),
    [
        (Aggregate.MEAN, [5.0, None, 2.0]),
        (Aggregate.SUM, [50.0, None, 20.0]),
        (Aggregate.MIN, [1.0, None, 0.0]),
        (Aggregate.MAX, [9.0, None, 4.0]),
    ],
)
def test_regions_are_put_together_step_by_step(aggregate: Aggregate, values: list[float | None]) -> None:
    assert table(CELLS, (2, 3, 3)).values(0, aggregate, slice(0, 3), 10) == values


def test_only_the_regions_of_the_cut_and_the_metric_asked_for_count() -> None:
    made = table(CELLS, (2, 3, 3))
    assert made.values(0, Aggregate.MEAN, slice(0, 1), 1) == [3.0, None, None]
    assert made.values(0, Aggregate.MEAN, slice(1, 2), 1) == [9.0, None, 2.0]
    assert made.values(1, Aggregate.MAX, slice(0, 3), 1) == [None, -3.0, None]
    assert made.values(1, Aggregate.MIN, slice(0, 2), 1) == [None] * 3


def test_a_table_of_some_regions_is_cut_by_positions_in_the_registry() -> None:
    made = table(CELLS, (2, 3, 3), first=10)
    assert made.first == 10
    assert made.values(0, Aggregate.MEAN, slice(11, 12), 1) == [9.0, None, 2.0]


def test_no_region_has_no_value() -> None:
    assert table(CELLS, (2, 3, 3)).values(0, Aggregate.MIN, slice(1, 1), 1) == [None] * 3


def test_a_step_in_which_nothing_at_all_was_read_is_a_gap() -> None:
    assert not table(CELLS, (2, 3, 3)).has_gap
    assert table({key: cell for key, cell in CELLS.items() if key[1] != 1}, (2, 3, 3)).has_gap


@pytest.mark.parametrize("begin", [2, 3, 4])
def test_a_renewed_table_is_as_long_as_before_and_ends_with_all_that_is_recent(begin: int) -> None:
    old = table({(0, step, 0): (1, float(step), step, step) for step in range(4)}, (1, 4, 1), first=3)
    recent = table(
        {(0, step, 0): (1, 100.0 + step, step, step) for step in range(2)}, (1, 2, 1), START + begin * STEP
    )
    new = old.renewed(recent)
    assert (new.start, new.step, new.first) == (START + (begin - 2) * STEP, STEP, 3)
    kept = [float(step) for step in range(begin - 2, begin)]
    assert new.values(0, Aggregate.MEAN, slice(3, 4), 1) == [*kept, 100.0, 101.0]
    assert new.n.shape == old.n.shape
    for columns in (new.min, new.max):
        assert columns[0, :, 0].tolist() == [*kept, 0.0, 1.0]


def test_a_table_begins_with_the_first_region_unless_it_says_otherwise() -> None:
    made = table(CELLS, (2, 3, 3))
    assert RollupTable(START, STEP, made.n, made.sum, made.min, made.max).first == 0


def test_the_cells_of_a_day_are_of_each_region_by_the_metrics_own_rule() -> None:
    """Of a sum the mean of a reading; of a street its own, of a district all of its streets."""
    places = np.array([0, 1, 2, 3, 0, 1, 2, 3]), np.zeros(8, np.int64), np.array([1] * 4 + [2] * 4)
    columns = [
        np.array([float(one)] * 4 + [float(one + more)] * 4) for one, more in ((2, 2), (10, 30), (1, 1), (9, -2))
    ]
    day = RollupTable.filled(MIDNIGHT, STEP, (4, 2, 3), places, columns)
    cells = day.cells([Aggregate.MEAN, Aggregate.SUM, Aggregate.MIN, Aggregate.MAX], [slice(0, 3), slice(2, 3)])
    assert cells[:, :, 0].tolist() == [[pytest.approx(50 / 6), 10], [pytest.approx(50 / 6), 10], [1, 2], [9, 7]]
    assert np.isnan(cells[:, :, 1]).all()
