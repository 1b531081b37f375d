"""Takes messages from a queue at RabbitMQ: AMQP 0-9-1, acknowledged many at once when they are settled.

The queue is nobody's: any number of workers on any machines share it, and what one of them leaves is delivered to
another. A worker that stops therefore keeps nothing there, and needs no name to return under.
"""

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import AMQPError, ChannelClosedByBroker, ProbableAccessDeniedError, ProbableAuthenticationError
from pika.spec import Basic, BasicProperties

from cityops.mqtt.authority import refusal
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops.wire.topics import PREFIX
from cityops_ingest.backlog import Backlog
from cityops_ingest.database_clock import database_clock
from cityops_ingest.envelope import Envelope, Outcome, bounded, bounded_topic
from cityops_ingest.sources.amqp.acknowledgements import Acknowledgements
from cityops_ingest.sources.amqp.address import parameters
from cityops_ingest.sources.unfit import UnfitBrokerError

log = structlog.get_logger()

PREFETCH = 60_000
"""Messages the broker may have under way to one worker before it waits for acknowledgements: the back-pressure.

Three batches, as by MQTT. AMQP allows 65,535.
"""

ROOM_WAIT_S = 1.0
"""How long a full backlog is waited for before the connection is looked after again."""

READ_S = 0.2
"""How long the connection waits for messages before what is to be acknowledged is looked for again."""

_LONGEST_PAUSE_S = 10.0
_OWN = PREFIX.partition("/")[0].encode() + b"/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_FOUND = 404

Delivered = tuple[int, int]
"""The number of the connection that brought a message, and the broker's of the message within it."""


class AmqpSource:
    """One connection to a node of the cluster, any of them, that fills a backlog; the `Source` of RabbitMQ."""

    def __init__(
        self,
        url: str,
        queue: str,
        backlog: Backlog,
        *,
        names: TopicNames,
        unfit: Callable[[UnfitBrokerError], None] | None = None,
    ) -> None:
        """Prepare a connection to one of the address' hosts; `unfit` is told when there is no such queue."""
        self.backlog = backlog
        self.subscribed = threading.Event()
        self._places, self._hosts = parameters(url)
        self._queue, self._names, self._unfit = queue, names, unfit
        self._flush = self.confirm  # one object, so that the writer calls it once for a batch
        self._settled: list[Delivered] = []
        self._stop = threading.Event()
        self._number = 0
        self._acknowledgements = Acknowledgements()
        self._connection: BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._read: list[Envelope] = []
        self._thread = threading.Thread(target=self._run, name="amqp")

    def start(self) -> None:
        """Connect in the background, now and after each loss of the connection."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the broker, after what is confirmed has been told; it gives the rest to others, or to the next."""
        self._stop.set()
        self._thread.join()

    def settle(self, delivery: Delivered, _outcome: Outcome) -> None:
        """Note a message that is to be acknowledged with its batch."""
        self._settled.append(delivery)

    def confirm(self) -> None:
        """Acknowledge what the writer has settled, at once, unless its connection is gone: then it comes again."""
        settled, self._settled = self._settled, []
        connection = self._connection
        if connection is None:
            return
        with suppress(AMQPError):  # it has just been lost
            connection.add_callback_threadsafe(partial(self._acknowledge, settled))

    def _acknowledge(self, settled: list[Delivered]) -> None:
        """Tell the broker; called by the connection's own thread."""
        if self._channel is None:
            return
        up_to, others = self._acknowledgements.settle([tag for number, tag in settled if number == self._number])
        if up_to:
            self._channel.basic_ack(up_to, multiple=True)
        for tag in others:
            self._channel.basic_ack(tag)

    def _run(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            try:
                with self._connected() as connection:
                    pause = 1.0
                    while not self._stop.is_set():
                        self._take(connection)
                    connection.process_data_events(0)  # acknowledgements that came last
                    self._close(connection)
            except ChannelClosedByBroker as error:
                if error.reply_code == _NOT_FOUND and self._refuse():
                    return
                self._lost(error)
            except (AMQPError, OSError) as error:
                self._lost(error)
            self._stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _close(self, connection: BlockingConnection) -> None:
        self._channel = self._connection = None
        self.subscribed.clear()
        connection.close()

    def _lost(self, error: Exception) -> None:
        self._channel = self._connection = None
        self.subscribed.clear()
        if isinstance(error, ProbableAuthenticationError | ProbableAccessDeniedError):
            log.error("broker refused the connection", broker=self._hosts, remedy="check the credential")
            return
        if distrust := refusal(error):
            log.error("the broker was not connected to", broker=self._hosts, reason=distrust)
            return
        told = f"{error.__class__.__name__}: {error}" if str(error) else error.__class__.__name__
        log.warning("connection to the broker lost, connecting again", broker=self._hosts, reason=told)

    def _connected(self) -> BlockingConnection:
        """Connect to the first node that answers, begun with any of them, so that workers spread over all."""
        connection = pika.BlockingConnection(random.sample(self._places, len(self._places)))
        with ExitStack() as undone:
            undone.callback(_hang_up, connection)
            channel = connection.channel()
            channel.queue_declare(self._queue, passive=True)
            channel.basic_qos(prefetch_count=PREFETCH)
            self._number += 1
            self._acknowledgements, self._read = Acknowledgements(), []
            channel.add_on_cancel_callback(self._on_cancelled)
            channel.basic_consume(self._queue, self._on_message)
            undone.pop_all()
        self._connection, self._channel = connection, channel
        self.subscribed.set()
        log.info("connected to the broker", queue=self._queue)
        return connection

    def _on_cancelled(self, _frame: object) -> None:
        """Connect again: the queue has lost its leader for longer than the broker waits, or is gone."""
        raise AMQPError("the broker has ended the delivery")

    def _refuse(self) -> bool:
        error = UnfitBrokerError(
            f"the broker at {self._hosts} has no queue {self._queue}, so that nothing could be stored: "
            "run `cityops broker declare`, with the same --adapters as the worker"
        )
        log.critical("the broker is of no use to a worker", error=str(error))
        self._channel = self._connection = None
        self.subscribed.clear()
        if self._unfit:
            self._unfit(error)
        return self._unfit is not None

    def _take(self, connection: BlockingConnection) -> None:
        """Wait for room, then read what has come: at most what one look at the socket brings."""
        if not self.backlog.wait_for_room(ROOM_WAIT_S):
            return
        connection.process_data_events(READ_S)
        if self._read:
            read, self._read = self._read, []
            self.backlog.put_all(read)

    def _on_message(
        self, _channel: BlockingChannel, delivery: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        topic = self._names.topic_of(delivery.routing_key).encode()
        self._read.append(
            Envelope(
                topic=bounded_topic(topic),
                payload=bounded(body),
                payload_bytes=len(body),
                received_at=database_clock.now() if topic.startswith(_OWN) else _came_at(properties),
                settle=partial(self.settle, (self._number, delivery.delivery_tag)),
                flush=self._flush,
                resendable=True,
                redelivered=delivery.redelivered,
            )
        )


def _hang_up(connection: BlockingConnection) -> None:
    if connection.is_open:
        connection.close()


def _came_at(properties: BasicProperties) -> datetime:
    """Return when the broker took a message of another format, which may have no time of its own.

    It is the same whenever and to whomever the message is delivered again, so that its readings are duplicates then.
    """
    stamp = (properties.headers or {}).get("timestamp_in_ms")
    return database_clock.now() if stamp is None else _EPOCH + timedelta(milliseconds=stamp)
