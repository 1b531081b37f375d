"""Asks RabbitMQ how much waits in a queue and how many workers take from it, and tells Prometheus.

On a connection of its own, since a worker whose backlog is full reads nothing. What else there is to know of the
broker (members, memory, disk) it tells by its own plugin, rabbitmq_prometheus.
"""

import random
import threading
from types import TracebackType

import pika
import structlog
from pika.exceptions import AMQPError
from prometheus_client import Gauge

from cityops_ingest.sources.amqp.address import parameters

log = structlog.get_logger()

waiting = Gauge("cityops_ingest_queue_waiting_messages", "Messages in the workers' queue that none has been sent")
workers = Gauge("cityops_ingest_queue_workers", "Workers that take from the queue, this one among them")
asked = Gauge("cityops_ingest_queue_up", "1 while the broker tells of the queue, 0 while it does not answer")

LOOK_S = 10.0
"""As often as Mosquitto publishes its own."""


class QueueWatch:
    """Keeps the gauges up to date while the block lasts; a broker that does not answer stops no worker."""

    def __init__(self, url: str, queue: str) -> None:
        self._places, _ = parameters(url)
        self._queue = queue
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue figures")

    def __enter__(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except (AMQPError, OSError):
                asked.set(0)
            self._stop.wait(LOOK_S)

    def _watch(self) -> None:
        with pika.BlockingConnection(random.sample(self._places, len(self._places))) as connection:
            channel = connection.channel()
            while not self._stop.is_set():
                told = channel.queue_declare(self._queue, passive=True).method
                waiting.set(told.message_count)
                workers.set(told.consumer_count)
                asked.set(1)
                self._stop.wait(LOOK_S)
                connection.process_data_events(0)
