"""Columns of the grid of streets; its rows are made in the browser from the pushed state."""

from typing import Any

from cityops_dashboards.texts import text

_OR_DASH: dict[str, Any] = {
    "valueFormatter": {"function": "params.value == null ? '—' : params.value"},
    "cellClassRules": {"cell-silent": "params.value == null"},
}


def columns(lang: str) -> list[dict[str, Any]]:
    """Return the columns; `value` is that of the chosen metric."""
    levels = {f"cell-level-{level}": f"params.data.level == {level}" for level in (1, 2, 3, 4)}
    number = {"type": "rightAligned", "minWidth": 74, "flex": 1}
    shown = [
        {"field": "name", "headerName": text(lang, "streets.name"), "minWidth": 120, "flex": 2},
        {"field": "value", "headerName": text(lang, "streets.value"), **number, **_OR_DASH},
        {"field": "warning", "headerName": text(lang, "streets.warning"), "width": 96, "cellClassRules": levels},
        {"field": "coverage", "headerName": text(lang, "streets.coverage"), **number, **_OR_DASH},
        {"field": "open", "headerName": text(lang, "streets.open"), **number},
        {"field": "reported", "headerName": text(lang, "streets.reported_today"), **number, "minWidth": 104},
        {"field": "closed", "headerName": text(lang, "streets.closed_today"), **number, "minWidth": 100},
    ]
    return [column | {"filter": False, "wrapHeaderText": True, "autoHeaderHeight": True} for column in shown]
