"""Series as lines or a heat map: panels apart, colours by region, thresholds and running buckets in their places."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import MOST_EQUAL, MOST_LINES, crowded_of, series

START = datetime(2026, 11, 20, 8, tzinfo=CITY_ZONE)
SPAN = (START, START + timedelta(hours=3))
NAMES = {f"R{number:02}": f"区{number}" for number in range(60)}


def table(*columns: Sequence[float | None], is_over: bool = True) -> pd.DataFrame:
    rows = [
        (code, START + timedelta(hours=hour), START + timedelta(hours=hour + 1), value, is_over)
        for code, column in zip(NAMES, columns, strict=False)
        for hour, value in enumerate(column)
    ]
    return pd.DataFrame(rows, columns=["region_code", "start", "end", "value", "finished"]).astype({"value": float})


def drawn(*panels: Panel, interval: Grain = Grain.HOUR, lang: str = "zh") -> Any:
    return go.Figure(series(panels, NAMES, SPAN, interval, lang))


@pytest.mark.parametrize(
    ("columns", "high", "low"),
    [
        ([], None, None),
        ([[None, None]], None, None),
        ([[1, 9], [5, 5]], "R00", "R00"),
        ([[None, 3], [4, None], [None, None]], "R01", "R00"),
    ],
)
def test_the_worst_region_is_that_of_the_gravest_value_of_all(
    columns: list[list[float | None]], high: str | None, low: str | None
) -> None:
    assert Panel("P", "", 0, table(*columns)).worst == high
    assert Panel("P", "", 0, table(*columns), low_is_worse=True).worst == low


def test_a_panel_is_crowded_from_the_fifth_line_on() -> None:
    few, many = (Panel("P", "", 0, table(*[[1.0]] * count)) for count in (MOST_EQUAL, MOST_EQUAL + 1))
    assert crowded_of([few]) is crowded_of([]) is None
    assert crowded_of([few, many]) is many


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("regions", [2, MOST_LINES + 1])
def test_panels_lie_one_under_the_other_from_the_top_down_without_touching(count: int, regions: int) -> None:
    panel = Panel("P", "km/h", 1, table(*[[1.0, 2.0]] * regions))
    layout = drawn(*[panel] * count).layout
    bands = [layout[f"yaxis{number or ''}"].domain for number in (0, *range(2, count + 1))]
    assert bands[0][1] == 1
    assert bands[-1][0] == pytest.approx(0)
    assert all(upper[0] > lower[1] for upper, lower in pairwise(bands))
    assert [note.text for note in layout.annotations] == ["<b>P</b>  km/h"] * count


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ([10, 12], []),
        ([55, 62], [60]),
        ([None, None], []),
        ([0, 0], []),
        ([0, 1000], [60, 75, 150, 250]),
    ],
)
def test_a_threshold_is_a_line_where_it_lies_near_the_values(values: list[float | None], lines: list[float]) -> None:
    panel = Panel("P", "", 0, table(values), {1: 60, 2: 75, 3: 150, 4: 250})
    assert [shape.y0 for shape in drawn(panel).layout.shapes] == lines


def test_the_shade_of_a_running_bucket_is_drawn_once_for_all_lines_and_panels() -> None:
    running = table([1.0], [2.0], is_over=False)
    [shade] = drawn(Panel("P", "", 0, running), Panel("Q", "", 0, running)).layout.shapes
    assert (shade.x0, shade.x1, shade.yref) == ("2026-11-20T08:00:00", "2026-11-20T09:00:00", "paper")
    assert drawn(Panel("P", "", 0, table([None], is_over=False))).layout.shapes == ()


@pytest.mark.parametrize(
    ("interval", "lang", "format_"),
    [
        (Grain.HOUR, "zh", "%H:%M\n%-m月%-d日"),
        (Grain.FIVE_MINUTES, "en", "%H:%M\n%-d %b"),
        (Grain.DAY, "zh", "%-m月%-d日\n%Y年"),
        (Grain.DAY, "en", "%-d %b\n%Y"),
    ],
)
def test_the_time_axis_speaks_the_language_and_shows_no_hours_of_days(
    interval: Grain, lang: str, format_: str
) -> None:
    axis = drawn(Panel("P", "", 0, table([1.0])), interval=interval, lang=lang).layout.xaxis
    assert axis.tickformat == format_
    assert ("%H" in axis.hoverformat) is (interval is not Grain.DAY)


def test_a_heat_map_s_cells_begin_at_their_times_and_its_highest_mean_is_on_top() -> None:
    columns = [[float(number), None if number == 3 else 50.0] for number in range(MOST_LINES + 1)]
    [heat] = drawn(Panel("P", "km/h", 1, table(*columns))).data
    assert (heat.xperiod, heat.xperiodalignment) == (3_600_000, "middle")
    means = [pd.Series(row).mean() for row in heat.z]
    assert means == sorted(means)
    assert heat.y[0] == "区3"
    assert heat.hovertemplate.startswith("%{y}<br>%{x}<br><b>%{z:,.1f}</b> km/h")


def test_no_panel_at_all_is_an_empty_figure() -> None:
    assert drawn().data == ()
