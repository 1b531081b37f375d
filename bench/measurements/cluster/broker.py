"""What a cluster of three brokers costs beside Mosquitto, what dies with its nodes, and how fast a key is out."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import psycopg

from bench import mqtt5
from bench.consumer import consumer
from bench.cpu import seconds_of_tree
from bench.crowd import crowd
from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World, median, wait_for
from bench.measurements.cluster.databases import instance_folder
from bench.publisher import WINDOW, Generator, prepare
from bench.strikes.journal import make_journal
from bench.strikes.nodes import KILLS, Brokers, Struck, running_brokers, strike
from bench.workload import Payload, devices_and_probes, metrics_of_kinds, workload
from cityops.local.rabbitmq import prepare_programs
from cityops.mqtt.mosquitto.roles import SIMULATOR
from cityops.mqtt.rabbitmq import senders
from cityops.store import registry

DEVICES, FEW_DEVICES = 2_000, 500
READINGS, FEW_READINGS = 300_000, 60_000
WORKERS = 2
CONNECTIONS = 4
SINGLES, FEW_SINGLES = 60_000, 4_000
ARRAYS, FEW_ARRAYS = 6_000, 500
ARRAY = 100
ROUNDS = 3
REVOKED = 10
PATIENCE_S = 240.0
KEY, TOKEN = "00000000000000be", "a password of the bench"

CLUSTER, MOSQUITTO = "cluster", "Mosquitto"
WARM_UP = 4_000
_TOPIC = "cityops/v1/readings/water-logging"
_ITEM = '{"device":"WL-%05d","ts":1795487258000,"metric":"water_depth","value":12.5}'


def measure_kills(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Kill whoever leads the queue, twice under load; what is lost or counted twice is a figure, good or bad."""
    is_quick = bench.sizes is QUICK
    devices, readings = (FEW_DEVICES, FEW_READINGS) if is_quick else (DEVICES, READINGS)
    url = bench.new_database("brokers")
    with ExitStack() as stack:
        store = stack.enter_context(bench.connect(url))
        fleet = devices_and_probes(devices)[0]
        registry.register(store, fleet, metrics_of_kinds())
        journal = make_journal(workload(store, fleet), readings)
        brokers = stack.enter_context(
            running_brokers(prepare_programs(bench.console), stack.enter_context(instance_folder()))
        )
        for number in range(1, WORKERS + 1):
            verb = ("ingest", "mqtt", "--worker", f"struck-{number}")
            stack.enter_context(bench.part(f"struck-{number}", url, *verb, mqtt_url=brokers.url))
        struck = strike(brokers, journal, store, _stored_in(store), lambda text: bench.say(f"cluster: {text}"))
    for difference in (*struck.audit.differences, *struck.audit.examples):
        bench.say(f"cluster: {difference}")
    yield from _figures(struck, readings)


def _stored_in(store: psycopg.Connection) -> Callable[[], int]:
    def stored() -> int:
        row = store.execute("SELECT coalesce(sum(stored + rejected), 0)::bigint FROM ingest_ledger").fetchone()
        assert row is not None
        return int(row[0])

    return stored


def _figures(struck: Struck, readings: int) -> Iterator[Figure]:
    told: dict[str, Setting] = {
        "nodes": 3,
        "leaders killed": KILLS,
        "workers": WORKERS,
        "readings": readings,
        "messages": struck.messages,
        "refused with 0x83": struck.refused,
        "sent again": struck.sent_again,
    }
    yield Figure("cluster.lost", struck.audit.lost, "readings", told)
    yield Figure("cluster.doubled", struck.audit.doubled, "readings", told)
    yield Figure("cluster.verify_differences", len(struck.audit.differences), "checks", told)
    yield Figure("cluster.broker_failover_s", struck.silent_s, "s", told)
    yield Figure("cluster.broker_back_s", struck.back_s, "s", told)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two that are compared: where its nodes speak MQTT, with whom, what they have used, who takes from it."""

    name: str
    ports: Sequence[int]
    user: str
    password: str
    cpu_s: Callable[[], float]
    consumer: Generator

    def send(self, file: Path, messages: int) -> tuple[float, float]:
        """Send prepared messages; return how many were acknowledged per second, and processor µs of the nodes each.

        These are counted until the consumer has settled the last one.
        """
        before, wanted = self.cpu_s(), self._taken() + messages
        with crowd(self.ports, file, self.user, self.password) as load:
            load.go()
            sent = load.sent()
            wait_for(lambda: self._taken() >= wanted, f"{self.name} has handed all over", seconds=PATIENCE_S)
        return messages / (sent.ended - sent.began), (self.cpu_s() - before) / messages * 1e6

    def _taken(self) -> int:
        return int(self.consumer.say("how many?"))


def measure_costs(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Send the same messages to the cluster and to the run's Mosquitto in turns, then cut senders off."""
    is_quick = bench.sizes is QUICK
    singles, arrays, rounds = (FEW_SINGLES, FEW_ARRAYS, 1) if is_quick else (SINGLES, ARRAYS, ROUNDS)
    with ExitStack() as stack:
        nodes = running_brokers(prepare_programs(bench.console), stack.enter_context(instance_folder()))
        brokers = stack.enter_context(nodes)
        sides = [_cluster_side(stack, brokers), _mosquitto_side(stack, bench)]
        trials = {side.name: Trials() for side in sides}
        few = _prepared(bench, "few", 1, min(singles, WARM_UP))
        for side in sides:
            side.send(few, min(singles, WARM_UP))
        both = _prepared(bench, "singles", 1, singles), _prepared(bench, "arrays", ARRAY, arrays)
        for number in range(rounds):
            for side in sides[:: (1, -1)[number % 2]]:
                rate, single_us = side.send(both[0], singles)
                _, array_us = side.send(both[1], arrays)
                trials[side.name].note(rate, single_us, array_us / ARRAY)
                bench.say(f"cluster: {side.name} {rate:,.0f}/s, {single_us:.0f} µs a single, {array_us:.0f} an array")
        revoked_s = [_revoke_s(brokers) for _ in range(REVOKED)]
    told: dict[str, Setting] = {"nodes": 3, "connections": CONNECTIONS, "in flight each": WINDOW, "median of": rounds}
    yield from _costs(trials, told | {"singles": singles, "arrays": arrays, "readings per array": ARRAY})
    yield Figure("cluster.revoke_s", max(revoked_s), "s", {"worst of": REVOKED})
    yield Figure("cluster.revoke_p50_s", median(revoked_s), "s", {"median of": REVOKED})


