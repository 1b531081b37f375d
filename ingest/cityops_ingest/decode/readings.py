"""Decodes a readings message into what devices observed, checked as far as its own content goes."""

from collections.abc import Iterator
from typing import NamedTuple

from cityops.domain.rejects import Reason
from cityops.wire.readings import ReadingItem
from cityops_ingest.decode.items import ItemDecoder, Refusal
from cityops_ingest.decode.times import microseconds, refusal_of

_items = ItemDecoder(ReadingItem)


class Observation(NamedTuple):
    """What one device said of one instant, before the device is looked up.

    `item` is the object's place in the message, `ts` in microseconds since 1970-01-01 UTC.
    """

    item: int
    device: str
    ts: int
    values: dict[str, float]
    quality: int


def whole(payload: bytes) -> list[ReadingItem] | None:
    """Return the objects of a message if each is as the wire format says, else None; their content is not checked."""
    return _items.whole(payload)


def decode(
    payload: bytes, device: str | None, now_us: int, *, line_delimited: bool = False
) -> Iterator[Observation | Refusal]:
    """Yield the objects of a message; `device` is the one that its topic names, if any."""
    for index, item in _items(payload, line_delimited=line_delimited):
        yield item if isinstance(item, Refusal) else observation(index, item, device, now_us)


def observation(index: int, item: ReadingItem, device: str | None, now_us: int) -> Observation | Refusal:
    """Return what an object says, or why it is refused; arguments as for `decode`."""
    code = item.device or device
    if code is None or (device is not None and code != device):
        named = "no device is named" if code is None else f"device {code!r} on the topic of {device!r}"
        return Refusal(index, Reason.WRONG_TYPE, named)
    if item.metric is not None and item.value is not None and item.values is None:
        values = {item.metric: item.value}
    elif item.values and item.metric is None and item.value is None:
        values = item.values
    else:
        return Refusal(index, Reason.WRONG_TYPE, "give either metric and value, or values that are not empty")
    ts = microseconds(item.ts)
    wrong_time = refusal_of(ts, now_us)
    return Refusal(index, *wrong_time) if wrong_time else Observation(index, code, ts, values, item.quality)
