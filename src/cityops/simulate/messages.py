"""A message on its way to the broker, with what it carries, so that the journal need not decode it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cityops.domain.rejects import Reason
from cityops.simulate.sites import Sites
from cityops.wire.events import EventItem
from cityops.wire.topics import Kind, Topic

Reading = dict[str, Any]
"""An object of a readings message: `device`, `ts` in ms since 1970 UTC, `values` by metric."""


@dataclass(frozen=True, slots=True)
class Message:
    """Topic, payload and content; sent when the simulated clock reaches `due_ms` (ms since 1970 UTC).

    `repeat` marks a second copy of a message; `reason` is why the ingest will refuse it, None where it will not.
    """

    due_ms: int
    topic: str
    payload: bytes
    readings: Sequence[Reading] = ()
    steps: Sequence[EventItem] = field(default=())
    values: int = 0
    """How many values of indicators it carries."""
    repeat: bool = False
    reason: Reason | None = None


def one_reading(sites: Sites, reading: Reading, due_ms: int) -> Message:
    """Return the message of one device at one instant, on the device's own topic."""
    topic = Topic(Kind.READINGS, sites.source, reading["device"])
    payload = orjson.dumps({"ts": reading["ts"], "values": reading["values"]})
    return Message(due_ms, str(topic), payload, readings=(reading,))


def many_readings(sites: Sites, readings: Sequence[Reading], due_ms: int) -> Message:
    """Return one message of many devices on the source's topic, as a gateway sends it."""
    return Message(due_ms, str(Topic(Kind.READINGS, sites.source)), orjson.dumps(readings), readings=readings)


def readings_of(sites: Sites, positions: list[int], times_ms: list[int], columns: list[list[float]]) -> list[Reading]:
    """Put arrays together into objects; `columns` holds one list per metric of the kind."""
    metrics, codes = sites.metrics, sites.codes
    return [
        {"device": codes[position], "ts": ts, "values": dict(zip(metrics, row, strict=True))}
        for position, ts, row in zip(positions, times_ms, zip(*columns, strict=True), strict=True)
    ]
