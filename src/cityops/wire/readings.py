"""Payload of a readings message, as a source system sends it and the ingest decodes it.

One message is one object or an array of objects. An object carries one reading (`metric`, `value`) or several
readings of one instant (`values`). `device` may be left out where the topic names the device; a gateway that
speaks for many devices publishes on the source's topic and names the device in each object.
"""

from datetime import datetime
from typing import Annotated

import msgspec

Moment = int | float | Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant on the wire: RFC 3339 with a zone, or a number of milliseconds since 1970-01-01 UTC.

Numbers of µs and ns are told from these by their size; seconds are not, and are refused as too old."""


class ReadingItem(msgspec.Struct, omit_defaults=True):
    """One object of the payload; exactly one of `metric` + `value` and `values` is given.

    Values are in the metric's own unit, or all in `unit`. `quality` follows `cityops.domain.readings.Quality`.
    """

    ts: Moment
    device: str | None = None
    metric: str | None = None
    value: float | None = None
    values: dict[str, float] | None = None
    quality: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    unit: str | None = None
