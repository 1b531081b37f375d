"""Reads devices with their liveness and newest values, and their raw readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    FromClause,
    RowMapping,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import LateralFromClause

from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS, DeviceState, Freshness
from cityops.domain.metrics import FLOAT32_NOISE, WarningLevel
from cityops.domain.regions import is_city
from cityops.store import tables

_device, _metric = tables.device.c, tables.metric.c

_SEEN = func.coalesce(tables.reading_latest.c.received_at, tables.reading_latest.c.ts)
"""When a device said a value: by its own clock, or by the receipt where that runs ahead."""

FEW = 10_000
"""So many devices of a state are sooner collected and sorted than looked for among all."""


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices are wanted; None does not filter. `region` is a code's beginning, `text` that of code or name.

    `state` is that last written by the watch; `clock_ahead` asks for devices whose clock runs ahead, or does not.
    """

    region: str | None = None
    kind: str | None = None
    source: str | None = None
    state: DeviceState | None = None
    warning: int | None = None
    text: str | None = None
    clock_ahead: bool | None = None


class Named(NamedTuple):
    """What a device and its kind are called."""

    code: str
    name_zh: str
    kind_zh: str
    kind_en: str


def names(connection: Connection, ids: Sequence[int]) -> dict[int, Named]:
    """Return what these devices are called, by id."""
    kind = tables.device_kind.c
    columns = select(_device.id, _device.code, _device.name_zh, kind.name_zh, kind.name_en)
    joined = columns.join_from(tables.device, tables.device_kind)
    return {row[0]: Named(*row[1:]) for row in connection.execute(joined.where(_device.id.in_(ids)))}


class Onset(NamedTuple):
    """When an unbroken run of readings at a warning level, or a graver one, began."""

    since: datetime
    known: bool
    """Whether a reading that had not reached it was found before; else the run is older."""


def onsets(connection: Connection, levels: Mapping[int, int], earliest: datetime) -> dict[int, Onset]:
    """Return since when each series of `levels` (level by series id) has been at its level.

    Readings before `earliest` are not looked at. A series that has no reading since then is left out. Silence does
    not end a run, a reading does.
    """
    reading, series = tables.reading.c, tables.series.c
    level = case(dict(levels), value=series.id)
    of_series = reading.series_id == series.id
    below = (
        select(func.max(reading.ts).label("ts"))
        .where(of_series, reading.ts >= earliest, _level(reading.value) < level)
        .correlate(tables.series, tables.metric)
        .lateral("below")
    )
    after = (
        select(func.min(reading.ts).label("ts"))
        .where(of_series, reading.ts > func.coalesce(below.c.ts, earliest))
        .correlate(tables.series, below)
        .lateral("after")
    )
    statement = (
        select(series.id, after.c.ts, below.c.ts.is_not(None))
        .join_from(tables.series, tables.metric, _metric.id == series.metric_id)
        .join(below, true())
        .join(after, true())
        .where(series.id.in_(levels), after.c.ts.is_not(None))
    )
    return {id_: Onset(since, known) for id_, since, known in connection.execute(statement)}


def page(connection: Connection, wanted: DeviceFilter, now: datetime, after: str, limit: int) -> Sequence[RowMapping]:
    """Return the devices whose code follows `after`, in order of code.

    First the devices of the page are found, then the readings of these few are looked up.
    """
    few = wanted.state is not None and _are_few(connection, wanted.state)
    chosen = _chosen(wanted, now, few=few).where(_device.code > after).order_by(_device.code).limit(limit)
    return connection.execute(_listing(chosen, now)).mappings().all()


def one(connection: Connection, code: str, now: datetime) -> RowMapping | None:
    """Return one device, None where the code is not registered."""
    chosen = select(_device.id).where(_device.code == code)
    return connection.execute(_listing(chosen, now)).mappings().one_or_none()