@dataclass(slots=True)
class Trials:
    """What a side's rounds gave: singles acknowledged per second, processor µs of a single and of a reading."""

    per_s: list[float] = field(default_factory=list)
    single_us: list[float] = field(default_factory=list)
    reading_us: list[float] = field(default_factory=list)

    def note(self, per_s: float, single_us: float, reading_us: float) -> None:
        """Add a round."""
        self.per_s.append(per_s)
        self.single_us.append(single_us)
        self.reading_us.append(reading_us)


def _costs(trials: Mapping[str, Trials], told: Mapping[str, Setting]) -> Iterator[Figure]:
    cluster, single = trials[CLUSTER], trials[MOSQUITTO]
    yield Figure("cluster.single_ratio_to_mosquitto", median(cluster.per_s) / median(single.per_s), "", told)
    yield Figure("cluster.cpu_us_per_reading_arrays", median(cluster.reading_us), "µs", told)
    for suffix, one in (("", cluster), ("_mosquitto", single)):
        yield Figure(f"cluster.single_per_s{suffix}", median(one.per_s), "messages/s", told)
        yield Figure(f"cluster.single_cpu_us{suffix}", median(one.single_us), "µs", told)
    yield Figure("cluster.cpu_us_per_reading_arrays_mosquitto", median(single.reading_us), "µs", told)


def _cluster_side(stack: ExitStack, brokers: Brokers) -> Side:
    def cpu_s() -> float:
        return sum(seconds_of_tree(node.process.pid) for node in brokers.cluster.nodes if node.process)

    ports = list(islice(cycle(brokers.ports), CONNECTIONS))
    taking = stack.enter_context(consumer(brokers.url))
    return Side(CLUSTER, ports, SIMULATOR, brokers.password, cpu_s, taking)


def _mosquitto_side(stack: ExitStack, bench: Bench) -> Side:
    taking = stack.enter_context(consumer(bench.broker.url))
    return Side(MOSQUITTO, [bench.mqtt_port] * CONNECTIONS, "", "", lambda: bench.server_cpu()["broker"], taking)


def _prepared(bench: Bench, name: str, readings: int, messages: int) -> Path:
    file = bench.folder / name
    prepare(file, (_message(number, readings) for number in range(messages)), mqtt5.publish_packet)
    return file


def _message(number: int, readings: int) -> Payload:
    """Return a device's message of one value, 100 bytes with its topic, or an array of a gateway, 7 kB."""
    if readings == 1:
        return f"{_TOPIC}/WL-{number % DEVICES:05d}", b'{"ts":1795487258000,"metric":"water_depth","value":12.5}'
    items = ",".join(_ITEM % (device % DEVICES) for device in range(number, number + readings))
    return _TOPIC, f"[{items}]".encode()


def _revoke_s(brokers: Brokers) -> float:
    """Return how long after a key is revoked a sender is hung up on that has come in by it at another node."""
    admin_url = brokers.cluster.admin_url  # of which the first node answers
    senders.grant(admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    with mqtt5.connect(brokers.ports[-1], "revoked", KEY, TOKEN) as connection:
        connection.sendall(mqtt5.publish_packet(*_message(1, 1), 1))
        connection.recv(16)  # it may publish
        began = time.monotonic()
        senders.revoke(admin_url, [KEY])
        connection.settimeout(PATIENCE_S)
        with contextlib.suppress(ConnectionError):
            while connection.recv(16):  # a DISCONNECT, before the end
                pass
        return time.monotonic() - began
