"""Checks promises 1 and 2 on a live store: raw readings, rollups, latest values, rejects and ledger must agree."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

TOLERANCE = 1e-9
"""Relative difference allowed between two sums of the same numbers added in another order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check: how many items were looked at and how many disagree, with a few examples."""

    check: str
    looked_at: int
    wrong: int
    examples: tuple[str, ...] = ()


_ROLLUPS = """
    WITH raw AS (
        SELECT metric_id, time_bucket('5 minutes', ts) AS bucket, region.id AS region_id,
               count(*) AS n, sum(value) AS sum, min(value) AS min, max(value) AS max
        FROM reading
        JOIN series ON series.id = series_id
        JOIN device ON device.id = device_id
        JOIN region ON region.code = region_code
        GROUP BY 1, 2, 3
    ), compared AS (
        SELECT metric_id, bucket, region_id, raw.n AS raw_n, kept.n AS kept_n,
               raw.n IS NOT DISTINCT FROM kept.n AND raw.min = kept.min AND raw.max = kept.max
               AND abs(raw.sum - kept.sum) <= %(tolerance)s * greatest(1, abs(raw.sum), raw.n * abs(raw.max)) AS agree
        FROM raw FULL JOIN reading_rollup AS kept USING (metric_id, bucket, region_id)
    )
    SELECT count(*), count(*) FILTER (WHERE agree IS NOT TRUE),
           (array_agg(format('metric %%s, street %%s, %%s: raw n %%s, rollup n %%s', metric_id, region_id, bucket,
                             raw_n, kept_n)) FILTER (WHERE agree IS NOT TRUE))[1:5]
    FROM compared
"""

_LATEST = """
    WITH newest AS (SELECT series_id, max(ts) AS ts FROM reading GROUP BY series_id),
    compared AS (
        SELECT series_id, newest.ts AS raw_ts, kept.ts AS kept_ts, newest.ts IS NOT DISTINCT FROM kept.ts AS agree
        FROM newest FULL JOIN reading_latest AS kept USING (series_id)
    )
    SELECT count(*), count(*) FILTER (WHERE NOT agree),
           (array_agg(format('series %%s: raw %%s, latest %%s', series_id, raw_ts, kept_ts))
               FILTER (WHERE NOT agree))[1:5]
    FROM compared
"""

_ORPHANS = """
    SELECT count(*), count(*) FILTER (WHERE series.id IS NULL),
           (array_agg(format('series %%s', series_id)) FILTER (WHERE series.id IS NULL))[1:5]
    FROM reading_latest LEFT JOIN series ON series.id = series_id
"""

_ACCOUNTS = """
    SELECT kind, coalesce(sum(stored), 0)::bigint, coalesce(sum(rejected), 0)::bigint,
           coalesce(sum(received - stored - duplicate - rejected), 0)::bigint
    FROM unnest(ARRAY['readings', 'events', 'unknown']) AS kind LEFT JOIN ingest_ledger USING (kind)
    GROUP BY kind ORDER BY kind
"""


def verify(connection: psycopg.Connection, progress: Callable[[str], None]) -> list[Finding]:
    """Run all checks on one snapshot of the store; `progress` is told the name of each before it begins.

    The ingest may run meanwhile: the snapshot is taken at the first statement and nothing is locked.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        findings = [
            _compare(connection, progress, "rollups equal the raw readings", _ROLLUPS),
            _compare(connection, progress, "latest values equal the newest raw readings", _LATEST),
            _compare(connection, progress, "every reading belongs to a series", _ORPHANS),
        ]
        progress("ledger equals what is kept")
        return findings + _accounts(connection)


def _compare(connection: psycopg.Connection, progress: Callable[[str], None], name: str, statement: str) -> Finding:
    progress(name)
    row = connection.execute(statement, {"tolerance": TOLERANCE}).fetchone()
    assert row is not None
    return Finding(name, row[0], row[1], tuple(row[2] or ()))


def _accounts(connection: psycopg.Connection) -> list[Finding]:
    findings = []
    kept_in = {"readings": "reading", "events": "event_history", "unknown": "reading WHERE false"}
    for kind, stored, rejected, unbalanced in connection.execute(_ACCOUNTS).fetchall():
        kept = _count(connection, f"SELECT count(*) FROM {kept_in[kind]}")  # noqa: S608 - one of the three above
        refused = _count(connection, "SELECT count(*) FROM reject WHERE kind = %s", kind)
        findings += [
            _equal(f"ledger of {kind}: stored equals rows kept", stored, kept),
            _equal(f"ledger of {kind}: rejected equals rows in reject", rejected, refused),
            Finding(f"ledger of {kind}: received = stored + duplicate + rejected", 1, int(unbalanced != 0)),
        ]
    return findings


def _count(connection: psycopg.Connection, statement: str, *parameters: str) -> int:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return int(row[0])


def _equal(name: str, ledger: int, kept: int) -> Finding:
    examples = () if ledger == kept else (f"ledger {ledger}, kept {kept}",)
    return Finding(name, kept, abs(ledger - kept), examples)
