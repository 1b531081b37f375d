"""More comes than is stored: for minutes the database stands still, or stores a tenth, at the rate of a city.

What is watched: memory of worker and broker, what is committed meanwhile, what the broker drops, how long it takes
afterwards until all is stored, and whether all of it is.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from bench import laps, publisher
from bench.cpu import children
from bench.figures import Figure, Setting
from bench.harness import Bench, World, wait_for
from bench.told import Told
from bench.watching import COMMITTED, Sample, Watch
from cityops.local.database import Database
from cityops.local.processes import free_ports
from cityops.mqtt.sessions import session_id
from cityops.store.upkeep.verify import verify

WORKER = "bench-pressure"
BEFORE_S = 10.0
OVERLOAD = 10
TURN_S = 0.1
"""How long the database runs at least before it is looked whether it has stored its share."""

SLOWEST_PER_S = 500
"""Messages per second that draining is waited for at least."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the database has: distinct readings, and the ledger's columns."""

    readings: int
    stored: int
    duplicate: int
    rejected: int


def measure_stall(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Stop the database under load for some minutes, and let it go on."""
    seconds, world = bench.sizes.stall_seconds, laps.make_world(bench, "stall", bench.sizes.devices)
    with _running(bench, world, BEFORE_S + seconds) as (watch, load, told):
        load.go()
        watch.for_seconds(BEFORE_S, "stall: the database runs")
        with stalled(bench.database):
            watch.for_seconds(2, "stall: what was under way ends")
            during = watch.for_seconds(seconds - 2, "stall: the database stands still")
        yield from _figures("stall", bench, world, _Run(watch, load, told, during, {"database": "stopped (SIGSTOP)"}))


def measure_overload(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Let the database store a tenth of what comes for some minutes, and then all."""
    seconds, world = bench.sizes.overload_seconds, laps.make_world(bench, "overload", bench.sizes.devices)
    stored_per_s = bench.sizes.city_per_s / OVERLOAD * laps.VALUES
    with _running(bench, world, seconds) as (watch, load, told):
        load.go()
        with slowed(bench.database, told, stored_per_s):
            during = watch.for_seconds(seconds, f"overload: {OVERLOAD} times what the database stores")
        how: dict[str, Setting] = {
            "times what the database stores": OVERLOAD,
            "database": f"slowed to {stored_per_s:,.0f} readings/s, 1/{OVERLOAD} of what is offered",
        }
        yield from _figures("overload", bench, world, _Run(watch, load, told, during, how))


@contextmanager
def stalled(database: Database) -> Iterator[None]:
    """Stop all processes of the server while the block runs: connections stay open and nothing answers."""
    assert database.process
    pids = [database.process.pid, *children(database.process.pid)]
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


@contextmanager
def slowed(database: Database, told: Told, readings_per_s: float) -> Iterator[None]:
    """Stop the server during the block whenever the worker has committed more than so many readings per second."""
    over, began, before = threading.Event(), time.monotonic(), told(COMMITTED)

    def is_ahead() -> bool:
        return told(COMMITTED) - before > (time.monotonic() - began) * readings_per_s

    def run() -> None:
        while not over.wait(TURN_S):
            if is_ahead():
                with stalled(database):
                    while is_ahead() and not over.wait(TURN_S):
                        pass

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # a session that has ended meanwhile
            continue


@dataclass(frozen=True)
class _Run:
    watch: Watch
    load: laps.Generator
    told: Told
    during: Sequence[Sample]
    how: Mapping[str, Setting]


@contextmanager
def _running(bench: Bench, world: World, seconds: float) -> Iterator[tuple[Watch, laps.Generator, Told]]:
    """Run a worker and prepare a load; give what watches the worker, the load, and what the worker tells."""
    [port] = free_ports(1)
    file = bench.folder / world.name
    laps.prepare(file, world.devices)
    verb = ("ingest", "mqtt", "--worker", WORKER, "--metrics-port", str(port))
    with bench.part(f"ingest-{world.name}", world.url, *verb) as part:
        told = Told(port)
        wait_for(lambda: _log_has(bench, world, "connected to the broker"), "the worker is connected", seconds=60)
        with laps.generator(bench.mqtt_port, file, bench.sizes.city_per_s, seconds) as load:
            assert part.process
            assert bench.broker.process
            pids = {"worker": part.process.pid, "broker": bench.broker.process.pid}
            yield Watch(bench, pids, told), load, told
    publisher.connect(bench.mqtt_port, session_id(bench.broker.url, WORKER)).close()  # forget the session


def _log_has(bench: Bench, world: World, text: str) -> bool:
    return text in (bench.folder / f"ingest-{world.name}.log").read_text()


def _figures(subject: str, bench: Bench, world: World, run: _Run) -> Iterator[Figure]:
    sent = run.load.sent()
    settings: dict[str, Setting] = {
        "devices": len(world.devices),
        "messages/s offered": bench.sizes.city_per_s,
        "values per message": laps.VALUES,
        "seconds": round(run.during[-1].at_s - run.during[0].at_s),
        "workers": 1,
        "QoS": 1,
        **run.how,
    }
    expected = sent.messages * laps.VALUES
    held, before = max(one.waiting for one in run.watch.samples), run.watch.samples[-1].at_s
    with bench.connect(world.url) as connection:
        longest_s = 60 + sent.messages / SLOWEST_PER_S
        dropped = int(run.told("cityops_ingest_broker_dropped_messages"))
        run.watch.until(
            lambda: _stored(connection) >= expected - dropped * laps.VALUES,
            f"{subject}: draining",
            expected_s=held / bench.sizes.city_per_s,
            longest_s=longest_s,
        )
        accounts = _accounts(connection)
        wrong = [finding.check for finding in verify(connection, lambda _: None) if finding.wrong]
    committed = run.during[-1].committed - run.during[0].committed
    yield Figure(f"{subject}.sent_per_s", sent.messages / sent.seconds, "messages/s", settings)
    yield Figure(f"{subject}.acknowledged", committed // laps.VALUES, "messages", settings)
    yield Figure(f"{subject}.held_by_broker", held, "messages", settings)
    yield Figure(f"{subject}.dropped_by_broker", dropped, "messages", settings)
    yield Figure(f"{subject}.oldest_s", max(one.oldest_s for one in run.during), "s", settings)
    for part in ("worker", "broker"):
        peak = max(one.memory_mb[part] for one in run.watch.samples)
        yield Figure(f"{subject}.{part}_peak", peak, "MB", settings)
    yield Figure(f"{subject}.worker_growth", _growth(run.during), "MB", settings)
    yield Figure(f"{subject}.drain_s", run.watch.samples[-1].at_s - before, "s", settings)
    yield Figure(f"{subject}.lost", expected - accounts.readings, "readings", settings)
    yield Figure(f"{subject}.doubled", accounts.stored - accounts.readings, "readings", settings)
    yield Figure(f"{subject}.rejected", accounts.rejected, "readings", settings)
    yield Figure(f"{subject}.verify_differences", len(wrong), "checks", settings)


def _growth(samples: Sequence[Sample]) -> float:
    """Return by how much the worker grew from the first third of the time to its end."""
    return samples[-1].memory_mb["worker"] - samples[len(samples) // 3].memory_mb["worker"]


def _stored(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


def _accounts(connection: psycopg.Connection) -> Accounts:
    row = connection.execute(
        """
        SELECT (SELECT count(*) FROM reading), coalesce(sum(stored), 0)::bigint,
               coalesce(sum(duplicate), 0)::bigint, coalesce(sum(rejected), 0)::bigint FROM ingest_ledger
        """
    ).fetchone()
    assert row is not None
    return Accounts(*row)
