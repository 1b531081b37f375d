"""Reads what was annunciated to a seat over a period, as columns, and names what its load tells of.

The seat is whoever asks: row security shows the alarms of its scope and no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping, func, select, text, tuple_

from cityops.domain.alarms.load import NEVER, AlarmLoad, Annunciations, named, weigh
from cityops.domain.regions import is_city
from cityops.store import tables

MOST = 500_000
"""Alarms that are weighed; where there are more the period begins later."""

LOOKBACK = timedelta(days=30)
"""So long before the period an alarm that ended within it may have been raised and still count as stale."""

_alarm, _device, _rule = tables.alarm.c, tables.device.c, tables.alarm_rule.c

_GONE = "coalesce(gone_at, cleared_at, 'infinity')"
_MINE = "(%(place)s::text IS NULL OR starts_with(region_code, %(place)s))"

# Columns as PostgreSQL sends them, so that numpy takes them as they come.
_PACKED = f"""
SELECT count(*), string_agg(timestamptz_send(raised_at), ''), string_agg(timestamptz_send({_GONE}), ''),
    string_agg(int8send(hashtextextended(object, rule)), ''), string_agg(int8send(rule), ''),
    string_agg(int8send(id), ''), string_agg(int2send(priority), ''),
    string_agg(boolsend(quiet IS NOT NULL AND coalesce(quiet_by, '') = ''), ''), string_agg(boolsend(chattering), '')
FROM (
    SELECT *, hashtextextended(rule_code, 0) AS rule FROM alarm
    WHERE {{wanted}} AND NOT drill AND {_MINE} LIMIT {MOST + 1}) AS found
"""  # noqa: S608 - what is put in are the conditions here
_KINDS = (">i8", ">i8", ">i8", ">i8", ">i8", ">i2", "?", "?")

_INSIDE = _PACKED.format(wanted="raised_at >= %(start)s AND raised_at < %(end)s")

# Of before the period what stood for more than a day, and into it.
_BEFORE = _PACKED.format(
    wanted=f"""raised_at < %(start)s AND (cleared_at IS NULL AND gone_at IS NULL OR raised_at >= %(lookback)s
        AND {_GONE} > %(start)s AND {_GONE} > raised_at + interval '1 day')"""
)

# In the turn that raised it, and at its very instant: it was never heard. One that was let be heard again later has
# nothing in `quiet` and counts from its raising. Looked up one by one: the journal is never read whole.
_UNHEARD = f"""
SELECT string_agg(int8send(id), '') FROM alarm CROSS JOIN LATERAL (
    SELECT FROM alarm_change WHERE alarm_id = alarm.id AND kind = alarm.quiet AND at = raised_at LIMIT 1) AS kept
WHERE raised_at >= %(lookback)s AND raised_at < %(end)s
    AND quiet IN ('suppressed', 'out_of_service') AND quiet_by <> '' AND NOT drill AND {_MINE}
