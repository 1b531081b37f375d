"""Decodes a readings message into single readings, each checked as far as its own content goes."""

from collections.abc import Iterator
from typing import NamedTuple

from cityops.domain.rejects import Reason
from cityops.wire.readings import ReadingItem
from cityops_ingest.decode.items import ItemDecoder, Refusal
from cityops_ingest.decode.times import microseconds, refusal_of

_items = ItemDecoder(ReadingItem)


class Sample(NamedTuple):
    """One reading before its device is looked up; `item` is its place in the message, `ts` in µs since 1970 UTC."""

    item: int
    device: str
    metric: str
    ts: int
    value: float
    quality: int


def decode(
    payload: bytes, device: str | None, now_us: int, *, line_delimited: bool = False
) -> Iterator[Sample | Refusal]:
    """Yield the readings of a message; `device` is the one that its topic names, if any.

    An object that is wrong as a whole is one refusal, whatever number of values it carries.
    """
    for index, item in _items(payload, line_delimited=line_delimited):
        if isinstance(item, Refusal):
            yield item
        else:
            yield from _samples(index, item, device, now_us)


def _samples(index: int, item: ReadingItem, device: str | None, now_us: int) -> Iterator[Sample | Refusal]:
    code = item.device or device
    if code is None or (device is not None and item.device not in {None, device}):
        named = "no device is named" if code is None else f"device {item.device!r} on the topic of {device!r}"
        yield Refusal(index, Reason.WRONG_TYPE, named)
        return
    if (item.values is None) == (item.metric is None) or (item.metric is None) != (item.value is None):
        yield Refusal(index, Reason.WRONG_TYPE, "give either metric and value, or values")
        return
    ts = microseconds(item.ts)
    wrong_time = refusal_of(ts, now_us)
    if wrong_time:
        yield Refusal(index, *wrong_time)
        return
    values = item.values if item.values is not None else {item.metric: item.value}
    if not values:
        yield Refusal(index, Reason.WRONG_TYPE, "values is empty")
    for metric, value in values.items():
        yield Sample(index, code, metric, ts, value, item.quality)  # type: ignore[arg-type]  # both are given, see above
