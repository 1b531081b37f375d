"""Checks promises 1 and 2 on a live store: raw readings, rollups, latest values, rejects and ledger must agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

from cityops.domain.intervals import Interval
from cityops.store.rejects.replay import LEDGER_WORKER
from cityops.store.rollups import ORIGIN

TOLERANCE = 1e-9
"""Relative difference allowed between two sums of the same numbers added in another order."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check: how many items were looked at and how many disagree, with a few examples."""

    check: str
    looked_at: int
    wrong: int
    examples: tuple[str, ...] = ()


_COMPARED = """, compared AS (
        SELECT metric_id, bucket, region_id, finer.n AS finer_n, kept.n AS kept_n,
               finer.n IS NOT DISTINCT FROM kept.n AND finer.min = kept.min AND finer.max = kept.max
               AND abs(finer.sum - kept.sum)
                   <= %(tolerance)s * greatest(1, abs(finer.sum), finer.n * abs(finer.max)) AS agree
        FROM finer FULL JOIN kept USING (metric_id, bucket, region_id)
    )
    SELECT count(*), count(*) FILTER (WHERE agree IS NOT TRUE),
           (array_agg(format('metric %%s, street %%s, %%s: recomputed n %%s, rollup n %%s', metric_id, region_id,
                             bucket, finer_n, kept_n)) FILTER (WHERE agree IS NOT TRUE))[1:5]
    FROM compared
"""

_ROLLUPS = """
    WITH finer AS (
        SELECT metric_id, time_bucket('5 minutes', ts) AS bucket, region.id AS region_id,
               count(*) AS n, sum(value) AS sum, min(value) AS min, max(value) AS max
        FROM reading
        JOIN series ON series.id = series_id
        JOIN device ON device.id = device_id
        JOIN region ON region.code = region_code
        WHERE ts >= (SELECT kept_from FROM retention WHERE relation = 'reading')
        GROUP BY 1, 2, 3
    ), kept AS (
        SELECT * FROM reading_rollup WHERE bucket >= (SELECT kept_from FROM retention WHERE relation = 'reading'))
"""

# What is marked is not made yet, and no question is answered from it.
_COARSER = """
    WITH marked AS MATERIALIZED (
        SELECT date_bin(%(width)s, hour, %(origin)s) AS bucket FROM rollup_touched
        UNION SELECT date_bin(%(width)s, hour, %(origin)s) FROM rollup_unmade
    ), finer AS (
        SELECT metric_id, date_bin(%(width)s, bucket, %(origin)s) AS bucket, region_id,
               sum(n) AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max
        FROM {finer} WHERE date_bin(%(width)s, bucket, %(origin)s) NOT IN (SELECT bucket FROM marked) {part}
        GROUP BY 1, 2, 3
    ), kept AS (SELECT * FROM {kept} WHERE bucket NOT IN (SELECT bucket FROM marked) {part})
"""

# What a clock that ran ahead has sent may be newer than what the device said later with a right clock.
_LATEST = """
    WITH edge AS MATERIALIZED (SELECT kept_from FROM retention WHERE relation = 'reading'),
    newest AS (
        SELECT series_id, max(ts) AS ts, last(value, ts) AS value
        FROM reading WHERE ts >= (SELECT kept_from FROM edge) GROUP BY series_id),
    kept AS (SELECT * FROM reading_latest WHERE ts >= (SELECT kept_from FROM edge)),
    compared AS (
        SELECT series_id, newest.ts AS raw_ts, newest.value AS raw, kept.ts AS kept_ts, kept.value AS kept,
               (newest.ts, newest.value) IS NOT DISTINCT FROM (kept.ts, kept.value) OR coalesce(
                   newest.ts > kept.ts AND newest.ts <= kept.ahead_until AND EXISTS (
                       SELECT FROM reading
                       WHERE reading.series_id = kept.series_id AND (ts, value) = (kept.ts, kept.value)), false
               ) AS agree
        FROM newest FULL JOIN kept USING (series_id)
    )
    SELECT count(*), count(*) FILTER (WHERE NOT agree),
           (array_agg(format('series %%s: raw %%s of %%s, latest %%s of %%s', series_id, raw, raw_ts, kept, kept_ts))
               FILTER (WHERE NOT agree))[1:5]
    FROM compared
"""

_ORPHANS = """
    SELECT count(*), count(*) FILTER (WHERE series.id IS NULL),
           (array_agg(format('series %%s', series_id)) FILTER (WHERE series.id IS NULL))[1:5]
    FROM reading_latest LEFT JOIN series ON series.id = series_id
"""

_REPLAYED = """
    WITH ledger AS (
        SELECT coalesce(sum(stored), 0) AS stored, coalesce(sum(duplicate), 0) AS duplicate
        FROM ingest_ledger WHERE worker = %(replay)s
    ), kept AS (
        SELECT coalesce(sum(stored), 0) AS stored, coalesce(sum(duplicate), 0) AS duplicate
        FROM (SELECT stored, duplicate FROM reject_attempt
              UNION ALL SELECT stored, duplicate FROM reject_dropped) AS either
    )
    SELECT kept.stored + kept.duplicate,
           abs(ledger.stored - kept.stored) + abs(ledger.duplicate - kept.duplicate),
           CASE WHEN ledger <> kept THEN ARRAY[format('ledger %%s stored %%s duplicate, attempts %%s and %%s',
               ledger.stored, ledger.duplicate, kept.stored, kept.duplicate)] END
    FROM ledger, kept
"""

