"""The load of alarms as its page shows it: figures with what is acceptable, rules, and cures tried on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.figures.hours import HoursDrawing, HoursFrame, hours
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.desk.alarms import level_name, metric_name
from cityops_dashboards.texts import text

CHART = HoursFrame(760, 172)
BUSY_HOUR = 30
SHARES = "_share"
MEANS = ("per_day", "per_hour", "per_ten_minutes")
SIGNS = {"acceptable": "○", "manageable": "◇", "over": "■", "unknown": "?"}
"""A state is told by a shape and a word, and then by colour."""


def figures(rows: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, str]]:
    """Return the figures of the API as lines of a table."""
    return [
        {
            "code": row["code"],
            "name": text(lang, f"load.figure.{row['code']}"),
            "value": number(row["code"], row["value"]),
            "acceptable": _limit(row["code"], row["acceptable"]),
            "manageable": _limit(row["code"], row["manageable"]),
            "state": row["state"],
            "sign": SIGNS[row["state"]],
        }
        for row in rows
    ]


def number(code: str, value: float | None) -> str:
    """Return a figure's value: shares in percent, means with a decimal, all others are whole."""
    if value is None:
        return "–"
    if code.endswith(SHARES):
        return f"{value * 100:.1f} %"
    return f"{value:,.1f}" if code in MEANS else f"{value:,.0f}"


def _limit(code: str, value: float | None) -> str:
    if value is None or (code.endswith(SHARES) and value >= 1):
        return "–"
    return f"≤ {value * 100:g} %" if code.endswith(SHARES) else f"≤ {value:g}"


def drawn(load: Mapping[str, Any]) -> HoursDrawing:
    """Return the annunciations of each hour with the floods."""
    floods = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in load["floods"]]
    return hours(CHART, load["hours"], datetime.fromisoformat(load["start"]), floods, BUSY_HOUR)


def worst(load: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the worst rules of the API as lines; the bar is its share of the worst of them."""
    rows = load["worst_rules"]
    return [
        {
            "code": row["code"],
            "name": row[f"name_{lang}"] or row["code"],
            "count": f"{row['count']:,}",
            "share": f"{row['share'] * 100:.1f} %",
            "bar": round(100 * row["count"] / rows[0]["count"]),
            "in_force": row["in_force"],
        }
        for row in rows
    ]


def frequent(load: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the most frequent alarms of the API as lines."""
    names = {row["code"]: row[f"name_{lang}"] for row in load["worst_rules"]}
    return [
        {
            "title": row["device_name_zh"] or region_name(lang, row["region_code"]),
            "what": names.get(row["rule_code"]) or metric_name(row["metric"], lang) or row["rule_code"],
            "place": region_name(lang, row["region_code"]),
            "count": f"{row['count']:,}",
            "chattering": row["chattering"],
        }
        for row in load["frequent"]
    ]


def period(load: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return from when to when the load is, how long that is, and as of when."""
    start, end = (datetime.fromisoformat(load[name]) for name in ("start", "end"))
    return {"start": moment(start), "end": moment(end), "length": span(end - start, lang)}


def moment(at: datetime | str) -> str:
    """Return a moment in the city's time with its day: a period begins on another one than it ends."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant.astimezone(CITY_ZONE).strftime("%m-%d %H:%M")


def span(length: timedelta, lang: str) -> str:
    """Return a length of time in its gravest unit."""
    seconds = length.total_seconds()
    for unit, of in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * of or (unit == "m" and seconds >= of):
            return text(lang, f"load.span.{unit}", n=round(seconds / of))
    return text(lang, "load.span.s", n=round(seconds))


def cures(told: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return the cures of the API for one rule, and in a sentence what they were tried on."""
    values = {
        "start": moment(told["start"]),
        "end": moment(told["end"]),
        "objects": f"{told['objects']:,}",
        "of": f"{told['objects_of']:,}",
        "readings": f"{told['readings']:,}",
        "recorded": f"{told['recorded']:,}",
        "all": f"{told['recorded_of']:,}",
    }
    return {
        "name": told[f"name_{lang}"] or told["rule_code"],
        "code": told["rule_code"],
        "version": told["version"],
        "tried": text(lang, f"load.tried_on_{told['tried_on']}", **values),
        "items": [_cure(one, lang) for one in told["cures"]],
        "none": text(lang, _why_none(told)),
        "apply": told["apply"],
    }


def _why_none(told: Mapping[str, Any]) -> str:
    """Return the key of the sentence that says why there is no cure, if there is none."""
    if not told["recorded_of"]:
        return "load.no_alarm"
    return "load.no_readings" if told["tried_on"] == "readings" and not told["readings"] else "load.no_cure"


def _cure(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "kind": one["kind"],
        "change": [f"{cell['column']}: {cell['before'] or '–'} → {cell['after'] or '–'}" for cell in one["change"]],
        "now": f"{one['alarms_now']:,}",
        "then": f"{one['alarms_then']:,}",
        "lost": [f"{band['lost']:,} / {band['alarms']:,}" for band in one["lost"]],
        "missed": one["missed"],
        "later": f"{one['later']:,}",
        "latest": span(timedelta(seconds=one["latest_s"]), lang) if one["later"] else "",
        "longest": [_lost(lost, lang) for lost in one["longest_lost"][:2]],
    }


def _lost(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "title": row["device_name_zh"] or region_name(lang, row["region_code"]),
        "at": moment(row["start"]),
        "length": span(timedelta(seconds=row["length_s"]), lang),
        "level": text(lang, f"level.{level_name(row['level'])}"),
    }
