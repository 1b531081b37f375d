"""What a day's trend costs on data like the demo's: few devices, all metrics beside one another in one chunk."""

import asyncio
from collections.abc import Iterator, Sequence

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile
from bench.web import Api, ask
from bench.workload import SEED, metrics_of_kinds
from cityops.simulate.fleet import fleet
from cityops.store import registry

DEVICES = 2_000
ASKED = 20
AT_ONCE = 4
INDICATORS = ("traffic_speed", "noise_leq", "power_load")

_DAY = """
    WITH street AS (
        SELECT DISTINCT metric_id, region.id AS region_id FROM series
        JOIN device ON device.id = device_id JOIN region ON region.code = region_code)
    INSERT INTO reading_rollup (bucket, metric_id, region_id, n, sum, min, max)
    SELECT bucket, metric_id, region_id, 10, 100 + random(), 5, 20
    FROM generate_series(date_trunc('hour', now()) - interval '25 h', now(), interval '5 min') AS bucket, street
"""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Fill a day of rollups of every metric, then ask for the trend of the city, alone and by four who ask."""
    url = bench.new_database("bench_demo_trend")
    with bench.connect(url) as connection:
        registry.register(connection, fleet(DEVICES, SEED), metrics_of_kinds())
        connection.execute(_DAY)
        connection.execute(
            "INSERT INTO rollup_touched SELECT DISTINCT date_trunc('hour', bucket) FROM reading_rollup"
        )
        connection.execute("VACUUM (ANALYZE)")
    bench.say("trend24h_demo")
    with bench.api(url) as api:
        alone = asyncio.run(_asked(api, 1))
        together = asyncio.run(_asked(api, AT_ONCE))
    settings: dict[str, Setting] = {"devices": DEVICES, "series": "one metric, whole city, 5-minute buckets"}
    yield Figure("trend24h_demo.p50_s", median(alone), "s", settings | {"askers": 1})
    yield Figure("trend24h_demo.p99_s", percentile(alone, 99), "s", settings | {"askers": 1})
    yield Figure("trend24h_demo.four_p50_s", median(together), "s", settings | {"askers": AT_ONCE})


async def _asked(api: Api, askers: int) -> list[float]:
    paths = [f"/api/v1/series?indicator={indicator}&interval=5min" for indicator in INDICATORS]
    for path in paths:
        await ask(api, path, 2, 0.0)  # warm
    found: list[float] = []
    for path in paths:
        for durations in await asyncio.gather(*(ask(api, path, ASKED, 0.05) for _ in range(askers))):
            found += durations
    return found
