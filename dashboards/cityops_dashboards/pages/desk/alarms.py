"""Alarms as the desk shows them: groups in one line each, one of them whole with its curve and its rule's texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cityops import reference
from cityops.domain.alarms.grouping import Foldable, FoldedLine, folded, stays
from cityops.domain.metrics import Direction, Metric, WarningLevel, at_decimals
from cityops.domain.regions import district_of
from cityops_dashboards.figures.curve import CurveDrawing, CurveFrame, curve
from cityops_dashboards.figures.plan import NAMES, PlanMark
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.case.progress import span
from cityops_dashboards.pages.document import clock
from cityops_dashboards.pages.todo.cards import drilled
from cityops_dashboards.texts import name, text, unit

CURVE = CurveFrame(536, 168)
BEFORE = timedelta(hours=2)
"""So much of the time before an alarm its curve shows."""

TEXTS = ("cause", "consequence", "response", "priority_reason", "basis")


def level_name(level: int) -> str:
    """Return a level as styles call it."""
    return NAMES.get(WarningLevel(level), "none")


def group(row: Mapping[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """Return a group of the API as a line: what, where, how many, how bad, since when, who has it in hand."""
    what = row[f"name_{lang}"] or row["rule_code"]
    return {
        "key": f"{row['rule_code']}/{row['region_code']}",
        "rule": row["rule_code"],
        "region": row["region_code"],
        "level": row["level"],
        "shape": level_name(row["level"]),
        "title": " · ".join([*drilled(row, lang), f"{region_name(lang, row['region_code'])} {what}"]),
        "count": row["count"],
        "unacknowledged": row["unacknowledged"],
        "cases": row["cases"],
        "onset": row["onset"],
        "since": clock(row["onset"], now),
        "value": number(row["metric"], _worst(row)),
        "unit": metric_unit(row["metric"], lang),
        "quiet": row["quiet"],
    }


def folding(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[FoldedLine]]:
    """Part the groups of the API, in a flood, into those that stand for themselves and a line of the rest by kind.

    What is red, orange, or of the highest priority and not acknowledged is never folded.
    """
    lines = [(row, _foldable(row)) for row in rows]
    return [row for row, one in lines if stays(one)], folded((one for _, one in lines if not stays(one)), ("class",))


def _foldable(row: Mapping[str, Any]) -> Foldable:
    return Foldable(
        row["id"],
        {"class": row["alarm_class"]},
        WarningLevel(row["level"]),
        row["priority"],
        datetime.fromisoformat(row["onset"]),
        row["count"],
        row["unacknowledged"],
    )


def fold(line: FoldedLine, lang: str) -> dict[str, Any]:
    """Return a line that stands for the groups of a kind."""
    [code] = line.group
    words = text(lang, "desk.folded", kind=text(lang, f"alarm_class.{code}"), groups=len(line.alarms), n=line.count)
    return {
        "key": code,
        "level": line.level,
        "shape": level_name(line.level),
        "words": words,
        "waiting": line.waiting,
        "count": line.count,
        "groups": len(line.alarms),
    }


def notice(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return a notice of the API as the desk's script tells it: in words, and whether it makes a sound."""
    waits, changes = row["unacknowledged"] > 0, {name: row[name] for name in ("new", "graver", "gone")}
    told = {
        "title": f"{region_name(lang, row['region_code'])} {row[f'name_{lang}'] or row['rule_code']}",
        "n": row["count"],
        "changes": text(lang, "notice.and").join(
            text(lang, f"notice.n_{name}", n=n) for name, n in changes.items() if n
        ),
        "span": _waited(row, lang),
    }
    is_worse = row["new"] + row["graver"] > 0
    return {
        "id": row["id"],
        "level": row["level"],
        "sounds": waits and (row["kind"] == "repeated" or is_worse),
        "words": text(lang, f"notice.{row['kind']}", **told) if waits or row["kind"] != "repeated" else "",
    }


def _waited(row: Mapping[str, Any], lang: str) -> str:
    if row["waiting_since"] is None:
        return ""
    return span(datetime.fromisoformat(row["at"]) - datetime.fromisoformat(row["waiting_since"]), lang)


