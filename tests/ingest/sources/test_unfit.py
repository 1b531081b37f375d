"""A broker that cannot do what a worker needs is refused by name: a protocol peer that says so in its CONNACK."""

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from cityops.local.processes import wait_until
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt.source import MqttSource
from cityops_ingest.sources.unfit import UnfitBrokerError

SHARED, WILDCARD, QOS = b"\x2a\x00", b"\x28\x00", b"\x24\x00"
"""Properties of a CONNACK, MQTT 5 section 3.2.2.3: each says that something is not available."""


@contextmanager
def peer(properties: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Answer every CONNECT with these properties and every SUBSCRIBE as granted; give the port, and what was sent."""
    sent: list[bytes] = []
    connack = bytes([0x20, 3 + len(properties), 0, 0, len(properties)]) + properties
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)

    def converse(connection: socket.socket) -> None:
        connection.settimeout(0.1)
        while not over.is_set():
            with suppress(TimeoutError):
                packet = connection.recv(65_536)
                if not packet:
                    return
                sent.append(packet)
                kind = packet[0] & 0xF0
                if kind == 0x10:
                    connection.sendall(connack)
                elif kind == 0x80:
                    connection.sendall(struct.pack("!BBHBB", 0x90, 4, int.from_bytes(packet[2:4], "big"), 0, 1))

    def serve() -> None:
        with ThreadPoolExecutor() as pool:
            while not over.is_set():
                with suppress(TimeoutError):
                    pool.submit(keep, server.accept()[0])

    def keep(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            converse(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], sent
    finally:
        over.set()
        thread.join()
        server.close()


def test_a_worker_ends_with_a_sentence_that_names_what_the_broker_lacks(database_url: str) -> None:
    with peer(SHARED) as (port, sent):
        environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": f"mqtt://127.0.0.1:{port}"}
        command = [sys.executable, "-m", "cityops", "ingest", "mqtt", "--worker", "nowhere"]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 1
    assert f"the broker at 127.0.0.1:{port} says that it has no shared subscriptions" in done.stderr
    assert "CITYOPS_MQTT_URL" in done.stderr
    assert all(b"$share" not in packet for packet in sent)


@pytest.mark.parametrize(
    ("properties", "missing"),
    [(WILDCARD, "no subscriptions with wildcards"), (QOS, "no QoS 1"), (SHARED + QOS, "subscriptions and no QoS 1")],
)
def test_whatever_a_worker_depends_on_is_named(properties: bytes, missing: str) -> None:
    refused: list[UnfitBrokerError] = []
    with peer(properties) as (port, sent):
        backlog = Backlog()
        source = MqttSource(f"mqtt://127.0.0.1:{port}", "nowhere", backlog, unfit=refused.append)
        source.start()
        try:
            assert wait_until(lambda: bool(refused), seconds=10)
        finally:
            backlog.close()
            source.stop()
        assert missing in str(refused[0])
        assert all(packet[0] & 0xF0 != 0x80 for packet in sent)  # nothing was subscribed


def test_who_subscribes_by_itself_needs_no_shared_subscriptions() -> None:
    refused: list[UnfitBrokerError] = []
    with peer(SHARED) as (port, _):
        backlog = Backlog()
        source = MqttSource(
            f"mqtt://127.0.0.1:{port}", "sparkplug", backlog, subscriptions=["spBv1.0/#"], unfit=refused.append
        )
        source.start()
        try:
            assert source.subscribed.wait(10)
        finally:
            backlog.close()
            source.stop()
    assert refused == []
