"""The database stands still or is slow under full load: memory is bounded, nothing acknowledged early or lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bench import publisher
from bench.measurements.pressure import slowed, stalled
from bench.memory import peak_bytes
from bench.told import Told
from bench.watching import COMMITTED
from bench.workload import Payload
from cityops import reference
from cityops.cli.db import prepare
from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.processes import free_ports, wait_until
from cityops.store import registry
from cityops.store.engine import connect
from cityops_ingest.backlog import CAPACITY_BYTES
from fixtures.ingest import DEVICES, worker_process

MESSAGES = 4_000
BEGAN_MS = int((utc_now() - timedelta(hours=6)).timestamp() * 1000)
PAD = "x" * 60_000
"""A field that is not listed is ignored: few messages fill the backlog, and storing them takes little time."""

SLOW_PER_S = 100
"""Readings that the slowed database stores per second: all messages come in a few seconds, many times as many."""

UNDER_WAY_BYTES = 60_000_000
"""Two batches of 4 MB that are being decoded and written, what the broker sent beyond, and the interpreter's own."""


@pytest.fixture
def database_url(own_database: Database) -> str:
    """Give the address of a server of this test's own, with our schema and the devices that speak."""
    prepare(own_database.url)
    with connect(own_database.url, "test") as connection:
        registry.register(connection, DEVICES, {kind.code: kind.metrics for kind in reference.device_kinds()})
    return own_database.url


@pytest.fixture
def broker(binaries: Binaries, instance: Path) -> Iterator[Broker]:
    """Give a broker that tells its figures every second."""
    broker = Broker(binaries, instance, settings={"sys_interval": "1"})
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def messages(count: int) -> Iterator[Payload]:
    for number in range(count):
        content = f'{{"ts": {BEGAN_MS + number}, "metric": "water_depth", "value": 7, "pad": "{PAD}"}}'
        yield f"cityops/v1/readings/water-logging/WL-{number % 3 + 1}", content.encode()


def send(broker: Broker, file: Path) -> None:
    assert broker.port
    with publisher.generator(broker.port, file) as load:
        load.go()
        load.sent()


def stored(database: psycopg.Connection) -> tuple[int, int]:
    row = database.execute("SELECT (SELECT count(*) FROM reading), sum(stored)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return row[0], row[1] or 0


@contextmanager
def loaded_worker(database_url: str, broker: Broker, folder: Path) -> Iterator[tuple[Told, Callable[[], int], Path]]:
    """Run a worker that has stored one reading; give its metrics, its growth, and the other messages."""
    hello, file = folder / "hello", folder / "messages"
    publisher.prepare(hello, messages(1))
    publisher.prepare(file, messages(MESSAGES))
    [port] = free_ports(1)
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": broker.url}
    verb = ["ingest", "mqtt", "--worker", "pressed", "--metrics-port", str(port)]
    with connect(database_url, "test") as database, worker_process(verb, environment) as (process, _):

        def arrived() -> bool:
            send(broker, hello)
            return stored(database)[1] > 0

        assert wait_until(arrived, seconds=30)
        before = peak_bytes(process.pid)
        yield Told(port), lambda: peak_bytes(process.pid) - before, file


def drains(told: Told, database_url: str) -> None:
    with connect(database_url, "test") as database:
        assert wait_until(lambda: stored(database) == (MESSAGES, MESSAGES), seconds=60)
    assert wait_until(lambda: told("cityops_ingest_oldest_message_seconds") == 0, seconds=10)
    assert wait_until(lambda: told("cityops_ingest_broker_waiting_bytes") < len(PAD), seconds=10)


def test_a_database_that_stands_still_costs_neither_memory_nor_a_reading(
    own_database: Database, database_url: str, broker: Broker, tmp_path: Path
) -> None:
    with loaded_worker(database_url, broker, tmp_path) as (told, growth, file):
        with stalled(own_database):
            send(broker, file)
            held = (MESSAGES - 100) * len(PAD)
            assert wait_until(lambda: told("cityops_ingest_broker_waiting_bytes") > held, seconds=20)
            assert wait_until(lambda: told("cityops_ingest_oldest_message_seconds") > 3, seconds=20)
            assert told("cityops_ingest_backlog_bytes") >= CAPACITY_BYTES
            assert told(COMMITTED) == 1
            assert growth() < CAPACITY_BYTES + UNDER_WAY_BYTES
        drains(told, database_url)


def test_a_database_that_stores_a_fraction_of_what_comes_costs_neither_memory_nor_a_reading(
    own_database: Database, database_url: str, broker: Broker, tmp_path: Path
) -> None:
    with loaded_worker(database_url, broker, tmp_path) as (told, growth, file):

        def holds_what_is_not_committed() -> bool:
            held = MESSAGES - told(COMMITTED) - 100
            return told("cityops_ingest_broker_waiting_bytes") > held * len(PAD)

        with slowed(own_database, told, SLOW_PER_S):
            send(broker, file)
            assert wait_until(lambda: told("cityops_ingest_backlog_bytes") >= CAPACITY_BYTES, seconds=20)
            assert wait_until(lambda: told(COMMITTED) > 4 * SLOW_PER_S, seconds=20)
        with stalled(own_database):  # so that the broker's figures, a second old, are of this moment
            assert wait_until(holds_what_is_not_committed, seconds=20)
            assert told(COMMITTED) < MESSAGES / 2
            assert growth() < CAPACITY_BYTES + UNDER_WAY_BYTES
        drains(told, database_url)