def _worst(row: Mapping[str, Any]) -> float | None:
    """Return the worst value of a group: the lowest where a metric becomes worse downwards."""
    known = metric_of(row["metric"])
    found: float | None = row["lowest" if known and known.direction is Direction.LOW else "highest"]
    return found


def alarm(row: Mapping[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """Return an alarm of the API's list as a line."""
    return {
        "id": row["id"],
        "key": str(row["id"]),
        "level": row["level"] or row["worst_level"],
        "shape": level_name(row["level"] or row["worst_level"]),
        "title": " · ".join([*drilled(row, lang), row["device_name_zh"] or region_name(lang, row["region_code"])]),
        "what": row[f"name_{lang}"] or row["rule_code"],
        "place": region_name(lang, row["region_code"]),
        "value": number(row["metric"], row["value_worst"]),
        "unit": metric_unit(row["metric"], lang),
        "since": clock(row["onset"], now),
        "onset": row["onset"],
        "raised_at": row["raised_at"],
        "acknowledged": row["acknowledged_by"],
        "cleared": clock(row["cleared_at"], now) if row["cleared_at"] else None,
        "event_id": row["event_id"],
        "limits": text(lang, f"limits.{row['limits_in']}") if row["limits_in"] else "",
        "drill": row["drill"],
        "quiet": quiet(row, now, lang),
        "chattering": row["chattering"],
    }


def quiet(row: Mapping[str, Any], now: datetime, lang: str) -> str:
    """Return what keeps an alarm quiet, by whom, until when; empty for one that is heard."""
    if row["quiet"] is None:
        return ""
    told = [text(lang, f"quiet.{row['quiet']}"), row["quiet_by"], row["quiet_why"]]
    if row["quiet_until"]:
        told.append(text(lang, "quiet.until", at=clock(row["quiet_until"], now)))
    return " · ".join(one for one in told if one)


def metric_of(code: str | None) -> Metric | None:
    """Return a metric by its code."""
    return next((one for one in reference.metrics() if one.code == code), None)


def metric_unit(code: str | None, lang: str) -> str:
    """Return the unit of a metric in the page's language."""
    known = metric_of(code)
    return unit(lang, known.unit) if known else ""


def number(code: str | None, value: float | None) -> str:
    """Return a value with its metric's decimals."""
    known = metric_of(code)
    if value is None:
        return ""
    decimals = known.decimals if known else 0
    return f"{float(at_decimals(value, decimals)):,.{decimals}f}".replace("-", "−")


def metric_name(code: str | None, lang: str) -> str:
    """Return a metric's name."""
    known = metric_of(code)
    return name(lang, known) if known else ""


def drawn(
    points: Sequence[Mapping[str, Any]], code: str | None, onset: datetime, now: datetime
) -> CurveDrawing | None:
    """Return the curve of readings of the API around an alarm; None where there is none."""
    known = metric_of(code)
    if known is None or not points:
        return None
    levels = {
        level: limit
        for level, limit in (
            (WarningLevel.YELLOW, known.yellow),
            (WarningLevel.ORANGE, known.orange),
            (WarningLevel.RED, known.red),
        )
        if limit is not None
    }
    kept = sorted((datetime.fromisoformat(one["ts"]), one["value"]) for one in points)
    return curve(CURVE, kept, levels, max(onset - BEFORE, kept[0][0]), now)


def marks(rows: Sequence[Mapping[str, Any]]) -> list[PlanMark]:
    """Return the places of alarms of the API for the map."""
    return [PlanMark(row["lon"], row["lat"], WarningLevel(row["level"]), key=str(row["id"])) for row in rows]


def levels_by_district(groups: Sequence[Mapping[str, Any]]) -> dict[str, WarningLevel]:
    """Return the gravest level that stands in each district."""
    found: dict[str, WarningLevel] = {}
    for row in groups:
        code = district_of(row["region_code"])
        found[code] = max(found.get(code, WarningLevel.NONE), WarningLevel(row["level"]))
    return found
