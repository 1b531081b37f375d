"""The parts that the ledger test strikes: servers of its own, two ingest workers, and relays between all of them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.strikes.disk import SmallDisk
from bench.strikes.relay import Relay
from bench.strikes.skew import SkewedClock
from bench.workload import devices_and_probes, metrics_of_kinds
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.parts import Part
from cityops.store import registry
from cityops.store.engine import connect, make_engine, writing
from cityops.store.schema import migrations, seed

DATABASE_SETTINGS = {"max_wal_size": "256MB", "min_wal_size": "64MB"}
"""So that the small disk need not hold gigabytes of log, and recycled files of it run out soon when it is full."""


@dataclass(slots=True)
class Rig:
    """Running parts; `disk` is None where this account may not mount one, and the database is then on the usual."""

    database: Database
    broker: Broker
    to_database: Relay
    senders_to_broker: Relay
    workers_to_broker: Relay
    workers: Sequence[Part]
    clock: SkewedClock
    disk: SmallDisk | None

    def connect(self) -> psycopg.Connection:
        """Connect to the database, past the relays."""
        return connect(self.database.url, "cityops bench ledger")

    def received(self) -> dict[str, int]:
        """Return how many items each worker has accounted for; nothing of what is not committed."""
        with self.connect() as connection:
            rows = connection.execute("SELECT worker, sum(received)::bigint FROM ingest_ledger GROUP BY worker")
            return {worker: int(received) for worker, received in rows}

    def alarms(self) -> tuple[int, int]:
        """Return how many alarm rules are in force, and how many hints readings have left for them."""
        with self.connect() as connection:
            query = "SELECT (SELECT count(*) FROM alarm_rule WHERE until IS NULL), (SELECT count(*) FROM alarm_hint)"
            row = connection.execute(query).fetchone()
            assert row is not None
            return int(row[0]), int(row[1])

    def told(self, words: str) -> int:
        """Return how often the workers' logs hold these words."""
        return sum(part.log.read_text().count(words) for part in self.workers)

    def revive(self) -> None:
        """Start what has ended by itself, as `cityops up` does."""
        for server in (self.database, self.broker):
            if server.has_died:
                server.start()
        for part in self.workers:
            part.revive()


@contextmanager
def running_rig(binaries: Binaries, folder: Path, devices: int, disk_bytes: int) -> Iterator[Rig]:
    """Start everything in a folder that the servers' account can enter, with a registered fleet; end it after."""
    with ExitStack() as stack:
        disk = _small_disk(folder / "disk", disk_bytes)
        if disk:
            stack.callback(disk.close)
        database = Database(binaries, (disk.folder if disk else folder) / "database", settings=DATABASE_SETTINGS)
        broker = Broker(binaries, folder / "broker")
        for server in (database, broker):
            stack.callback(server.stop)
            server.start()
        register(database.url, devices)
        assert database.port
        assert broker.port
        relays = [Relay(port) for port in (database.port, broker.port, broker.port)]
        for relay in relays:
            stack.callback(relay.close)
        clock = SkewedClock(folder / "clock")
        workers = [_worker(folder, database.url, relays[0], relays[2], n, clock if n == 1 else None) for n in (1, 2)]
        for part in workers:
            stack.callback(part.stop)
            part.start()
        yield Rig(database, broker, relays[0], relays[1], relays[2], workers, clock, disk)


def _small_disk(folder: Path, size: int) -> SmallDisk | None:
    try:
        return SmallDisk(folder, size)
    except CityopsError:
        folder.rmdir()
        return None


def register(url: str, devices: int) -> None:
    """Give an empty database schema, reference data and a fleet of so many devices."""
    migrations.upgrade(url)
    engine = make_engine(url)
    with writing(engine) as connection:
        seed.load(connection)
    engine.dispose()
    with connect(url, "cityops bench ledger") as session:
        registry.register(session, devices_and_probes(devices)[0], metrics_of_kinds())


def _worker(
    folder: Path, database_url: str, database: Relay, broker: Relay, number: int, clock: SkewedClock | None
) -> Part:
    name = f"ledger-{number}"
    at = urlsplit(database_url)
    addresses = {
        "CITYOPS_DATABASE_URL": at._replace(netloc=at.netloc.replace(f":{at.port}", f":{database.port}")).geturl(),
        "CITYOPS_MQTT_URL": f"mqtt://127.0.0.1:{broker.port}",
    }
    environment = addresses | (clock.environment if clock else {})
    return Part(name, ("ingest", "mqtt", "--worker", name), environment, folder / f"{name}.log")
