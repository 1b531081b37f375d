"""The load generator speaks MQTT that a real broker takes: every prepared message arrives whole and once."""

import threading
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench import publisher
from cityops.local.broker import Broker
from cityops.local.processes import wait_until

# Lengths around the borders of MQTT's one, two and three byte lengths.
MESSAGES = [("bench/短", b"x" * length) for length in (0, 100, 115, 130, 16_000, 16_400, 200_000)] * 100


@pytest.mark.parametrize("per_s", [0, 2_000])
def test_every_message_arrives_whole_and_once(own_broker: Broker, tmp_path: Path, per_s: int) -> None:
    assert own_broker.port
    received: list[tuple[str, int]] = []
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = lambda _client, _data, message: received.append((message.topic, len(message.payload)))
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", own_broker.port)
    client.subscribe("bench/#", qos=1)
    client.loop_start()
    assert subscribed.wait(10)
    count = publisher.prepare(tmp_path / "messages", MESSAGES)
    with publisher.generator(own_broker.port, tmp_path / "messages", per_s) as load:
        load.go()
        sent = load.sent()
    assert wait_until(lambda: len(received) >= count, seconds=20)
    client.disconnect()
    client.loop_stop()
    assert received == [(topic, len(payload)) for topic, payload in MESSAGES]
    assert not per_s or sent.ended - sent.began >= 0.9 * count / per_s
