"""Proposes cures for a rule that raises too much, tried on the readings kept of what it is of, or on its alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, Select, func, or_, select, text

from cityops.domain.alarms.cures import Cure, Episode, Readings, cures, cures_by_alarms, is_on_values, telling
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.metrics import Metric, WarningLevel
from cityops.store import tables

MOST_OBJECTS = 20
MOST_READINGS = 300_000
MOST_TELLING = 25_000
MOST_ALARMS = 4_000
"""More are not tried in the seconds that somebody waits for an answer; of readings those that tell anything."""

_alarm, _device = tables.alarm.c, tables.device.c
_FROM_2000 = (datetime(2000, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
_FIELDS = np.dtype([("ts", ">i8"), ("value", ">f8")])


@dataclass(frozen=True, slots=True)
class ConcernedObject:
    """An object that a rule raised alarms of: how many, and what people call it."""

    object: str
    series_id: int | None
    alarms: int
    region_code: str
    device_code: str | None
    device_name_zh: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cures for a rule, and what they were tried on: from when to when, which objects, how many readings."""

    rule: AlarmRule
    start: datetime
    end: datetime
    on_readings: bool
    objects: tuple[ConcernedObject, ...]
    """Those that the cures were tried on, the most frequent first."""
    readings: int
    recorded: int
    """Alarms that were raised of these objects."""
    concerned: "Concerned"
    cures: tuple[Cure, ...]


@dataclass(frozen=True, slots=True)
class Concerned:
    """The objects with the most alarms under a rule, and how many alarms and objects there are in all."""

    objects: tuple[ConcernedObject, ...]
    alarms: int
    of: int


def propose(
    connection: Connection, rule: AlarmRule, metric: Metric | None, start: datetime, end: datetime, *, sees_all: bool
) -> Proposal:
    """Return cures for a rule in force, tried on what is kept of [start, end).

    Retiring it is proposed only to who `sees_all`: elsewhere others may act on its alarms.
    """
    found = concerned(connection, rule.code, start, end)
    acted = acted_on(connection, rule.code, start, end) if sees_all else None
    if metric is None or not is_on_values(rule):
        alarms = raised(connection, rule.code, start, end)
        first = min((one.start for one in alarms), default=start) if len(alarms) == MOST_ALARMS else start
        helpful = cures_by_alarms(rule, metric, alarms, end, acted)
        return Proposal(rule, first, end, False, found.objects, 0, len(alarms), found, tuple(helpful))
    kept_ = kept(connection, rule, metric, found.objects, start, end)
    tried = tuple(one for one in found.objects if one.object in kept_.by_object)
    helpful = cures(rule, metric, kept_.by_object, end, acted)
    first, recorded = kept_.first or start, sum(one.alarms for one in tried)
    return Proposal(rule, first, end, True, tried, kept_.count, recorded, found, tuple(helpful))


def concerned(connection: Connection, rule: str, start: datetime, end: datetime) -> Concerned:
    """Return of what a rule raised alarms within [start, end), the `MOST_OBJECTS` most frequent."""
    counted = (
        _of_rule(select(_alarm.object, func.min(_alarm.id).label("id"), func.count().label("n")), rule, start, end)
        .group_by(_alarm.object)
        .subquery()
    )
    joined = counted.join(tables.alarm, _alarm.id == counted.c.id)
    joined = joined.join(tables.device, _device.id == _alarm.device_id, isouter=True)
    statement = (
        select(
            *(counted.c.object, _alarm.series_id, counted.c.n, _alarm.region_code, _device.code, _device.name_zh),
            *(func.sum(counted.c.n).over(), func.count().over()),
        )
        .select_from(joined)
        .order_by(counted.c.n.desc(), counted.c.object)
        .limit(MOST_OBJECTS)
    )
    rows = connection.execute(statement).all()
    alarms, of = (int(rows[0][-2]), int(rows[0][-1])) if rows else (0, 0)
    return Concerned(tuple(ConcernedObject(*row[:-2]) for row in rows), alarms, of)


_READINGS = text(
    """
    SELECT count(*), string_agg(timestamptz_send(ts) || float8send(value), ''::bytea ORDER BY ts) FROM (
        SELECT ts, value FROM reading WHERE series_id = :series AND ts >= :start AND ts < :end
        ORDER BY ts LIMIT :most) AS found
    """
)


@dataclass(frozen=True, slots=True)
class KeptReadings:
    """Readings kept of some objects, those that tell anything; how many were read, and the first one's time."""

    by_object: dict[str, Readings]
    count: int
    first: datetime | None


def kept(
    connection: Connection,
    rule: AlarmRule,
    metric: Metric,
    objects: Sequence[ConcernedObject],
    start: datetime,
    end: datetime,
) -> KeptReadings:
    """Return the readings kept of these objects, which may be seen; of as many of them as there is room for."""
    found: dict[str, Readings] = {}
    count, telling_, first = 0, 0, None
    for one in objects:
        room = MOST_READINGS - count
        asked = {"series": one.series_id, "start": start, "end": end, "most": room + 1}
        n, packed = connection.execute(_READINGS, asked).one()
        rows = np.frombuffer(packed or b"", _FIELDS)
        micros = rows["ts"].astype(np.int64) + _FROM_2000
        told = telling(rule, metric, micros, rows["value"].astype(np.float64))
        telling_ += len(told)
        if n > room or telling_ > MOST_TELLING:
            break  # half an object would tell of half its alarms
        found[one.object] = told
        count += n
        if n:
            began = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros[0]))
            first = began if first is None else min(first, began)
    return KeptReadings(found, count, first)


def raised(connection: Connection, rule: str, start: datetime, end: datetime) -> list[Episode]:
    """Return the newest `MOST_ALARMS` alarms of a rule within [start, end), by object in order of time."""
    gone = func.coalesce(_alarm.gone_at, _alarm.cleared_at)
    wanted = _of_rule(select(_alarm.object, _alarm.raised_at, gone, _alarm.worst_level), rule, start, end)
    rows = connection.execute(wanted.order_by(_alarm.raised_at.desc()).limit(MOST_ALARMS))
    found = [Episode(of, at, until, WarningLevel(worst)) for of, at, until, worst in rows]
    return sorted(found, key=lambda one: (one.object, one.start))


def acted_on(connection: Connection, rule: str, start: datetime, end: datetime) -> int:
    """Count the alarms of a rule within [start, end) that somebody acknowledged, or made a case of."""
    done = or_(_alarm.acknowledged_at.is_not(None), _alarm.event_id.is_not(None))
    return int(connection.scalar(_of_rule(select(func.count()), rule, start, end).where(done)) or 0)


def _of_rule(statement: Select, rule: str, start: datetime, end: datetime) -> Select:  # type: ignore[type-arg]
    return statement.where(_alarm.rule_code == rule, _alarm.raised_at >= start, _alarm.raised_at < end)
