"""Quotas at QoS 0: a flood is refused unread and counted; a whole city in one source, or QoS 1, is not."""

import json
import threading
from datetime import timedelta

import psycopg
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest.quota import BURST_S, BYTES_PER_S, PUT_OFF, Quotas
from cityops_ingest.sources.mqtt.packets import Publish
from fixtures.ingest import guard_stands, worker_process

FLOOD, CITY = b"cityops/v1/readings/eco-air", b"cityops/v1/readings/water-logging/WL-1"


class Clock:
    """A clock that is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def messages(topic: bytes, size: int, count: int, qos: int = 0) -> list[Publish]:
    return [Publish(topic, b"x" * size, 0, qos, False)] * count


def test_a_flood_is_refused_until_a_minute_has_passed_and_told_once() -> None:
    clock = Clock()
    quotas = Quotas(clock)
    taken = 0
    for _ in range(1000):  # a gigabyte in a second
        clock.now += 0.001
        taken += len(quotas.admit(messages(FLOOD, 100_000, 10)))
    assert 0.5 * BYTES_PER_S * BURST_S < taken * 100_000 < 2 * BYTES_PER_S * BURST_S
    assert quotas.take_put_off() == ["eco-air"]
    [refused] = quotas.take_refused()
    assert (refused.messages, refused.bytes) == (10_000 - taken, (10_000 - taken) * 100_000)
    assert quotas.take_refused() == []
    assert quotas.take_put_off() == []
    clock.now += PUT_OFF.total_seconds()
    assert quotas.admit(messages(FLOOD, 100, 1))


def test_nobody_else_is_refused_nor_anything_out_of_order() -> None:
    quotas = Quotas(Clock())
    flood = messages(FLOOD, 250_000, 100)
    others = [Publish(CITY, b"%d" % number, number, number % 2, False) for number in range(4)]
    mixed = [*others[:2], *flood, *others[2:], *messages(FLOOD, 250_000, 1, qos=1)]
    assert quotas.admit(mixed) == [*others, *messages(FLOOD, 250_000, 1, qos=1)]


def test_a_whole_city_in_one_source_is_within_its_quota() -> None:
    clock = Clock()
    quotas = Quotas(clock)
    for _ in range(120):  # 8,400 single readings and as many again in arrays of 100, for two minutes
        clock.now += 1
        assert len(quotas.admit(messages(CITY, 200, 8_400))) == 8_400
        assert len(quotas.admit(messages(CITY, 11_000, 84))) == 84
    assert len(quotas.admit(messages(CITY, 11_000, 50_000, qos=1))) == 50_000  # there the broker holds what waits
    assert quotas.take_put_off() == []


def test_what_a_stall_of_the_database_has_piled_up_is_nobodys_fault() -> None:
    clock = Clock()
    quotas = Quotas(clock)
    quotas.pause()
    for _ in range(50):
        clock.now += 1
        assert len(quotas.admit(messages(CITY, 1_000, 40_000))) == 40_000
    assert quotas.take_put_off() == []


def test_a_flood_keeps_nobody_waiting_and_stands_in_the_accounts(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    sent, connected = 600, threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("127.0.0.1", own_broker.port or 0)
    client.loop_start()
    try:
        assert connected.wait(20)
        with worker_process(["ingest", "mqtt", "--worker", "flooded"], environment):
            assert wait_until(lambda: _send(client, 1) and _stored(database) > 0, seconds=30)
            assert wait_until(lambda: not guard_stands(own_broker, binaries), seconds=30)
            for _ in range(sent):  # 60 MB
                client.publish(FLOOD.decode(), b"x" * 100_000)
            wanted = _stored(database) + 1
            assert wait_until(lambda: _send(client, 2) and _stored(database) >= wanted, seconds=60)
            account = "SELECT coalesce(sum(received), 0) FROM ingest_ledger WHERE source_system_code = 'eco-air'"
            assert wait_until(lambda: database.execute(account).fetchone() == (sent,), seconds=60)
    finally:
        client.disconnect()
        client.loop_stop()
    refused = "SELECT sum(refusals) >= 300 FROM reject WHERE source_system_code = 'eco-air' AND reason = 'over_quota'"
    assert database.execute(refused).fetchone() == (True,)


def _send(client: Client, value: int) -> bool:
    ts = (utc_now() - timedelta(seconds=value)).isoformat()
    client.publish(CITY.decode(), json.dumps({"ts": ts, "metric": "water_depth", "value": value}), qos=1)
    return True


def _stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT count(*) FROM reading").fetchone()
    assert row is not None
    return int(row[0])
