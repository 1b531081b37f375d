"""Says what Mosquitto has beside MQTT: figures under $SYS, and the guard that is posted at each of its starts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cityops_ingest.sources.mosquitto.guard import guards
from cityops_ingest.sources.mosquitto.sys_topics import BrokerWatch
from cityops_ingest.sources.mqtt.flavour import HeldSession


class Mosquitto:
    """The flavour of broker that cityops runs, as `ingest/mosquitto.conf` and `ingest/broker.sh` start it."""

    @contextmanager
    def figures(self, url: str) -> Iterator[None]:
        """Tell Prometheus what the broker publishes of itself under $SYS."""
        watch = BrokerWatch(url)
        watch.start()
        try:
            yield
        finally:
            watch.stop()

    def posted(self, url: str) -> Sequence[HeldSession]:
        """Return the guard's sessions."""
        return guards(url)
