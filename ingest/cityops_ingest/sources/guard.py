"""Relieves the guard: takes over what the broker held between its own restart and the workers' subscription.

Mosquitto keeps sessions across a restart, but not the shared subscriptions in them (2.0.21): what a sender publishes
before the first worker has subscribed again would be acknowledged and dropped. So `cityops.local.broker` posts a
guard at each restart, a session with an ordinary subscription to everything, and the first workers to be back relieve
it.
"""

import random
import threading
import time
from collections.abc import Sequence

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, topic_matches_sub
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.wire.topics import GUARD, GUARDED
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt import QUIET_S, MqttSource
from cityops_ingest.sources.packets import Publish

log = structlog.get_logger()

POLL_S = 0.2
PATIENCE_S = 10.0
RETRY_S = 2.0

TAKEN_OVER_S = 3 * QUIET_S
"""Another worker that relieves the guard ends our connection, and we would end its: so not before it is done."""

_TAKEN_OVER = 0x8E  # MQTT 5, section 2.4: "Session taken over"


class GuardSession(MqttSource):
    """The guard's session, taken over; what is none of the ingest's topics is dropped, as it would be without it.

    It does not connect again by itself: behind the same address may then be a broker that has been restarted, where
    the guard is on duty until the worker's own subscription stands there.
    """

    def __init__(self, url: str, backlog: Backlog, source: MqttSource, topics: Sequence[str]) -> None:
        super().__init__(url, GUARD, backlog, subscriptions=[GUARDED], reconnect=False)
        self._source, self._ours = source, topics
        self._present: bool | None = None
        self._lost = False
        self.retry_s = RETRY_S

    def relieve(self, stop: threading.Event) -> bool:
        """Store all that the session holds and have the broker forget it; False where that could not be finished."""
        self.start()
        deadline = time.monotonic() + PATIENCE_S
        while self._present is None and time.monotonic() < deadline and not stop.wait(POLL_S):
            pass
        if not (self._present is False or (self._present and self._take_over(stop))):
            self.stop()
            return False
        self.give_up_session()
        return True

    def _take_over(self, stop: threading.Event) -> bool:
        """Unsubscribe the guard once the worker's subscription stands beside it, and store what it holds."""
        log.info("relieving the guard: the broker was restarted")
        if not self._source.confirm_subscription(stop):
            return False
        self._client.unsubscribe(GUARDED)
        return self.wait_until_quiet(stop)

    def _is_over(self) -> bool:
        return self._lost

    def _on_connect(
        self, client: Client, data: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            super()._on_connect(client, data, flags, reason, properties)
        else:
            self._last_message_at = time.monotonic()
            self._present = flags.session_present

    def _on_disconnect(
        self,
        client: Client,
        data: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        super()._on_disconnect(client, data, flags, reason, properties)
        self._lost = True
        self.retry_s = TAKEN_OVER_S if reason.value == _TAKEN_OVER else RETRY_S

    def _on_messages(self, messages: Sequence[Publish], connection: int) -> None:
        is_ours = [self._is_ours(one.topic.decode(errors="replace")) for one in messages]
        super()._on_messages([one for one, ours in zip(messages, is_ours, strict=True) if ours], connection)
        others = [one.mid for one, ours in zip(messages, is_ours, strict=True) if one.mid and not ours]
        self._client.acknowledge(others, connection)

    def _is_ours(self, topic: str) -> bool:
        return any(topic_matches_sub(one, topic) for one in self._ours)


def relieve_guard_after_each_connection(
    source: MqttSource, url: str, backlog: Backlog, topics: Sequence[str], stop: threading.Event
) -> None:
    """Whenever the worker has subscribed again, look whether a guard stands at the broker; until told to stop."""
    done = 0
    while not stop.wait(POLL_S):
        made = source.times_subscribed
        if made == done:
            continue
        session = GuardSession(url, backlog, source, topics)
        if session.relieve(stop):
            done = made
        else:
            stop.wait(session.retry_s * (1 + random.random()))  # noqa: S311 - so that two workers do not keep step
