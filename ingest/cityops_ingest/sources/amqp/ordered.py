"""Takes Sparkplug's messages from a queue of their own at RabbitMQ, which one worker at a time reads in order."""

import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pika
import structlog
from pika.exceptions import AMQPError

from cityops.mqtt.rabbitmq.queues import ORDERED_QUEUE
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops.mqtt.rabbitmq.senders import EXCHANGE
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome
from cityops_ingest.formats.routing import Routes
from cityops_ingest.sources.amqp.address import parameters
from cityops_ingest.sources.amqp.source import AmqpSource, Delivered
from cityops_ingest.sources.amqp.workers import hush
from cityops_ingest.sources.rebirths import Rebirths
from cityops_ingest.sources.sparkplug import SPARKPLUG_WORKER
from cityops_ingest.sources.unfit import Unfit, UnfitBrokerError
from cityops_ingest.worker import taking, writing_worker

log = structlog.get_logger()

BLOCKED_S = 2.0
"""How long a command waits for a broker whose disk or memory is full."""


class OrderedAmqpSource(AmqpSource):
    """The connection that takes the messages of Sparkplug routes; a second one waits until this one is gone."""

    def __init__(
        self, url: str, backlog: Backlog, routes: Routes, unfit: Callable[[UnfitBrokerError], None] | None = None
    ) -> None:
        super().__init__(url, ORDERED_QUEUE, backlog, names=TopicNames(routes.filters()), unfit=unfit)
        self._rebirths = Rebirths(routes, self.publish)
        self._places_of_commands = [copy.copy(one) for one in parameters(url)[0]]
        for place in self._places_of_commands:
            place.blocked_connection_timeout = BLOCKED_S
        self._commands = ThreadPoolExecutor(1, "commands")

    def stop(self) -> None:
        """Leave the broker; commands that have not been sent are not."""
        super().stop()
        self._commands.shutdown(cancel_futures=True)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a command to who listens to a topic by MQTT, in the background; lost where it cannot be.

        On a connection of its own: one that publishes while a disk is full is not read from any more, so that
        acknowledgements on it would wait for the disk, which is perhaps full of what they would free.
        """
        self._commands.submit(self._send, topic.replace("/", "."), payload)

    def _send(self, key: str, payload: bytes) -> None:
        with suppress(AMQPError, OSError), pika.BlockingConnection(self._places_of_commands) as connection:
            connection.channel().basic_publish(EXCHANGE, key, payload)

    def settle(self, delivery: Delivered, outcome: Outcome) -> None:
        """Note a message that is to be acknowledged, and ask for the births that its refusals miss."""
        super().settle(delivery, outcome)
        self._rebirths.ask(outcome)


def run_ordered(database_url: str, amqp_url: str, stop: threading.Event, routes: Routes) -> None:
    """Take the messages of the Sparkplug routes from their queue, in order, until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker has no such queue.
    CityopsError
        The address is of another form.
    """
    hush()
    unfit = Unfit(stop)

    def source_of(backlog: Backlog) -> OrderedAmqpSource:
        return OrderedAmqpSource(amqp_url, backlog, routes, unfit)

    with taking(source_of, writing_worker(database_url, SPARKPLUG_WORKER, routes)):
        log.info("Sparkplug worker started", routes=len(routes.all), queue=ORDERED_QUEUE)
        stop.wait()
    log.info("Sparkplug worker stopped")
    unfit.complain()
