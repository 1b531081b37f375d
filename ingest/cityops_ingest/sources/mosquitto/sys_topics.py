"""Takes the broker's own figures from its topics under $SYS and tells Prometheus: what waits there, what it dropped.

Mosquitto publishes them every ten seconds. A connection apart from the worker's, which reads nothing while its
backlog is full.
"""

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import Gauge

from cityops.mqtt.address import prepare

FIGURES = {
    "$SYS/broker/publish/messages/dropped": Gauge(
        "cityops_ingest_broker_dropped_messages",
        "Messages the broker has dropped since it started: lost, for it had acknowledged them",
    ),
    "$SYS/broker/store/messages/count": Gauge(
        "cityops_ingest_broker_waiting_messages", "Messages the broker holds, on their way to workers or waiting"
    ),
    "$SYS/broker/store/messages/bytes": Gauge(
        "cityops_ingest_broker_waiting_bytes", "Payload bytes of the messages the broker holds"
    ),
    "$SYS/broker/retained messages/count": Gauge(
        "cityops_ingest_broker_retained_messages",
        "Messages the broker retains, its own figures among them: one for each topic, until it is cleared",
    ),
}
"""Gauges by topic; they stay at 0 with a broker that publishes other topics than Mosquitto's."""


class BrokerWatch:
    """One connection to the broker that keeps the gauges up to date."""

    def __init__(self, url: str) -> None:
        self._client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._host, self._port = prepare(client, url)
        client.on_connect = _subscribe
        client.on_message = _take

    def start(self) -> None:
        """Connect in the background, now and after each loss of the connection."""
        self._client.connect_async(self._host, self._port)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()


def _subscribe(
    client: Client, _data: object, _flags: ConnectFlags, _reason: ReasonCode, _properties: Properties | None
) -> None:
    for topic in FIGURES:
        client.subscribe(topic)


def _take(_client: Client, _data: object, message: MQTTMessage) -> None:
    FIGURES[message.topic].set(float(message.payload))
