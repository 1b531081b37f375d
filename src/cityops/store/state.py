"""Reads what a region's state is computed from: the newest reading of each series, and a day of rollups.

Raw readings are never touched, so the cost does not grow with history. The newest readings come as three arrays
in PostgreSQL's binary form, which NumPy reads in place: a quarter of a million series in well under 0.1 s.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from sqlalchemy import ARRAY, Connection, DateTime, Integer, RowMapping, bindparam, select, text

from cityops.domain.readings import ROLLUP_BUCKET
from cityops.domain.rollups import RollupTable
from cityops.domain.state import Floats, Ints, Registry, region_slice
from cityops.reference import CITY_CODE
from cityops.store import tables
from cityops.store.metrics import metrics

TREND_STEP = timedelta(minutes=30)
TREND_STEPS = 48

_POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01 UTC, from which PostgreSQL's binary times count
_ARRAY_HEADER_BYTES = 20
_ELEMENT = {"int4": ">i4", "timestamptz": ">i8", "float8": ">f8"}


class _Bytes(Loader):
    """Hands over an array as the bytes it came in."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _columns(
    connection: Connection, statement: str, *types: str, parameters: dict[str, object] | None = None
) -> list[NDArray[Any]]:
    """Run a statement whose single row holds one array without nulls per type, and return the arrays."""
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor(binary=True) as cursor:
        for name in set(types):
            cursor.adapters.register_loader(psycopg.adapters.types[name].array_oid, _Bytes)
        row = cursor.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return [_array(data, _ELEMENT[name]) for data, name in zip(row, types, strict=True)]


def _array(data: bytes | None, element: str) -> NDArray[Any]:
    cells = np.dtype([("bytes", ">i4"), ("value", element)])
    return np.frombuffer(data or b"", cells, offset=_ARRAY_HEADER_BYTES if data else 0)["value"]


def registry(connection: Connection) -> Registry:
    """Read the registered devices and series, and the metrics and regions they belong to."""
    declared = metrics(connection)
    rows = connection.execute(select(tables.region.c.code, tables.region.c.id))
    region_id = dict(sorted((row.code, row.id) for row in rows))
    # Series first: a device that is registered between the two statements has none of these series.
    series_id, of_device, metric_id = _columns(
        connection, "SELECT array_agg(id), array_agg(device_id), array_agg(metric_id::int) FROM series", *["int4"] * 3
    )
    device_id, device_region, interval_s = _columns(
        connection,
        """
        SELECT array_agg(device.id ORDER BY device.id), array_agg(region.id::int ORDER BY device.id),
               array_agg(expected_interval_s ORDER BY device.id)
        FROM device JOIN region ON region.code = region_code
        """,
        *["int4"] * 3,
    )
    metric = _places(tuple(declared))[metric_id]
    region = _places(tuple(region_id.values()))[device_region]
    device = np.searchsorted(device_id, of_device)
    order = np.lexsort((region[device], metric))
    return Registry(
        tuple(declared.values()),
        tuple(declared),
        tuple(region_id),
        tuple(region_id.values()),
        series_id=series_id[order].astype(np.int64),
        metric=metric[order],
        region=region[device][order],
        device=device[order],
        device_id=device_id.astype(np.int64),
        device_region=region,
        device_interval=interval_s.astype(np.int64) * 1_000_000,
    )


def latest(connection: Connection) -> tuple[Ints, Ints, Floats]:
    """Return the newest readings as columns: series id, time in µs since 1970, value.

    The time is that of the reading, or of its receipt where the device's clock runs ahead.
    """
    series, ts, value = _columns(
        connection,
        "SELECT array_agg(series_id), array_agg(coalesce(received_at, ts)), array_agg(value) FROM reading_latest",
        "int4",
        "timestamptz",
        "float8",
    )
    return series.astype(np.int64), ts.astype(np.int64) + _POSTGRES_EPOCH_US, value.astype(np.float64)


