"""MQTT ingest against arbitrary and nearly right messages: all is accounted for, and its cost is bounded."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.store.upkeep.verify import verify
from fixtures.ingest import guard_stands, worker_process

READINGS, EVENTS = "cityops/v1/readings/water-logging/WL-1", "cityops/v1/events/hotline-12345"
MARK = -7.5
"""A value out of range, whose reject tells that all before it is settled."""

# Mosquitto hangs up on control characters and what is no character; wildcards may not be published to.
_words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="+#"), max_size=40)
_levels = st.sampled_from(
    ["v1", "readings", "events", "water-logging", "hotline-12345", "eco-air", "WL-1", "", "x" * 300]
)
topics = st.one_of(
    st.sampled_from([READINGS, EVENTS, "cityops/v1/readings/water-logging", "cityops/v1/events/water-logging"]),
    st.lists(st.one_of(_levels, _words), max_size=8).map(lambda parts: "/".join(["cityops", *parts])),
)
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\0"), st.just("\ud800")
)
_values = st.recursive(
    _scalars,
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=8), one, max_size=4),
    max_leaves=12,
)
_times = st.sampled_from(["2026-11-23T09:59:30+08:00", "2026-11-23T09:59:60Z", "2026-02-30T00:00:00Z", 0, 10**18, -1])
_right: dict[str, st.SearchStrategy[Any]] = {
    "ts": _times,
    "metric": st.sampled_from(["water_depth", "mood", ""]),
    "value": st.floats(-1e3, 1e3) | st.integers(),
    "values": st.dictionaries(st.sampled_from(["water_depth", "pm25", "x"]), st.floats(), max_size=3),
    "device": st.sampled_from(["WL-1", "WL-2", "AIR-1", "nobody"]),
    "external_id": st.text(max_size=5),
    "sequence": st.integers(-2, 3),
    "class": st.sampled_from(["road_ponding", "nothing"]),
    "status": st.sampled_from(["reported", "closed", "odd"]),
    "title": st.text(max_size=250),
    "region": st.sampled_from(["440106", "440106013", "1"]),
    "occurred_at": _times,
    "status_at": _times,
}
_objects = st.fixed_dictionaries(
    {}, optional={name: st.one_of(good, good, good, _values) for name, good in _right.items()}
)
_documents = st.one_of(_objects, st.lists(_objects | _values, max_size=6), _values).map(
    lambda document: json.dumps(document).encode()
)
payloads = st.one_of(
    _documents,
    st.tuples(_documents, st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]]),
    st.tuples(_documents, st.binary(max_size=4), st.integers(0, 60)).map(
        lambda at: at[0][: at[2]] + at[1] + at[0][at[2] :]
    ),
    st.binary(max_size=200),
    st.integers(1, 3_000).map(lambda depth: b"[" * depth + b"{" * depth),
    st.integers(1, 3_000).map(lambda count: b"[" + b"{}," * count + b"1]"),
    st.integers(1, 200_000).map(lambda digits: b'{"ts":1,"metric":"water_depth","value":' + b"9" * digits + b"}"),
)


class Door:
    """A client that has its messages acknowledged, and what they cost the worker."""

    def __init__(self, port: int, worker: int) -> None:
        self.messages = self.bytes = 0
        self._worker, self._connected = worker, threading.Event()
        self._client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.max_queued_messages_set(0)
        client.on_connect = lambda *_: self._connected.set()
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert self._connected.wait(20)

    def send(self, topic: str, payload: bytes, qos: int) -> None:
        """Send a message, and wait at QoS 1 and 2 for the broker's word."""
        told = self._client.publish(topic, payload, qos)
        told.wait_for_publish(20)
        assert told.is_published()
        self.messages += 1
        self.bytes += len(topic) + len(payload)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def cost(self) -> tuple[float, int]:
        """Return the worker's seconds of processor time so far, and its greatest memory in bytes."""
        fields = Path(f"/proc/{self._worker}/stat").read_text().rpartition(")")[2].split()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self._worker}/status").read_text().splitlines())
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK"), int(status["VmHWM"].split()[0]) * 1024


@contextmanager
def door(database_url: str, broker: Broker, binaries: Binaries) -> Iterator[Door]:
    """Give a client of a broker whose worker runs and has relieved the guard."""
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": broker.url}
    with worker_process(["ingest", "mqtt", "--worker", "fuzzed"], environment) as (process, _):
        assert wait_until(lambda: not guard_stands(broker, binaries), seconds=60)
        opened = Door(broker.port or 0, process.pid)
        try:
            yield opened
        finally:
            opened.close()


def test_whatever_comes_is_stored_or_refused_and_costs_in_proportion(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    with door(database_url, own_broker, binaries) as sender:
        _mark(sender, database)  # the worker is warm
        cpu_before, memory_before = sender.cost()

        @settings(
            max_examples=25,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(st.tuples(topics, payloads, st.sampled_from([0, 1, 1, 2])), max_size=12))
        def send_all(messages: list[tuple[str, bytes, int]]) -> None:
            for topic, payload, qos in messages:
                sender.send(topic, payload, qos)

        send_all()
        _mark(sender, database)
        cpu, memory = sender.cost()
        assert cpu - cpu_before < 20 + sender.bytes * 20e-6
        assert memory - memory_before < 200_000_000 + 50 * sender.bytes
    _check_accounts(database, sender.messages)


def _mark(sender: Door, database: psycopg.Connection) -> None:
    """Send a message whose reject is there once all before it are settled."""
    now = utc_now().isoformat()
    sender.send(READINGS, json.dumps({"ts": now, "metric": "water_depth", "value": MARK}).encode(), 1)
    found = "SELECT count(*) FROM reject WHERE position(convert_to(%s, 'UTF8') IN payload) > 0"
    assert wait_until(lambda: database.execute(found, [now]).fetchone() == (1,), seconds=60)


def _check_accounts(database: psycopg.Connection, messages: int) -> None:
    ledger = "SELECT sum(received)::int, sum(stored)::int, sum(duplicate)::int, sum(rejected)::int FROM ingest_ledger"
    row = database.execute(ledger).fetchone()
    assert row is not None
    received, stored, duplicate, rejected = row
    assert received >= messages  # of each message one item at least, nothing in silence
    assert received == stored + duplicate + rejected
    rows = "(SELECT count(*) FROM reading) + (SELECT count(*) FROM event_history), (SELECT sum(refusals) FROM reject)"
    assert database.execute(f"SELECT {rows}").fetchone() == (stored, rejected)
    assert [one.check for one in verify(database, lambda _: None) if one.wrong] == []
