"""Takes over sessions that were left at the broker: those it was posted at its start, and a worker's of former ids.

What is posted is the broker's flavour to know (`flavour`): the first workers to be there relieve it. Under a former
client id, by a name or a password that it had before, a worker may have left a session of its own.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, topic_matches_sub
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.mqtt.sessions import former_session_ids
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt.flavour import HeldSession
from cityops_ingest.sources.mqtt.packets import Publish
from cityops_ingest.sources.mqtt.source import QUIET_S, TAKEN_OVER, MqttSource

log = structlog.get_logger()

POLL_S = 0.2
PATIENCE_S = 10.0
RETRY_S = 2.0

TAKEN_OVER_S = 3 * QUIET_S
"""Another worker that relieves the session ends our connection, and we would end its: so not before it is done."""


class LeftSession(MqttSource):
    """A session that nobody has any more, taken over; what is none of the ingest's topics is dropped.

    It does not connect again by itself: behind the same address may then be a broker that has been restarted, where
    what was posted at its start is on duty until the worker's own subscription stands there.

    Parameters
    ----------
    succeed
        Makes sure that what comes from now on goes to another session; False where it does not yet.
    subscriptions
        Those of the session, which it gives up.
    topics
        Filters of what is the ingest's.
    """

    def __init__(
        self,
        url: str,
        session: str,
        backlog: Backlog,
        succeed: Callable[[threading.Event], bool],
        *,
        subscriptions: Sequence[str],
        topics: Sequence[str],
    ) -> None:
        super().__init__(url, "", backlog, session=session, subscriptions=subscriptions, reconnect=False)
        self.session = session
        self._succeed, self._ours = succeed, topics
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
        """Unsubscribe it once another's subscription stands beside it, and store what it holds."""
        log.info("taking over what a session holds that was left at the broker")
        if not self._succeed(stop):
            return False
        self._client.unsubscribe(self.subscriptions)
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
        self.retry_s = TAKEN_OVER_S if reason.value == TAKEN_OVER else RETRY_S

    def _on_taken_over(self) -> None:
        """Leave it to the other one: all workers look for the same sessions that were posted."""

    def _on_messages(self, messages: Sequence[Publish], connection: int) -> None:
        is_ours = [self._is_ours(one.topic.decode(errors="replace")) for one in messages]
        super()._on_messages([one for one, ours in zip(messages, is_ours, strict=True) if ours], connection)
        others = [one.mid for one, ours in zip(messages, is_ours, strict=True) if one.mid and not ours]
        self._client.acknowledge(others, connection)

    def _is_ours(self, topic: str) -> bool:
        return any(topic_matches_sub(one, topic) for one in self._ours)


def left_sessions(
    source: MqttSource, url: str, worker: str, posted: Sequence[HeldSession], topics: Sequence[str]
) -> list[LeftSession]:
    """Return what may have been left for a worker, first what a restart of the broker leaves: what was posted."""
    own = [HeldSession(one, source.subscriptions) for one in former_session_ids(worker)]
    return [
        LeftSession(
            url,
            one.client_id,
            source.backlog,
            source.confirm_subscription,
            subscriptions=one.subscriptions,
            topics=topics,
        )
        for one in (*posted, *own)
    ]


def relieve_after_each_connection(
    source: MqttSource, look: Callable[[], Sequence[LeftSession]], stop: threading.Event
) -> None:
    """Whenever the worker has subscribed again, `look` for what was left at the broker; until told to stop.

    One that cannot be finished does not keep the others waiting; all are looked for again then.
    """
    done = 0
    while not stop.wait(POLL_S):
        made = source.times_subscribed
        if made == done:
            continue
        unfinished = [one for one in look() if not (stop.is_set() or one.relieve(stop))]
        if not unfinished:
            done = made
        else:
            wait_s = max(one.retry_s for one in unfinished)
            stop.wait(wait_s * (1 + random.random()))  # noqa: S311 - so that two workers do not keep step