def listing(wanted: DeviceFilter, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for devices with state, newest values and gravest warning, in order of code."""
    return _listing(_chosen(wanted, now), now)


def chosen(wanted: DeviceFilter, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for the ids of devices that pass a filter."""
    return _chosen(wanted, now)


def _chosen(wanted: DeviceFilter, now: datetime, *, few: bool = False) -> Select[*tuple[Any, ...]]:
    statement = select(_device.id).where(*_conditions(wanted))
    if wanted.state:
        of_state = _of_state(wanted.state, few=few)
        statement = statement.join(of_state, of_state.c.device_id == _device.id)
    if wanted.warning is not None:
        statement = statement.where(_device.id.in_(_warning(wanted.warning, now)))
    if wanted.clock_ahead is not None:
        statement = statement.where(_device.id.in_(_ahead()) == wanted.clock_ahead)
    return statement


def _ahead() -> Select[*tuple[Any, ...]]:
    latest, series = tables.reading_latest.c, tables.series.c
    return (
        select(series.device_id)
        .join_from(tables.reading_latest, tables.series, latest.series_id == series.id)
        .where(latest.received_at.is_not(None))
    )


def _are_few(connection: Connection, state: DeviceState) -> bool:
    of_state = select(tables.device_state.c.device_id).where(tables.device_state.c.state == state.value)
    found = connection.execute(select(func.count()).select_from(of_state.limit(FEW + 1).subquery())).scalar_one()
    return found <= FEW


def _of_state(state: DeviceState, *, few: bool) -> FromClause:
    """Return the devices of a state; where they are few, in a form that the planner collects first.

    Left to itself it walks all devices by code, trusting that the few are spread evenly; those of an outage are not.
    """
    of_state = select(tables.device_state.c.device_id).where(tables.device_state.c.state == state.value)
    return of_state.cte("of_state").prefix_with("MATERIALIZED") if few else of_state.subquery("of_state")


def _listing(chosen: Select[*tuple[Any, ...]], now: datetime) -> Select[*tuple[Any, ...]]:
    of_page = chosen.subquery("chosen")
    newest = _newest_of_device(now)
    age = func.extract("epoch", now - newest.c.last_seen)
    interval = _device.expected_interval_s
    freshness = case(
        (age <= FRESH_INTERVALS * interval, Freshness.FRESH.value),
        (age <= LATE_INTERVALS * interval, Freshness.LATE.value),
        else_=Freshness.SILENT.value,
    )
    kind, state = tables.device_kind.c, tables.device_state.c
    return (
        select(
            _device.code,
            _device.kind,
            kind.name_zh.label("kind_zh"),
            kind.name_en.label("kind_en"),
            _device.name_zh,
            _device.source_system_code.label("source"),
            _device.registered_at,
            _device.region_code,
            _device.lon,
            _device.lat,
            interval,
            newest.c.last_seen,
            newest.c.clock_ahead_s,
            freshness.label("freshness"),
            state.state,
            state.since.label("state_since"),
            func.coalesce(newest.c.latest, func.jsonb_build_object()).label("latest"),
            func.coalesce(newest.c.warning, 0).label("warning"),
            func.coalesce(newest.c.health, 0).label("health"),
        )
        .join_from(of_page, tables.device, _device.id == of_page.c.id)
        .join(tables.device_kind)
        .join(tables.device_state)
        .join(newest, true())
        .order_by(_device.code)
    )


def _warning(least: int, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for the ids of devices that measure a value, not silent, which has reached a level."""
    latest, series = tables.reading_latest.c, tables.series.c
    owner = tables.device.alias("owner")
    return (
        select(series.device_id)
        .join_from(tables.reading_latest, tables.series, latest.series_id == series.id)
        .join(tables.metric, _metric.id == series.metric_id)
        .join(owner, owner.c.id == series.device_id)
        .where(
            ~_metric.health,
            _level(latest.value) >= least,
            _speaks_from(now, owner.c.expected_interval_s) <= _SEEN,
        )
    )


def _speaks_from(now: datetime, interval_s: ColumnElement[int]) -> ColumnElement[datetime]:
    """Return the time since which a device must have spoken in order not to be silent."""
    return now - func.make_interval(0, 0, 0, 0, 0, 0, LATE_INTERVALS * interval_s)


def _newest_of_device(now: datetime) -> LateralFromClause:
    latest, series = tables.reading_latest.c, tables.series.c
    speaks = _speaks_from(now, _device.expected_interval_s) <= _SEEN
    return (
        select(
            case((func.max(_SEEN) > now, now), else_=func.max(_SEEN)).label(
                "last_seen"
            ),  # NULL stays: never heard of
            func.extract("epoch", func.max(latest.ts - latest.received_at)).label("clock_ahead_s"),
            func.jsonb_object_agg(_metric.code, latest.value).label("latest"),
            func.max(case((and_(speaks, ~_metric.health), _level(latest.value)), else_=0)).label("warning"),
            func.max(case((and_(speaks, _metric.health), _level(latest.value)), else_=0)).label("health"),
        )
        .join_from(tables.series, tables.reading_latest, latest.series_id == series.id)
        .join(tables.metric, _metric.id == series.metric_id)
        .where(series.device_id == _device.id)
        .correlate(tables.device)
        .lateral("newest")
    )


def _level(value: ColumnElement[float]) -> ColumnElement[int]:
    """Return the warning level of a value, at its metric's decimals: the same rule as `Metric.warning`."""
    scale = func.power(literal(10.0, Double), cast(_metric.decimals, Double))
    steps = func.floor(func.abs(value) * scale * (1 + FLOAT32_NOISE) + 0.5)
    shown = func.sign(value) * steps / scale

    def reached(threshold: ColumnElement[float | None]) -> ColumnElement[bool]:
        return or_(
            and_(_metric.direction == "high", shown >= threshold),
            and_(_metric.direction == "low", shown <= threshold),
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
    if wanted.region and not is_city(wanted.region):
        conditions.append(_device.region_code.startswith(wanted.region, autoescape=True))
    if wanted.kind:
        conditions.append(_device.kind == wanted.kind)
    if wanted.source:
        conditions.append(_device.source_system_code == wanted.source)
    if wanted.text:
        begins = (column.istartswith(wanted.text, autoescape=True) for column in (_device.code, _device.name_zh))
        conditions.append(or_(*begins))
    return conditions


class DevicePlace(NamedTuple):
    """Where a device stands."""

    region_code: str
    lon: float
    lat: float


def place_of(connection: Connection, code: str) -> DevicePlace | None:
    """Return where a registered device stands, None where the code is not registered."""
    row = connection.execute(
        select(_device.region_code, _device.lon, _device.lat).where(_device.code == code)
    ).first()
    return DevicePlace(*row) if row else None


def id_of(connection: Connection, code: str) -> int | None:
    """Return the id of a registered device, None where the code is not registered."""
    return connection.execute(select(_device.id).where(_device.code == code)).scalar()


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
    reading = tables.reading.c
    metric_of = _metrics_of(connection, device, metric)
    rows = connection.execute(
        select(reading.ts, reading.series_id, reading.value, reading.quality)
        .where(reading.series_id.in_(metric_of), reading.ts >= start, reading.ts < end)
        .order_by(reading.ts, reading.series_id)
        .limit(limit)
    )
    return [RawReading(row.ts, metric_of[row.series_id], row.value, row.quality) for row in rows]


def _metrics_of(connection: Connection, device: str, metric: str | None = None) -> dict[int, str]:
    """Return what each series of a device measures, by the series' id."""
    series = tables.series.c
    owned = select(series.id, _metric.code).join_from(tables.series, tables.metric, _metric.id == series.metric_id)
    owned = owned.join(tables.device, _device.id == series.device_id).where(_device.code == device)
    if metric is not None:
        owned = owned.where(_metric.code == metric)
    return {row.id: row.code for row in connection.execute(owned.order_by(_metric.id))}


class CurvePiece(NamedTuple):
    """The lowest, the highest and the newest reading within a piece of time, and how many there are."""

    metric: str
    n: int
    lowest_at: datetime
    lowest: float
    highest_at: datetime
    highest: float
    newest_at: datetime
    newest: float


def curves(
    connection: Connection, device: str, start: datetime, end: datetime, pieces: int
) -> dict[str, list[CurvePiece]]:
    """Return the readings of each metric of a device in so many pieces of time, oldest first.

    A piece without a reading is left out; a metric without any has none.
    """
    reading, metric_of = tables.reading.c, _metrics_of(connection, device)
    length = max((end - start) / pieces, timedelta(microseconds=1))
    piece = func.date_bin(length, reading.ts, start)
    value, at = reading.value, reading.ts
    extremes = (func.first(at, value), func.min(value), func.last(at, value), func.max(value))
    rows = connection.execute(
        select(reading.series_id, func.count(), *extremes, func.max(at), func.last(value, at))
        .where(reading.series_id.in_(metric_of), at >= start, at < end)
        .group_by(reading.series_id, piece)
        .order_by(piece)
    )
    found: dict[str, list[CurvePiece]] = {code: [] for code in metric_of.values()}
    for series_id, *told in rows:
        found[metric_of[series_id]].append(CurvePiece(metric_of[series_id], *told))
    return found
