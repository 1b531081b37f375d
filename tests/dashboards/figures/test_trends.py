"""Small multiples: one band per trend in its place, gaps where nothing came, the city's time on the axis."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_dashboards.figures.trends import AXIS_PX, small_multiples, value_range

START = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


def test_no_trend_gives_an_empty_chart() -> None:
    assert len(small_multiples([], 60).data) == 0


def test_one_trend_is_drawn_in_the_citys_time() -> None:
    figure = small_multiples([(START, 900, [1.0, 2.0])], 60)

    assert list(figure.data[0].x) == [datetime(2026, 11, 23, 0, 0), datetime(2026, 11, 23, 0, 15)]  # noqa: DTZ001
    assert figure.layout.height == 60 + AXIS_PX


def test_a_missing_value_leaves_a_gap() -> None:
    figure = small_multiples([(START, 900, [1.0, None, 3.0])], 60)

    assert list(figure.data[0].y) == [1.0, None, 3.0]
    assert figure.data[0].connectgaps is False


@pytest.mark.parametrize("values", [[1.0] * 97, [None] * 97, [1.0]])
def test_the_axis_of_a_day_has_few_ticks_with_and_without_values(values: list[float | None]) -> None:
    axis = small_multiples([(START, 900, values)] * 8, 58).layout.xaxis

    first, last = axis.range
    assert (last - first) / timedelta(milliseconds=axis.dtick) <= 3
    assert small_multiples([], 58).layout.xaxis.dtick is None


def test_many_trends_lie_one_under_the_other_without_touching() -> None:
    figure = small_multiples([(START, 900, [1.0])] * 8, 58)

    bands = [getattr(figure.layout, f"yaxis{number if number > 1 else ''}").domain for number in range(1, 9)]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(bands))
    assert all(0 <= low < high <= 1 for low, high in bands)


@given(st.lists(st.none() | st.floats(-1e6, 1e6)))
def test_a_range_holds_all_values(values: list[float | None]) -> None:
    low, high = value_range(values)
    assert low < high
    assert all(low < value < high for value in values if value is not None)


def test_nothing_but_gaps_has_a_range_too() -> None:
    assert value_range([None, None]) == [0.0, 1.0]
    assert value_range([]) == [0.0, 1.0]


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_flat_line_lies_in_the_middle(value: float) -> None:
    low, high = value_range([value, value])
    assert (low + high) / 2 == pytest.approx(value)
