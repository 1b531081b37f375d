"""From a message of another format to observations in our words: an adapter reads it, the route's mapping translates.

Nothing is lost in silence: a number that the route neither maps nor ignores is refused by name.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cityops.domain.readings import Quality
from cityops.domain.rejects import Reason
from cityops_ingest.decode.adapters import chirpstack, senml, sensorthings, sparkplug, tasmota, zigbee2mqtt
from cityops_ingest.decode.adapters.reports import Delivery, Report
from cityops_ingest.decode.adapters.sparkplug import Node
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.decode.times import refusal_of
from cityops_ingest.routes import Adapter, Route

READERS: dict[Adapter, Callable[[bytes, Delivery, Route], Iterator[Report | Refusal]]] = {
    Adapter.CHIRPSTACK: chirpstack.reports,
    Adapter.ZIGBEE2MQTT: zigbee2mqtt.reports,
    Adapter.TASMOTA: tasmota.reports,
    Adapter.SENML: senml.reports,
    Adapter.SENSORTHINGS: sensorthings.reports,
}


class Found(NamedTuple):
    """What a message of a route was decoded into; `node` is what is known of its edge node after it (Sparkplug)."""

    items: list[Observation | Refusal]
    node: Node | None = None


def decode(payload: bytes, delivery: Delivery, route: Route, node: Node | None = None) -> Found:
    """Return what a message of a route says; one without a time of its own is of the time it came.

    `node` is what was known of the message's edge node before; only Sparkplug asks.
    """
    if route.adapter is Adapter.SPARKPLUG:
        reading = sparkplug.read(payload, delivery, node or Node())
        return Found(list(_translated(reading.found, delivery, route)), reading.node)
    return Found(list(_translated(READERS[route.adapter](payload, delivery, route), delivery, route)))


def _translated(
    found: Iterable[Report | Refusal], delivery: Delivery, route: Route
) -> Iterator[Observation | Refusal]:
    for one in found:
        if isinstance(one, Refusal):
            yield one
        else:
            yield from _translate(one, delivery, route)


def _translate(report: Report, delivery: Delivery, route: Route) -> Iterator[Observation | Refusal]:
    values, refusals = _values(report, route)
    yield from refusals
    if not values:
        return
    try:
        device = route.device_code(report.device, delivery.levels)
    except IndexError:
        asked = f"the topic has {len(delivery.levels)} levels, pattern {route.device!r} of route {route.name!r} more"
        yield Refusal(report.item, Reason.BAD_TOPIC, asked)
        return
    ts = delivery.now_us if report.ts is None else report.ts
    wrong_time = refusal_of(ts, delivery.now_us)
    if wrong_time:
        yield Refusal(report.item, *wrong_time)
        return
    quality = Quality.UNCERTAIN if report.ts is None or report.is_uncertain else Quality.GOOD
    for one in values:
        yield Observation(report.item, device, ts, one, quality)


def _values(report: Report, route: Route) -> tuple[list[dict[str, float]], list[Refusal]]:
    """Return the values by metric, and what is refused; two fields of one metric become two observations."""
    values: dict[str, float] = {}
    again: list[dict[str, float]] = []
    refusals = []
    unmapped = []
    for field, raw in report.fields.items():
        measure = route.measures.get(field)
        if measure is None:
            if _is_number(raw) and not route.ignores(field):
                unmapped.append(field)
        elif report.unit is not None and measure.unit not in {None, report.unit}:
            told = f"{field} is in {report.unit!r}, route {route.name!r} takes {measure.unit!r}"
            refusals.append(Refusal(report.item, Reason.WRONG_TYPE, told[:EXCERPT]))
        elif isinstance(raw, bool) or _is_number(raw):
            value = _float(raw) * measure.factor + measure.offset
            if measure.metric in values:
                again.append({measure.metric: value})
            else:
                values[measure.metric] = value
        elif raw is not None:  # null is how these senders say that they have no value
            refusals.append(
                Refusal(report.item, Reason.WRONG_TYPE, f"{field} is {str(raw)!r}, not a number"[:EXCERPT])
            )
    if unmapped:
        refusals.append(Refusal(report.item, Reason.UNKNOWN_METRIC, _unmapped(unmapped, route)))
    return ([values] if values else []) + again, refusals


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _float(raw: float) -> float:
    try:
        return float(raw)
    except OverflowError:  # JSON allows integers of any length
        return float("inf") if raw > 0 else float("-inf")


def _unmapped(fields: list[str], route: Route) -> str:
    shown = ", ".join(repr(field[:40]) for field in sorted(fields)[:10])
    return f"{len(fields)} numbers have no mapping: {shown}; add them to metrics or ignore of route {route.name!r}"
