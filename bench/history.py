"""Makes worlds: a database each, with a registered fleet and a past of readings, rollups and accounts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psycopg
from rich.progress import Progress

from bench import copying
from bench.harness import Bench, World
from bench.memory import free_disk_bytes
from bench.workload import Workload, devices_and_probes, metrics_of_kinds, workload
from cityops.clock import utc_now
from cityops.domain.readings import ROLLUP_BUCKET
from cityops.errors import CityopsError
from cityops.store import registry
from cityops.store.readings import ReadingColumns

DAY_S = 86_400
STEP_S = 6 * 3_600
"""How much past is made at a time: whole rollup buckets, and few enough rows for memory."""

BEFORE_NOW_S = 2 * 3_600
"""The past ends this long ago: room for the readings that are then sent, none of them in the future."""

BYTES_PER_READING = 300
"""Disk that a reading takes while it is made: 100 bytes, as much for its rollup, the rest for the log of both."""

_BUCKET_US = int(ROLLUP_BUCKET.total_seconds()) * 1_000_000


def cadence_s(series: int, small_history: int) -> float:
    """Return the interval at which the fleet speaks so that the small history is one day long.

    The big history has the same interval and reaches further back; so the last day is the same in both.
    """
    return DAY_S * series / small_history


def make_world(bench: Bench, name: str, readings: int) -> World:
    """Make a database whose history holds about `readings` readings, and bring its statistics up to date.

    Raises
    ------
    CityopsError
        The disk has no room for it.
    """
    need, free = readings * BYTES_PER_READING, free_disk_bytes(bench.folder)
    if need > free:
        raise CityopsError(
            f"{readings:,} readings need {need / 1e9:.0f} GB of disk, and {free / 1e9:.0f} GB are free: "
            "make room, or measure less with --history"
        )
    url = bench.new_database(f"bench_{name}")
    devices, probes = devices_and_probes(bench.sizes.devices)
    with bench.connect(url) as connection:
        registry.register(connection, [*devices, *probes], metrics_of_kinds())
        work = workload(connection, devices)
        with Progress(console=bench.console) as progress:
            task = progress.add_task(f"making {readings:,} readings", total=readings)
            kept = fill(
                connection,
                work,
                cadence_s(len(work), bench.sizes.small_history),
                readings,
                lambda done: progress.update(task, completed=done),
            )
        for table in ("reading", "reading_rollup", "reading_latest", "series", "device"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
        copying.create_table(connection)
        connection.execute("CHECKPOINT")
    return World(name, url, devices, probes, kept)


def end_of_history_s() -> int:
    """Return the Unix time at which a history made now ends, on a border of rollup buckets."""
    bucket_s = int(ROLLUP_BUCKET.total_seconds())
    return (int(utc_now().timestamp()) - BEFORE_NOW_S) // bucket_s * bucket_s


def fill(
    connection: psycopg.Connection,
    work: Workload,
    cadence: float,
    readings: int,
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Store about `readings` readings of the past, each series `cadence` seconds apart, and all that goes with them.

    Returns the number of readings; `told` is given those stored so far.
    """
    end = end_of_history_s()
    bucket_s = int(ROLLUP_BUCKET.total_seconds())
    begin = end - round(readings / len(work) * cadence / bucket_s) * bucket_s
    kept = 0
    second = psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True)
    with second, ThreadPoolExecutor(2) as threads:
        steps = _past(work, cadence, begin, end)
        coming = threads.submit(next, steps, None)  # made while the one before is stored
        while (columns := coming.result()) is not None:
            coming = threads.submit(next, steps, None)
            rows = copying.encoded_readings(columns)
            stored = threads.submit(copying.copy, connection, "reading (ts, series_id, value, quality)", rows)
            _copy_rollups(second, columns)
            stored.result()
            kept += len(columns)
            told(kept)
    _mark_rollups(connection)
    _take_latest(connection, end)
    _open_accounts(connection)
    return kept


def _past(work: Workload, cadence: float, begin: int, end: int) -> Iterator[ReadingColumns]:
    """Yield the readings in [begin, end), step by step, each ordered by time."""
    for start in range(begin, end, STEP_S):
        stop = min(start + STEP_S, end)
        first = np.floor(start / cadence) - 1
        instants = np.arange(first, np.ceil(stop / cadence) + 1) * cadence
        columns, _ = work.columns(instants, cadence)
        inside = (columns.ts >= start * 1_000_000) & (columns.ts < stop * 1_000_000)
        yield columns.take(np.flatnonzero(inside))


def _copy_rollups(connection: psycopg.Connection, columns: ReadingColumns) -> None:
    """Store the rollups of readings that fill their buckets, so that nothing is there yet."""
    key = np.stack([columns.metric.astype(np.int64), columns.ts // _BUCKET_US, columns.region.astype(np.int64)])
    order = np.lexsort(key[::-1])
    key, value = key[:, order], columns.value[order]
    starts = np.flatnonzero(np.append(True, (key[:, 1:] != key[:, :-1]).any(axis=0)))
    metric, bucket, region = key[:, starts]
    rows = copying.encoded(
        [
            metric.astype(np.int16),
            bucket * _BUCKET_US - copying.EPOCH_US,
            region.astype(np.int16),
            np.diff(np.append(starts, len(value))).astype(np.int64),
            np.add.reduceat(value, starts),
            np.minimum.reduceat(value, starts),
            np.maximum.reduceat(value, starts),
        ]
    )
    copying.copy(connection, "reading_rollup (metric_id, bucket, region_id, n, sum, min, max)", rows)


def _mark_rollups(connection: psycopg.Connection) -> None:
    """Mark every hour, as the ingest would have done: hour and day rollups are not made."""
    connection.execute("INSERT INTO rollup_touched SELECT DISTINCT date_trunc('hour', bucket) FROM reading_rollup")


def _take_latest(connection: psycopg.Connection, end_s: int) -> None:
    """Take the latest values from the last two days; the fleet speaks far more often."""
    connection.execute(
        """
        INSERT INTO reading_latest (series_id, ts, value, quality)
        SELECT DISTINCT ON (series_id) series_id, ts, value, quality FROM reading
        WHERE ts >= to_timestamp(%s) ORDER BY series_id, ts DESC
        """,
        [end_s - 2 * DAY_S],
    )


def _open_accounts(connection: psycopg.Connection) -> None:
    """Write into the ledger what was made, so that `cityops verify` finds it in agreement."""
    connection.execute(
        """
        INSERT INTO ingest_ledger (worker, source_system_code, kind, received, stored, duplicate, rejected,
                                   last_received_at)
        SELECT 'history', source_system_code, 'readings', sum(n), sum(n), 0, 0, max(newest)
        FROM (SELECT series_id, count(*) AS n, max(ts) AS newest FROM reading GROUP BY series_id) AS counted
        JOIN series ON series.id = series_id JOIN device ON device.id = device_id
        GROUP BY source_system_code
        """
    )
