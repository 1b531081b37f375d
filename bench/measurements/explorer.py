"""What a question of the data page costs: a year by day of three indicators in 11 districts, as the page asks it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile, timed
from bench.workload import SEED, metrics_of_kinds
from cityops.client import Client
from cityops.clock import utc_now
from cityops.domain.intervals import Interval
from cityops.simulate.fleet import fleet
from cityops.store import registry
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.answer import ask
from cityops_dashboards.pages.data.choice import Choice, read, wall_time
from cityops_dashboards.pages.data.view import results

DEVICES, DAYS = 2_000, 365
ASKED = 40

_YEAR = """
    WITH street AS (
        SELECT DISTINCT metric_id, region.id AS region_id FROM series
        JOIN device ON device.id = device_id JOIN region ON region.code = region_code)
    INSERT INTO reading_rollup_day (bucket, metric_id, region_id, n, sum, min, max)
    SELECT bucket, metric_id, region_id, 1440, 30000 + 10000 * random(), 5, 90
    FROM generate_series(date_trunc('day', now(), 'Asia/Shanghai') - interval '365 days',
                         date_trunc('day', now(), 'Asia/Shanghai') - interval '1 day', interval '1 day') AS bucket,
         street
"""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Fill a year of days of every metric, then ask as the page does: questions alone, and with what it draws."""
    url = bench.new_database("bench_explorer")
    with bench.connect(url) as connection:
        registry.register(connection, fleet(DEVICES, SEED), metrics_of_kinds())
        connection.execute(_YEAR)
        connection.execute("VACUUM (ANALYZE)")
    bench.say("explorer")
    choice = _choice()
    with bench.api(url) as api, Client(f"http://127.0.0.1:{api.port}", api.key) as client:
        parts = ask(client, choice)  # warm
        seconds = [timed(lambda: ask(client, choice)) for _ in range(ASKED)]
        drawn = [timed(lambda: results(choice, parts)) for _ in range(ASKED)]
    values = sum(int(one.table["value"].notna().sum()) for one in parts)
    settings: dict[str, Setting] = {"days": DAYS, "districts": 11, "indicators": 3, "values": values}
    yield Figure("explorer.p50_s", median(seconds), "s", settings)
    yield Figure("explorer.p95_s", percentile(seconds, 95), "s", settings)
    yield Figure("explorer.drawn_p95_s", percentile(drawn, 95), "s", settings)


def _choice() -> Choice:
    """Return the page's question, to the end of yesterday."""
    now = utc_now()
    end = Interval.DAY.floor(now)
    period = f"start={wall_time(end - timedelta(days=DAYS))}&end={wall_time(end)}"
    return read(Address.parse("/data", f"?indicator=pm25&compare=o3,noise_leq&interval=day&{period}"), now)
