"""Payload of a readings message, as a source system sends it and the ingest decodes it.

One message is one object or an array of objects. An object carries one reading (`metric`, `value`) or several
readings of one instant (`values`). `device` may be left out where the topic names the device; a gateway that
speaks for many devices publishes on the source's topic and names the device in each object.
"""

import msgspec


class ReadingItem(msgspec.Struct, omit_defaults=True):
    """One object of the payload; exactly one of `metric` + `value` and `values` is given.

    `ts` is an RFC 3339 string with a zone or an integer of milliseconds since 1970-01-01 UTC. Units are the
    metric's own. `quality` follows `cityops.domain.readings.Quality`.
    """

    ts: int | str
    device: str | None = None
    metric: str | None = None
    value: float | None = None
    values: dict[str, float] | None = None
    quality: int = 0
