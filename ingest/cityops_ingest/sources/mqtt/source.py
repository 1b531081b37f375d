"""Takes messages from the broker: MQTT 5, persistent session, QoS 1, acknowledged only when they are settled.

Workers share one subscription, so that any number of them on any machines divides the load. A worker's session
belongs to its name: the broker keeps what it has assigned to a stopped worker until a worker of that name returns.
What the session is called at the broker, no sender can guess (`cityops.mqtt.sessions`).
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cityops.domain.rejects import Reason
from cityops.mqtt.address import prepare
from cityops.mqtt.authority import refusal
from cityops.mqtt.sessions import session_id
from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.database_clock import database_clock
from cityops_ingest.decode.items import Refusal
from cityops_ingest.envelope import Envelope, Outcome, bounded, bounded_topic
from cityops_ingest.quota import OverQuota, Quotas
from cityops_ingest.sources.mqtt.packets import Publish
from cityops_ingest.sources.mqtt.paho_client import BulkClient
from cityops_ingest.sources.unfit import UnfitBrokerError

log = structlog.get_logger()

SHARED = "$share/ingest/"

SUBSCRIPTION = f"{SHARED}cityops/#"
"""Everything under our prefix: a mistyped topic ends as a named reject, not in silence."""

RECEIVE_MAXIMUM = 60_000
"""Messages the broker may have under way to one worker before it waits for acknowledgements: the back-pressure.

Three batches: one with the database, one being decoded, one coming in. MQTT allows 65,535.
"""

NEVER_EXPIRES = 0xFFFF_FFFF
"""A session that expires takes undelivered readings with it."""

KEEPALIVE_S = 30
"""Pings go on while a full backlog keeps us from reading; a broker that cut us off for that would deliver tens of
thousands of messages again. One that is dead is noticed by TCP before."""

_DEAD_BROKER = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""Seconds of silence before the first probe, between probes, and probes without an answer."""

ROOM_WAIT_S = 1.0
"""How long a full backlog is waited for before the connection is looked after again."""

CONFIRM_S = 10.0
"""How long the broker's answer to a subscription is waited for; a full backlog keeps us from reading it."""

QUIET_S = 5.0
"""A session that is being given up is taken for empty after this long without a message."""

TAKEN_OVER = 0x8E  # MQTT 5, section 2.4: "Session taken over"

_NEEDED = {
    "SharedSubscriptionAvailable": "shared subscriptions",
    "WildcardSubscriptionAvailable": "subscriptions with wildcards",
    "MaximumQoS": "QoS 1",
}
"""What a broker says it has not by a 0 in its CONNACK (MQTT 5, section 3.2.2.3), and what of ours depends on it."""


_AS_PUBLISHED = SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
"""What the broker has retained is old news, and is not asked for; what is published to be retained says so."""


Delivered = tuple[int, int]
"""The number of the connection that brought a message, and the broker's of the message: 0 at QoS 0."""


