"""Takes Sparkplug's messages from a queue of their own at RabbitMQ, which one worker at a time reads in order."""

import threading
from collections.abc import Callable

import structlog

from cityops.mqtt.rabbitmq.queues import ORDERED_QUEUE
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome
from cityops_ingest.formats.routing import Routes
from cityops_ingest.sources.amqp.source import AmqpSource, Delivered
from cityops_ingest.sources.amqp.workers import hush
from cityops_ingest.sources.rebirths import Rebirths
from cityops_ingest.sources.sparkplug import SPARKPLUG_WORKER
from cityops_ingest.sources.unfit import Unfit, UnfitBrokerError
from cityops_ingest.worker import taking, writing_worker

log = structlog.get_logger()


class OrderedAmqpSource(AmqpSource):
    """The connection that takes the messages of Sparkplug routes; a second one waits until this one is gone."""

    def __init__(
        self, url: str, backlog: Backlog, routes: Routes, unfit: Callable[[UnfitBrokerError], None] | None = None
    ) -> None:
        super().__init__(url, ORDERED_QUEUE, backlog, names=TopicNames(routes.filters()), unfit=unfit)
        self._rebirths = Rebirths(routes, self.publish)

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
