"""paho's MQTT client, made to take messages from the broker for a source, and to acknowledge them, many at a time.

paho asks the kernel three times for every packet, decodes its properties into objects and wakes its thread for each
acknowledgement: 64 % of a worker's time at 10,000 messages/s. Connecting, subscribing, keeping alive and connecting
again stay paho's. What is used of it beyond its public names is `_sock_recv`, `_loop_rc_handle`, `_packet_queue` and
`_last_bytes_received`; tests/ingest/sources/mqtt/test_paho_client.py fails if a release of paho changes them.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.exception import MalformedPacket

from cityops_ingest.sources.mqtt.packets import PUBACK, Publish, acknowledgements, end_of_packet, publishes

CHUNK = 262_144
"""Bytes asked of the socket at a time: some 1,700 single readings, or 30 arrays of 100."""

PAUSE_S = 0.002
"""Pause after a read that brought little, so that the next one brings more: at 5,000 messages/s ten, not one."""

LITTLE = CHUNK // 8

Deliver = Callable[[Sequence[Publish], int], None]
"""Takes messages, in order, and the number of the connection that brought them."""


class BulkClient(Client):
    """A client of protocol MQTT 5 whose messages are handed over in runs and acknowledged by the caller.

    `wait_for_room` is asked before each read and may wait a second; while it says no, nothing is read.
    """

    def __init__(
        self, client_id: str, deliver: Deliver, wait_for_room: Callable[[], bool], *, reconnect: bool = True
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTv5,
            manual_ack=True,
            reconnect_on_failure=reconnect,
        )
        self._deliver, self._wait_for_room = deliver, wait_for_room
        self._data, self._at = b"", 0
        self._connection_number = 0
        self._acknowledging = Lock()

    def reconnect(self) -> MQTTErrorCode:
        """Connect, now or again; from here on acknowledgements of earlier connections are dropped."""
        with self._acknowledging:
            self._connection_number += 1
        self._data, self._at = b"", 0
        return super().reconnect()

    def acknowledge(self, mids: Sequence[int], connection: int) -> None:
        """Send PUBACKs in one piece, unless the messages came on an earlier connection.

        What came on an earlier one is delivered again; its packet ids are no longer ours.
        """
        with self._acknowledging:
            if connection == self._connection_number:
                self._packet_queue(PUBACK, acknowledgements(mids), 0, 1)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read what has come, hand over its messages, and leave every other packet to paho."""
        if not self._wait_for_room():
            # The broker has more for us, so it is alive: without this, paho would hang up on it.
            self._last_bytes_received = time.monotonic()
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        try:
            chunk = super()._sock_recv(CHUNK)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            chunk = b""
        if not chunk:  # the connection is lost; paho finds the same and says so
            self._data, self._at = b"", 0
            return super().loop_read(max_packets)
        self._data, self._at = self._data[self._at :] + chunk, 0
        try:
            result = self._handle_packets()
        except MalformedPacket:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)
        if len(chunk) < LITTLE:
            time.sleep(PAUSE_S)
        return result

    def _handle_packets(self) -> MQTTErrorCode:
        while self.socket() is not None:
            found, self._at = publishes(self._data, self._at)
            if found:
                self._deliver(found, self._connection_number)
            elif end_of_packet(self._data, self._at) != (0, 0):
                result = super().loop_read()
                if result:
                    return result
            else:
                break
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give paho what has been read already, before it reads itself."""
        if self._at == len(self._data):
            return super()._sock_recv(bufsize)
        taken = self._data[self._at : self._at + bufsize]
        self._at += len(taken)
        return taken
