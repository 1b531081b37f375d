"""How long a past moment takes over a year's history: values from sums, cases and alarms from their versions."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile
from bench.measurements.cases import make_cases
from bench.web import Api, ask
from bench.workload import devices_and_probes, metrics_of_kinds
from cityops.clock import utc_now
from cityops.store import registry
from cityops.store.upkeep import columnstore

METRICS = 20
"""Measured in each street: about 3,500 rollups in each five minutes, which is what the whole city makes."""

_ROLLUPS = """
INSERT INTO reading_rollup
SELECT bucket, metric.id, region.id, 5, 50, 5 + random(), 15 + random()
FROM (SELECT id FROM metric ORDER BY id LIMIT %(metrics)s) AS metric
    CROSS JOIN (SELECT id FROM region WHERE level = 'street') AS region
    CROSS JOIN generate_series(%(day)s::timestamptz, %(day)s::timestamptz + interval '23:55', '5 minutes') AS bucket
"""
_HOURS = """
INSERT INTO reading_rollup_hour
SELECT bucket, metric.id, region.id, 60, 600, 5 + random(), 15 + random()
FROM (SELECT id FROM metric ORDER BY id LIMIT %(metrics)s) AS metric
    CROSS JOIN (SELECT id FROM region WHERE level = 'street') AS region
    CROSS JOIN generate_series(%(day)s::timestamptz - interval '1 day', %(day)s::timestamptz + interval '23 hours',
                               '1 hour') AS bucket
ON CONFLICT DO NOTHING
"""
# Each case has moved six times within the days after it occurred; those that have ended stand as they ended.
_CASES = """
DROP INDEX ix_event_past_during;
INSERT INTO event_past
SELECT id, tstzrange(occurred_at + (step - 1) * stay, occurred_at + step * stay),
       (ARRAY['reported', 'accepted', 'filed', 'dispatched', 'processing', 'done'])[step],
       occurred_at + (step - 1) * stay, occurred_at, occurred_at, 3, step, class_code, severity, region_code,
       unit_kind, unit_code, occurred_at + 3 * stay, occurred_at + 2 * stay, false
FROM (SELECT *, interval '1 hour' * (1 + id %% 9) AS stay FROM event) AS event, generate_series(1, 6) AS step;
UPDATE event SET moved_at = occurred_at + 6 * interval '1 hour' * (1 + id %% 9);
CREATE INDEX ix_event_past_during ON event_past USING gist (during);
"""
_ALARMS = """
DROP INDEX ix_alarm_past_during;
INSERT INTO alarm (rule_code, rule_version, class, priority, object, device_id, region_code, source_system_code,
    metric, level, worst_level, value_raised, value_worst, onset, raised_at, gone_at, cleared_at, moved_at)
SELECT 'bench', 1, 'flood', 2, 'device:' || device.id || ':' || n, device.id, device.region_code, source_system_code,
       'water_depth', 0, 4, 10, 60, at, at, at + interval '2 hours', at + interval '2 hours', at + interval '2 hours'
FROM (SELECT n, now() - random() * interval '365 days' - interval '2 hours' AS at,
             1 + floor(random() * %(devices)s)::int AS place FROM generate_series(1, %(alarms)s) AS n) AS drawn
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM device) AS device USING (place);
INSERT INTO alarm_past
SELECT id, tstzrange(raised_at + (step - 1) * interval '30 minutes', raised_at + step * interval '30 minutes'), 2,
       (ARRAY[2, 4, 3, 1])[step], 4, 60, NULL, CASE WHEN step > 2 THEN raised_at END, CASE WHEN step > 2 THEN 'x' END,
       false, NULL, NULL, NULL, NULL, false, NULL, NULL
FROM alarm, generate_series(1, 4) AS step;
CREATE INDEX ix_alarm_past_during ON alarm_past USING gist (during);
"""


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Make a year of which some days are whole, then ask for moments of these days, one after the other."""
    sizes, draw = bench.sizes, random.Random(20)
    url = bench.new_database("bench_replay")
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=one) for one in sorted(draw.sample(range(2, 365), sizes.past_days))]
    bench.say(f"replay: making {len(days)} days of rollups, {sizes.cases:,} cases, {sizes.past_alarms:,} alarms")
    with bench.connect(url) as connection:
        _make(bench, connection, days)
    moments = [draw.choice(days) + timedelta(seconds=draw.randrange(3600, 86_000)) for _ in range(sizes.past_asked)]
    bench.say("replay: asking")
    with bench.api(url) as api:
        for moment in moments[:3]:  # connections are open and plans known
            _asked(api, moment - timedelta(seconds=1))
        durations = [_asked(api, moment) for moment in moments]
    told: dict[str, Setting] = {
        "history": f"a year: {sizes.cases:,} cases, {sizes.past_alarms:,} alarms, {len(days)} whole days of rollups",
        "series": METRICS * 176,
        "devices": sizes.devices,
        "asked": f"{len(moments)} random moments, one at a time",
    }
    yield Figure("replay.at_p50_s", median(durations), "s", told)
    yield Figure("replay.at_p95_s", percentile(durations, 95), "s", told)


def _asked(api: Api, moment: datetime) -> float:
    [seconds] = asyncio.run(ask(api, f"/api/v1/state?at={quote(moment.isoformat())}", 1, 0))
    return seconds


def _make(bench: Bench, connection: psycopg.Connection, days: Sequence[datetime]) -> None:
    sizes = bench.sizes
    devices, _ = devices_and_probes(sizes.devices)
    registry.register(connection, devices, metrics_of_kinds())
    connection.execute("UPDATE device SET registered_at = now() - interval '2 years'")
    connection.execute("UPDATE device_state SET state = 'online', since = now() - interval '1 year'")
    for day in days:
        for rows in (_ROLLUPS, _HOURS):
            connection.execute(rows, {"day": day, "metrics": METRICS})
    make_cases(connection, sizes.cases, ended=0.998)
    for made in (_CASES, _ALARMS):
        values = {"devices": sizes.devices, "alarms": sizes.past_alarms}
        for statement in made.split(";")[:-1]:
            connection.execute(statement, values)
    if columnstore.available(connection):
        columnstore.convert(connection, bench.say)
    for table in ("event", "event_past", "alarm", "alarm_past", "device", "device_state"):
        connection.execute(f"VACUUM (ANALYZE) {table}")
    connection.execute("ANALYZE reading_rollup; ANALYZE reading_rollup_hour")
