"""Events as rows of a grid, and one event's history as steps."""

from typing import Any

import pandas as pd

from cityops import reference
from cityops_dashboards.texts import text

Row = dict[str, Any]


def rows(events: pd.DataFrame, regions: dict[str, str], lang: str) -> list[Row]:
    """Return one row per event; `regions` names the regions by code."""
    classes = {row["code"]: row[f"name_{lang}"] for row in reference.rows("event_classes")}
    sources = {row["code"]: row[f"name_{lang}"] for row in reference.rows("source_systems")}
    return [
        {
            "id": str(one["id"]),
            "occurred": f"{one['occurred_at']:%Y-%m-%d %H:%M}",
            "title": one["title"],
            "class": classes.get(one["class_code"], one["class_code"]),
            "street": regions.get(one["region_code"], one["region_code"]),
            "severity": text(lang, f"severity.{one['severity']}"),
            "urgency": one["severity"],
            "stage": text(lang, f"stage.{one['stage']}"),
            "status": text(lang, f"status.{one['status']}"),
            "changed": f"{one['status_at']:%Y-%m-%d %H:%M}",
            "source": sources.get(one["source"], one["source"]),
            "external": one["external_id"],
        }
        for one in events.to_dict("records")
    ]


def columns(lang: str) -> list[dict[str, Any]]:
    """Return the columns of the event grid."""
    urgency = {f"cell-{level}": f"params.data.urgency == '{level}'" for level in ("urgent", "critical")}
    widths: dict[str, dict[str, Any]] = {
        "occurred": {"width": 170, "sort": "desc"},
        "title": {"minWidth": 190, "flex": 3, "wrapText": True, "autoHeight": True},
        "class": {"minWidth": 130, "flex": 1},
        "street": {"minWidth": 120, "flex": 1},
        "severity": {"width": 120, "cellClassRules": urgency},
        "stage": {"width": 100},
        "status": {"width": 120},
        "changed": {"width": 170},
        "source": {"minWidth": 150, "flex": 1},
        "external": {"width": 190},
    }
    return [{"field": field, "headerName": text(lang, f"events.{field}")} | width for field, width in widths.items()]
