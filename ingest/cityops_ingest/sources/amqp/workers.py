"""Runs a worker that shares a queue at RabbitMQ with others."""

import logging
import threading

import structlog

from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest.backlog import Backlog
from cityops_ingest.formats.routing import Routes
from cityops_ingest.sources.amqp.queue_figures import QueueWatch
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.collecting import collect_seldom
from cityops_ingest.sources.unfit import Unfit
from cityops_ingest.worker import taking, writing_worker

log = structlog.get_logger()


def hush() -> None:
    """Have pika say nothing: what it tells at length of a lost connection, we tell once."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def run_amqp(database_url: str, amqp_url: str, worker: str, stop: threading.Event, routes: Routes) -> None:
    """Take messages from the queue that workers share until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker has no such queue.
    CityopsError
        The address is of another form.
    """
    collect_seldom()
    hush()
    unfit, names = Unfit(stop), TopicNames(routes.shared.filters())

    def source_of(backlog: Backlog) -> AmqpSource:
        return AmqpSource(amqp_url, QUEUE, backlog, names=names, unfit=unfit)

    with QueueWatch(amqp_url, QUEUE), taking(source_of, writing_worker(database_url, worker, routes)):
        log.info("ingest worker started", worker=worker, queue=QUEUE)
        stop.wait()
    log.info("ingest worker stopped", worker=worker)
    unfit.complain()
