"""A made-up state of the city or a district, the same each time: what a preview shows. None of it is true."""

import math
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cityops import reference
from cityops.domain.metrics import Metric
from cityops.domain.regions import Region, district_of
from cityops_dashboards import display

STEPS, STEP = 96, timedelta(minutes=15)
SEED = 7

Told = dict[str, Any]


def state(code: str, at: datetime) -> Told:
    """Return a state as the API tells it (`api.schemas.State`), as of a moment."""
    rng = random.Random(f"{SEED}{code}")  # noqa: S311  # looks, not secrets
    region = next(one for one in reference.regions() if one.code == code)
    children = [one for one in reference.regions() if one.parent_code == code]
    return {
        "region": _region(region),
        "children": [_region(one) for one in children],
        "detail": True,
        "as_of": _ago(at, 2),
        "devices": {"expected": 2000, "fresh": 1926, "late": 41, "silent": 27, "never": 6},
        "metrics": [_metric(rng, one, children, at) for one in reference.metrics()],
        "warnings": {"blue": 21, "yellow": 14, "orange": 5, "red": 3, "worst": []},
        "device_health": {"blue": 4, "yellow": 2, "orange": 1, "red": 0, "worst": []},
        "alarms": _alarms(rng, children or [region], at),
        "outages": [],
        "events": _events(rng, children or [region], at),
        "sources": [_source(rng, row, at) for row in reference.rows("source_systems")],
        "platform": _platform(at),
    }


def _ago(at: datetime, seconds: float) -> str:
    return (at - timedelta(seconds=seconds)).isoformat()


def _region(region: Region) -> Told:
    named = ("code", "name_zh", "name_en", "parent_code", "label_lon", "label_lat", "area_km2", "population")
    return {"level": region.level.value} | {field: getattr(region, field) for field in named}


def _metric(rng: random.Random, metric: Metric, children: Sequence[Region], at: datetime) -> Told:
    low, high = display.span(metric) or (0, 50_000)
    value = low + (high - low) * rng.uniform(0.35, 0.6)
    wave = [
        value + (high - low) * 0.12 * math.sin(step / STEPS * 2 * math.pi + rng.random() / 3) for step in range(STEPS)
    ]
    return {
        "code": metric.code,
        "value": round(wave[-1], metric.decimals),
        "minimum": round(min(wave), metric.decimals),
        "maximum": round(max(wave), metric.decimals),
        "warning": metric.warning(wave[-1]),
        "as_of": _ago(at, rng.randrange(2, 50)),
        "freshness": "fresh",
        "expected": 44,
        "fresh": 43,
        "late": 1,
        "coverage": 0.9773,
        "expected_interval_s": 60,
        "change_1h": round(wave[-1] - wave[-5], metric.decimals),
        "trend": {"start": _ago(at, STEP.total_seconds() * (STEPS - 1)), "step_s": 900, "values": wave},
        "regions": [_part(rng, metric, one, low, high, at) for one in children],
    }


def _part(rng: random.Random, metric: Metric, child: Region, low: float, high: float, at: datetime) -> Told:
    value = round(low + (high - low) * rng.uniform(0.15, 0.85), metric.decimals)
    judged = {"code": child.code, "value": value, "warning": metric.warning(value)}
    return judged | {"as_of": _ago(at, rng.randrange(2, 50)), "freshness": "fresh", "expected": 4, "fresh": 4}


GROUPS = (
    ("waterlogging", "道路积水", "Waterlogging", "water_depth", 4, 3, 62.0, 1),
    ("gas", "可燃气体浓度", "Combustible gas", "gas_lel", 3, 1, 24.5, 0),
    ("traffic", "交通拥堵", "Congestion", "traffic_index", 3, 2, 8.3, 0),
    ("river_level", "河道超警戒", "River above warning level", "river_level_above_warning", 2, 4, 0.12, 0),
    ("noise", "环境噪声", "Noise", "noise_leq", 2, 1, 74.2, 0),
)