class PastKept(NamedTuple):
    """Since when what is kept: readings, their sums by five minutes, what cases and alarms were."""

    readings: datetime | None
    rollups: datetime | None
    versions: datetime
    """Since when changes of cases and alarms leave what was before; of earlier ones only steps and journal tell."""

    def has_readings(self, at: datetime) -> bool:
        """Tell whether no reading of a moment is gone: they go further back, or as far as their sums."""
        if self.readings is None or self.rollups is None:
            return self.rollups is None
        return self.readings <= at or self.readings - ROLLUP_BUCKET < self.rollups


def past_kept(connection: Connection) -> PastKept:
    """Return since when what is kept; None where there is nothing yet."""
    row = connection.execute(
        text(
            """
            WITH gone AS (SELECT relation, kept_from FROM retention)
            SELECT greatest((SELECT ts FROM reading ORDER BY ts LIMIT 1),
                            (SELECT kept_from FROM gone WHERE relation = 'reading')),
                   greatest((SELECT bucket FROM reading_rollup ORDER BY bucket LIMIT 1),
                            (SELECT kept_from FROM gone WHERE relation = 'reading_rollup')),
                   past.since()
            """
        )
    ).one()
    return PastKept(*row)


def is_packed(connection: Connection, at: datetime) -> bool:
    """Tell whether the readings of a moment lie in the columnstore, where one of each series is far to seek."""
    return bool(
        connection.scalar(
            text(
                "SELECT bool_or(is_compressed) FROM timescaledb_information.chunks"
                " WHERE hypertable_name = 'reading' AND range_start <= :at AND range_end > :at"
            ),
            {"at": at},
        )
    )


def registered(connection: Connection, at: datetime) -> NDArray[np.int64]:
    """Return the ids of the devices that were registered by then, in order."""
    (ids,) = _columns(
        connection,
        "SELECT array_agg(id ORDER BY id) FROM device WHERE registered_at <= %(at)s",
        "int4",
        parameters={"at": at},
    )
    return ids.astype(np.int64)


class SumSpan(NamedTuple):
    """From when on rollups of a metric count as fresh, and as late."""

    metric_id: int
    fresh_from: datetime
    late_from: datetime


