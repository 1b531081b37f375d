"""Series as rows of a grid: region, period, value with unit, coverage and number of readings behind it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cityops_dashboards.texts import text

Row = dict[str, Any]
TIME = "%Y-%m-%d %H:%M"


def rows(
    table: pd.DataFrame, indicator: str, unit: str, decimals: int, regions: Mapping[str, str], unfinished: str = "…"
) -> list[Row]:
    """Return one row per bucket and region; what is not known is None, and codes are text.

    `unfinished` is said of a bucket that was not over when it was asked for.
    """
    known = table.astype(object).where(table.notna(), None)
    return [
        {
            "id": f"{indicator}/{one['region_code']}/{one['start']:%Y%m%d%H%M}",
            "indicator": indicator,
            "code": one["region_code"],
            "region": regions.get(one["region_code"], one["region_code"]),
            "start": f"{one['start']:{TIME}}",
            "end": f"{one['end']:{TIME}}",
            "running": "" if one["finished"] else unfinished,
            "value": one["value"],
            "exact": one["value"],
            "unit": unit,
            "decimals": decimals,
            "coverage": one["coverage"],
            "n": one["n"],
        }
        for one in known.to_dict("records")
    ]


def columns(lang: str, *, several: bool, is_exact: bool = False) -> list[dict[str, Any]]:
    """Return the columns; that of the indicator only where there are several, values are unrounded if `is_exact`."""
    number = {"type": "rightAligned", "filter": "agNumberColumnFilter", "minWidth": 88, "flex": 1}
    shown: dict[str, dict[str, Any]] = {
        "indicator": {"minWidth": 150, "flex": 1, "filter": "agTextColumnFilter", "hide": not several},
        "code": {"width": 140, "cellDataType": "text", "filter": "agTextColumnFilter"},
        "region": {"minWidth": 102, "flex": 1, "filter": "agTextColumnFilter"},
        "start": {"width": 150, "filter": "agTextColumnFilter", "sort": "desc"},
        "end": {"width": 150, "filter": "agTextColumnFilter"},
        "running": {"width": 88, "filter": "agTextColumnFilter"},
        "value": number | {"valueFormatter": _or_dash("d3.format(',.' + params.data.decimals + 'f')(params.value)")},
        "exact": number | {"minWidth": 190, "valueFormatter": _or_dash("String(params.value)")},
        "unit": {"width": 84, "filter": "agTextColumnFilter"},
        "coverage": number | {"minWidth": 112, "valueFormatter": _or_dash("d3.format('.1%')(params.value)")},
        "n": number | {"minWidth": 122, "valueFormatter": _or_dash("d3.format(',')(params.value)")},
    }
    del shown["value" if is_exact else "exact"]
    return [
        {"field": field, "headerName": text(lang, f"data.column.{field}")} | rest for field, rest in shown.items()
    ]


def _or_dash(formatted: str) -> dict[str, str]:
    return {"function": f"params.value == null ? '—' : {formatted}"}
