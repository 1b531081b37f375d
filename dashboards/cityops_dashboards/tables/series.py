"""Series as rows of a grid: region, period, value with unit, coverage and number of readings behind it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cityops_dashboards.texts import text

Row = dict[str, Any]
TIME = "%Y-%m-%d %H:%M"
COMPARED = ("compared_value", "change_percent")
"""Beside a value that is compared with an earlier one."""


def rows(
    table: pd.DataFrame, indicator: str, unit: str, decimals: int, regions: Mapping[str, str], unfinished: str = "…"
) -> list[Row]:
    """Return one row per bucket and region; what is not known is None, and codes are text.

    `unfinished` is said of a bucket that was not over when it was asked for.
    """
    known = {name: _plain(table[name]) for name in ("value", "coverage", "n")}
    more = {name: _plain(table[name]) for name in COMPARED if name in table}
    starts, ends = _written(table["start"]), _written(table["end"])
    rows = []
    for place, (code, finished) in enumerate(zip(table["region_code"], table["finished"], strict=True)):
        row = {
            "id": f"{indicator}/{code}/{starts[place]}",
            "indicator": indicator,
            "code": code,
            "region": regions.get(code, code),
            "start": starts[place],
            "end": ends[place],
            "running": "" if finished else unfinished,
            "value": known["value"][place],
            "exact": known["value"][place],
            "unit": unit,
            "decimals": decimals,
            "coverage": known["coverage"][place],
            "n": known["n"][place],
        }
        rows.append(row | {name: values[place] for name, values in more.items()})
    return rows


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Return plain numbers, None for what is not known."""
    return [None if one != one else one for one in column.tolist()]  # noqa: PLR0124 - nothing else differs from itself


def _written(moments: "pd.Series[Any]") -> list[str]:
    """Return times as text; each is written once, however many rows have it."""
    texts = {one: f"{one:{TIME}}" for one in moments.unique()}
    return [texts[one] for one in moments]


def columns(lang: str, *, several: bool, is_exact: bool = False, is_compared: bool = False) -> list[dict[str, Any]]:
    """Return the columns; that of the indicator only where there are several, values are unrounded if `is_exact`."""
    number = {"type": "rightAligned", "filter": "agNumberColumnFilter", "minWidth": 88, "flex": 1}
    shown: dict[str, dict[str, Any]] = {
        "indicator": {"minWidth": 150, "flex": 1, "filter": "agTextColumnFilter", "hide": not several},
        "code": {"width": 140, "cellDataType": "text", "filter": "agTextColumnFilter"},
        "region": {"minWidth": 102, "flex": 1, "filter": "agTextColumnFilter"},
        "start": {"width": 150, "filter": "agTextColumnFilter", "sort": "desc"},
        "end": {"width": 150, "filter": "agTextColumnFilter"},
        "running": {"width": 88, "filter": "agTextColumnFilter"},
        "value": number | {"valueFormatter": _rounded()},
        "exact": number | {"minWidth": 190, "valueFormatter": _or_dash("String(params.value)")},
        "compared_value": number | {"minWidth": 110, "valueFormatter": _rounded()},
        "change_percent": number
        | {"minWidth": 100, "valueFormatter": _or_dash("d3.format('+,.1f')(params.value) + '%'")},
        "unit": {"width": 84, "filter": "agTextColumnFilter"},
        "coverage": number | {"minWidth": 112, "valueFormatter": _or_dash("d3.format('.1%')(params.value)")},
        "n": number | {"minWidth": 122, "valueFormatter": _or_dash("d3.format(',')(params.value)")},
    }
    left_out = ["value" if is_exact else "exact", *(() if is_compared else COMPARED)]
    shown = {field: rest for field, rest in shown.items() if field not in left_out}
    return [
        {"field": field, "headerName": text(lang, f"data.column.{field}")} | rest for field, rest in shown.items()
    ]


def _or_dash(formatted: str) -> dict[str, str]:
    return {"function": f"params.value == null ? '—' : {formatted}"}


def _rounded() -> dict[str, str]:
    return _or_dash("d3.format(',.' + params.data.decimals + 'f')(params.value)")
