"""Keys at a real RabbitMQ, live: made and revoked while it runs, tried by clients that speak MQTT."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.local.processes import wait_until
from cityops.mqtt import senders
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.senders import SenderControl
from fixtures.rabbitmq import Rabbit

KEY, TOKEN = "0123456789abcdef", "key_0123456789abcdef_secret"
OWN = "cityops/v1/readings/water-logging"


@pytest.fixture
def control(rabbit: Rabbit) -> Iterator[SenderControl]:
    """Give how this broker's senders are let in and out; in the end the key of these tests is out."""
    found = senders.control_of(rabbit.cluster.admin_url)
    found.revoke(rabbit.cluster.admin_url, [KEY])
    yield found
    found.revoke(rabbit.cluster.admin_url, [KEY])


def may_publish(rabbit: Rabbit, topic: str) -> bool:
    """Publish at QoS 1 with the key; who may not is hung up on, or not let in."""
    over, acknowledged = threading.Event(), threading.Event()

    def on_end(
        _client: Client, _data: object, _flags: DisconnectFlags, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        over.set()

    def on_publish(_client: Client, _data: object, _mid: int, reason: ReasonCode, _more: Properties) -> None:
        if not reason.is_failure:
            acknowledged.set()
        over.set()

    def on_connect(
        client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if not reason.is_failure:
            client.publish(topic, b"{}", qos=1)

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
    client.username_pw_set(KEY, TOKEN)
    client.on_connect, client.on_publish, client.on_disconnect = on_connect, on_publish, on_end
    client.connect("127.0.0.1", rabbit.port)
    client.loop_start()
    assert over.wait(20)
    client.disconnect()
    client.loop_stop()
    return acknowledged.is_set()


@contextmanager
def connected(rabbit: Rabbit) -> Iterator[Client]:
    """Give a client that has published with the key, and is not connected again once it is hung up on."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
    client.username_pw_set(KEY, TOKEN)
    client.connect("127.0.0.1", rabbit.port)
    client.loop_start()
    try:
        client.publish(OWN, b"{}", qos=1).wait_for_publish(20)
        assert client.is_connected()
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def test_a_key_writes_its_own_topics_and_no_others(rabbit: Rabbit, control: SenderControl) -> None:
    carries = {"water-logging": "readings", "hotline-12345": "events"}
    control.grant(rabbit.cluster.admin_url, KEY, carries, TOKEN)
    assert control.admitted(rabbit.cluster.admin_url) == [KEY]
    assert all(
        may_publish(rabbit, one) for one in (OWN, f"{OWN}/WL-1", f"{OWN}/WL.1", "cityops/v1/events/hotline-12345")
    )
    others = ("cityops/v1/readings/eco-air/WL-1", f"{OWN}x/WL-1", "cityops/v1/events/water-logging", "tele/x/SENSOR")
    assert not any(may_publish(rabbit, one) for one in (*others, "cityops/v1/events/hotline-12345/x"))


def test_who_is_connected_is_hung_up_on_when_the_key_is_revoked_or_put_off(
    rabbit: Rabbit, control: SenderControl
) -> None:
    url = rabbit.cluster.admin_url
    control.grant(url, KEY, {"water-logging": "readings"}, TOKEN)
    with pytest.raises(BrokerControlError, match="knows a user"):
        control.grant(url, KEY, {"eco-air": "readings"}, TOKEN)
    with connected(rabbit) as client:
        control.put_off(url, [KEY])
        assert control.disabled(url) == {KEY: True}
        assert wait_until(lambda: not client.is_connected(), seconds=20)
        assert not may_publish(rabbit, OWN)
    control.let_in(url, [KEY])
    assert control.disabled(url) == {}
    with connected(rabbit) as client:
        control.revoke(url, [KEY])
        assert wait_until(lambda: not client.is_connected(), seconds=20)
    assert control.admitted(url) == []
    control.revoke(url, [KEY])  # once more is no fault


def test_a_source_with_a_dot_is_refused_since_its_key_could_write_as_another(
    rabbit: Rabbit, control: SenderControl
) -> None:
    with pytest.raises(BrokerControlError, match=r"water\.logging has a dot"):
        control.grant(rabbit.cluster.admin_url, KEY, {"water.logging": "readings"}, TOKEN)
    assert control.admitted(rabbit.cluster.admin_url) == []


def test_the_address_tells_the_flavour() -> None:
    assert senders.control_of("http://a:b@one,two").__name__ == "cityops.mqtt.rabbitmq.senders"  # type: ignore[attr-defined]  # a module
    assert senders.control_of("mqtts://a:b@one").__name__ == "cityops.mqtt.mosquitto.senders"  # type: ignore[attr-defined]  # likewise
