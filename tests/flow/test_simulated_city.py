"""A simulated city with all its faults, from the broker into the store: what was sent is what is kept."""

import threading
from typing import Any

import psycopg
import pytest

from cityops import reference
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.simulate.faults import Faults
from cityops.simulate.fleet import fleet
from cityops.simulate.messages import Message, one_reading
from cityops.simulate.publisher import Publisher
from cityops.simulate.run import SimulationOptions, present_ms, run_simulation
from cityops.simulate.sites import sites_of
from cityops.store import registry
from cityops.store.engine import connect
from cityops.store.upkeep.verify import verify
from fixtures.ingest import worker_process

SEED = 20
OPTIONS = SimulationOptions(
    devices=600,
    seed=SEED,
    history_h=0.05,
    interval_s=2,
    faults=Faults(duplicate=0.05, shuffled=0.05, malformed=0.02),
    for_s=5,
    keep_journal=True,
)
KEPT = """
    SELECT device.code, metric.code, (extract(epoch FROM ts) * 1000)::bigint, value
    FROM reading
    JOIN series ON series.id = series_id
    JOIN device ON device.id = device_id
    JOIN metric ON metric.id = series.metric_id
"""


@pytest.fixture
def city_database(migrated_database: str) -> str:
    """Give a database in which the simulated fleet is registered."""
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    with connect(migrated_database, "test") as connection:
        registry.register(connection, fleet(OPTIONS.devices, SEED), metrics_of)
    return migrated_database


def number(database: psycopg.Connection, table: str) -> int:
    row: Any = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0])


def test_the_store_keeps_every_unique_reading_and_names_every_reject(city_database: str, own_broker: Broker) -> None:
    environment = {"CITYOPS_DATABASE_URL": city_database, "CITYOPS_MQTT_URL": own_broker.url}
    with (
        connect(city_database, "test") as database,
        worker_process(["ingest", "mqtt", "--worker", "city"], environment),
    ):
        database.autocommit = True
        first = wait_for_worker(database, own_broker)
        journal = run_simulation(own_broker.url, OPTIONS, threading.Event())
        journal.record(first)
        assert journal.unacknowledged == 0
        assert wait_until(lambda: number(database, "reading") >= journal.unique_readings, seconds=60)
        assert wait_until(lambda: number(database, "reject") >= sum(journal.rejects.values()), seconds=20)
        assert wait_until(lambda: number(database, "event_history") >= journal.unique_steps, seconds=20)
        kept = {(device, metric, ts): value for device, metric, ts, value in database.execute(KEPT)}
        rejects: dict[str, int] = dict(
            database.execute("SELECT reason, count(*) FROM reject GROUP BY reason").fetchall()
        )
        assert kept == journal.readings
        assert rejects == {reason.value: count for reason, count in journal.rejects.items()}
        assert number(database, "event_history") == journal.unique_steps
        assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def wait_for_worker(database: psycopg.Connection, broker: Broker) -> Message:
    """Publish one reading until it arrives: then the worker's subscription stands."""
    sites = sites_of(fleet(OPTIONS.devices, SEED), SEED)[0]
    value = 1.0
    reading = {"device": sites.codes[0], "ts": present_ms() - 86_400_000, "values": {sites.metrics[0]: value}}
    message = one_reading(sites, reading, 0)
    publisher = Publisher(broker.url, "first")
    publisher.start()

    def arrived() -> bool:
        publisher.publish(message, threading.Event())
        publisher.flush(10)
        return number(database, "reading") == 1

    assert wait_until(arrived, seconds=30)
    publisher.stop()
    return message
