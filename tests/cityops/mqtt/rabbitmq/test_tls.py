"""TLS at a real RabbitMQ: devices by mqtts, workers by amqps, its administrator by https; a stranger is refused."""

import ssl
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from structlog.testing import capture_logs

from cityops.cli.doctor.endpoints import weaknesses
from cityops.local.processes import wait_until
from cityops.mqtt import senders
from cityops.mqtt.address import prepare
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto.roles import WORKERS
from cityops.mqtt.rabbitmq.queues import Queue
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops.mqtt.rabbitmq.topology import declare
from cityops.settings import Settings
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures.certificates import self_signed
from fixtures.rabbitmq import PASSWORD, Rabbit

KEY, TOKEN = "00000000000000f5", "key_00000000000000f5_secret"
OWN = "cityops/v1/readings/water-logging/WL-1"
QUEUE = Queue("cityops.tls", [OWN])


def address(rabbit: Rabbit, scheme: str, user: str, password: str) -> str:
    ports = rabbit.cluster.nodes[0].ports
    port = {"mqtts": ports.mqtts, "amqps": ports.amqps, "https": ports.https}[scheme]
    return f"{scheme}://{user}:{password.replace(' ', '%20')}@127.0.0.1:{port}"


def administrator(rabbit: Rabbit) -> str:
    password = rabbit.cluster.admin_url.partition("admin:")[2].partition("@")[0]
    return address(rabbit, "https", "admin", password)


def test_all_three_doors_speak_tls(rabbit: Rabbit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(rabbit.authority))
    admin_url = administrator(rabbit)
    declare(admin_url, [QUEUE], {})
    rabbit.let_in()
    control = senders.control_of(admin_url)
    control.revoke(admin_url, [KEY])
    control.grant(admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    backlog = Backlog()
    source = AmqpSource(address(rabbit, "amqps", WORKERS, PASSWORD), QUEUE.name, backlog, names=TopicNames())
    source.start()
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    try:
        assert source.subscribed.wait(20)
        device.connect(*prepare(device, address(rabbit, "mqtts", KEY, TOKEN)))
        device.loop_start()
        device.publish(OWN, b"7", qos=1).wait_for_publish(20)
        assert [(one.topic, one.payload) for one in backlog.take()] == [(OWN.encode(), b"7")]
    finally:
        device.disconnect()
        device.loop_stop()
        source.stop()
        backlog.close()
        control.revoke(admin_url, [KEY])
        rabbit.forget(QUEUE.name)


def is_told(logged: list[MutableMapping[str, Any]]) -> bool:
    return any("is not trusted" in str(one.get("reason")) for one in logged)


@pytest.mark.parametrize("trusted", ["another authority", "those of this machine"])
# paho leaves a socket whose other side it does not trust to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_whose_authority_is_another_is_refused_with_what_to_do(
    trusted: str, rabbit: Rabbit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, _ = self_signed(tmp_path)
    monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(other) if trusted == "another authority" else "")
    remedy = r"certificate is not trusted \(.+\): name the PEM file of the authority .*CITYOPS_MQTT_CA_FILE"
    with pytest.raises(BrokerControlError, match=remedy):
        declare(administrator(rabbit), [QUEUE], {})
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    with pytest.raises(ssl.SSLCertVerificationError):
        device.connect(*prepare(device, address(rabbit, "mqtts", "anybody", "x")))
    monkeypatch.setenv("CITYOPS_MQTT_URL", address(rabbit, "mqtts", "anybody", "x"))
    monkeypatch.setenv("CITYOPS_API_URL", "http://127.0.0.1:1")
    assert any("is not trusted" in str(one) for one in weaknesses(Settings()))
    for source in (
        AmqpSource(address(rabbit, "amqps", "anybody", "x"), QUEUE.name, Backlog(), names=TopicNames()),
        MqttSource(address(rabbit, "mqtts", "anybody", "x"), "tls", Backlog()),
    ):
        with capture_logs() as told:
            source.start()
            assert wait_until(partial(is_told, told), seconds=20)
            source.stop()


def test_a_file_that_is_no_authority_is_named(
    rabbit: Rabbit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(tmp_path / "nothing.pem"))
    for told in (
        lambda: declare(administrator(rabbit), [QUEUE], {}),
        lambda: AmqpSource(address(rabbit, "amqps", "a", "b"), QUEUE.name, Backlog(), names=TopicNames()),
    ):
        with pytest.raises(Exception, match=r"CITYOPS_MQTT_CA_FILE names .*nothing\.pem"):
            told()
