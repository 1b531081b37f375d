"""Messages of other formats within a worker: decodes them, and remembers what one must know of those before it.

Remembered are the births of Sparkplug's edge nodes, and when a message that has no time of its own first came: it is
of that time also when the broker delivers it again. Both are stored with the batch they come from. When an uplink of
LoRaWAN first came, all workers agree on before its batch is stored.
"""

from collections.abc import Sequence

import msgspec
import psycopg

from cityops.domain.readings import Quality
from cityops.store import receipts, sparkplug, uplinks
from cityops.store.receipts import Receipt
from cityops_ingest.decode.readings import Observation
from cityops_ingest.envelope import Envelope
from cityops_ingest.formats.reports import REPEATED_WITHIN_US, Delivery, Frames
from cityops_ingest.formats.routing import NO_ROUTES, Adapter, Route, Routes
from cityops_ingest.formats.sparkplug.adapter import Node, node_of
from cityops_ingest.formats.translate import Decoded, decode

_LORAWAN = {Adapter.CHIRPSTACK, Adapter.THE_THINGS_STACK}


class Foreign:
    """Decodes the messages of routes for one worker, each once and in the order in which they came."""

    def __init__(self, routes: Routes = NO_ROUTES, worker: str = "", *, is_replay: bool = False) -> None:
        self.routes = routes
        self._worker = worker
        self._is_replay = is_replay
        self._receipts: dict[int, Receipt] = {}
        self._nodes: dict[tuple[str, str], Node] = {}
        self._frames = Frames()
        self._undecided: list[Envelope] = []
        self._is_ready = not routes.all

    def prepare(self, connection: psycopg.Connection) -> None:
        """Read what earlier lives of this worker have stored, the first time."""
        if not self._is_ready:
            self._receipts = receipts.of_worker(connection, self._worker)
            stored = sparkplug.nodes(connection)
            self._nodes = {key: msgspec.json.decode(state, type=Node) for key, state in stored.items()}
            self._is_ready = True

    def decode(self, envelope: Envelope, route: Route) -> Decoded:
        """Return what a message of a route says; asked again for the same envelope, the same."""
        if envelope.found is None:
            self._recall(envelope)
            envelope.found = self._decode(envelope, route)
            if route.adapter in _LORAWAN and not self._is_replay:
                self._undecided.append(envelope)
            if _is_of_its_receipt(envelope):
                self._receipts[envelope.packet_id] = _receipt(envelope)
        return envelope.found

    def agree(self, connection: psycopg.Connection) -> bool:
        """Ask whether another worker, or an earlier life of this one, took any new uplink of LoRaWAN before.

        If so, return True: decode the batch again, the uplinks are now of the times at which they came first.
        """
        is_other = False
        if self._undecided and self._frames.new:
            is_other = self._frames.learn(uplinks.agreed(connection, self._frames.new, REPEATED_WITHIN_US))
        for envelope in self._undecided if is_other else ():
            envelope.found = None
        self._undecided.clear()
        return is_other

    def record(self, cursor: psycopg.Cursor, envelopes: Sequence[Envelope]) -> None:
        """Store what must be remembered of a batch; call it in the batch's transaction."""
        if not self.routes.all:
            return
        receipts.record(cursor, self._worker, {e.packet_id: _receipt(e) for e in envelopes if _is_of_its_receipt(e)})
        known = {}
        for envelope in envelopes:
            key = node_of(envelope.topic.decode(errors="replace").split("/"))
            if key and envelope.found and envelope.found.node:
                known[key] = (envelope.found.node, envelope.received_at)
        states = {key: (msgspec.json.encode(node).decode(), at) for key, (node, at) in known.items()}
        sparkplug.record(cursor, states)

    def _recall(self, envelope: Envelope) -> None:
        """Give a message that comes again the time at which it came first."""
        first = self._receipts.get(envelope.packet_id) if envelope.redelivered else None
        if first and first.fingerprint == _receipt(envelope).fingerprint:
            envelope.received_at = first.received_at

    def _decode(self, envelope: Envelope, route: Route) -> Decoded:
        levels = envelope.topic.decode().split("/")
        now_us = round(envelope.received_at.timestamp() * 1_000_000)
        delivery = Delivery(levels, now_us, envelope.redelivered, self._is_replay, envelope.retained, self._frames)
        key = node_of(levels) if route.adapter is Adapter.SPARKPLUG else None
        found = decode(envelope.payload, delivery, route, self._nodes.get(key) if key else None)
        if key and found.node and not self._is_replay:
            self._nodes[key] = found.node
        return found


def _is_of_its_receipt(envelope: Envelope) -> bool:
    """Return whether the times of a message's readings may follow from when it came."""
    items = envelope.found.items if envelope.found and envelope.packet_id else []
    return any(isinstance(one, Observation) and one.quality == Quality.UNCERTAIN for one in items)


def _receipt(envelope: Envelope) -> Receipt:
    return Receipt.make(envelope.topic, envelope.payload, envelope.received_at)
