"""Reads devices with their liveness and newest values, and their raw readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS, Freshness
from cityops.domain.metrics import WarningLevel
from cityops.store import tables

_device, _metric = tables.device.c, tables.metric.c


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices are wanted; None does not filter. `region` is a code's beginning, `text` that of code or name."""

    region: str | None = None
    kind: str | None = None
    source: str | None = None
    freshness: Freshness | None = None
    warning: int | None = None
    text: str | None = None


def names(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return code and name of these devices, by id."""
    rows = connection.execute(select(_device.id, _device.code, _device.name_zh).where(_device.id.in_(ids)))
    return {row.id: (row.code, row.name_zh) for row in rows}


def page(connection: Connection, wanted: DeviceFilter, now: datetime, after: str, limit: int) -> Sequence[RowMapping]:
    """Return the devices whose code follows `after`, in order of code."""
    statement = listing(wanted, now).where(_device.code > after).limit(limit)
    return connection.execute(statement).mappings().all()


def one(connection: Connection, code: str, now: datetime) -> RowMapping | None:
    """Return one device, None where the code is not registered."""
    return connection.execute(listing(DeviceFilter(), now).where(_device.code == code)).mappings().one_or_none()


def listing(wanted: DeviceFilter, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for devices with last seen, newest values and gravest warning, in order of code."""
    newest = _newest_of_device(now)
    age = func.extract("epoch", now - newest.c.last_seen)
    interval = _device.expected_interval_s
    state = case(
        (age <= FRESH_INTERVALS * interval, Freshness.FRESH.value),
        (age <= LATE_INTERVALS * interval, Freshness.LATE.value),
        else_=Freshness.SILENT.value,
    )
    warning = func.coalesce(newest.c.warning, 0)
    kind = tables.device_kind.c
    statement = (
        select(
            _device.code,
            _device.kind,
            kind.name_zh.label("kind_zh"),
            kind.name_en.label("kind_en"),
            _device.name_zh,
            _device.source_system_code.label("source"),
            _device.region_code,
            _device.lon,
            _device.lat,
            interval,
            newest.c.last_seen,
            state.label("freshness"),
            func.coalesce(newest.c.latest, func.jsonb_build_object()).label("latest"),
            warning.label("warning"),
        )
        .join_from(tables.device, tables.device_kind)
        .join(newest, true())
        .where(*_conditions(wanted))
        .order_by(_device.code)
    )
    if wanted.freshness is not None:
        statement = statement.where(state == wanted.freshness.value)
    return statement if wanted.warning is None else statement.where(warning >= wanted.warning)


def _newest_of_device(now: datetime) -> LateralFromClause:
    latest, series = tables.reading_latest.c, tables.series.c
    speaks = latest.ts >= now - func.make_interval(0, 0, 0, 0, 0, 0, LATE_INTERVALS * _device.expected_interval_s)
    return (
        select(
            func.max(latest.ts).label("last_seen"),
            func.jsonb_object_agg(_metric.code, latest.value).label("latest"),
            func.max(case((speaks, _level(latest.value)), else_=0)).label("warning"),
        )
        .join_from(tables.series, tables.reading_latest, latest.series_id == series.id)
        .join(tables.metric, _metric.id == series.metric_id)
        .where(series.device_id == _device.id)
        .correlate(tables.device)
        .lateral("newest")
    )


def _level(value: ColumnElement[float]) -> ColumnElement[int]:
    """Return the warning level of a value: the same rule as `Metric.warning`."""

    def reached(threshold: ColumnElement[float | None]) -> ColumnElement[bool]:
        return or_(
            and_(_metric.direction == "high", value >= threshold),
            and_(_metric.direction == "low", value <= threshold),
        )

    thresholds = {
        WarningLevel.RED: _metric.red,
        WarningLevel.ORANGE: _metric.orange,
        WarningLevel.YELLOW: _metric.yellow,
        WarningLevel.BLUE: _metric.blue,
    }
    return case(*((reached(threshold), int(level)) for level, threshold in thresholds.items()), else_=0)


def _conditions(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.region:
        conditions.append(_device.region_code.startswith(wanted.region, autoescape=True))
    if wanted.kind:
        conditions.append(_device.kind == wanted.kind)
    if wanted.source:
        conditions.append(_device.source_system_code == wanted.source)
    if wanted.text:
        begins = (column.istartswith(wanted.text, autoescape=True) for column in (_device.code, _device.name_zh))
        conditions.append(or_(*begins))
    return conditions


def exists(connection: Connection, code: str) -> bool:
    """Tell whether a device is registered."""
    return connection.execute(select(_device.id).where(_device.code == code)).first() is not None


class RawReading(NamedTuple):
    """One raw reading with its metric's code."""

    ts: datetime
    metric: str
    value: float
    quality: int


def readings(
    connection: Connection, device: str, metric: str | None, start: datetime, end: datetime, limit: int
) -> list[RawReading]:
    """Return a device's raw readings from `start` until before `end`, oldest first, at most `limit`."""
    reading, series = tables.reading.c, tables.series.c
    owned = select(series.id, _metric.code).join_from(tables.series, tables.metric, _metric.id == series.metric_id)
    owned = owned.join(tables.device, _device.id == series.device_id).where(_device.code == device)
    if metric is not None:
        owned = owned.where(_metric.code == metric)
    metric_of = {row.id: row.code for row in connection.execute(owned)}
    rows = connection.execute(
        select(reading.ts, reading.series_id, reading.value, reading.quality)
        .where(reading.series_id.in_(metric_of), reading.ts >= start, reading.ts < end)
        .order_by(reading.ts, reading.series_id)
        .limit(limit)
    )
    return [RawReading(row.ts, metric_of[row.series_id], row.value, row.quality) for row in rows]