class MqttSource:
    """One connection to the broker that fills a backlog; the `Source` of all brokers that speak MQTT 5."""

    def __init__(
        self,
        url: str,
        worker: str,
        backlog: Backlog,
        *,
        subscriptions: Sequence[str] = (SUBSCRIPTION,),
        session: str = "",
        retire: bool = False,
        reconnect: bool = True,
        unfit: Callable[[UnfitBrokerError], None] | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        """Prepare a connection for the session of a worker's name, or for the one of this client id.

        `unfit` is told when the broker cannot do what a worker needs; nothing is subscribed there. `quotas` hold the
        sources to what they may send at QoS 0.
        """
        self.backlog = backlog
        self.subscriptions = list(subscriptions)
        self._settled: list[Delivered] = []
        self._flush = self.confirm  # one object, so that the writer calls it once for a batch
        self._retire, self._unfit, self._quotas = retire, unfit, quotas
        self._last_message_at = time.monotonic()
        self._taken = self._done = 0
        self.times_subscribed = 0
        self._confirmed: int | None = None
        self.subscribed = threading.Event()
        self._client = client = BulkClient(
            session or session_id(url, worker),
            self._on_messages,
            partial(backlog.wait_for_room, ROOM_WAIT_S),
            reconnect=reconnect,
        )
        self._host, self._port = prepare(client, url)
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_socket_open = _watch_peer
        client.on_connect_fail = self._on_connect_fail
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe

    def start(self) -> None:
        """Connect in the background, now and after each loss of the connection."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        properties.SessionExpiryInterval = NEVER_EXPIRES
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect_async(
            self._host, self._port, keepalive=KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker; it keeps the session and what is not acknowledged."""
        self._client.disconnect()
        self._client.loop_stop()

    def confirm_subscription(self, stop: threading.Event) -> bool:
        """Subscribe once more, which changes nothing, and wait for the answer: the subscription stands now.

        That it stood some time ago says nothing of a broker that has been restarted since.
        """
        _, asked = self._client.subscribe([(one, _AS_PUBLISHED) for one in self.subscriptions])
        if asked is None:  # no connection
            return False
        deadline = time.monotonic() + CONFIRM_S
        while self._confirmed != asked:
            if time.monotonic() > deadline or stop.wait(0.05):
                return False
        return True

    def wait_until_quiet(self, stop: threading.Event) -> bool:
        """Wait until no message has come for a while and all are settled; return False if told to stop before."""
        while not (self._client.is_connected() and self._is_quiet()):
            if self._is_over() or stop.wait(0.2):
                return False
        return True

    def _is_quiet(self) -> bool:
        return self._taken == self._done and time.monotonic() - self._last_message_at >= QUIET_S

    def _is_over(self) -> bool:
        """Whether waiting is in vain: never, for a worker's own session."""
        return False

    def give_up_session(self) -> None:
        """Leave the broker for good: it forgets the session, and whatever it might still hold for it."""
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]  # paho's own
        properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        self._client.loop_stop()

    def _on_connect_fail(self, _client: Client, _data: object) -> None:
        """Say whose certificate is not trusted; paho calls this while it handles the error."""
        if distrust := refusal(sys.exception()):
            log.error("the broker was not connected to", broker=f"{self._host}:{self._port}", reason=distrust)

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker refused the connection", reason=str(reason), remedy="check the credential")
            return
        if missing := self._missing(properties):
            self._refuse(missing)
            return
        log.info("connected to the broker", session_resumed=flags.session_present)
        self._last_message_at = time.monotonic()
        if self._retire:
            client.unsubscribe(self.subscriptions)
        else:
            client.subscribe([(one, _AS_PUBLISHED) for one in self.subscriptions])

    def _missing(self, properties: Properties | None) -> list[str]:
        """Return what of ours the broker says it cannot do."""
        absent = [words for name, words in _NEEDED.items() if getattr(properties, name, 1) == 0]
        shares = any(one.startswith("$share/") for one in self.subscriptions)
        return [words for words in absent if shares or words != _NEEDED["SharedSubscriptionAvailable"]]

    def _refuse(self, missing: Sequence[str]) -> None:
        error = UnfitBrokerError(
            f"the broker at {self._host}:{self._port} says that it has no {' and no '.join(missing)}, without which "
            "a worker is sent nothing, or loses what it is sent: name another broker in CITYOPS_MQTT_URL, "
            "or allow it there"
        )
        log.critical("the broker is of no use to a worker", error=str(error))
        self._client.disconnect()
        if self._unfit:
            self._unfit(error)

    def _on_subscribe(
        self, _client: Client, _data: object, mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        for subscription, reason in zip(self.subscriptions, reasons, strict=True):
            if reason.is_failure:
                log.error("broker refused the subscription", reason=str(reason), remedy=f"allow {subscription}")
        if not any(reason.is_failure for reason in reasons):
            self._confirmed = mid
            self.times_subscribed += not self.subscribed.is_set()
            self.subscribed.set()

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.subscribed.clear()
        if reason.value == TAKEN_OVER:
            self._on_taken_over()
        elif reason.is_failure:
            log.warning("connection to the broker lost, connecting again", reason=str(reason))

    def _on_taken_over(self) -> None:
        """Raise the alarm: of a name there is one worker, and none else can know its client id."""
        telemetry.sessions_taken_over.inc()
        log.error(
            "another client has taken this worker's session over",
            remedy="give each worker a name of its own; if none else has it, change the workers' password at the "
            "broker (docs/operations.md)",
        )

    def _on_messages(self, messages: Sequence[Publish], connection: int) -> None:
        self._last_message_at = time.monotonic()
        if self._quotas:
            messages = self._quotas.admit(messages)
        self._taken += len(messages)
        received_at = database_clock.now()
        self.backlog.put_all(
            [
                Envelope(
                    topic=bounded_topic(message.topic),
                    payload=bounded(message.payload),
                    payload_bytes=len(message.payload),
                    received_at=received_at,
                    settle=partial(self.settle, (connection, message.mid)),
                    flush=self._flush,
                    resendable=True,
                    redelivered=message.dup,
                    packet_id=message.mid,
                    retained=message.retain,
                )
                for message in messages
            ]
        )

    def tell_refused(self) -> None:
        """Have the writer record what the quotas have refused since the last time: one message for each source."""
        refused = self._quotas.take_refused() if self._quotas else []
        self.backlog.put_all([_in_place_of(one) for one in refused])
        for one in refused:
            telemetry.over_quota.inc(one.messages)

    def settle(self, delivery: Delivered, _outcome: Outcome) -> None:
        """Note a message that is to be acknowledged with its batch."""
        self._settled.append(delivery)
        self._done += 1

    def confirm(self) -> None:
        """Acknowledge what the writer has settled, at once, unless its connection is gone: then it comes again."""
        settled, self._settled = self._settled, []
        for connection in {connection for connection, _ in settled}:
            mids = [mid for of, mid in settled if of == connection and mid]  # a message of QoS 0 has none
            self._client.acknowledge(mids, connection)


def _in_place_of(refused: OverQuota) -> Envelope:
    told = f"{refused.messages:,} messages at QoS 0 of {refused.bytes:,} bytes were not read, this topic's the first"
    return Envelope(
        topic=bounded_topic(refused.topic),
        payload=b"",
        payload_bytes=refused.bytes,
        received_at=database_clock.now(),
        settle=lambda _outcome: None,
        refused=Refusal(0, Reason.OVER_QUOTA, told, refusals=refused.messages),
    )


def _watch_peer(_client: Client, _data: object, connection: object) -> None:
    """Have the kernel end a connection whose other side has died, also while we read nothing from it."""
    assert isinstance(connection, socket.socket)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _DEAD_BROKER.items():
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
