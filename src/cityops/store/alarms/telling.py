"""What is told of alarms in groups: tracks and notices as the job writes them, the newest notices as one sees them.

A notice is kept in parts by rule, region and source, and each part has the policy of its alarms: whoever may see a
street is told of the street.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, RowMapping, text

from cityops.domain.alarms.grouping import GroupTrack
from cityops.domain.metrics import WarningLevel

TOLD_FOR = timedelta(days=1)
"""Older notices are not told any more, only kept."""


@dataclass(frozen=True, slots=True)
class NoticePart:
    """What a notice tells of the alarms of one rule in one region from one source; `alarm_id` is the gravest."""

    kind: str
    rule_code: str
    region_code: str
    source_system_code: str | None
    level: int
    n: int
    n_new: int
    n_graver: int
    n_gone: int
    unacknowledged: int
    waiting_since: datetime | None
    alarm_id: int | None


def tracks(cursor: psycopg.Cursor) -> dict[str, GroupTrack]:
    """Return what is remembered of each group."""
    rows = cursor.execute("SELECT key, look_at, told_at, told FROM alarm_group")
    return {
        key: GroupTrack(look_at, told_at, {int(one): WarningLevel(level) for one, level in told.items()})
        for key, look_at, told_at, told in rows
    }


_KEEP = """
INSERT INTO alarm_group AS kept (key, look_at, told_at, told)
SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[])
ON CONFLICT (key) DO UPDATE SET look_at = excluded.look_at, told_at = excluded.told_at, told = excluded.told
"""


def keep(cursor: psycopg.Cursor, kept: Mapping[str, GroupTrack], gone: Sequence[str]) -> None:
    """Remember groups as they are now, and forget those that are over.

    Raises
    ------
    psycopg.errors.SerializationFailure
        Another process has looked at one of them meanwhile; what this one was about to tell is told.
    """
    if kept:
        told = [Jsonb({str(number): int(level) for number, level in one.told.items()}) for one in kept.values()]
        columns = [[one.look_at for one in kept.values()], [one.told_at for one in kept.values()], told]
        cursor.execute(_KEEP, [list(kept), *columns])
    if gone:
        cursor.execute("DELETE FROM alarm_group WHERE key = ANY(%s)", [list(gone)])


def places(cursor: psycopg.Cursor, alarms: Iterable[int]) -> dict[int, tuple[str, str, str | None]]:
    """Return rule, region and source of alarms that have gone."""
    rows = cursor.execute(
        "SELECT id, rule_code, region_code, source_system_code FROM alarm WHERE id = ANY(%s)", [list(alarms)]
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


_COLUMNS = [one.name for one in fields(NoticePart)]


def tell(cursor: psycopg.Cursor, parts: Sequence[NoticePart], now: datetime) -> None:
    """Write a notice."""
    row = cursor.execute("SELECT nextval(pg_get_serial_sequence('alarm_notice', 'id'))").fetchone()
    assert row is not None
    names, values = ", ".join(_COLUMNS), ", ".join(["%s"] * len(_COLUMNS))
    cursor.executemany(
        f"INSERT INTO alarm_notice (id, part, at, {names}) VALUES (%s, %s, %s, {values})",  # noqa: S608 - names of fields
        [
            [row[0], number, now, *(getattr(part, name) for name in _COLUMNS)]
            for number, part in enumerate(parts, start=1)
        ],
    )


# A notice is one's own where something of it changed that one may see: of a change next door nothing is said.
_NEWEST = """
WITH newest AS (
    SELECT id FROM alarm_notice WHERE id > :after AND at > now() - :told_for
    GROUP BY id HAVING bool_or(kind = 'repeated') OR sum(n_new + n_graver + n_gone) > 0
    ORDER BY id DESC LIMIT :limit
)
SELECT notice.*, rule.class AS alarm_class, rule.metric, definition ->> 'name_zh' AS name_zh,
    definition ->> 'name_en' AS name_en
FROM alarm_notice AS notice JOIN newest USING (id) LEFT JOIN LATERAL (
    SELECT class, metric, definition FROM alarm_rule WHERE code = rule_code ORDER BY version DESC LIMIT 1
) AS rule ON true
ORDER BY notice.id DESC, level DESC, n DESC, part
"""


def newest(connection: Connection, after: int, limit: int) -> Sequence[RowMapping]:
    """Return the parts of the newest notices after one, as far as they may be seen, each notice's gravest first."""
    asked: dict[str, Any] = {"after": after, "limit": limit, "told_for": TOLD_FOR}
    return connection.execute(text(_NEWEST), asked).mappings().all()


MOST_AT_ONCE = 10_000
"""Rows of one transaction, so that none is long."""

_OLD = (
    ("alarm_notice", "at < %(before)s"),
    ("alarm_late", "noted_at < %(before)s"),
    (
        "alarm_change",
        "at < %(audited_before)s AND EXISTS"
        " (SELECT FROM alarm WHERE alarm.id = alarm_id AND cleared_at < %(audited_before)s)",
    ),
)
"""What is too old; of the journal only lines of alarms that have long cleared."""


def forgettable(connection: psycopg.Connection, before: datetime, audited_before: datetime) -> int:
    """Return how many rows `forget` would delete."""
    asked = {"before": before, "audited_before": audited_before}
    rows = [connection.execute(f"SELECT count(*) FROM {table} WHERE {old}", asked).fetchone() for table, old in _OLD]  # noqa: S608 - constants
    return sum(row[0] for row in rows if row)


def forget(connection: psycopg.Connection, before: datetime, audited_before: datetime) -> int:
    """Delete notices and late readings of before a time, and lines of the journal of before another; return how many.

    The database refuses to delete lines of the journal of the last 179 days, whoever asks.
    """
    deleted = 0
    asked = {"before": before, "audited_before": audited_before}
    for table, old in _OLD:
        some = f"SELECT ctid FROM {table} WHERE {old} LIMIT {MOST_AT_ONCE}"  # noqa: S608 - constants
        statement = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY({some}))"  # noqa: S608 - constants
        while (count := connection.execute(statement, asked).rowcount) > 0:
            deleted += count
    return deleted
