"""What the broker tells of itself: messages it acknowledged and dropped, because the queue of a worker was full."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest.sources.mosquitto.sys_topics import FIGURES, BrokerWatch

DROPPED = FIGURES["$SYS/broker/publish/messages/dropped"]
RETAINED = FIGURES["$SYS/broker/retained messages/count"]
WAITING = FIGURES["$SYS/broker/store/messages/bytes"]
TOPIC = "cityops/v1/readings/test"
QUEUE_BYTES = 10_000
MESSAGE_BYTES = 100


@pytest.fixture
def narrow_broker(binaries: Binaries, instance: Path) -> Iterator[Broker]:
    """Give a broker whose queues are soon full and that tells its figures every second."""
    broker = Broker(binaries, instance, settings={"max_queued_bytes": str(QUEUE_BYTES), "sys_interval": "1"})
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def run(broker: Broker, program: str, *options: str, given: str = "") -> None:
    command = [str(broker.binaries.mosquitto(program)), "-p", str(broker.port), "-V", "5", "-q", "1", *options]
    subprocess.run(command, input=given, text=True, timeout=30, check=True)


def test_retained_messages_are_counted(narrow_broker: Broker) -> None:
    watch = BrokerWatch(narrow_broker.url)
    watch.start()
    try:
        assert wait_until(lambda: RETAINED._value.get() > 0, seconds=15)
        assert wait_until(lambda: RETAINED._value.get() >= 40, seconds=15)  # Mosquitto's own come within seconds
        before = RETAINED._value.get()
        for number in range(100):
            run(narrow_broker, "mosquitto_pub", "-t", f"{TOPIC}/{number}", "-r", "-m", "{}")
        assert wait_until(lambda: RETAINED._value.get() >= before + 100, seconds=15)
    finally:
        watch.stop()


def test_what_the_broker_holds_and_what_it_dropped_is_told(narrow_broker: Broker) -> None:
    session = ("-c", "-i", "worker", "-x", "3600", "-t", f"$share/ingest/{TOPIC}")
    run(narrow_broker, "mosquitto_sub", *session, "-E")
    room = QUEUE_BYTES // MESSAGE_BYTES
    run(narrow_broker, "mosquitto_pub", "-t", TOPIC, "-l", given=("x" * MESSAGE_BYTES + "\n") * (room + 7))
    watch = BrokerWatch(narrow_broker.url)
    watch.start()
    try:
        assert wait_until(
            lambda: DROPPED._value.get() == 2 * 7, seconds=15
        )  # by the worker's session and the guard's
        assert wait_until(lambda: WAITING._value.get() >= QUEUE_BYTES, seconds=15)
    finally:
        watch.stop()
