"""What a worker must know of a broker that MQTT does not say; each flavour of broker says it in its own module."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol


class HeldSession(NamedTuple):
    """A session that the broker keeps for nobody: its client id, and what it is subscribed to."""

    client_id: str
    subscriptions: Sequence[str]


class BrokerFlavour(Protocol):
    """One kind of broker. The verb chooses it; neither the source nor the worker asks which one it is."""

    def figures(self, url: str) -> AbstractContextManager[None]:
        """Tell Prometheus the broker's own figures while the block lasts: what waits there, what it has dropped.

        On a connection of its own, since a worker whose backlog is full reads nothing; one that cannot be made stops
        no worker. A flavour that has no figures gives a block in which nothing happens.
        """

    def posted(self, url: str) -> Sequence[HeldSession]:
        """Return the sessions that hold what comes between a start of the broker and the first subscription to it.

        A worker that has subscribed takes each of them over: it unsubscribes it, stores what it holds, and has the
        broker forget it; one that is not there is left alone. None for a broker that keeps shared subscriptions.
        """
