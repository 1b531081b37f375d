"""Readings per second from the first message sent until the last is committed, beside raw COPY of the same rows."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import psycopg

from bench import copying, history, publisher
from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import Bench, Sizes, World, median, wait_for
from bench.workload import Payload, Workload, workload
from cityops.errors import CityopsError
from cityops.local.parts import Part
from cityops.mqtt.sessions import session_id
from cityops.store.readings import ReadingColumns
from cityops.store.upkeep.verify import verify

ARRAY = 100
CADENCE_S = 10
"""Every device speaks each ten seconds, as the city's 84,000 may; only time passes faster here."""

PATIENCE_S = 300.0

VALUES = 3
"""Values in a message of one device."""


@dataclass(frozen=True, slots=True)
class Load:
    """Messages, the seconds of the readings' time that they cover, and the rows that COPY stores beside them."""

    messages: Iterator[Payload]
    covers_s: int
    rows: ReadingColumns | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of message: its name, its unit, the readings in one, how many are sent, how they are made, at what rate.

    `load` is given how many messages and the Unix time at which they begin; a rate of 0 is as fast as it goes.
    """

    name: str
    unit: str
    readings_each: int
    messages: Callable[[Sizes], int]
    load: Callable[[Workload, int, int], Load]
    per_s: Callable[[Sizes], int] = lambda _sizes: 0


def _arrays(work: Workload, messages: int, start_s: int) -> Load:
    instants = -(-messages * ARRAY // len(work))
    columns, place = work.columns(start_s + np.arange(instants, dtype=np.float64) * CADENCE_S, CADENCE_S)
    first = np.arange(messages * ARRAY)
    rows = columns.take(first)
    return Load(work.arrays(rows, place[first], ARRAY), instants * CADENCE_S, rows)


def _triples(work: Workload, messages: int, start_s: int) -> Load:
    instants = -(-messages // len(work.triples()))
    times = start_s + np.arange(instants, dtype=np.float64) * CADENCE_S
    return Load(islice(work.messages_of_triples(times, CADENCE_S), messages), instants * CADENCE_S)


SHAPES = (
    Shape("mqtt_array", "readings", ARRAY, lambda sizes: sizes.array_readings // ARRAY, _arrays),
    Shape("mqtt_single", "messages", VALUES, lambda sizes: sizes.single_messages, _triples),
    Shape("mqtt_paced", "messages", VALUES, lambda sizes: sizes.paced_messages, _triples, lambda s: s.paced_per_s),
)


@dataclass(slots=True)
class Rates:
    """What the rounds of one world gave: rows per second by subject, and processor cores in use by shape and part."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    cores: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def rate(self, subject: str) -> float:
        """Return the median rate of a subject."""
        return median(self.rates[subject])


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Measure COPY and every shape in turn, world by world, so that what disturbs one of them disturbs all."""
    all_rates = {world.name: Rates() for world in worlds}
    instants = history.end_of_history_s()
    for number in range(1, bench.sizes.rounds + 1):
        for world in worlds:
            bench.say(f"mqtt: round {number} of {bench.sizes.rounds}, {world.history:,} readings of history")
            used = _round(bench, world, instants, all_rates[world.name])
        instants += used
    _check(bench, worlds[0])
    small, big = (all_rates[world.name] for world in worlds)
    settings = _settings(bench.sizes, worlds[1])
    yield Figure(
        "copy.rows_per_s", big.rate("copy"), "rows/s", {"rows": bench.sizes.array_readings, "connections": 1}
    )
    for shape in SHAPES:
        yield from _figures(shape, small, big, settings | _settings_of(shape, bench.sizes))


def _round(bench: Bench, world: World, start_s: int, rates: Rates) -> int:
    """Measure once in one world with readings from `start_s` on; return how many seconds of time they cover."""
    began_s = start_s
    with bench.connect(world.url) as connection:
        work = workload(connection, world.devices)
        with workers(bench, world) as parts:
            start_s += warm_up(bench, connection, work, start_s)
            for shape in SHAPES:
                load = shape.load(work, shape.messages(bench.sizes), start_s)
                start_s += load.covers_s
                if load.rows is not None:
                    rates.rates.setdefault("copy", []).append(copying.rows_per_s(connection, load.rows))
                file = bench.folder / shape.name
                readings = publisher.prepare(file, load.messages) * shape.readings_each
                rate, cores = send(bench, connection, file, readings, parts, shape.per_s(bench.sizes))
                rates.rates.setdefault(shape.name, []).append(rate)
                rates.cores.setdefault(shape.name, []).append(cores)
                bench.say(f"  {shape.name}: {rate:,.0f} readings/s")
    return start_s - began_s


@contextmanager
def workers(bench: Bench, world: World) -> Iterator[list[Part]]:
    """Run the ingest workers, and forget their sessions at the broker afterwards: the next world has its own."""
    names = [f"bench-{number}" for number in range(1, bench.sizes.workers + 1)]
    with ExitStack() as stack:
        yield [
            stack.enter_context(bench.part(f"ingest-{n}", world.url, "ingest", "mqtt", "--worker", n)) for n in names
        ]
    for name in names:
        publisher.connect(bench.mqtt_port, session_id(bench.broker.url, name)).close()


def warm_up(bench: Bench, connection: psycopg.Connection, work: Workload, start_s: int) -> int:
    """Wait until every worker listens, then send one reading of each series, so that caches are filled.

    Returns the seconds of time that the readings cover.
    """
    messages = list(work.singles(*work.columns(np.array([start_s], np.float64), CADENCE_S)))
    hello, rest = bench.folder / "hello", bench.folder / "rest"
    publisher.prepare(hello, messages[:1] * 50)
    publisher.prepare(rest, messages[1:])
    began, stored = _now(connection), _stored(connection)

    def all_listen() -> bool:
        _publish(bench, hello)
        told = connection.execute("SELECT DISTINCT worker FROM ingest_ledger WHERE last_received_at >= %s", [began])
        return len(told.fetchall()) >= bench.sizes.workers

    wait_for(all_listen, "the ingest workers listen", seconds=60)
    _publish(bench, rest)
    _wait_stored(connection, stored + len(messages))
    return CADENCE_S


def _publish(bench: Bench, file: Path) -> publisher.Sent:
    with publisher.generator(bench.mqtt_port, file) as load:
        load.go()
        return load.sent()


def send(
    bench: Bench, connection: psycopg.Connection, file: Path, readings: int, workers: Sequence[Part], per_s: int
) -> tuple[float, dict[str, float]]:
    """Send prepared messages, at a rate or as fast as it goes (0); return readings stored per second, cores used."""
    stored = _stored(connection)
    connection.execute("CHECKPOINT")
    with publisher.generator(bench.mqtt_port, file, per_s) as load:
        before = _cpu(bench, workers)
        load.go()
        _wait_stored(connection, stored + readings)
        ended = time.monotonic()
        used = {name: seconds - before[name] for name, seconds in _cpu(bench, workers).items()}
        sent = load.sent()
    seconds = ended - sent.began
    cores = {name: spent / seconds for name, spent in (used | {"generator": sent.cpu_s}).items()}
    return readings / seconds, cores


def _cpu(bench: Bench, workers: Sequence[Part]) -> dict[str, float]:
    pids = [part.process.pid for part in workers if part.process]
    return bench.server_cpu() | {"workers": sum(seconds_of_tree(pid) for pid in pids)}


def _now(connection: psycopg.Connection) -> datetime:
    row = connection.execute("SELECT now()").fetchone()
    assert row is not None
    return cast("datetime", row[0])


def _stored(connection: psycopg.Connection) -> int:
    """Return how many readings are committed; refuse to measure what is rejected."""
    row = connection.execute(
        "SELECT coalesce(sum(stored), 0)::bigint, coalesce(sum(rejected), 0)::bigint FROM ingest_ledger"
    ).fetchone()
    assert row is not None
    if row[1]:
        raise CityopsError(f"{row[1]} of the bench's readings were rejected; the table reject names the reason")
    return int(row[0])


def _wait_stored(connection: psycopg.Connection, wanted: int) -> None:
    wait_for(lambda: _stored(connection) >= wanted, f"{wanted:,} readings are stored", seconds=PATIENCE_S)


def _check(bench: Bench, world: World) -> None:
    """Compare rollups, latest values and ledger with the raw readings: speed that loses readings is no result."""
    bench.say("mqtt: cityops verify")
    with bench.connect(world.url) as connection:
        wrong = [finding.check for finding in verify(connection, lambda _: None) if finding.wrong]
    if wrong:
        raise CityopsError(f"the measured readings were not stored rightly: {'; '.join(wrong)}")


def _figures(shape: Shape, small: Rates, big: Rates, settings: Mapping[str, Setting]) -> Iterator[Figure]:
    rate, copied, each = (
        big.rate(shape.name),
        big.rate("copy"),
        1 if shape.unit == "readings" else shape.readings_each,
    )
    busy = [sum(cores.values()) for cores in big.cores[shape.name]]
    spent = median([used / at for used, at in zip(busy, big.rates[shape.name], strict=True)]) * each
    yield Figure(f"{shape.name}.{shape.unit}_per_s", rate / each, f"{shape.unit}/s", settings)
    yield Figure(f"{shape.name}.cpu_us_each", spent * 1e6, f"µs per {shape.unit.removesuffix('s')}", settings)
    if "messages/s" in settings:
        yield Figure(f"{shape.name}.machine_share", median(busy) / (os.cpu_count() or 1), "of all cores", settings)
    else:
        yield Figure(f"{shape.name}.ratio_to_copy", rate / copied, "", settings)
        yield Figure(f"{shape.name}.history_cost_ratio", small.rate(shape.name) / rate, "", settings)
    if each > 1:
        yield Figure(f"{shape.name}.readings_per_s", rate, "readings/s", settings)
    for part in big.cores[shape.name][0]:
        used = median([cores[part] for cores in big.cores[shape.name]])
        yield Figure(f"{shape.name}.{part}_cores", used, "cores", settings)


def _settings(sizes: Sizes, world: World) -> dict[str, Setting]:
    return {
        "devices": world.registered,
        "workers": sizes.workers,
        "QoS": 1,
        "in flight": publisher.WINDOW,
        "history": world.history,
        "median of": sizes.rounds,
    }


def _settings_of(shape: Shape, sizes: Sizes) -> dict[str, Setting]:
    sent: dict[str, Setting] = {"readings per message": shape.readings_each, "messages sent": shape.messages(sizes)}
    return sent | ({"messages/s": shape.per_s(sizes)} if shape.per_s(sizes) else {})
