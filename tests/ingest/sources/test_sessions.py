"""A worker's session is its own: no sender takes it by a guess; what stands under a former id is taken over."""

import json
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.mqtt.mosquitto import senders
from cityops.mqtt.sessions import session_id
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt.source import MqttSource
from cityops_ingest.sources.mqtt.workers import retire_mqtt
from fixtures.ingest import guard_stands, worker_process

TOPIC = "cityops/v1/readings/water-logging/WL-1"
KEYS = {"water-logging": ("0123456789abcdef", "honest"), "eco-air": ("fedcba9876543210", "hostile")}
ROUTES = Path(__file__).parents[3] / "ingest" / "adapters.example.toml"
GUESSES = ("cityops-ingest-local-1", "cityops-ingest-guard", "cityops-local-1", "local-1")
"""What a sender may try: the names of old, and what is written in code and documents."""


class World:
    """A guarded broker with two source systems, the second of which is hostile, and the store behind a worker."""

    def __init__(self, broker: Broker, database: psycopg.Connection, database_url: str) -> None:
        self.broker, self._database = broker, database
        self.environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": broker.url}
        for source, (key, password) in KEYS.items():
            senders.grant(broker.admin_url, key, {source: "readings"}, password)

    def client(self, source: str, *options: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run mosquitto_pub with a key to its end."""
        key, password = KEYS[source]
        program = [str(self.broker.binaries.mosquitto("mosquitto_pub")), "-p", str(self.broker.port), "-q", "1"]
        return subprocess.run([*program, "-u", key, "-P", password, *options], input=given, check=True)

    def send(self, value: int) -> None:
        """Send a reading of the honest source."""
        ts = (utc_now() - timedelta(seconds=value)).isoformat()
        payload = json.dumps({"ts": ts, "metric": "water_depth", "value": value})
        self.client("water-logging", "-V", "5", "-t", TOPIC, "-s", given=payload.encode())

    def attack(self) -> None:
        """Connect as the hostile source under each guess, with and without a clean start."""
        for guess in GUESSES:
            for start in ((), ("-c",)):
                self.client("eco-air", "-i", guess, *start, "-t", "cityops/v1/readings/eco-air", "-n")

    def stored(self) -> set[float]:
        """Return the values in the store."""
        return {row[0] for row in self._database.execute("SELECT value FROM reading")}

    def arrives(self, value: int) -> Callable[[], bool]:
        """Return a question that sends a reading and tells whether one has arrived."""

        def ask() -> bool:
            self.send(value)
            return value in self.stored()

        return ask


@pytest.fixture
def world(guarded: Broker, database: psycopg.Connection, database_url: str) -> World:
    """Give the broker, its senders and the store."""
    return World(guarded, database, database_url)


def test_no_sender_can_throw_a_worker_out(world: World) -> None:
    with worker_process(["ingest", "mqtt", "--worker", "local-1"], world.environment):
        assert wait_until(world.arrives(100), seconds=30)
        for value in range(8):
            world.attack()
            world.send(value)
        assert wait_until(lambda: world.stored() == {100, *range(8)}, seconds=30)


def test_no_sender_can_delete_what_waits_for_a_worker(world: World) -> None:
    verb = ["ingest", "mqtt", "--worker", "local-1"]
    with worker_process(verb, world.environment):
        assert wait_until(world.arrives(100), seconds=30)
        # once the guard is gone, the worker's session alone holds what comes
        user, password = "ingest", world.broker.passwords["ingest"]
        assert wait_until(
            lambda: not guard_stands(world.broker, world.broker.binaries, "-u", user, "-P", password), seconds=30
        )
    for value in range(20):
        world.send(value)
    world.attack()
    with worker_process(verb, world.environment):
        assert wait_until(lambda: world.stored() == {100, *range(20)}, seconds=30)


def test_a_session_that_is_taken_over_is_an_alarm(world: World) -> None:
    def alarms() -> float:
        return REGISTRY.get_sample_value("cityops_ingest_session_taken_over_total") or 0.0

    backlog, before = Backlog(), alarms()
    source = MqttSource(world.broker.url, "local-1", backlog)
    source.start()
    try:
        assert source.subscribed.wait(20)
        in_force = session_id(world.broker.url, "local-1")
        world.client("eco-air", "-i", in_force, "-t", "cityops/v1/readings/eco-air", "-n")
        assert wait_until(lambda: alarms() == before + 1, seconds=20)
        assert source.subscribed.wait(20)  # it comes back by itself
    finally:
        backlog.close()
        source.stop()


def leave_session(broker: Broker, client_id: str, *, messages: int) -> None:
    """Leave a session of a worker that went away, with so many readings waiting in it."""
    where = ["-p", str(broker.port), "-V", "5"]
    session = ["-c", "-x", "4294967295", "-i", client_id, "-q", "1", "-t", "$share/ingest/cityops/#", "-E"]
    subprocess.run([str(broker.binaries.mosquitto("mosquitto_sub")), *where, *session], check=True)
    for value in range(messages):
        ts = (utc_now() - timedelta(seconds=value)).isoformat()
        payload = json.dumps({"ts": ts, "metric": "water_depth", "value": value})
        send = [str(broker.binaries.mosquitto("mosquitto_pub")), *where, "-q", "1", "-t", TOPIC, "-s"]
        subprocess.run(send, input=payload.encode(), check=True)


@pytest.mark.parametrize("former", ["a bare name", "a password before"])
def test_a_worker_takes_over_what_it_left_under_a_former_id(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries, former: str
) -> None:
    def url(password: str) -> str:
        return own_broker.url.replace("mqtt://", f"mqtt://ingest:{password}@")

    left = "cityops-ingest-away" if former == "a bare name" else session_id(url("old%2Fone"), "away")
    leave_session(own_broker, left, messages=5)
    environment = {
        "CITYOPS_DATABASE_URL": database_url,
        "CITYOPS_MQTT_URL": url("new"),
        "CITYOPS_MQTT_FORMER_PASSWORD": "old/one",
    }
    with worker_process(["ingest", "mqtt", "--worker", "away"], environment):
        rows = "SELECT count(DISTINCT value) FROM reading"
        assert wait_until(lambda: database.execute(rows).fetchone() == (5,), seconds=30)
        # the guard is that of a broker without passwords: this worker, which shows one, does not know it
        assert wait_until(lambda: guard_stands(own_broker, binaries, sessions=1), seconds=30)


def test_retiring_a_worker_takes_its_former_session_too(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    leave_session(own_broker, "cityops-ingest-gone", messages=3)
    assert retire_mqtt(database_url, own_broker.url, "gone", threading.Event())
    assert database.execute("SELECT count(DISTINCT value) FROM reading").fetchone() == (3,)
    assert wait_until(lambda: guard_stands(own_broker, binaries, sessions=1), seconds=30)


def test_the_sparkplug_worker_stores_what_its_former_session_holds_before_anything_newer(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    where, topic = ["-p", str(own_broker.port), "-V", "5", "-q", "1"], "spBv1.0/pumps/DDATA/station-3/gauge"
    session = ["-c", "-x", "4294967295", "-i", "cityops-ingest-sparkplug", "-t", "spBv1.0/pumps/#", "-E"]
    subprocess.run([str(binaries.mosquitto("mosquitto_sub")), *where, *session], check=True)

    def publish(text: str) -> None:
        subprocess.run([str(binaries.mosquitto("mosquitto_pub")), *where, "-t", topic, "-m", text], check=True)

    def refused() -> list[bytes]:
        return [row[0] for row in database.execute("SELECT payload FROM reject ORDER BY id")]

    publish("older")
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    with worker_process(["ingest", "sparkplug", "--adapters", str(ROUTES)], environment):
        assert wait_until(lambda: refused() == [b"older"], seconds=30)
        publish("newer")
        assert wait_until(lambda: refused() == [b"older", b"newer"], seconds=30)
        assert wait_until(lambda: guard_stands(own_broker, binaries, sessions=1), seconds=30)
