"""Reference data shipped with the platform: Guangzhou's regions, source systems, metrics, map.

The files are read here into domain objects; `cityops.store.schema.seed` writes them into the database.
"""

import csv
import json
from datetime import time
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cityops.domain.alarms.rule_rows import Declared
from cityops.domain.alarms.rule_sets import read_set
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.devices import DeviceKind
from cityops.domain.events.standards import CaseStandard, KnownCodes, read_standards
from cityops.domain.events.workdays import WorkHours
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.domain.regions import Region, RegionLevel

CITY_CODE = "440100"
_FOLDER = files(__package__) / "guangzhou"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one reference table, as text by column name."""
    text = (_FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache
def geojson(name: str) -> dict[str, Any]:
    """Return `districts` or `rivers` as a GeoJSON object (WGS-84; © OpenStreetMap contributors, ODbL 1.0)."""
    parsed: dict[str, Any] = json.loads((_FOLDER / f"{name}.geojson").read_text(encoding="utf-8"))
    return parsed


@lru_cache
def regions() -> tuple[Region, ...]:
    """Return the city, its 11 districts and its 176 streets, parents before children."""
    labels = {f["id"]: f["properties"] for f in geojson("districts")["features"]}
    upper = [
        Region(
            row["code"],
            RegionLevel(row["level"]),
            row["parent_code"] or None,
            row["name_zh"],
            row["name_en"],
            int(row["population"]),
            float(row["area_km2"]),
            labels.get(row["code"], {}).get("label_lon"),
            labels.get(row["code"], {}).get("label_lat"),
        )
        for row in rows("districts")
    ]
    # The national list gives streets in Chinese only; the Chinese name stands in for the English one.
    streets = [
        Region(r["code"], RegionLevel.STREET, r["district_code"], r["name_zh"], r["name_zh"]) for r in rows("streets")
    ]
    return (*upper, *streets)


@lru_cache
def metrics() -> tuple[Metric, ...]:
    """Return the declared metrics in their order of display."""
    return tuple(_metric(row) for row in rows("metrics"))


def _metric(row: dict[str, str]) -> Metric:
    levels = {name: float(row[name]) if row[name] else None for name in ("blue", "yellow", "orange", "red")}
    return Metric(
        row["code"],
        row["name_zh"],
        row["name_en"],
        row["unit"],
        float(row["valid_min"]),
        float(row["valid_max"]),
        int(row["decimals"]),
        Aggregate(row["aggregate"]),
        Direction(row["direction"]),
        basis_zh=row["basis_zh"],
        basis_en=row["basis_en"],
        health=bool(row["health"]),
        **levels,
    )


@lru_cache
def work_hours() -> WorkHours:
    """Return the work periods of a working day."""
    return WorkHours(
        tuple((time.fromisoformat(r["begins"]), time.fromisoformat(r["ends"])) for r in rows("work_periods"))
    )


@lru_cache
def device_kinds() -> tuple[DeviceKind, ...]:
    """Return the kinds of devices with their usual source system, interval and metrics."""
    return tuple(
        DeviceKind(
            r["code"],
            r["name_zh"],
            r["name_en"],
            r["source_system_code"],
            int(r["expected_interval_s"]),
            tuple(r["metrics"].split()),
        )
        for r in rows("device_kinds")
    )


@lru_cache
def case_standards() -> tuple[CaseStandard, ...]:
    """Return the example set of case standards, in our own words; limits are those that several cities publish."""
    known = KnownCodes(*(frozenset(row["code"] for row in rows(name)) for name in ("event_classes", "departments")))
    text = (_FOLDER / "case_standards.csv").read_text(encoding="utf-8")
    return tuple(read_standards(text, known, {}))


@lru_cache
def alarm_rules() -> tuple[AlarmRule, ...]:
    """Return the shipped alarm rules in their order."""
    declared = Declared(
        {metric.code: metric for metric in metrics()},
        frozenset(kind.code for kind in device_kinds()),
        frozenset(region.code for region in regions()),
        frozenset(row["code"] for row in rows("source_systems")),
    )
    text = (_FOLDER / "alarm_rules.csv").read_text(encoding="utf-8")
    return read_set(text.splitlines(keepends=True), declared).rules
