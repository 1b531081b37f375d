"""How long all indicators of a day take to compute from what is kept: of the city, of districts, of streets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, timed
from bench.measurements.cases import make_cases
from bench.workload import SEED, devices_and_probes, metrics_of_kinds
from cityops import reference
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.intervals import Interval
from cityops.domain.regions import RegionLevel
from cityops.reference import themes
from cityops.services.indicators.answering import AskedPeriods, Evaluation
from cityops.simulate.indicators.pushes import PushedIndicators
from cityops.store import registry
from cityops.store.engine import make_engine, reading
from cityops.store.indicators import recorded
from cityops_ingest.decode.indicators import IndicatorWords, decode
from cityops_ingest.decode.items import Refusal

CASES_A_DAY = 8_000
ALARMS_A_DAY = 2_000
ROUNDS = 3

_ROLLUPS = """
    INSERT INTO reading_rollup (metric_id, bucket, region_id, n, sum, min, max)
    SELECT metric_id, bucket, region.id, 5, 50, 5 + random(), 15 + random()
    FROM (SELECT DISTINCT metric_id, region_code FROM series JOIN device ON device.id = device_id) AS measured
        JOIN region ON region.code = region_code
        CROSS JOIN generate_series(%(day)s::timestamptz, %(day)s + interval '23:55', '5 minutes') AS bucket
"""
_ALARMS = """
    INSERT INTO alarm (rule_code, rule_version, class, priority, object, device_id, region_code, source_system_code,
        metric, level, worst_level, value_raised, value_worst, onset, raised_at, gone_at, cleared_at, moved_at)
    SELECT 'bench', 1, 'flood', 2, 'device:' || id || ':' || n, id, region_code, source_system_code,
           'water_depth', 0, 1 + n %% 4, 10, 60, at, at, at, at, at
    FROM (SELECT n, %(day)s::timestamptz + random() * interval '1 day' AS at FROM generate_series(1, %(alarms)s) AS n)
        AS drawn
        JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM device) AS device
            ON place = 1 + n %% (SELECT count(*) FROM device)
"""

_ON_THAT_DAY = """
    UPDATE event SET occurred_at = %(day)s::timestamptz + (id * 7919 %% 86400) * interval '1 second'
    WHERE id IN (SELECT id FROM event ORDER BY id LIMIT %(cases)s)
"""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Fill a day of the city's size and the past of what is pushed, then compute all of yesterday some times."""
    sizes, url = bench.sizes, bench.new_database("bench_recompute")
    day = Interval.DAY.floor(utc_now()) - timedelta(days=1)
    bench.say(f"indicators: a day of {sizes.registered_devices:,} devices and {CASES_A_DAY:,} cases")
    with bench.connect(url) as connection:
        _make(connection, sizes.registered_devices, sizes.cases, day)
    engine = make_engine(url)
    city, kept, seconds = City(engine), list[int](), list[float]()
    for _round in range(ROUNDS):
        seconds.append(timed(lambda: kept.append(computed(city, day))))
    engine.dispose()
    settings: dict[str, Setting] = {
        "devices": sizes.registered_devices,
        "cases that day": CASES_A_DAY,
        "indicators": len(city.indicators()),
        "values": kept[-1],
        "median of": ROUNDS,
    }
    yield Figure("indicators.recompute_day_s", median(seconds), "s", settings)


def computed(city: City, day: datetime) -> int:
    """Compute every indicator of a day in every region of every level that it has; return how many values there are.

    Periods shorter than a day are all of that day's, longer ones the one that holds it.
    """
    now, values = utc_now(), 0
    every, regions = city.indicators(), city.regions()
    with reading(city.engine, WHOLE_CITY) as connection:
        evaluation = Evaluation(connection, every, regions, now)
        for one in every.values():
            grain = one.declared.period if one.declared else Grain.HOUR
            for level in _levels(one, grain, every):
                codes = tuple(code for code, region in regions.items() if region.level is level)
                buckets = [*grain.within(grain.floor(day), day + timedelta(days=1))]
                cells = evaluation.cells(one, AskedPeriods(codes, level, grain), buckets)
                values += sum(1 for cell in cells.values() if cell.value is not None)
    return values


def _levels(indicator: Indicator, grain: Grain, every: Mapping[str, Indicator]) -> Iterator[RegionLevel]:
    for level in RegionLevel:
        try:
            questions.check(indicator, grain, level, every)
        except RefusedQuestionError:
            continue
        yield level


def _make(connection: psycopg.Connection, devices: int, cases: int, day: datetime) -> None:
    fleet, _ = devices_and_probes(devices)
    registry.register(connection, fleet, metrics_of_kinds())
    connection.execute(_ROLLUPS, {"day": day})
    connection.execute("INSERT INTO rollup_touched SELECT DISTINCT date_trunc('hour', bucket) FROM reading_rollup")
    connection.execute(_ALARMS, {"day": day, "alarms": ALARMS_A_DAY})
    make_cases(connection, cases)
    connection.execute(_ON_THAT_DAY, {"day": day, "cases": CASES_A_DAY})
    with connection.transaction():
        _push(connection)
    for table in ("reading_rollup", "event", "alarm", "indicator_value", "device", "series"):
        connection.execute(f"VACUUM (ANALYZE) {table}")


def _push(connection: psycopg.Connection) -> None:
    """Keep what the simulated source systems push, as the ingest decodes it."""
    declared, now = themes.shipped().indicators, utc_now()
    words = IndicatorWords(declared, frozenset(one.code for one in reference.regions()))
    with connection.cursor() as cursor:
        for message in PushedIndicators(declared, SEED, int(now.timestamp() * 1000)).past():
            decoded = decode(message.payload, message.topic.split("/")[3], now, words)
            recorded.record(cursor, [one[1] for one in decoded if not isinstance(one, Refusal)])
