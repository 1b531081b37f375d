"""Decodes a readings message into what devices observed, checked as far as its own content goes."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cityops import reference
from cityops.domain import units
from cityops.domain.rejects import Reason
from cityops.wire.readings import ReadingItem
from cityops_ingest.decode.items import EXCERPT, ItemDecoder, Refusal, as_float
from cityops_ingest.decode.times import mended, microseconds, refusal_of


def _mend(index: int, item: dict[str, Any]) -> tuple[dict[str, Any] | None, list[Refusal]]:
    """Take out of an object the values that are no numbers, and refuse each of them."""
    refusals = []
    item = mended(item, ["ts"])
    values, value, metric = item.get("values"), item.get("value"), item.get("metric")
    if isinstance(values, dict) and values:
        refusals = [one for name, raw in values.items() if (one := _unusable(index, name, raw))]
        bad = {one.metric for one in refusals}
        item = item | {"values": {name: as_float(raw) for name, raw in values.items() if name not in bad}}
    elif isinstance(value, int | float) and not isinstance(value, bool) and isinstance(metric, str):
        unusable = _unusable(index, metric, value)
        refusals = [unusable] if unusable else []
        item = item | {"value": None if unusable else as_float(value)}
    is_empty = bool(refusals) and not item.get("values") and item.get("value") is None
    return None if is_empty else item, refusals


def _unusable(index: int, metric: str, raw: Any) -> Refusal | None:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        is_finite = math.isfinite(as_float(raw))
        return None if is_finite else Refusal(index, Reason.NOT_FINITE, f"{metric} = {raw}"[:EXCERPT], metric)
    told = f"{metric} is {str(raw)[:40]!r}, not a number" if raw is not None else f"{metric} is null"
    is_nan = isinstance(raw, str) and raw.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}
    return Refusal(index, Reason.NOT_FINITE if is_nan else Reason.WRONG_TYPE, told[:EXCERPT], metric)


_items = ItemDecoder(ReadingItem, _mend)


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
        if isinstance(item, Refusal):
            yield item
        else:
            yield from observed(index, item, device, now_us)


def observed(index: int, item: ReadingItem, device: str | None, now_us: int) -> Iterator[Observation | Refusal]:
    """Yield what an object says, or why it, or a value of it, is refused; arguments as for `decode`."""
    code = item.device or device
    if code is None or (device is not None and code != device):
        named = "no device is named" if code is None else f"device {code!r} on the topic of {device!r}"
        yield Refusal(index, Reason.WRONG_TYPE, named)
        return
    if item.metric is not None and item.value is not None and item.values is None:
        values = {item.metric: item.value}
    elif item.values and item.metric is None and item.value is None:
        values = item.values
    else:
        yield Refusal(index, Reason.WRONG_TYPE, "give either metric and value, or values that are not empty")
        return
    ts = microseconds(item.ts)
    wrong_time = refusal_of(ts, now_us)
    if wrong_time:
        yield Refusal(index, *wrong_time)
        return
    if item.unit is not None:
        values, refusals = _in_unit(index, values, item.unit)
        yield from refusals
    if values:
        yield Observation(index, code, ts, values, item.quality)


def _in_unit(index: int, values: dict[str, float], unit: str) -> tuple[dict[str, float], list[Refusal]]:
    """Return values in their metrics' own units, and a refusal for each that cannot be converted."""
    converted, refusals = {}, []
    for metric, value in values.items():
        wanted = _units().get(metric, unit)  # of a metric that is not declared the catalogue will say so
        try:
            converted[metric] = units.converted(value, unit, wanted)
        except ValueError as error:
            refusals.append(Refusal(index, Reason.ANOTHER_UNIT, f"{metric}: {error}"[:EXCERPT], metric))
    return converted, refusals


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    return {metric.code: metric.unit for metric in reference.metrics()}
