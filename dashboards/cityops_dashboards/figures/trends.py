"""Small multiples: the last day of several metrics one under the other, on a shared time axis."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards import theme

AXIS_PX = 26


def small_multiples(trends: Sequence[tuple[datetime, int, Sequence[float | None]]], row_px: int) -> go.Figure:
    """Return one line per trend (start, step in seconds, values), each in its band of `row_px`, the first on top.

    Missing values leave a gap. Times on the axis are the city's; it reaches from the first to the last of them.
    """
    rows = len(trends)
    height = rows * row_px + AXIS_PX
    axes: dict[str, Any] = {}
    traces = []
    for number, (start, step_s, values) in enumerate(trends, start=1):
        suffix = "" if number == 1 else str(number)
        axes[f"yaxis{suffix}"] = _band(height, row_px, number) | {"range": value_range(values)}
        traces.append(_trace(start, step_s, values) | {"yaxis": f"y{suffix}"})
    times = [time for trace in traces for time in trace["x"]]
    x_axis = {
        "type": "date",
        "tickformat": "%H:%M",
        # Without times Plotly would show the year 2000, and take seconds for its 733 ticks.
        **({"range": [min(times), max(times)], "dtick": 12 * 3600 * 1000} if times else {}),
        "tickangle": 0,
        "showgrid": True,
        "gridcolor": theme.GRID,
        "fixedrange": True,
        "anchor": f"y{rows}" if rows > 1 else "y",
        "tickfont": {"size": 16},
    }
    return theme.figure(
        traces, **axes, xaxis=x_axis, height=height, margin={"l": 4, "r": 10, "t": 0, "b": 0}, hovermode="closest"
    )


def value_range(values: Sequence[float | None]) -> list[float]:
    """Return an axis range that holds all values with a little room; [0, 1] where there are none."""
    known = [value for value in values if value is not None]
    if not known:
        return [0.0, 1.0]
    low, high = min(known), max(known)
    room = (high - low) * 0.12 or max(abs(high) * 0.1, 0.5)
    return [low - room, high + room]


def _band(height: int, row_px: int, number: int) -> dict[str, Any]:
    """Return the y axis of a row: 12 px of air between two rows keep the lines apart."""
    top = 1 - (number - 1) * row_px / height
    return {
        "domain": [max(0.0, top - (row_px - 6) / height), top - 6 / height],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _trace(start: datetime, step_s: int, values: Sequence[float | None]) -> dict[str, Any]:
    local = start.astimezone(CITY_ZONE).replace(tzinfo=None)  # plotly draws the wall time it is given
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [local + timedelta(seconds=step_s * number) for number in range(len(values))],
        "y": list(values),
        "line": {"color": theme.ACCENT, "width": 2.5},
        "connectgaps": False,
        "hovertemplate": "%{x|%H:%M}  %{y}<extra></extra>",
    }
