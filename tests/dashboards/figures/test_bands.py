"""What stands beside a line: the usual range, rings around what leaves it, a forecast, an earlier period."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import MOST_EQUAL as FEW
from cityops_dashboards.figures.series import series

START = datetime(2026, 11, 20, 8, tzinfo=CITY_ZONE)
WORDS = {"usual": "通常范围", "outside": "超出", "ahead": "预测"}


def hours(**columns: list[Any]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    starts = [START + timedelta(hours=hour) for hour in range(count)]
    ends = [start + timedelta(hours=1) for start in starts]
    return pd.DataFrame({"start": starts, "end": ends, "finished": [True] * count} | columns)


def drawn(panel: Panel, grain: Grain = Grain.HOUR) -> go.Figure:
    names = {f"R{place}": f"区{place}" for place in range(9)}
    return go.Figure(series([panel], names, (START, START + timedelta(hours=3)), grain, "zh"))


def test_values_that_are_over_and_leave_the_usual_range_have_a_ring_and_the_range_lies_behind() -> None:
    values = [5.0, 1.0, 9.0, 9.0]
    usual = hours(value=values, low=[2.0, 2.0, 2.0, None], high=[6.0, 6.0, 6.0, None])
    usual["finished"] = [True, True, False, True]
    table = hours(region_code=["R0"] * 4, value=values)
    low, high, line, rings = drawn(Panel("P", "km", 0, table, usual=usual, words=WORDS)).data
    assert (list(low.y), list(high.y), high.fill) == ([2, 2, 2], [6, 6, 6], "tonexty")
    assert list(line.y) == values
    assert (list(rings.x), list(rings.y)) == (["2026-11-20T09:00:00"], [1])
    assert [one.showlegend for one in (low, high, rings)] == [False] * 3


def test_where_nothing_is_usual_there_is_no_area_and_what_is_foretold_is_dotted() -> None:
    table = hours(region_code=["R0"], value=[5.0])
    nothing = hours(value=[5.0], low=[None], high=[None]).astype({"low": float, "high": float})
    ahead = hours(value=[6.0, 7.0])
    line, ahead_line = drawn(Panel("P", "km", 0, table, usual=nothing, ahead=ahead, words=WORDS)).data
    assert list(line.y) == [5]
    assert (list(ahead_line.y), ahead_line.line.dash) == ([6, 7], "dot")


@pytest.mark.parametrize(("regions", "lines"), [(1, 2), (FEW, 2 * FEW), (FEW + 1, FEW + 1)])
def test_few_lines_stand_beside_what_they_are_compared_with(regions: int, lines: int) -> None:
    columns = [hours(region_code=[f"R{place}"], value=[5.0], compared_value=[4.0]) for place in range(regions)]
    panel = Panel("P", "km", 0, pd.concat(columns), words=WORDS | {"compared": "上年同期"})
    found = drawn(panel, Grain.YEAR).data
    assert len(found) == lines
    dashed = [one for one in found if one.line.dash == "dash"]
    assert {(one.y[0], one.showlegend) for one in dashed} <= {(4.0, False)}
    assert len([one for one in found if one.showlegend]) == regions
