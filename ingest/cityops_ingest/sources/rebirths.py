"""Has Sparkplug's edge nodes asked for their births when refusals miss them, as a Sparkplug host does."""

import time
from collections.abc import Callable

import structlog

from cityops.clock import utc_now
from cityops.domain.rejects import Reason
from cityops_ingest.envelope import Outcome
from cityops_ingest.formats.routing import Routes
from cityops_ingest.formats.sparkplug.adapter import node_of
from cityops_ingest.formats.sparkplug.payload import Payload

log = structlog.get_logger()

ASK_AGAIN_S = 60.0
"""How long a node that was asked for its births has to send them before it is asked once more."""

_BOOLEAN = 11


class Rebirths:
    """Asks nodes of routes that allow it; `publish` sends a command, on whatever wire the source has."""

    def __init__(
        self, routes: Routes, publish: Callable[[str, bytes], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._routes, self._publish, self._clock = routes, publish, clock
        self._asked: dict[tuple[str, str], float] = {}

    def ask(self, outcome: Outcome) -> None:
        """Ask for the births that a message's refusals miss."""
        for one in outcome.rejects:
            if one.reason in {Reason.SEQUENCE_GAP, Reason.NO_BIRTH}:
                self._ask(one.topic)

    def _ask(self, topic: str) -> None:
        route, node = self._routes.find(topic.encode()), node_of(topic.split("/"))
        if route is None or node is None or not route.rebirth:
            return
        now = self._clock()
        if now - self._asked.get(node, float("-inf")) < ASK_AGAIN_S:
            return
        self._asked[node] = now
        group, name = node
        log.info("asking a Sparkplug node for its births", group=group, node=name)
        self._publish(f"spBv1.0/{group}/NCMD/{name}", rebirth_request())


def rebirth_request() -> bytes:
    """Return the command by which a host has a node send its births again (Sparkplug 3.0, section 6.4.23)."""
    now_ms = int(utc_now().timestamp() * 1000)
    payload = Payload(timestamp=now_ms)
    payload.metrics.add(name=b"Node Control/Rebirth", timestamp=now_ms, datatype=_BOOLEAN, boolean_value=True)
    return bytes(payload.SerializeToString())
