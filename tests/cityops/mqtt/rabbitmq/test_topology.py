"""What is declared at a real RabbitMQ: once, again without a change, and refused by name where it is otherwise."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from cityops.cli.doctor.endpoints import weaknesses
from cityops.cli.main import app
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.rabbitmq.management import VHOST
from cityops.mqtt.rabbitmq.queues import QUEUE, Queue
from cityops.mqtt.rabbitmq.topology import DeclaredOtherwiseError, declare, faults
from cityops.settings import Settings, settings
from fixtures.rabbitmq import ADAPTERS, PASSWORD, Rabbit

TRIED = Queue("cityops.tried", ["a/+/b.c", "d/#"])


@pytest.fixture
def tried(rabbit: Rabbit) -> Iterator[Rabbit]:
    """Give a broker without the queue of these tests, and leave it so."""
    rabbit.forget(TRIED.name)
    yield rabbit
    rabbit.forget(TRIED.name)
    rabbit.let_in()


def test_declared_again_nothing_changes_and_a_filter_that_goes_is_let_go(tried: Rabbit) -> None:
    first = tried.declare([TRIED])
    assert {"queue cityops.tried", "binding a.#.b.c to cityops.tried", "binding d.# to cityops.tried"} <= set(first)
    assert tried.declare([TRIED]) == []
    assert tried.declare([Queue(TRIED.name, ["d/#"])]) == ["no binding a.#.b.c to cityops.tried any more"]
    with tried.management() as broker:
        found = broker.get("queues", VHOST, TRIED.name)
        bound = broker.get("policies", VHOST, "cityops")["definition"]
    assert (found["type"], found["arguments"]["x-delivery-limit"], bound["overflow"]) == (
        "quorum",
        -1,
        "reject-publish",
    )


@pytest.mark.parametrize(
    ("arguments", "differing"),
    [
        ({"x-queue-type": "classic"}, "x-delivery-limit, x-queue-type, x-quorum-initial-group-size"),
        (TRIED.arguments | {"x-delivery-limit": 20}, "x-delivery-limit"),
        (TRIED.arguments | {"x-message-ttl": 5}, "x-message-ttl"),
    ],
)
def test_a_queue_declared_otherwise_is_refused_by_name(
    tried: Rabbit, arguments: dict[str, Any], differing: str
) -> None:
    with tried.management() as broker:
        broker.put("queues", VHOST, TRIED.name, body={"durable": True, "arguments": arguments})
    with pytest.raises(
        DeclaredOtherwiseError, match=rf"cityops.tried was declared otherwise \({differing}\).*delete"
    ):
        tried.declare([TRIED])


def test_a_policy_that_goes_before_ours_is_refused_by_name(tried: Rabbit) -> None:
    with tried.management() as broker:
        other = {"pattern": ".*", "apply-to": "queues", "priority": 11, "definition": {"overflow": "drop-head"}}
        broker.put("policies", VHOST, "of somebody", body=other)
        try:
            with pytest.raises(DeclaredOtherwiseError, match=r"of somebody goes before ours.*lower its priority"):
                tried.declare([TRIED])
        finally:
            broker.delete("policies", VHOST, "of somebody")


def test_guest_is_refused(tried: Rabbit) -> None:
    with tried.management() as broker:
        broker.put("users", "guest", body={"password": "guest", "tags": "administrator"})
        try:
            with pytest.raises(DeclaredOtherwiseError, match="rabbitmqctl delete_user guest"):
                tried.declare([TRIED])
        finally:
            broker.delete("users", "guest")


def test_a_wrong_password_and_a_wrong_port_are_told(tried: Rabbit) -> None:
    url = tried.cluster.admin_url
    scheme, _, place = url.partition("admin:")
    wrong = f"{scheme}admin:wrong@{place.partition('@')[2]}"
    with pytest.raises(BrokerControlError, match="refuses the administrator: check the password"):
        declare(wrong, [TRIED], {})
    with pytest.raises(BrokerControlError, match="none of its nodes answers"):
        declare("http://admin:x@127.0.0.1:1", [TRIED], {})


def test_what_is_amiss_at_a_running_broker_is_told(rabbit: Rabbit) -> None:
    alone = "the cluster has 1 of 3 nodes: none may die"
    assert faults(rabbit.cluster.admin_url) == [alone]
    rabbit.forget(QUEUE)
    try:
        assert faults(rabbit.cluster.admin_url) == ["there is no queue cityops.ingest: run `cityops broker declare`"]
        with rabbit.management() as broker:
            broker.put("queues", VHOST, QUEUE, body={"durable": True, "arguments": {"x-queue-type": "classic"}})
        otherwise = (
            "cityops.ingest was declared otherwise (x-delivery-limit, x-queue-type, x-quorum-initial-group-size)"
        )
        assert otherwise in faults(rabbit.cluster.admin_url)[0]
        rabbit.forget(QUEUE)
    finally:
        rabbit.restore()


def test_the_doctor_asks_the_cluster(rabbit: Rabbit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_URL", rabbit.url)
    monkeypatch.setenv("CITYOPS_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CITYOPS_MQTT_ADMIN_URL", rabbit.cluster.admin_url)
    assert any("none may die" in str(one) for one in weaknesses(Settings()))
    monkeypatch.setenv("CITYOPS_MQTT_ADMIN_URL", "")
    assert any("cannot be asked" in str(one) for one in weaknesses(Settings()))


def test_the_verb_says_what_it_made(tried: Rabbit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_ADMIN_URL", tried.cluster.admin_url)
    monkeypatch.setenv("CITYOPS_INGEST_PASSWORD", PASSWORD)
    settings.cache_clear()
    try:
        with tried.management() as broker:
            broker.delete("users", "ingest")
        told = CliRunner().invoke(app, ["broker", "declare", "--adapters", str(ADAPTERS)])
        assert (told.exit_code, told.output) == (0, "made: user ingest\nthe broker is now as it shall be\n")
        told = CliRunner().invoke(app, ["broker", "declare", "--adapters", str(ADAPTERS)])
        assert told.output == "the broker is as it shall be\n"
    finally:
        settings.cache_clear()
