"""The load without end: each lap every device speaks once, of three metrics, at a time of its own."""

import json
import threading
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench import laps
from bench.workload import devices_and_probes
from cityops.local.broker import Broker
from cityops.local.processes import wait_until

LAPS, PER_S = 3, 2_000


def test_every_lap_each_device_says_three_values_at_its_own_time(own_broker: Broker, tmp_path: Path) -> None:
    assert own_broker.port
    devices, _ = devices_and_probes(100)
    received: list[tuple[str, dict[str, Any]]] = []
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = lambda _client, _data, message: received.append((message.topic, json.loads(message.payload)))
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", own_broker.port)
    client.subscribe("cityops/#", qos=1)
    client.loop_start()
    assert subscribed.wait(10)
    laps.prepare(tmp_path / "lap", devices)
    count = LAPS * len(devices)
    with laps.generator(own_broker.port, tmp_path / "lap", PER_S, count / PER_S) as load:
        load.go()
        sent = load.sent()
    assert wait_until(lambda: len(received) >= sent.messages, seconds=20)
    client.disconnect()
    client.loop_stop()

    assert sent.messages in (count - 1, count)  # of the seconds that were asked for
    codes = [topic.rpartition("/")[2] for topic, _ in received]
    assert codes == ([device.code for device in devices] * LAPS)[: sent.messages]
    times = [content["ts"] for _, content in received]
    assert times == sorted(times)
    assert len({(code, time) for code, time in zip(codes, times, strict=True)}) == sent.messages
    assert {len(content["values"]) for _, content in received} == {laps.VALUES}
