"""Raw readings as files, over HTTP, against PostgreSQL's own COPY of the same rows; what the API holds then."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic

import httpx
import psycopg

from bench import history
from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, timed, wait_for
from bench.memory import peak_bytes
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError
from cityops.local.processes import free_ports

_COPY = """
COPY (SELECT device.code, device.name_zh, metric.code, metric.name_zh, metric.unit, region.code, region.name_zh,
             ts AT TIME ZONE 'Asia/Shanghai', value, quality, 'Asia/Shanghai', now() AT TIME ZONE 'Asia/Shanghai'
      FROM reading JOIN series ON series.id = series_id JOIN device ON device.id = device_id
          JOIN metric ON metric.id = metric_id JOIN region ON region.code = region_code
      WHERE ts >= %s AND ts < %s)
TO STDOUT (FORMAT CSV, HEADER)
"""
"""The columns of the file, in whichever order they come."""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Make a world of its own, and have all its readings copied, then as CSV, then as Parquet."""
    world = history.make_world(bench, "exports", bench.sizes.export_rows)
    with bench.connect(world.url) as connection:
        start, end, rows = span(connection)
        bench.say(f"exports: {rows:,} rows by COPY")
        copied = rows / timed(lambda: _drain_copy(connection, start, end))
    settings: dict[str, Setting] = {"rows": rows, "devices": world.registered, "COPY rows/s": round(copied)}
    for form in ("csv", "parquet"):
        bench.say(f"exports: {form}")
        seconds, size, idle, peak = _fetched(bench, world, form, start, end)
        told = settings | {"bytes": size, "asked": "over HTTP, one file"}
        yield Figure(f"export_{form}.rows_per_s", rows / seconds, "rows/s", told)
        yield Figure(f"export_{form}.ratio_to_copy", rows / seconds / copied, "", told)
        yield Figure(f"export_{form}.peak_rss_mb", peak / 1e6, "MB", told | {"before, MB": round(idle / 1e6)})


def span(connection: psycopg.Connection) -> tuple[datetime, datetime, int]:
    """Return from when until before when there are readings, in the city's time, and how many."""
    row = connection.execute("SELECT min(ts), max(ts), count(*) FROM reading").fetchone()
    assert row is not None
    first, last, rows = row
    return first.astimezone(CITY_ZONE), last.astimezone(CITY_ZONE) + timedelta(milliseconds=1), rows


def _drain_copy(connection: psycopg.Connection, start: datetime, end: datetime) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY, [start, end]) as copy:
        for _ in copy:
            pass


def _fetched(bench: Bench, world: World, form: str, start: datetime, end: datetime) -> tuple[float, int, int, int]:
    """Have a new API send a file; return seconds, its bytes, and the bytes that the API held at most before and then.

    Raises
    ------
    CityopsError
        The API refused it.
    """
    [port] = free_ports(1)
    headers, size = {"Authorization": f"Bearer {api_key(world.url)}"}, 0
    asked = {"format": form, "start": start.isoformat(), "end": end.isoformat()}
    with (
        bench.part(f"api-{form}", world.url, "api", "--port", str(port)) as api,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=600) as client,
    ):
        wait_for(lambda: listens(port), "the API listens", seconds=30)
        client.get("/api/v1/regions").raise_for_status()
        assert api.process is not None
        idle, began = peak_bytes(api.process.pid), monotonic()
        with client.stream("GET", "/api/v1/export/readings", params=asked) as answer:
            if answer.is_error:
                raise CityopsError(f"{form}: {answer.read().decode()[:300]}")
            for piece in answer.iter_raw(1 << 20):
                size += len(piece)
        return monotonic() - began, size, idle, peak_bytes(api.process.pid)
