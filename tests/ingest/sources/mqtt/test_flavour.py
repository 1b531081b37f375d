"""A worker does what its flavour of broker says, and nothing of another's: on a real broker, with two flavours."""

import gc
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest.formats.routing import NO_ROUTES
from cityops_ingest.sources.mosquitto.flavour import Mosquitto
from cityops_ingest.sources.mqtt.flavour import BrokerFlavour, HeldSession
from cityops_ingest.sources.mqtt.workers import run_mqtt

TOPIC = "cityops/v1/readings/water-logging/WL-1"


class Bare:
    """A flavour that posts nothing at its start, and tells only whether its figures are asked for."""

    def __init__(self) -> None:
        self.looked_for = threading.Event()
        self.figures_of: list[str] = []

    @contextmanager
    def figures(self, url: str) -> Iterator[None]:
        self.figures_of.append(url)
        yield
        self.figures_of.append("over")

    def posted(self, _url: str) -> Sequence[HeldSession]:
        self.looked_for.set()
        return []


@pytest.fixture(autouse=True)
def collected_as_before() -> Iterator[None]:
    """Undo what a worker sets for its process."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@contextmanager
def running(database_url: str, broker: Broker, flavour: BrokerFlavour) -> Iterator[None]:
    """Run a worker in a thread of this process while the block lasts."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(run_mqtt, database_url, broker.url, "flavoured", stop, NO_ROUTES, flavour)
        try:
            yield
        finally:
            stop.set()
            done.result(60)


def test_the_guard_is_relieved_where_the_flavour_has_one(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    client = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-V", "5", "-q", "1"]

    def publish(value: int) -> None:
        payload = json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": value})
        subprocess.run([*client, "-t", TOPIC, "-s"], input=payload.encode(), check=True)

    def stores(*values: int) -> Callable[[], bool]:
        kept = "SELECT array_agg(value ORDER BY value) FROM reading"
        return lambda: database.execute(kept).fetchone() == ([float(one) for one in values],)

    publish(1)  # no worker has ever subscribed: the guard alone holds it
    bare = Bare()
    with running(database_url, own_broker, bare):
        assert bare.looked_for.wait(30)
        assert bare.figures_of == [own_broker.url]
        publish(2)
        assert wait_until(stores(2), seconds=30)
    assert bare.figures_of == [own_broker.url, "over"]
    assert stores(2)()
    with running(database_url, own_broker, Mosquitto()):
        assert wait_until(stores(1, 2), seconds=30)