def streets_of_sums(connection: Connection, spans: Sequence[SumSpan]) -> dict[int, int]:
    """Return of how many streets there are rollups in the fresh span of each metric."""
    statement = text(
        "SELECT span.metric_id, count(DISTINCT region_id)"
        " FROM unnest(:metrics, :fresh) AS span (metric_id, fresh_from)"
        " JOIN reading_rollup ON reading_rollup.metric_id = span.metric_id AND bucket >= fresh_from"
        " WHERE bucket >= :oldest GROUP BY 1"  # so that the planner looks at few chunks, not at a year of them
    )
    statement = statement.bindparams(
        bindparam("oldest", min(span.fresh_from for span in spans), DateTime(timezone=True)),
        bindparam("metrics", [span.metric_id for span in spans], ARRAY(Integer)),
        bindparam("fresh", [span.fresh_from for span in spans], ARRAY(DateTime(timezone=True))),
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def sums_before(connection: Connection, spans: Sequence[SumSpan]) -> tuple[Ints, Ints, list[Floats], Ints]:
    """Sum the rollups by metric and street, once over the fresh and once over the late span of each metric.

    Returned are ids of metrics and regions, n, sum, min, max of both spans, and the end of the newest bucket in µs.
    """
    metric, region, *sums, newest = _columns(
        connection,
        """
        WITH found AS (
            SELECT span.metric_id, region_id, bucket >= fresh_from AS is_fresh, bucket, n, sum, min, max
            FROM unnest(%(metrics)s::int[], %(fresh)s::timestamptz[], %(late)s::timestamptz[])
                    AS span (metric_id, fresh_from, late_from)
                JOIN reading_rollup ON reading_rollup.metric_id = span.metric_id AND bucket >= late_from
            WHERE bucket >= %(oldest)s -- so that the planner looks at few chunks, not at a year of them
        ), summed AS (
            SELECT metric_id, region_id,
                   coalesce(sum(n) FILTER (WHERE is_fresh), 0)::float8 AS n,
                   coalesce(sum(sum) FILTER (WHERE is_fresh), 0) AS sum,
                   coalesce(min(min) FILTER (WHERE is_fresh), 'Infinity') AS min,
                   coalesce(max(max) FILTER (WHERE is_fresh), '-Infinity') AS max,
                   sum(n)::float8 AS all_n, sum(sum) AS all_sum, min(min) AS all_min, max(max) AS all_max,
                   max(bucket) + interval '5 minutes' AS newest
            FROM found GROUP BY metric_id, region_id
        )
        SELECT array_agg(metric_id::int), array_agg(region_id::int), array_agg(n), array_agg(sum), array_agg(min),
               array_agg(max), array_agg(all_n), array_agg(all_sum), array_agg(all_min), array_agg(all_max),
               array_agg(newest)
        FROM summed
        """,
        *["int4"] * 2,
        *["float8"] * 8,
        "timestamptz",
        parameters={
            "metrics": [span.metric_id for span in spans],
            "fresh": [span.fresh_from for span in spans],
            "late": [span.late_from for span in spans],
            "oldest": min(span.late_from for span in spans),
        },
    )
    return metric.astype(np.int64), region.astype(np.int64), sums, newest.astype(np.int64) + _POSTGRES_EPOCH_US


def trend(
    connection: Connection, registry: Registry, now: datetime, *, steps: int = TREND_STEPS, street: str | None = None
) -> RollupTable:
    """Return the last `steps` half hours, the last one still running.

    One pass serves the city and all districts, whose cells it fills; with `street`, only that street's.
    """
    width = TREND_STEP.total_seconds()
    running = datetime.fromtimestamp(now.timestamp() // width * width, UTC)
    start = running - (steps - 1) * TREND_STEP
    return _rollups(connection, registry, (start, TREND_STEP, steps), street=street, fold=street is None)


def street_hours(
    connection: Connection, registry: Registry, start: datetime, hours: int, *, are_made: bool
) -> RollupTable:
    """Return so many hours from a time on, street by street; from the rollups of hours where these are made."""
    table = "reading_rollup_hour" if are_made else "reading_rollup"
    return _rollups(connection, registry, (start, timedelta(hours=1), hours), street=None, fold=False, table=table)


def first_rollup(connection: Connection, since: datetime) -> datetime | None:
    """Return the first 5-minute bucket from a time on in which anything was read; None: there is none."""
    statement = text(
        "SELECT min(found.bucket) FROM metric CROSS JOIN LATERAL ("
        "SELECT bucket FROM reading_rollup WHERE metric_id = metric.id AND bucket >= :since ORDER BY bucket LIMIT 1"
        ") AS found"
    )
    first: datetime | None = connection.execute(statement, {"since": since}).scalar()
    return first


def trend_by_hours(
    connection: Connection, registry: Registry, now: datetime, *, street: str | None = None
) -> RollupTable:
    """Return the last day as `trend` does, in hours: a tenth of the rows, for a day that nobody asked for before.

    The last two, of which the second is still running, are summed from five minutes: hours are made some time later.
    """
    hour = timedelta(hours=1)
    running = datetime.fromtimestamp(now.timestamp() // 3600 * 3600, UTC)
    fold = street is None
    whole = _rollups(
        connection, registry, (running - 23 * hour, hour, 24), street=street, fold=fold, table="reading_rollup_hour"
    )
    return whole.renewed(_rollups(connection, registry, (running - hour, hour, 2), street=street, fold=fold))


def around(connection: Connection, registry: Registry, then: datetime) -> RollupTable:
    """Return, street by street, the ten minutes around an instant: the 5-minute bucket it lies in and that before."""
    width = ROLLUP_BUCKET.total_seconds()
    middle = datetime.fromtimestamp(then.timestamp() // width * width, UTC)
    return _rollups(connection, registry, (middle - ROLLUP_BUCKET, 2 * ROLLUP_BUCKET, 1), street=None, fold=False)


def readings_per_s(connection: Connection, now: datetime) -> float | None:
    """Return the mean rate of readings dated into the last full five-minute bucket, None where there are none."""
    width = ROLLUP_BUCKET.total_seconds()
    bucket = datetime.fromtimestamp(now.timestamp() // width * width, UTC) - ROLLUP_BUCKET
    statement = text(
        "SELECT sum(n) FROM reading_rollup WHERE metric_id IN (SELECT id FROM metric) AND bucket = :bucket"
    )
    n = connection.execute(statement, {"bucket": bucket}).scalar()
    return None if n is None else float(n) / width


def readings_by_day(connection: Connection, since: datetime, today: datetime) -> Sequence[RowMapping]:
    """Return how many kept readings are dated into each day from `since` on, by district, as rollups have them.

    Days that are over come from the rollups of days, `today` from those of its hours that are over.
    """
    statement = text(
        """
        SELECT day, left(region.code, 6) AS district, sum(n)::bigint AS readings, max(until) AS until
        FROM (SELECT bucket AS day, region_id, n, NULL::timestamptz AS until FROM reading_rollup_day
              WHERE metric_id IN (SELECT id FROM metric) AND bucket >= :since AND bucket < :today
              UNION ALL
              SELECT :today, region_id, n, bucket + interval '1 hour' FROM reading_rollup_hour
              WHERE metric_id IN (SELECT id FROM metric) AND bucket >= :today) AS dated
        JOIN region ON region.id = region_id
        GROUP BY day, district
        """
    )
    return connection.execute(statement, {"since": since, "today": today}).mappings().all()


def _rollups(
    connection: Connection,
    registry: Registry,
    steps: tuple[datetime, timedelta, int],
    *,
    street: str | None,
    fold: bool,
    table: str = "reading_rollup",
) -> RollupTable:
    """Sum rollups by metric, step and region; `fold` adds streets up to their district, `street` keeps only one."""
    start, step, count = steps
    metric, index, region, *sums = _columns(
        connection,
        f"""
        WITH binned AS (
            SELECT metric_id, date_bin(%(step)s, bucket, %(start)s) AS bin, up.id AS region_id,
                   sum(n::float8) AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max
            FROM {table} AS reading_rollup
            JOIN region ON region.id = region_id
            JOIN region AS up ON up.code = {"left(region.code, 6)" if fold else "region.code"}
            WHERE metric_id = ANY(%(metrics)s) AND bucket >= %(start)s AND bucket < %(end)s
                {"AND region.code = %(street)s" if street else ""}
            GROUP BY 1, 2, 3
        )
        SELECT array_agg(metric_id::int), array_agg(extract(epoch FROM bin - %(start)s)::int),
               array_agg(region_id::int),
               array_agg(n), array_agg(sum), array_agg(min), array_agg(max)
        FROM binned
        """,  # noqa: S608 - what is put in are the constants in these lines
        *["int4"] * 3,
        *["float8"] * 4,
        parameters={
            "start": start,
            "end": start + count * step,
            "step": step,
            "metrics": list(registry.metric_ids),
            "street": street,
        },
    )
    # Of one street only that one is kept: there are 176 of them, and the whole is 9 MB.
    cut = region_slice(registry.regions, street or CITY_CODE)
    shape = (len(registry.metrics), count, cut.stop - cut.start)
    places = (
        _places(registry.metric_ids)[metric],
        index // int(step.total_seconds()),
        _places(registry.region_ids)[region] - cut.start,
    )
    return RollupTable.filled(start, step, shape, places, sums, cut.start)


def _places(ids: Sequence[int]) -> Ints:
    """Return the position of each id in `ids`, by id."""
    places = np.full(max(ids, default=0) + 1, -1, dtype=np.int64)
    places[list(ids)] = np.arange(len(ids))
    return places
