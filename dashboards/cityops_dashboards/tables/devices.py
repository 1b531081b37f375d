"""Devices as rows of a grid: liveness and newest values in words, with the numbers to sort by beside them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import pandas as pd

from cityops import reference
from cityops.domain.devices import name_en
from cityops.domain.metrics import Metric, at_decimals
from cityops_dashboards.addresses import Address
from cityops_dashboards.texts import name, text, unit

Row = dict[str, Any]

_FOLDED = {"wrapText": True, "autoHeight": True}


def rows(devices: pd.DataFrame, streets: dict[str, str], lang: str) -> list[Row]:
    """Return one row per device; `streets` names the regions by code."""
    return [_row(one, streets, lang) for one in devices.to_dict("records")]


def _row(device: dict[Any, Any], streets: dict[str, str], lang: str) -> Row:
    seen = device["last_seen"]
    return {
        "code": device["code"],
        "name": called(device, lang),
        "href": Address("", {"lang": lang}).to(f"/devices/{quote(str(device['code']), safe='')}"),
        "kind": device[f"kind_{lang}"],
        "street": streets.get(device["region_code"], device["region_code"]),
        "level": device["warning"],
        "warning": text(lang, f"warning.{device['warning']}") if device["warning"] else "",
        "freshness": device["freshness"],
        "state": text(lang, f"fresh.{device['freshness']}"),
        "values": values(device["latest"], lang),
        "seen": "" if pd.isna(seen) else f"{seen:%Y-%m-%d %H:%M:%S}" + _clock(device["clock_ahead_s"], lang),
    }


def called(device: dict[Any, Any], lang: str) -> str:
    """Return a device's name in a language."""
    return str(device["name_zh"]) if lang == "zh" else name_en(device["kind_en"], device["code"])


def _clock(ahead_s: float | None, lang: str) -> str:
    return "" if ahead_s is None or pd.isna(ahead_s) else text(lang, "devices.clock_ahead", n=round(ahead_s))


def values(latest: dict[str, float], lang: str) -> str:
    """Return the newest values of a device in words, in the metrics' order of display."""
    known = (metric for metric in reference.metrics() if metric.code in latest)
    return "  ".join(_value(metric, latest[metric.code], lang) for metric in known)


def _value(metric: Metric, value: float, lang: str) -> str:
    shown = float(at_decimals(value, metric.decimals))  # as the level beside it was found
    return f"{name(lang, metric)} {shown:.{metric.decimals}f} {unit(lang, metric.unit)}".rstrip()


def columns(lang: str) -> list[dict[str, Any]]:
    """Return the columns of the device grid."""
    return list(_columns(lang))


def _columns(lang: str) -> Iterable[dict[str, Any]]:
    head = {
        key: text(lang, f"devices.{key}") for key in ("name", "kind", "street", "state", "warning", "values", "seen")
    }
    yield {
        "field": "name",
        "cellRenderer": "Linked",
        "headerName": head["name"],
        "minWidth": 150,
        "flex": 2,
        "tooltipField": "code",
    } | _FOLDED
    yield {"field": "kind", "headerName": head["kind"], "minWidth": 130, "flex": 1} | _FOLDED
    yield {"field": "street", "headerName": head["street"], "minWidth": 120, "flex": 1}
    yield {
        "field": "state",
        "headerName": head["state"],
        "width": 100,
        "cellClassRules": {
            "cell-late": "params.data.freshness == 'late'",
            "cell-silent": "params.data.freshness == 'silent'",
        },
    }
    levels = {f"cell-level-{level}": f"params.data.level == {level}" for level in (1, 2, 3, 4)}
    yield {"field": "warning", "headerName": head["warning"], "width": 120, "cellClassRules": levels}
    yield {
        "field": "values",
        "headerName": head["values"],
        "minWidth": 190,
        "flex": 3,
    } | _FOLDED
    yield {"field": "seen", "headerName": head["seen"], "minWidth": 190, "tooltipField": "seen", "sort": "desc"}
