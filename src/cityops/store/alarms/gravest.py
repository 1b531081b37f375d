"""Reads where the gravest open alarms are, who has their cases, and what their devices said shortly before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, case, func, select, text

from cityops.domain.alarms.situation import GRAVE, AlarmCaseHeld
from cityops.domain.regions import prefix
from cityops.store import tables
from cityops.store.alarms.queries import IS_HEARD
from cityops.store.events.queries import IS_OPEN

_alarm, _device, _event, _newest = tables.alarm.c, tables.device.c, tables.event.c, tables.reading_latest.c


def places(
    connection: Connection, region: str, first: tuple[str, bool] | None, now: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return the open alarms of devices in a region, the gravest first, with the newest reading and the case of each.

    Of one level those of the rule `first` come before others, the worst reading before those (the lowest where the
    flag says so), and symptoms last; of other rules what nobody has acknowledged, then what has stood longest.
    """
    value = func.coalesce(_newest.value, _alarm.value_worst)
    rule, low = first or ("", False)
    leads = and_(_alarm.rule_code == rule, _alarm.symptom_of.is_(None))
    worst = case((leads, -value if low else value))
    columns = (
        *(_alarm[name] for name in ("id", "rule_code", "metric", "level", "region_code", "series_id")),
        *(_alarm.event_id, _alarm.drill),
        *(_alarm.onset.label("since"), _alarm.acknowledged_at.is_not(None).label("acknowledged")),
        *(_device.lon, _device.lat, _device.code.label("device_code"), _device.name_zh),
        *(value.label("value"), func.coalesce(_newest.received_at, _newest.ts).label("ts"), leads.label("leads")),
        *(_event.external_id, _event.unit_kind, _event.unit_code, _event.status),
        func.coalesce(_event.due_at <= now, False).label("overdue"),
    )
    whole = (
        tables.alarm.join(tables.device, _device.id == _alarm.device_id)
        .join(tables.reading_latest, _newest.series_id == _alarm.series_id, isouter=True)
        .join(tables.event, and_(_event.id == _alarm.event_id, IS_OPEN), isouter=True)
    )
    order = (_alarm.level.desc(), leads.desc(), worst.desc().nulls_last())
    statement = select(*columns).select_from(whole).where(IS_HEARD, _alarm.region_code.startswith(prefix(region)))
    return (
        connection.execute(
            statement.order_by(*order, _alarm.acknowledged_at.is_not(None), _alarm.onset, _alarm.id).limit(limit)
        )
        .mappings()
        .all()
    )


def cases_held(connection: Connection, now: datetime) -> list[AlarmCaseHeld]:
    """Return the open cases that were made of grave alarms, once for each region, rule and level of these."""
    columns = (
        *(_alarm.region_code, _alarm.rule_code, _alarm.level, _event.id),
        *(_event.unit_kind, _event.unit_code, _event.status),
        func.coalesce(_event.due_at <= now, False),
    )
    grave = (IS_HEARD, _alarm.level >= GRAVE, _alarm.symptom_of.is_(None))
    joined = tables.alarm.join(tables.event, and_(_event.id == _alarm.event_id, IS_OPEN))
    rows = connection.execute(select(*columns).distinct().select_from(joined).where(*grave))
    return [AlarmCaseHeld(*row) for row in rows]


_MEANS = text("""
SELECT asked.series_id, found.mean FROM unnest(CAST(:series AS int[])) AS asked (series_id) CROSS JOIN LATERAL (
    SELECT avg(value) AS mean FROM reading
    WHERE reading.series_id = asked.series_id AND ts >= :start AND ts < :end) AS found
WHERE found.mean IS NOT NULL
""")


def means(connection: Connection, series: Sequence[int], start: datetime, end: datetime) -> dict[int, float]:
    """Return the mean of each of these series over a period; one without readings is left out."""
    rows = connection.execute(_MEANS, {"series": list(series), "start": start, "end": end})
    return {row.series_id: row.mean for row in rows}
