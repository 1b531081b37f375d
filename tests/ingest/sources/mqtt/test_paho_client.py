"""The client on a real broker: takes and acknowledges in bulk, keeps a connection whose messages must wait."""

import inspect
import threading
from collections.abc import Sequence

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest.sources.mqtt.packets import Publish
from cityops_ingest.sources.mqtt.paho_client import BulkClient

MESSAGES = 3_000


def test_paho_has_what_the_client_takes_from_it_beyond_its_public_names() -> None:
    """A failure here means that this release of paho needs another look at `sources/mqtt/paho_client.py`."""
    assert list(inspect.signature(Client._sock_recv).parameters) == ["self", "bufsize"]
    assert list(inspect.signature(Client._loop_rc_handle).parameters) == ["self", "rc"]
    assert list(inspect.signature(Client._packet_queue).parameters)[:5] == ["self", "command", "packet", "mid", "qos"]
    for method, names in {
        Client._packet_read: ["_sock_recv"],
        Client.loop_read: ["_packet_read"],
        Client._loop: ["loop_read"],
        Client.loop_forever: ["_loop", "reconnect"],
        Client.reconnect: ["_out_packet", "clear"],
        Client._check_keepalive: ["_last_bytes_received"],
    }.items():
        assert set(names) <= set(method.__code__.co_names), method.__qualname__


class Taker:
    """Takes messages in a session that stays, and holds them unacknowledged."""

    def __init__(self, broker: Broker, keepalive_s: int = 60) -> None:
        assert broker.port
        self.taken: list[tuple[Publish, int]] = []
        self.room = threading.Event()
        self.room.set()
        self.subscribed = threading.Event()
        self.lost = threading.Event()
        self.client = BulkClient("taker", self._take, lambda: self.room.wait(0.2))
        self.client.on_connect = self._subscribe
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_disconnect = lambda *_: self.lost.set()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        properties.SessionExpiryInterval, properties.ReceiveMaximum = 60, 60_000
        self.client.connect_async("127.0.0.1", broker.port, keepalive_s, clean_start=False, properties=properties)
        self.client.loop_start()
        assert self.subscribed.wait(10)

    def _subscribe(self, *_: object) -> None:
        self.client.subscribe("t/#", qos=1)

    def _take(self, messages: Sequence[Publish], connection: int) -> None:
        self.taken += [(message, connection) for message in messages]

    def payloads(self) -> list[bytes]:
        """Return the payloads taken so far."""
        return [message.payload for message, _ in self.taken]

    def acknowledge(self, messages: Sequence[tuple[Publish, int]]) -> None:
        """Acknowledge messages of one connection."""
        self.client.acknowledge([message.mid for message, _ in messages], messages[0][1])
        # The broker answers in order: once it has, it has seen the acknowledgements too.
        self.subscribed.clear()
        self._subscribe()
        assert self.subscribed.wait(10)

    def stop(self) -> None:
        """Leave the broker; the session stays."""
        self.client.disconnect()
        self.client.loop_stop()


def publish(broker: Broker, payloads: Sequence[bytes]) -> None:
    assert broker.port
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    told = [client.publish("t/x", payload, qos=1) for payload in payloads]
    for one in told:
        one.wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


def test_what_is_acknowledged_does_not_come_again_and_the_rest_does(own_broker: Broker) -> None:
    sent = [b"%d" % number for number in range(MESSAGES)] + [b"x" * 265_000]
    taker = Taker(own_broker)
    publish(own_broker, sent)
    assert wait_until(lambda: len(taker.taken) == len(sent), seconds=20)
    assert taker.payloads() == sent
    taker.acknowledge(taker.taken[:MESSAGES:2])
    taker.stop()
    again = Taker(own_broker)
    left = [*sent[1:MESSAGES:2], sent[-1]]
    assert wait_until(lambda: len(again.taken) == len(left), seconds=20)
    assert again.payloads() == left
    assert all(message.dup for message, _ in again.taken)
    again.acknowledge(again.taken)
    again.stop()


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(own_broker: Broker) -> None:
    taker = Taker(own_broker)
    publish(own_broker, [b"a"])
    assert wait_until(lambda: len(taker.taken) == 1, seconds=20)
    taker.client.reconnect()
    assert wait_until(lambda: len(taker.taken) == 2, seconds=20)
    first, second = taker.taken
    assert first[1] < second[1]
    taker.acknowledge([first])
    taker.stop()
    again = Taker(own_broker)
    assert wait_until(lambda: len(again.taken) == 1, seconds=20)
    again.acknowledge(again.taken)
    again.stop()


def test_a_connection_is_kept_while_its_messages_must_wait(own_broker: Broker) -> None:
    taker = Taker(own_broker, keepalive_s=2)
    taker.room.clear()
    publish(own_broker, [b"a"])
    assert not taker.lost.wait(5)  # the broker hangs up after one and a half times the keep-alive, paho after twice
    assert taker.taken == []
    taker.room.set()
    assert wait_until(lambda: taker.payloads() == [b"a"], seconds=20)
    assert not taker.lost.is_set()
    taker.acknowledge(taker.taken)
    taker.stop()