_STATES = """
    WITH compared AS (
        SELECT id, state, attempts, tried, last,
               attempts = coalesce(tried, 0)
               AND (state = 'replayed') = (last IS NOT NULL AND last <> 'refused') AS agree
        FROM reject FULL JOIN (
            SELECT reject_id, count(*) AS tried, (array_agg(outcome ORDER BY attempt DESC))[1] AS last
            FROM reject_attempt GROUP BY reject_id
        ) AS attempt ON reject_id = id
    )
    SELECT count(*), count(*) FILTER (WHERE agree IS NOT TRUE),
           (array_agg(format('reject %%s is %%s after %%s attempts, kept are %%s', id, state, attempts, tried))
               FILTER (WHERE agree IS NOT TRUE))[1:5]
    FROM compared
"""

_ACCOUNTS = """
    SELECT kind, coalesce(sum(stored), 0)::bigint, coalesce(sum(rejected), 0)::bigint,
           coalesce(sum(received - stored - duplicate - rejected), 0)::bigint
    FROM unnest(ARRAY['readings', 'events', 'indicators', 'unknown']) AS kind LEFT JOIN ingest_ledger USING (kind)
    GROUP BY kind ORDER BY kind
"""

_REFUSED = """
    SELECT (SELECT coalesce(sum(refusals), 0) FROM reject WHERE kind = %s)
         + (SELECT coalesce(sum(rejects), 0) FROM reject_dropped WHERE kind = %s)
"""


def verify(connection: psycopg.Connection, progress: Callable[[str], None]) -> list[CheckResult]:
    """Run all checks on one snapshot of the store; `progress` is told the name of each before it begins.

    The ingest may run meanwhile: nothing is locked but the dropping of chunks, which maintenance does the next time.
    The locks come before the snapshot, or a chunk dropped between the two would be missed.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("LOCK TABLE reading, reading_rollup, reject IN ACCESS SHARE MODE")
        findings = [
            _compare(connection, progress, "rollups equal the raw readings", _ROLLUPS + _COMPARED),
            *_coarser(connection, progress),
            _compare(connection, progress, "latest values equal the newest raw readings", _LATEST),
            _compare(connection, progress, "every reading belongs to a series", _ORPHANS),
            _compare(connection, progress, "ledger of replays equals the attempts", _REPLAYED, replay=LEDGER_WORKER),
            _compare(connection, progress, "every reject is in the state of its last attempt", _STATES),
        ]
        progress("ledger equals what is kept")
        return findings + _accounts(connection)


def _coarser(connection: psycopg.Connection, progress: Callable[[str], None]) -> Iterator[CheckResult]:
    still = "AND bucket >= (SELECT kept_from FROM retention WHERE relation = 'reading_rollup')"
    for interval, finer, name, part in (
        (Interval.HOUR, "reading_rollup", "hour rollups equal those of 5 minutes", still),
        (Interval.DAY, "reading_rollup_hour", "day rollups equal those of hours", ""),
    ):
        names = {"finer": finer, "kept": f"reading_rollup_{interval}", "part": part}
        statement = _COARSER.format(**names) + _COMPARED
        yield _compare(connection, progress, name, statement, width=interval.length, origin=ORIGIN)


def _compare(
    connection: psycopg.Connection, progress: Callable[[str], None], name: str, statement: str, **parameters: object
) -> CheckResult:
    progress(name)
    row = connection.execute(statement, {"tolerance": TOLERANCE} | parameters).fetchone()
    assert row is not None
    return CheckResult(name, int(row[0]), int(row[1]), tuple(row[2] or ()))  # sums come as decimals


def _accounts(connection: psycopg.Connection) -> list[CheckResult]:
    findings = []
    kept_by = {
        "readings": "SELECT count(*) + (SELECT dropped FROM retention WHERE relation = 'reading') FROM reading",
        "events": "SELECT count(*) FROM event_history",
        "indicators": "SELECT count(*) FROM indicator_value JOIN source_system ON code = source_system_code"
        " WHERE carries = 'indicators'",
        "unknown": "SELECT 0",
    }
    for kind, stored, rejected, unbalanced in connection.execute(_ACCOUNTS).fetchall():
        kept = _count(connection, kept_by[kind])
        refused = _count(connection, _REFUSED, kind, kind)
        findings += [
            _equal(f"ledger of {kind}: stored equals rows kept", stored, kept),
            _equal(f"ledger of {kind}: rejected equals rejects kept or dropped", rejected, refused),
            CheckResult(f"ledger of {kind}: received = stored + duplicate + rejected", 1, int(unbalanced != 0)),
        ]
    return findings


def _count(connection: psycopg.Connection, statement: str, *parameters: str) -> int:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return int(row[0])


def _equal(name: str, ledger: int, kept: int) -> CheckResult:
    examples = () if ledger == kept else (f"ledger {ledger}, kept {kept}",)
    return CheckResult(name, int(kept), int(abs(ledger - kept)), examples)
