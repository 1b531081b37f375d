"""From a message of another format to observations in our words: an adapter reads it, the route's mapping translates.

Nothing is lost in silence: a number that the route neither maps nor ignores is refused by name.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cityops.domain.readings import Quality
from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.decode.times import refusal_of
from cityops_ingest.formats import (
    chirpstack,
    histories,
    senml,
    sensorcommunity,
    sensorthings,
    tasmota,
    thethingsstack,
    values,
    zigbee2mqtt,
)
from cityops_ingest.formats.quality import Flags, QualityVerdict, Said
from cityops_ingest.formats.reports import Delivery, Report
from cityops_ingest.formats.routing import Adapter, Measure, Route
from cityops_ingest.formats.sparkplug import adapter as sparkplug
from cityops_ingest.formats.sparkplug.adapter import Node

READERS: dict[Adapter, Callable[[bytes, Delivery, Route], Iterator[Report | Refusal]]] = {
    Adapter.CHIRPSTACK: chirpstack.reports,
    Adapter.ZIGBEE2MQTT: zigbee2mqtt.reports,
    Adapter.TASMOTA: tasmota.reports,
    Adapter.SENML: senml.reports,
    Adapter.SENSORTHINGS: sensorthings.reports,
    Adapter.THE_THINGS_STACK: thethingsstack.reports,
    Adapter.SENSOR_COMMUNITY: sensorcommunity.reports,
}

_OF_OBJECTS = frozenset({Adapter.CHIRPSTACK, Adapter.THE_THINGS_STACK, Adapter.ZIGBEE2MQTT, Adapter.TASMOTA})
"""Formats whose messages are objects of named fields, where one field may speak of another."""


class Decoded(NamedTuple):
    """What a message of a route was decoded into; `node` is what is known of its edge node after it (Sparkplug)."""

    items: list[Observation | Refusal]
    node: Node | None = None


def decode(payload: bytes, delivery: Delivery, route: Route, node: Node | None = None) -> Decoded:
    """Return what a message of a route says; one without a time of its own is of the time it came.

    `node` is what was known of the message's edge node before; only Sparkplug asks.
    """
    if route.adapter is Adapter.SPARKPLUG:
        reading = sparkplug.read(payload, delivery, node or Node())
        return Decoded(list(_translated(reading.found, delivery, route)), reading.node)
    return Decoded(list(_translated(READERS[route.adapter](payload, delivery, route), delivery, route)))


def _translated(
    found: Iterable[Report | Refusal], delivery: Delivery, route: Route
) -> Iterator[Observation | Refusal]:
    for one in found:
        if isinstance(one, Refusal):
            yield one
        else:
            first = delivery.frames.first(one, delivery.now_us, route.source) if delivery.frames else one
            for part in histories.apart(first, route) if route.adapter in _OF_OBJECTS else [first]:
                yield from [part] if isinstance(part, Refusal) else _Translation(part, delivery, route).result()


@dataclass(slots=True)
class _Translation:
    """A report under translation: its values by device and quality, and what is refused.

    Two fields of one metric and device become two observations, of which the store keeps the first.
    """

    report: Report
    delivery: Delivery
    route: Route
    flags: Flags = field(init=False)
    observations: list[Observation] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look for fields that speak of others, but for those that the route says are something else."""
        named = {*self.route.measures, *self.route.ignore}
        self.flags = Flags(self.report.fields if self.route.adapter in _OF_OBJECTS else {}, named)

    def result(self) -> Iterator[Observation | Refusal]:
        """Yield what is refused, then what was observed."""
        report, delivery = self.report, self.delivery
        if delivery.retained and (report.ts is None or report.is_of_receipt) and self._has_values():
            yield Refusal(report.item, Reason.RETAINED, "it is retained and names no time, so it may be old")
            return
        self._read()
        yield from self.refusals
        wrong_time = refusal_of(self._ts, delivery.now_us) if self.observations else None
        if wrong_time:
            yield Refusal(report.item, wrong_time[0], self._placed(wrong_time[1]))
        else:
            yield from self.observations

    @property
    def _ts(self) -> int:
        return self.delivery.now_us if self.report.ts is None else self.report.ts

    def _has_values(self) -> bool:
        return any(raw is not None and name in self.route.measures for name, raw in self.report.fields.items())

    def _read(self) -> None:
        unmapped = []
        for name, raw in self.report.fields.items():
            measure = self.route.measures.get(name)
            if measure is not None:
                self._take(name, raw, measure)
            elif values.is_number(raw) and not self.route.ignores(name) and name not in self.flags.names:
                unmapped.append(name)
        self._miss()
        if unmapped and not self.report.within:  # of histories the report that held them tells
            self._refuse(Reason.UNKNOWN_METRIC, _unmapped(unmapped, self.route))

    def _miss(self) -> None:
        """Refuse what stands where an object with mapped fields belongs: {"AM2301": "error"}."""
        fields = self.report.fields
        for name, measure in self.route.measures.items() if self.route.adapter in _OF_OBJECTS else ():
            if "." in name and name not in fields:
                parts = name.split(".")
                for end in range(1, len(parts)):
                    above = ".".join(parts[:end])
                    if fields.get(above) not in (None, []) and above not in self.route.measures:
                        told = f"{above} is {str(fields[above])[:40]!r}, not an object with {name[len(above) + 1 :]}"
                        self._refuse(Reason.WRONG_TYPE, told[:EXCERPT], measure.metric)

    def _refuse(self, reason: Reason, detail: str, metric: str | None = None) -> None:
        self.refusals.append(Refusal(self.report.item, reason, self._placed(detail), metric))

    def _placed(self, detail: str) -> str:
        return f"{self.report.within}: {detail}"[:EXCERPT] if self.report.within else detail

    def _take(self, name: str, raw: object, measure: Measure) -> None:
        if raw is None:  # null is how these senders say that they have no value
            return
        told = self.report.qualities.get(name) or self.flags.of(name) or Said(QualityVerdict.GOOD, "")
        if told.verdict is QualityVerdict.BAD:
            self._refuse(Reason.BAD_QUALITY, f"{name} is {str(raw)[:40]!r}: {told.words}", measure.metric)
            return
        try:
            value = values.measured(name, raw, self.report.units.get(name), measure, self.route.name)
            device = self.route.device_of(measure, self.report.device, self.delivery.levels)
        except values.UnusableError as error:
            self._refuse(error.reason, str(error)[:EXCERPT], measure.metric)
        except IndexError:
            pattern = measure.device or self.route.device
            asked = f"the topic has {len(self.delivery.levels)} levels, pattern {pattern!r} of route "
            self.refusals[:] = [Refusal(self.report.item, Reason.BAD_TOPIC, f"{asked}{self.route.name!r} more")]
        else:
            self._observe(device, measure.metric, value, told.verdict)

    def _observe(self, device: str, metric: str, value: float, verdict: QualityVerdict) -> None:
        report = self.report
        is_good = report.ts is not None and not report.is_uncertain and verdict is QualityVerdict.GOOD
        quality = Quality.GOOD if is_good else Quality.UNCERTAIN
        for one in self.observations:
            if (one.device, one.quality) == (device, quality) and metric not in one.values:
                one.values[metric] = value
                return
        self.observations.append(Observation(report.item, device, self._ts, {metric: value}, quality))


def _unmapped(fields: list[str], route: Route) -> str:
    shown = ", ".join(repr(name[:40]) for name in sorted(fields)[:10])
    return f"{len(fields)} numbers have no mapping: {shown}; add them to metrics or ignore of route {route.name!r}"