"""  # noqa: S608 - what is put in is the condition above
_FIELDS = np.dtype(
    [
        *((name, np.int64) for name in ("at", "gone", "alarm", "rule", "id", "priority")),
        *((name, np.bool_) for name in ("unauthorised", "chattering")),
    ]
)
Rows = NDArray[np.void]
_FROM_2000 = (datetime(2000, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
"""µs from 1970, which we count from, to 2000, which PostgreSQL does."""


@dataclass(frozen=True, slots=True)
class SeatLoad:
    """The load of a seat, and of how many alarms it was never told for they were quiet from the first.

    `objects` tells what is known of the most frequent alarms, by rule and object, `rules` of the worst rules by code.
    """

    load: AlarmLoad
    kept_quiet: int
    objects: Mapping[tuple[str, str], RowMapping]
    rules: Mapping[str, RowMapping]


def load(connection: Connection, region: str | None, start: datetime, end: datetime) -> SeatLoad:
    """Return the load of what may be seen, or of a region in it, within [start, end).

    Of more than `MOST` alarms the newest are weighed, and the period begins with the first of these.
    """
    asked = {"start": start, "end": end, "lookback": start - LOOKBACK, "place": _place(region)}
    raised, inside = _rows(connection, _INSIDE, asked)
    if raised > MOST:
        return load(connection, region, _first_of_newest(connection, asked), end)
    _, before = _rows(connection, _BEFORE, asked)
    unheard = np.frombuffer(_binary(connection, _UNHEARD, asked)[0] or b"", ">i8")
    heard = inside[~np.isin(inside["id"], unheard)]
    rows = np.concatenate([heard, before[~np.isin(before["id"], unheard)]])
    weighed = weigh(_columns(rows), start, end, uncontrolled_changes(connection, start, end))
    alarms = {number: _one_of(rows, "alarm", number) for number, *_ in weighed.frequent}
    rules = {number: _one_of(rows, "rule", number) for number, _ in weighed.worst_rules}
    known = _known(connection, [*alarms.values(), *rules.values()])
    keys = {number: (known[one]["rule_code"], known[one]["object"]) for number, one in alarms.items()}
    codes: dict[int, str] = {number: known[one]["rule_code"] for number, one in rules.items()}
    objects = {keys[number]: known[one] for number, one in alarms.items()}
    named_ = named(weighed, keys, codes)
    return SeatLoad(named_, raised - len(heard), objects, _rules(connection, [*codes.values()]))


def _first_of_newest(connection: Connection, asked: Mapping[str, object]) -> datetime:
    """Return the time of raising of which, and after which, there are no more than are weighed."""
    newest = f"""SELECT raised_at FROM alarm WHERE raised_at < %(end)s AND NOT drill AND {_MINE}
        ORDER BY raised_at DESC OFFSET {MOST} LIMIT 1"""  # noqa: S608 - what is put in is the condition above
    last_left_out: datetime = _binary(connection, newest, asked)[0]
    return last_left_out + timedelta(microseconds=1)


def kept_since(connection: Connection) -> datetime | None:
    """Return since when alarms can have been raised: the first rule was set; None where none ever was."""
    since: datetime | None = connection.scalar(select(func.min(_rule.since)))
    return since


_UNCONTROLLED = text(
    """
    SELECT count(*) FROM (
        SELECT since AS at FROM alarm_rule WHERE set_by <> 'cityops'
        UNION ALL
        SELECT until FROM alarm_rule AS ended WHERE until IS NOT NULL AND NOT EXISTS (
            SELECT FROM alarm_rule AS next WHERE next.code = ended.code AND next.version = ended.version + 1)
    ) AS changed
    WHERE at >= :start AND at < :end AND NOT EXISTS (
        SELECT FROM audit WHERE action = 'alarm_rules:import' AND outcome = 'done'
            AND audit.at >= changed.at AND audit.at < changed.at + interval '5 minutes')
    """
)
"""An import writes its line of the audit in the transaction whose beginning is the time of all that it changes."""


def uncontrolled_changes(connection: Connection, start: datetime, end: datetime) -> int:
    """Count the rules that were set or taken out within [start, end) by anything but the audited import."""
    return int(connection.execute(_UNCONTROLLED, {"start": start, "end": end}).scalar_one())


def _place(region: str | None) -> str | None:
    """Return with what the codes in a region begin; None for the city."""
    return None if region is None or is_city(region) else region


def _rows(connection: Connection, statement: str, asked: Mapping[str, object]) -> tuple[int, Rows]:
    """Return how many alarms a statement found, and what is needed of each."""
    count, *packed = _binary(connection, statement, asked)
    rows = np.empty(count, _FIELDS)
    for name, kind, column in zip(_FIELDS.names or (), _KINDS, packed, strict=True):
        rows[name] = np.frombuffer(column or b"", kind)
    return count, rows


def _binary(connection: Connection, statement: str, asked: Mapping[str, object]) -> tuple[Any, ...]:
    """Return the one row of a statement in the database's binary form: megabytes are not to be written in digits."""
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(statement, asked).fetchone() or ()


def _columns(rows: Rows) -> Annunciations:
    gone = rows["gone"].copy()
    gone[gone != NEVER] += _FROM_2000
    names = ("alarm", "rule", "priority", "unauthorised", "chattering")
    return Annunciations(rows["at"] + _FROM_2000, gone, *(rows[name] for name in names))


def _one_of(rows: Rows, column: str, number: int) -> int:
    """Return the id of one of the alarms that have a number in a column."""
    return int(rows["id"][np.argmax(rows[column] == number)])


def _known(connection: Connection, ids: list[int]) -> dict[int, RowMapping]:
    joined = tables.alarm.join(tables.device, _device.id == _alarm.device_id, isouter=True)
    columns = (_alarm.id, _alarm.rule_code, _alarm.object, _alarm.metric, _alarm.region_code)
    named_ = (_device.code.label("device_code"), _device.name_zh.label("device_name_zh"))
    rows = connection.execute(select(*columns, *named_).select_from(joined).where(_alarm.id.in_(ids)))
    return {row["id"]: row for row in rows.mappings()}


def _rules(connection: Connection, codes: list[str]) -> dict[str, RowMapping]:
    """Return the newest version of each of these rules."""
    newest = select(_rule.code, func.max(_rule.version)).where(_rule.code.in_(codes)).group_by(_rule.code)
    statement = select(
        _rule.code,
        _rule.definition["name_zh"].astext.label("name_zh"),
        _rule.definition["name_en"].astext.label("name_en"),
        _rule.until.is_(None).label("in_force"),
    )
    rows = connection.execute(statement.where(tuple_(_rule.code, _rule.version).in_(newest)))
    return {row["code"]: row for row in rows.mappings()}
