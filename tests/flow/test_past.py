"""The demo's past: at the devices' own rhythm, so that its coverage is true; what is missing is filled."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityops import reference
from cityops.cli.demo.verb import what_is_filled
from cityops.cli.simulate import filling
from cityops.client import Client
from cityops.clock import utc_now
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.settings import settings
from cityops.simulate.backfill import history
from cityops.simulate.faults import Faults
from cityops.simulate.fleet import fleet
from cityops.simulate.journal import Journal
from cityops.simulate.messages import one_reading
from cityops.simulate.publisher import Publisher
from cityops.simulate.run import Progress, SimulationOptions, present_ms, run_simulation
from cityops.simulate.sites import sites_of
from cityops.store import registry
from cityops.store.engine import connect
from cityops.store.upkeep.verify import verify
from factories.world import World
from fixtures.ingest import worker_process

SEED, DEVICES = 20, 150
HOUR_MS = 3_600_000
FIVE_MINUTES_MS = 300_000
OPTIONS = SimulationOptions(devices=DEVICES, seed=SEED, history_h=1, cases=False)
KEPT = """
    SELECT device.code, metric.code, (extract(epoch FROM ts) * 1000)::bigint, value
    FROM reading
    JOIN series ON series.id = series_id
    JOIN device ON device.id = device_id
    JOIN metric ON metric.id = series.metric_id
    WHERE ts > to_timestamp(%s / 1000.0) AND ts <= to_timestamp(%s / 1000.0)
"""


@pytest.fixture
def city(migrated_database: str, own_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Give the database of a city with its fleet and a worker that stores what is published."""
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    environment = {"CITYOPS_DATABASE_URL": migrated_database, "CITYOPS_MQTT_URL": own_broker.url}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with connect(migrated_database, "test") as connection:
        registry.register(connection, fleet(DEVICES, SEED), metrics_of)
        with worker_process(["ingest", "mqtt", "--worker", "past"], environment):
            wait_for_worker(connection, own_broker)
            yield connection
    settings.cache_clear()


def wait_for_worker(connection: psycopg.Connection, broker: Broker) -> None:
    """Publish one reading of yesterday until it is stored: then the worker's subscription stands."""
    sites = sites_of(fleet(DEVICES, SEED), SEED)[0]
    reading = {"device": sites.codes[0], "ts": present_ms() - 24 * HOUR_MS, "values": {sites.metrics[0]: 1.0}}
    publisher = Publisher(broker.url, "first")
    publisher.start()

    def arrived() -> bool:
        publisher.publish(one_reading(sites, reading, 0), threading.Event())
        publisher.flush(10)
        return number(connection, "stored") == 1

    assert wait_until(arrived, seconds=30)
    publisher.stop()


def publish(url: str, until_ms: int, share: float) -> tuple[Journal, Journal]:
    """Publish the newest share of an hour's past, as one that was broken off; return what was sent and the whole."""
    messages = list(history(sites_of(fleet(DEVICES, SEED), SEED), until_ms - HOUR_MS, until_ms, Faults()))
    publisher = Publisher(url, "broken-off")
    publisher.start()
    sent, whole = Journal(keep=True), Journal(keep=True)
    for number, message in enumerate(messages):
        whole.record(message)
        if number < share * len(messages):
            sent.record(message)
            publisher.publish(message, threading.Event())
    publisher.flush(10)
    publisher.stop()
    return sent, whole


def number(connection: psycopg.Connection, what: str) -> int:
    [found] = connection.execute(f"SELECT coalesce(sum({what}), 0)::bigint FROM ingest_ledger").fetchone() or (0,)
    return int(found)


def all_received(connection: psycopg.Connection) -> int:
    """Return how much has come once nothing more comes: before the guard is relieved, all comes twice."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 2:
        if seen != (seen := number(connection, "received")):
            since = time.monotonic()
        time.sleep(0.1)
    return seen


def said(journal: Journal, metric: str) -> Counter[datetime]:
    """Count a metric's readings in each five minutes: a few devices are silent at any moment, which is chance."""
    spoken = (ts // FIVE_MINUTES_MS * FIVE_MINUTES_MS for _, code, ts in journal.readings if code == metric)
    return Counter(datetime.fromtimestamp(bucket / 1000, UTC) for bucket in spoken)


def due(metric: str) -> float:
    """Return how many readings five minutes have where no device is silent."""
    speaking = (sites for sites in sites_of(fleet(DEVICES, SEED), SEED) if metric in sites.metrics)
    return sum(float((FIVE_MINUTES_MS / sites.interval_ms).sum()) for sites in speaking)


def filled(url: str, history_h: float = 1) -> Journal:
    """Fill what is missing, and stop when it is sent."""
    stop = threading.Event()

    def ended(progress: Progress) -> None:
        if progress.backfilled == 1:
            stop.set()

    with filling(history_h) as store:
        return run_simulation(url, OPTIONS, stop, ended, store)


def test_a_past_that_was_broken_off_has_no_hole_after_the_next_start(
    city: psycopg.Connection, own_broker: Broker, api_url: str, key: str
) -> None:
    until_ms = present_ms()
    sent, whole = publish(own_broker.url, until_ms, 0.4)
    assert wait_until(lambda: number(city, "stored") == 1 + sent.unique_readings, seconds=60)
    before, twice = all_received(city), number(city, "duplicate")
    journal = filled(own_broker.url)
    assert journal.unacknowledged == 0
    more = journal.unique_readings + journal.repeated_readings + sum(journal.rejects.values())
    assert wait_until(lambda: number(city, "received") == before + more, seconds=60)
    kept = {tuple(row[:3]): row[3] for row in city.execute(KEPT, [until_ms - HOUR_MS, until_ms])}
    assert kept.items() <= whole.readings.items()
    # The second start was a moment after the first: its hour begins a moment later, too.
    assert all(ts < until_ms - HOUR_MS + 60_000 for _, _, ts in whole.readings.keys() - kept.keys())
    assert number(city, "duplicate") - twice < 0.2 * len(whole.readings)
    assert [finding for finding in verify(city, lambda _check: None) if finding.wrong] == []
    with Client(api_url, key) as client:
        reached = datetime.fromtimestamp(until_ms / 1000, UTC)
        start, end = reached - timedelta(minutes=50), reached - timedelta(minutes=10)
        for metric in ("pm25", "traffic_flow", "water_depth"):
            series = client.series(metric, level="city", interval="5min", start=start, end=end)
            came = said(whole, metric)
            assert series["n"].tolist() == [came[bucket] for bucket in series["start"]], metric
            assert series["coverage"].tolist() == pytest.approx(list(series["n"] / due(metric)), abs=1e-4), metric
    again = filled(own_broker.url)
    assert again.unique_readings < 0.3 * len(whole.readings)  # at most the buckets at the edges and what came live


def test_a_demo_that_was_off_for_longer_says_what_stays_empty(world: World, migrated_database: str) -> None:
    assert "of the last 24 h" in what_is_filled(migrated_database, 24)
    assert "off" not in what_is_filled(migrated_database, 24)
    device = world.device("A-1", "air")
    world.says(device, "pm25", 20, utc_now() - timedelta(hours=71.5))
    assert "off for 71.5 h, and --history 72 fills all of it" in what_is_filled(migrated_database, 24)
    assert "off" not in what_is_filled(migrated_database, 72)


def test_a_run_that_fills_needs_the_database(own_broker: Broker) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityops", "simulate", "run", "--missing", "--for", "1"],
        env={"CITYOPS_MQTT_URL": own_broker.url, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "CITYOPS_DATABASE_URL is not set" in " ".join(done.stderr.split())
