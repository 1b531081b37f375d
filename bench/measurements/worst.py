"""What one credential can make the API hold: the largest answer of every route, two hundred at once, read late."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, wait_for
from bench.memory import peak_bytes
from bench.web import Api
from bench.workload import SEED, metrics_of_kinds
from cityops import reference
from cityops.api.access.matrix import ways
from cityops.api.app import create_app
from cityops.clock import utc_now
from cityops.domain.intervals import Interval
from cityops.local.processes import free_ports
from cityops.simulate.fleet import fleet
from cityops.store import registry

AT_ONCE = 200
UNREAD_S = 2.0
"""So long nobody reads: what is answered meanwhile has to wait somewhere."""

ANSWER_S = 60.0
MB = 1_000_000
PAGE = "limit=500"
REGIONS = [one.code for one in reference.regions()]
ASKED = {
    "/api/v1/series": "indicator=pm25&level=street&interval=5min&start={start}&end={end}",
    "/api/v1/devices": PAGE,
    "/api/v1/channels": PAGE,
    "/api/v1/events": PAGE,
    "/api/v1/rejects": PAGE,
    "/api/v1/audit": PAGE,
    "/api/v1/devices/{code}/readings": "start={start}",
    "/api/v1/state": "region={region}",
    "/api/v1/export/series.csv": "indicator=pm25&level=street&interval=5min&start={start}&end={end}",
}
"""What to ask a route for so that its answer is as large as it can be, where its defaults are not."""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Fill a registry of the city's size, then ask all routes; each has a key of its own, which has asked nothing."""
    url = bench.new_database("bench_worst")
    with bench.connect(url) as connection:
        device, event, reject = _filled(bench, connection)
    named = {"code": device, "event_id": event, "reject_id": reject}
    paths = [way.path for way in ways(create_app(url)) if way.method == "GET" and not way.path.startswith("/health")]
    [port] = free_ports(1)
    with bench.part("api-worst", url, "api", "--port", str(port)) as part:
        wait_for(lambda: listens(port), "the API listens", seconds=60)
        assert part.process
        peaks = {}
        for path in sorted(paths, key=lambda path: path == "/api/v1/series"):  # the largest last
            address = path.format_map(_Named(path, named))
            asyncio.run(_at_once(Api(port, api_key(url)), [address + _query(path, one) for one in range(AT_ONCE)]))
            peaks[path] = peak_bytes(part.process.pid)
            bench.say(f"api: {peaks[path] / MB:.0f} MB after {path}")
    settings: dict[str, Setting] = {
        "devices": bench.sizes.city_devices,
        "at once": AT_ONCE,
        "routes": len(paths),
        "read": "late",
    }
    yield Figure("api.worst_credential_mb", max(peaks.values()) / MB, "MB", settings)


class _Named(dict[str, str]):
    """The values of a path's parameters; `code` is a region's where the path says so."""

    def __init__(self, path: str, named: dict[str, str]) -> None:
        super().__init__(named | ({"code": "440106"} if "/regions/" in path else {}))

    def __missing__(self, name: str) -> str:
        return "0"


def _query(path: str, number: int) -> str:
    now = Interval.HOUR.floor(utc_now())
    start = (now - timedelta(days=3)).isoformat().replace("+", "%2B")
    region = REGIONS[number % len(REGIONS)]
    query = ASKED.get(path, "").format(start=start, end=now.isoformat().replace("+", "%2B"), region=region)
    return f"?{query}" if query else ""


def _filled(bench: Bench, connection: psycopg.Connection) -> tuple[str, str, str]:
    """Fill the tables; return a device with many readings, a case and a reject."""
    bench.say(f"api: registering {bench.sizes.city_devices:,} devices")
    registry.register(connection, fleet(bench.sizes.city_devices, SEED), metrics_of_kinds())
    for statement in _ROWS:
        connection.execute(statement)
    [code] = connection.execute("SELECT code FROM device ORDER BY id LIMIT 1").fetchone() or ("",)
    [event] = connection.execute("SELECT min(id) FROM event").fetchone() or (0,)
    [reject] = connection.execute("SELECT min(id) FROM reject").fetchone() or (0,)
    return code, str(event), str(reject)


_ROWS = (
    """
    INSERT INTO reading_latest (series_id, ts, value, quality)
    SELECT id, now() - interval '5 s', random() * 50, 0 FROM series
    """,
    """
    INSERT INTO reading (ts, series_id, value, quality)
    SELECT now() - n * interval '10 s', (SELECT min(series.id) FROM series
               WHERE device_id = (SELECT min(id) FROM device)), random() * 50, 0 FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO reading_rollup (bucket, metric_id, region_id, n, sum, min, max)
    SELECT bucket, metric.id, region.id, 10, random() * 500, 10.123456789, 50.123456789
    FROM generate_series(date_trunc('hour', now()) - interval '3 days', now(), interval '5 min') AS bucket,
         metric, region
    WHERE metric.code = 'pm25' AND region.level = 'street'
    """,
    """
    INSERT INTO event (source_system_code, external_id, sequence, class_code, severity, status, title, description,
                       address, region_code, occurred_at, status_at, received_at)
    SELECT 'hotline-12345', 'B' || n, 0, 'gas_leak', 'normal', 'reported', repeat('题', 190), repeat('述', 2000),
           repeat('路', 200), '440106013', now() - n * interval '1 s', now(), now()
    FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO video_channel (code, name_zh, source_system_code, region_code, lon, lat, state)
    SELECT '44010600001320' || lpad(n::text, 6, '0'), repeat('频', 60), 'video-share', '440106013', 113.3, 23.1,
           'online'
    FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,
                        payload_bytes, fingerprint)
    SELECT now() - n * interval '1 s', 'readings', 'water-logging', 'x', 0, 'not_json', repeat('字', 500),
           convert_to(repeat('{"a": 1} ', 7000), 'UTF8'), 63000, decode(md5(n::text), 'hex')
    FROM generate_series(1, 2000) AS n
    """,
)


async def _at_once(api: Api, paths: Sequence[str]) -> None:
    """Ask on many connections; read nothing for a while, then everything."""
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", api.port, limit=2**16) for _ in paths))
    for (_, writer), path in zip(opened, paths, strict=True):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n\r\n".encode())
    await asyncio.sleep(UNREAD_S)
    await asyncio.gather(*(_drained(reader, writer) for reader, writer in opened))


async def _drained(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_S)
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if lengths:
        left = int(lengths[0].partition(b":")[2])
        while left > 0 and (piece := await reader.read(min(left, 65_536))):
            left -= len(piece)
    else:
        while (size := int(await reader.readline(), 16)) > 0:
            await reader.readexactly(size + 2)
    writer.close()
