"""The axis of time of series: wall times of the city, named as fits the length of the periods."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE

Span = tuple[datetime, datetime]


def time_axis(span: Span, grain: Grain, lang: str, *, as_map: bool, panels: int) -> dict[str, Any]:
    """Return the axis of all panels, below the last of them or above the first of maps."""
    ticks, hover = _forms(grain, lang)
    last = str(panels) if panels > 1 else ""
    return {
        "type": "date",
        "range": [wall(moment).isoformat() for moment in span],
        "tickformat": ticks,
        "hoverformat": hover,
        "anchor": "y" if as_map else f"y{last}",
        "side": "top" if as_map else "bottom",
        "showgrid": not as_map,
        "tickangle": 0,
        "automargin": True,
    } | _steps(span, grain)


def _forms(grain: Grain, lang: str) -> tuple[str, str]:
    """Return how a tick is written, and how a value's period is."""
    date, year, month = ("%-m月%-d日", "%Y年", "%-m月") if lang == "zh" else ("%-d %b", "%Y", "%b")
    return {
        Grain.DAY: (f"{date}\n{year}", "%Y-%m-%d"),
        Grain.MONTH: (f"{month}\n{year}", "%Y-%m"),
        Grain.QUARTER: (f"第%q季\n{year}" if lang == "zh" else f"Q%q\n{year}", "%Y-Q%q"),
        Grain.YEAR: (year, "%Y"),
    }.get(grain, (f"%H:%M\n{date}", "%Y-%m-%d %H:%M"))


def _steps(span: Span, grain: Grain) -> dict[str, Any]:
    """Return where ticks are: at beginnings of months, quarters, years, else where plotly finds best."""
    if not grain.months:
        return {"nticks": 12}
    months = max((span[1] - span[0]).days / 30.4, 1)
    step = next((one for one in (1, 2, 3, 6, 12, 24, 60) if one % grain.months == 0 and months / one <= 13), 60)
    return {"dtick": f"M{step}", "tick0": "2000-01-01"}


def times(moments: "pd.Series[Any]") -> list[str]:
    """Return the city's wall times, which is what plotly draws, as text."""
    local = pd.DatetimeIndex(moments).tz_convert(CITY_ZONE).tz_localize(None)
    return [*map(str, np.datetime_as_string(local.to_numpy(), unit="s"))]


def wall(moment: datetime) -> datetime:
    """Return the city's wall time without its zone."""
    return moment.astimezone(CITY_ZONE).replace(tzinfo=None)