def _alarms(rng: random.Random, children: Sequence[Region], at: datetime) -> Told:
    groups = [
        {
            "rule_code": rule,
            "name_zh": zh,
            "name_en": en,
            "metric": metric,
            "region_code": rng.choice(children).code,
            "level": level,
            "count": count,
            "value": value,
            "onset": _ago(at, 700 * (place + 2)),
            "unacknowledged": waiting,
            "unacknowledged_since": _ago(at, 180) if waiting else None,
            "acknowledged_by": None if waiting else "值班长",
            "cases": place,
            "case_number": None,
        }
        for place, (rule, zh, en, metric, level, count, value, waiting) in enumerate(GROUPS)
    ]
    counts = {"red": 3, "orange": 3, "yellow": 5, "blue": 0, "unacknowledged": 1}
    regions = [{"code": one["region_code"], "open": one["count"], "worst": one["level"]} for one in groups]
    distinct = {one["code"]: one for one in reversed(regions)}
    return counts | {"regions": [*distinct.values()], "groups_open": len(groups), "groups": groups}


CASES = (
    ("road_ponding", "东风路下穿隧道积水", "urgent", "processing", "handling", -49),
    ("gas_leak", "燃气井室浓度超过报警值", "critical", "signed", "handling", 12),
    ("cover_missing", "人行道井盖破损，已设围挡", "normal", "dispatched", "dispatched", 36),
    ("fallen_tree", "树木倒伏压车", "normal", "processing", "handling", 90),
    ("lamp_fault", "连续五盏路灯不亮", "normal", "accepted", "found", None),
)


def _events(rng: random.Random, children: Sequence[Region], at: datetime) -> Told:
    counts = {"open": 318, "found": 46, "dispatched": 83, "handling": 189, "urgent_open": 12}
    counts |= {"overdue": 7, "near_due": 19, "reported_today": 742, "closed_today": 655}
    regions = [
        {"code": one.code, "open": rng.randrange(4, 60), "reported_today": 70, "closed_today": 60} for one in children
    ]
    classes = [
        {
            "class_code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "reported_today": 140 - 9 * place,
        }
        for place, row in enumerate(reference.rows("event_classes")[:10])
    ]
    pressing = [_case(rng, children, at, place, *one) for place, one in enumerate(CASES)]
    return {"counts": counts, "regions": regions, "classes": classes, "pressing": pressing, "as_of": _ago(at, 20)}


def _case(
    rng: random.Random,
    children: Sequence[Region],
    at: datetime,
    place: int,
    kind: str,
    title: str,
    severity: str,
    status: str,
    stage: str,
    minutes: int | None,
) -> Told:
    due = None if minutes is None else _ago(at, -60 * minutes)
    region = rng.choice(children).code
    told = {"id": place + 1, "source": "grid-officer", "external_id": f"MADE-UP-{place}", "class_code": kind}
    told |= {"severity": severity, "status": status, "stage": stage, "title": title, "region_code": region}
    told |= {"occurred_at": _ago(at, 4000), "status_at": _ago(at, 600 * (place + 1)), "master": "here", "due_at": due}
    lamp = None if minutes is None else "red" if minutes < 0 else "yellow" if minutes < 60 else "green"
    unit = {"kind": "district", "code": district_of(region)} if minutes is not None else None
    return told | {"unit": unit, "lamp": lamp}


def _source(rng: random.Random, row: dict[str, str], at: datetime) -> Told:
    owner = next(one for one in reference.rows("departments") if one["code"] == row["department_code"])
    is_late = row["code"] == "urban-cover"
    told: Told = {key: row[key] for key in ("code", "name_zh", "name_en", "carries")}
    told |= {
        "department_zh": owner["name_zh"],
        "department_en": owner["name_en"],
        "data_officer": owner["data_officer"],
    }
    told |= {"expected_interval_s": int(row["expected_interval_s"]), "freshness": "late" if is_late else "fresh"}
    told |= {"last_received_at": _ago(at, 720 if is_late else rng.randrange(2, 50))}
    told |= {"devices": rng.randrange(40, 400) if row["carries"] == "readings" else 0}
    return told | {"received": 224_000, "stored": 223_600, "duplicate": 390, "rejected": 10}


def _platform(at: datetime) -> Told:
    counts: Told = {"devices": 2000, "series": 4311, "sources": 17, "sources_fresh": 16, "received": 3_364_120}
    counts |= {"stored": 3_360_004, "duplicate": 3_987, "rejected": 129, "readings_kept": 3_360_004}
    return counts | {"readings_per_s": 62.4, "as_of": _ago(at, 5)}
