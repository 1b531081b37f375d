"""Air quality as the API answers it, made into a table: a row for each bucket of a region, columns for its items."""

from typing import Any

import pandas as pd

LEADING = ["region_code", "start", "end", "aqi", "grade", "class_zh", "class_en", "primary", "missing", "standard"]
TRAILING = ["coverage", "finished"]


def air_quality_table(answer: dict[str, Any]) -> pd.DataFrame:
    """Return the points of an answer as rows, its items as columns; what the points share is left out.

    An item such as `pm25_24h` has a column for its concentration and `iaqi_pm25_24h` for its index, NaN where there
    is none. `primary` and `missing` are codes with a blank between them. Times are still text.
    """
    points: list[dict[str, Any]] = answer["points"]
    rows = [one | _items(one) | {name: " ".join(one[name]) for name in ("primary", "missing")} for one in points]
    items = dict.fromkeys(name for one in points for name in _items(one))
    table = pd.DataFrame(rows, columns=[*LEADING, *items, *TRAILING])
    whole = {name: "Int64" for name in table.columns if name in {"aqi", "grade"} or name.startswith("iaqi_")}
    return table.astype(whole | dict.fromkeys((name for name in items if name not in whole), "float64"))


def _items(point: dict[str, Any]) -> dict[str, float | None]:
    told: dict[str, float | None] = {}
    for one in point["items"]:
        told[one["item"]], told[f"iaqi_{one['item']}"] = one["concentration"], one["iaqi"]
    return told
