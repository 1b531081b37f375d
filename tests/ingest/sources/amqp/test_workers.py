"""Workers at a real RabbitMQ: a device's message is a row, and killing workers loses nothing and doubles nothing."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTMessageInfo, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import REGISTRY

from cityops.clock import utc_now
from cityops.local.processes import wait_until
from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops.store.upkeep.verify import verify
from cityops_ingest.formats.routing import NO_ROUTES, read_routes
from cityops_ingest.sources.amqp.queue_figures import QueueWatch
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.amqp.workers import run_amqp
from cityops_ingest.sources.unfit import UnfitBrokerError
from cityops_ingest.worker import taking, writing_worker
from fixtures.ingest import worker_process
from fixtures.rabbitmq import ADAPTERS, PASSWORD, SENDER, Rabbit

SOURCE = "cityops/v1/readings/water-logging"
MESSAGES, KILLS = 1_500, 2
ROUTES = read_routes(ADAPTERS)
BEGIN = utc_now() - timedelta(hours=6)


@pytest.fixture
def empty(rabbit: Rabbit) -> Rabbit:
    """Give the run's broker with nothing in our queue."""
    rabbit.forget(QUEUE)
    rabbit.restore()
    return rabbit


@pytest.fixture
def publisher(empty: Rabbit) -> Iterator[Client]:
    """Give a sender that is connected by MQTT."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.username_pw_set(SENDER, PASSWORD)
    client.connect("127.0.0.1", empty.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def reading(device: str, second: int = 0, value: float = 7) -> dict[str, object]:
    ts = BEGIN + timedelta(seconds=second)
    return {"device": device, "ts": ts.isoformat(), "metric": "water_depth", "value": value}


def count(database: psycopg.Connection, what: str) -> int:
    row = database.execute(f"SELECT coalesce({what}, 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


def faults(database: psycopg.Connection) -> list[object]:
    return [finding for finding in verify(database, lambda _check: None) if finding.wrong]


def test_kill_9_of_workers_loses_nothing_and_doubles_nothing(
    database_url: str, database: psycopg.Connection, empty: Rabbit, publisher: Client
) -> None:
    def send(number: int) -> MQTTMessageInfo:
        items = [reading(one, number) for one in ("WL-1", "WL-2", "WL-3")]
        return publisher.publish(SOURCE, json.dumps(items), qos=1)

    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": empty.url}
    sent: list[MQTTMessageInfo] = []
    for life in range(KILLS):
        with worker_process(["ingest", "mqtt", "--worker", f"killed-{life}"], environment) as (_, kill):
            sent.append(send(len(sent)))
            began = 3 * len(sent)
            assert wait_until(lambda began=began: count(database, "sum(stored)") == began, seconds=60)  # type: ignore[misc]  # bound now
            sent += [send(number) for number in range(len(sent), MESSAGES * (life + 1) // KILLS)]
            assert wait_until(lambda began=began: count(database, "sum(stored)") > began, seconds=60)  # type: ignore[misc]  # bound now
            kill()
    for one in sent:
        one.wait_for_publish(30)
    with worker_process(["ingest", "mqtt", "--worker", "last"], environment):
        assert wait_until(lambda: count(database, "sum(stored)") == MESSAGES * 3, seconds=60)
        assert wait_until(lambda: empty.told(QUEUE) == (0, 1), seconds=60)  # and what the dead ones had, comes again
    assert empty.waiting(QUEUE) == 0
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (MESSAGES * 3,)
    assert faults(database) == []


def test_killed_between_commit_and_acknowledgement_it_comes_again_as_a_duplicate(
    database_url: str,
    database: psycopg.Connection,
    empty: Rabbit,
    publisher: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also what has no time of its own: it is of the time at which the broker took it, whoever it is delivered to."""
    names = TopicNames(ROUTES.shared.filters())

    def run(worker: str, until: Callable[[], bool]) -> None:
        opened = writing_worker(database_url, worker, ROUTES.shared)
        with taking(lambda backlog: AmqpSource(empty.url, QUEUE, backlog, names=names), opened):
            assert wait_until(until, seconds=20)

    for topic, payload in ((SOURCE, json.dumps(reading("WL-1"))), ("zigbee2mqtt/AIR-1", '{"temperature": 21}')):
        publisher.publish(topic, payload, qos=1).wait_for_publish(20)
    with monkeypatch.context() as dead:
        dead.setattr(AmqpSource, "_acknowledge", lambda _source, _settled: None)
        run("dies", lambda: count(database, "sum(stored)") == 2)
    run("lives", lambda: count(database, "sum(duplicate)") == 2)
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (2,)
    assert empty.waiting(QUEUE) == 0


def test_a_worker_without_a_queue_says_so_and_stops(database_url: str, empty: Rabbit) -> None:
    empty.forget(QUEUE)
    with pytest.raises(UnfitBrokerError, match=r"no queue cityops.ingest.*cityops broker declare"):
        run_amqp(database_url, empty.url, "in vain", threading.Event(), NO_ROUTES)


def test_prometheus_is_told_what_waits_and_who_takes(empty: Rabbit, publisher: Client) -> None:
    for _ in range(3):
        publisher.publish(SOURCE, "[]", qos=1).wait_for_publish(20)
    with QueueWatch(empty.url, QUEUE):
        assert wait_until(lambda: figure("up") == 1 and figure("waiting_messages") == 3, seconds=20)
        assert figure("workers") == 0


def figure(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"cityops_ingest_queue_{name}")
