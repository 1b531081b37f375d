"""What a database pair costs and how long it is away: ingest with and without its standby, and its leader's death."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import publisher
from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World, median
from bench.history import end_of_history_s
from bench.measurements import mqtt
from bench.strikes.pair import Outage, running_pair_rig, strike
from bench.strikes.rig import register
from bench.workload import devices_and_probes, workload
from cityops.local.patroni import DatabasePair, prepare_pair_programs
from cityops.local.patroni.member import AGREED, TTL_S

DEVICES = 2_000
READINGS, FEW_READINGS = 200_000, 30_000
ROUNDS = 3
PAST_S = 6 * 3600
"""Where the readings of all rounds begin, so that none of them is of the future."""
[_ARRAYS] = [shape for shape in mqtt.SHAPES if shape.name == "mqtt_array"]


def measure_failover(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Kill the leader with its Patroni under load, once; what is lost or counted twice is a figure, good or bad."""
    is_quick = bench.sizes is QUICK
    devices, readings = (500, FEW_READINGS) if is_quick else (DEVICES, READINGS)
    with (
        instance_folder() as folder,
        running_pair_rig(bench.database.binaries, prepare_pair_programs(bench.console), folder, devices) as rig,
    ):
        outage = strike(rig, readings, devices, lambda text: bench.say(f"cluster: {text}"))
    for difference in (*outage.audit.differences, *outage.audit.examples):
        bench.say(f"cluster: {difference}")
    yield from _figures(outage)


def _figures(outage: Outage) -> Iterator[Figure]:
    settings: dict[str, Setting] = {"ttl": TTL_S, "loop_wait": int(AGREED["loop_wait"]), "readings": outage.readings}
    for name, seconds in (
        ("failover", outage.writable_s),
        ("failover_stored", outage.stored_s),
        ("failover_led", outage.led_s),
        ("failover_api_silent", outage.silent_s),
        ("failover_api_age", outage.age_s),
        ("back", outage.back_s),
    ):
        yield Figure(f"cluster.database_{name}_s", seconds, "s", settings)
    yield Figure("cluster.database_lost", outage.audit.lost, "readings", settings)
    yield Figure("cluster.database_doubled", outage.audit.doubled, "readings", settings)
    yield Figure("cluster.database_verify_differences", len(outage.audit.differences), "checks", settings)


def measure_ratio(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Ingest arrays into a pair whose standby is waited for and into the same pair without waiting, in turns."""
    with instance_folder() as folder:
        pair = DatabasePair(prepare_pair_programs(bench.console), folder / "pair")
        try:
            pair.start()
            register(pair.url, DEVICES)
            rates = _rates(bench, pair)
        finally:
            pair.stop()
    told: dict[str, Setting] = {
        "median of": ROUNDS,
        "workers": bench.sizes.workers,
        "readings per message": mqtt.ARRAY,
    }
    yield Figure("cluster.sync_standby_ratio", median(rates[True]) / median(rates[False]), "", told)
    yield Figure("cluster.sync_standby_readings_per_s", median(rates[True]), "readings/s", told)


def _rates(bench: Bench, pair: DatabasePair) -> dict[bool, list[float]]:
    """Return readings stored per second by whether the standby is waited for, each the same number of times."""
    devices, probes = devices_and_probes(DEVICES)
    world = World("pair", pair.url, devices, probes, 0)
    messages = _ARRAYS.messages(bench.sizes)
    rates: dict[bool, list[float]] = {True: [], False: []}
    with bench.connect(pair.url) as connection, mqtt.workers(bench, world) as parts:
        work, start_s = workload(connection, devices), end_of_history_s() - PAST_S
        start_s += mqtt.warm_up(bench, connection, work, start_s)
        for number in range(2 * ROUNDS):
            is_waited_for = number % 4 in {0, 3}  # the later round of a couple is the slower one
            pair.wait_for_standby(is_waited_for=is_waited_for)
            load = _ARRAYS.load(work, messages, start_s)
            start_s += load.covers_s
            file = bench.folder / "pair"
            readings = publisher.prepare(file, load.messages) * _ARRAYS.readings_each
            rate, _ = mqtt.send(bench, connection, file, readings, parts, 0)
            rates[is_waited_for].append(rate)
            bench.say(
                f"cluster: {rate:,.0f} readings/s, {'synchronous' if is_waited_for else 'asynchronous'} standby"
            )
    return rates


@contextmanager
def instance_folder() -> Iterator[Path]:
    """Give a folder that the servers' account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="cityops-pair-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
