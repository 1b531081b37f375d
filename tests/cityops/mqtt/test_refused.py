"""What a sender meets whom the broker refuses something, by protocol and QoS, as ingest/README.md says it."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.mqtt.mosquitto import senders
from cityops.mqtt.sessions import session_id

KEY, TOKEN = "0123456789abcdef", "key_0123456789abcdef_secret"
OWN, OTHERS = "cityops/v1/readings/eco-air/AIR-1", "cityops/v1/readings/water-logging/WL-1"
NOT_AUTHORIZED = 0x87


class Sender:
    """A client that does not connect again, and what the broker told it."""

    def __init__(self, broker: Broker, protocol: MQTTProtocolVersion) -> None:
        self.lost = threading.Event()
        self.answered: dict[int, int] = {}
        self._connected = threading.Event()
        self.client = client = Client(CallbackAPIVersion.VERSION2, protocol=protocol, reconnect_on_failure=False)
        client.username_pw_set(KEY, TOKEN)
        client.on_connect = lambda *_: self._connected.set()
        client.on_disconnect = lambda *_: self.lost.set()
        client.on_publish = self._note
        client.connect("127.0.0.1", broker.port or 0)
        client.loop_start()
        assert self._connected.wait(20)

    def _note(self, _client: Client, _data: object, mid: int, reason: ReasonCode, _more: object) -> None:
        self.answered[mid] = reason.value


@contextmanager
def sending(broker: Broker, protocol: MQTTProtocolVersion) -> Iterator[Sender]:
    sender = Sender(broker, protocol)
    try:
        yield sender
    finally:
        sender.client.disconnect()
        sender.client.loop_stop()


def held(broker: Broker, messages: int) -> list[str]:
    """Return the topics of the first messages that the guard holds; no worker runs here."""
    guard = ["-i", session_id(broker.url, "guard"), "-c", "-x", "3600", "-q", "1", "-t", "#", "-F", "%t"]
    who = ["-u", "ingest", "-P", broker.passwords["ingest"], "-p", str(broker.port), "-V", "5"]
    command = [str(broker.binaries.mosquitto("mosquitto_sub")), *who, *guard, "-C", str(messages), "-W", "20"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("protocol", [MQTTv311, MQTTv5])
def test_a_denied_topic_costs_neither_the_connection_nor_the_next_message(
    guarded: Broker, protocol: MQTTProtocolVersion, qos: int
) -> None:
    senders.grant(guarded.admin_url, KEY, {"eco-air": "readings"}, TOKEN)
    with sending(guarded, protocol) as sender:
        denied = [sender.client.publish(OTHERS, b"{}", qos) for _ in range(3)]
        allowed = sender.client.publish(OWN, b"{}", 1)
        assert wait_until(lambda: {allowed.mid, *(one.mid for one in denied)} <= sender.answered.keys(), seconds=20)
        assert not sender.lost.is_set()
        if protocol is MQTTv5 and qos == 1:  # at QoS 2 it stands in the PUBREC, of which paho says nothing
            assert {sender.answered[one.mid] for one in denied} == {NOT_AUTHORIZED}
    assert held(guarded, 1) == [OWN]


@pytest.mark.parametrize("protocol", [MQTTv311, MQTTv5])
def test_who_sends_more_than_a_worker_takes_is_hung_up_on(guarded: Broker, protocol: MQTTProtocolVersion) -> None:
    senders.grant(guarded.admin_url, KEY, {"eco-air": "readings"}, TOKEN)
    with sending(guarded, protocol) as sender:
        taken = sender.client.publish(OWN, b" " * 262_144, 1)
        assert wait_until(lambda: taken.mid in sender.answered, seconds=20)
        sender.client.publish(OWN, b" " * 271_000, 1)
        assert sender.lost.wait(20)
