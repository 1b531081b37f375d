"""Takes Sparkplug's messages from the broker: one ordinary subscription per route, so that a node's order is kept.

Where a route allows it, a node whose births are needed is asked for them, as a Sparkplug host does.
"""

import threading
import time
from collections.abc import Callable

import structlog

from cityops.mqtt.sessions import former_session_ids
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome
from cityops_ingest.formats.routing import Routes
from cityops_ingest.sources.mqtt.left_sessions import LeftSession
from cityops_ingest.sources.mqtt.source import Delivered, MqttSource
from cityops_ingest.sources.rebirths import Rebirths
from cityops_ingest.sources.unfit import Unfit, UnfitBrokerError
from cityops_ingest.worker import taking, writing_worker

log = structlog.get_logger()

SPARKPLUG_WORKER = "sparkplug"
"""There is one worker for Sparkplug, so that its name, and with it its session, is always the same."""

SUBSCRIBE_S = 10.0


class SparkplugSource(MqttSource):
    """The connection that takes the messages of Sparkplug routes."""

    def __init__(
        self,
        url: str,
        worker: str,
        backlog: Backlog,
        routes: Routes,
        clock: Callable[[], float] = time.monotonic,
        unfit: Callable[[UnfitBrokerError], None] | None = None,
    ) -> None:
        super().__init__(url, worker, backlog, subscriptions=routes.filters(), unfit=unfit)
        self._rebirths = Rebirths(routes, self._ask, clock)

    def settle(self, delivery: Delivered, outcome: Outcome) -> None:
        """Note a message that is to be acknowledged, and ask for the births that its refusals miss."""
        super().settle(delivery, outcome)
        self._rebirths.ask(outcome)

    def _ask(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=0)


def run_sparkplug(database_url: str, mqtt_url: str, stop: threading.Event, routes: Routes) -> None:
    """Take the messages of the Sparkplug routes from the broker, in order, until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker cannot do what a worker needs.
    """
    unfit = Unfit(stop)

    def source_of(backlog: Backlog) -> SparkplugSource:
        _store_what_is_older(mqtt_url, backlog, routes, stop)
        return SparkplugSource(mqtt_url, SPARKPLUG_WORKER, backlog, routes, unfit=unfit)

    with taking(source_of, writing_worker(database_url, SPARKPLUG_WORKER, routes)):
        log.info("Sparkplug worker started", routes=len(routes.all))
        stop.wait()
    log.info("Sparkplug worker stopped")
    unfit.complain()


def _store_what_is_older(mqtt_url: str, backlog: Backlog, routes: Routes, stop: threading.Event) -> None:
    """Store what waits in sessions of former client ids before anything newer is read, since the order counts.

    Meanwhile the session of now holds what comes: it is subscribed by a connection that takes nothing.
    """
    filters = routes.filters()

    def subscribe(_stop: threading.Event) -> bool:
        nothing = Backlog()
        nothing.close()  # what it is offered is not acknowledged, and so comes again, in order
        source = MqttSource(mqtt_url, SPARKPLUG_WORKER, nothing, subscriptions=filters)
        source.start()
        is_subscribed = source.subscribed.wait(SUBSCRIBE_S)
        source.stop()
        return is_subscribed

    for former in former_session_ids(SPARKPLUG_WORKER):
        LeftSession(mqtt_url, former, backlog, subscribe, subscriptions=filters, topics=filters).relieve(stop)
