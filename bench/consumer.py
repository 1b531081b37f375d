"""A worker without a database: takes from a broker by the ingest's own sources and settles at once.

So that what a broker costs is measured with somebody who takes from it, and not with what storing costs.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bench.publisher import Generator, generating
from cityops.errors import CityopsError
from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome, settle_all
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.amqp.workers import hush
from cityops_ingest.sources.mqtt.source import MqttSource

SUBSCRIBED_S = 60.0
STORED = Outcome(stored=1)


@contextmanager
def consumer(url: str) -> Iterator[Generator]:
    """Run a consumer, which says to each line how many messages it has settled."""
    with generating("bench.consumer", url) as one:
        yield one


class Tally(threading.Thread):
    """Takes from a backlog until it is closed, and counts."""

    def __init__(self, backlog: Backlog) -> None:
        super().__init__(name="tally", daemon=True)
        self._backlog = backlog
        self.settled = 0

    def run(self) -> None:
        """Settle whatever comes."""
        while batch := self._backlog.take():
            settle_all(batch, [STORED] * len(batch))
            self._backlog.settled()
            self.settled += len(batch)


def main() -> None:
    """Take from the broker of the address, and answer each line with the number of messages settled so far."""
    url, backlog = sys.argv[1], Backlog()
    hush()
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    source: AmqpSource | MqttSource = (
        AmqpSource(url, QUEUE, backlog, names=TopicNames())
        if url.startswith("amqp")
        else MqttSource(url, "bench-consumer", backlog)
    )
    tally = Tally(backlog)
    tally.start()
    source.start()
    if not source.subscribed.wait(SUBSCRIBED_S):
        raise CityopsError(f"the consumer is not connected after {SUBSCRIBED_S:.0f} s")
    print("ready", flush=True)
    for _line in sys.stdin:
        print(tally.settled, flush=True)
    source.stop()
    backlog.close()


if __name__ == "__main__":
    main()
