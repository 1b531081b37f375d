"""Hands messages to the MQTT broker: MQTT 5, QoS 1, a bounded number under way, again after a lost connection."""

import threading

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.errors import CityopsError
from cityops.mqtt.address import prepare
from cityops.simulate.messages import Message

log = structlog.get_logger()

_WINDOW = 1000
"""Messages under way at most, where the broker's receive maximum does not ask for fewer."""

_PATIENCE_S = 0.5

NOBODY_SUBSCRIBED = 0x10  # MQTT 5, section 3.4.2.1: "No matching subscribers", which counts as a success there


class Publisher:
    """One connection to the broker; what was not acknowledged is sent again after a reconnect, as a duplicate."""

    def __init__(self, url: str, client_id: str) -> None:
        self._changed = threading.Condition()
        self._connected = False
        self._window = _WINDOW
        self._under_way = 0
        self.delivered = 0
        self.refused = 0
        """Messages that the broker has answered and given to nobody: refused, or nobody was subscribed."""
        self._client = client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5)
        self._address = prepare(client, url)
        # The window below is ours: paho's own looks through all messages at every acknowledgement.
        client.max_inflight_messages_set(0)
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish

    def start(self, patience_s: float = 30) -> None:
        """Connect, and keep connecting again after a loss.

        Raises
        ------
        CityopsError
            The broker has not taken the connection within `patience_s` seconds.
        """
        host, port = self._address
        self._client.connect_async(host, port, keepalive=30, clean_start=True)
        self._client.loop_start()
        with self._changed:
            if not self._changed.wait_for(lambda: self._connected, patience_s):
                self._client.loop_stop()
                raise CityopsError(f"no MQTT broker at {host}:{port}: start it, or set CITYOPS_MQTT_URL")

    def publish(self, message: Message, stop: threading.Event) -> bool:
        """Hand over a message as soon as the window has room; False where `stop` came first."""
        with self._changed:
            while not self._connected or self._under_way >= self._window:
                if stop.is_set():
                    return False
                self._changed.wait(_PATIENCE_S)
            self._under_way += 1
        self._client.publish(message.topic, message.payload, qos=1)
        return True

    def flush(self, patience_s: float) -> int:
        """Wait for the outstanding acknowledgements; return how many are missing after `patience_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0, patience_s)
            return self._under_way

    def stop(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker refused the connection", reason=str(reason), remedy="check the credential")
            return
        with self._changed:
            self._window = min(_WINDOW, getattr(properties, "ReceiveMaximum", _WINDOW))
            self._connected = True
            self._changed.notify_all()

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        with self._changed:
            self._connected = False
        if reason.is_failure:
            log.warning("connection to the broker lost, connecting again", reason=str(reason))

    def _on_publish(
        self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        kept = not reason.is_failure and reason.value != NOBODY_SUBSCRIBED
        with self._changed:
            self._under_way -= 1
            self.delivered += kept
            self.refused += not kept
            first = self.refused == 1 and not kept
            self._changed.notify_all()
        if first:
            log.error(
                "the broker did not deliver a message",
                reason=str(reason),
                remedy="start an ingest worker, or check what this user may publish; further ones are only counted",
            )
