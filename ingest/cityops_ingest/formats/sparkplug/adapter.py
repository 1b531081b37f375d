"""Reads Sparkplug B: spBv1.0/<group>/<type>/<node>[/<device>]; what an edge node told in its births goes in and out.

Format: Eclipse Sparkplug 3.0. A node's messages must come in order; births name the metrics that data give by alias.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.formats.quality import QualityVerdict, Said, of_code, of_word
from cityops_ingest.formats.reports import Delivery, Report
from cityops_ingest.formats.sparkplug.whole import PayloadError, opened

_LEVELS_OF = {"NBIRTH": 4, "NDATA": 4, "NDEATH": 4, "DBIRTH": 5, "DDATA": 5, "DDEATH": 5}
_NOT_FOR_US = {"NCMD", "DCMD"}
_BITS_OF = {1: 8, 2: 16, 3: 32, 4: 64}
"""Signed integers by datatype (section 6.4.16); on the wire they are unsigned, as two's complement."""

_DATETIME = 13
_UNITS = {"engunit", "engunits", "engineeringunit", "engineeringunits", "unit", "units"}
_QUALITIES = {"quality", "qualitycode"}
_NOT_LETTERS = re.compile(r"[^a-z]")
_CONTROLS = ("Node Control/", "Device Control/", "bdSeq")


class Birth(msgspec.Struct, frozen=True):
    """What a birth declared: names by alias, datatypes and units by name."""

    names: dict[int, str] = {}
    datatypes: dict[str, int] = {}
    units: dict[str, str] = {}


class Node(msgspec.Struct, frozen=True):
    """What is known of an edge node after a message: the births of itself ("") and its devices, and its counters.

    `born_ms` is the node's own time of its birth, `last_seq` the number of its last message, 0 to 255.
    """

    births: dict[str, Birth] = {}
    bd_seq: int | None = None
    last_seq: int | None = None
    born_ms: int = 0


@dataclass(slots=True)
class PayloadReading:
    """A message under reading: what has been found in it, and what becomes of the node."""

    node: Node
    found: list[Report | Refusal] = field(default_factory=list)


def node_of(levels: list[str]) -> tuple[str, str] | None:
    """Return group and node of a topic, None where it names none."""
    return (levels[1], levels[3]) if len(levels) > 3 else None


def read(payload: bytes, delivery: Delivery, node: Node) -> PayloadReading:
    """Return what a message reports, and what is known of its node after it."""
    reading = PayloadReading(node)
    kind = delivery.levels[2] if len(delivery.levels) > 2 else ""
    if kind in _NOT_FOR_US or delivery.levels[1:2] == ["STATE"]:
        return reading
    if _LEVELS_OF.get(kind) != len(delivery.levels):
        form = "the topic is not spBv1.0/<group>/<type>/<node>[/<device>]"
        reading.found.append(Refusal(0, Reason.BAD_TOPIC, form))
        return reading
    try:
        message, beside = opened(payload)
    except PayloadError as error:
        reading.found.append(Refusal(0, error.reason, str(error)))
        return reading
    reading.found += [Refusal(0, Reason.WRONG_TYPE, told) for told in beside]
    _apply(kind, message, delivery, reading)
    return reading


def _apply(kind: str, message: Any, delivery: Delivery, reading: PayloadReading) -> None:
    device = "/".join(delivery.levels[4:])
    if kind == "NDEATH":
        if reading.node.bd_seq in {None, _bd_seq(message)}:  # else it is the late will of an earlier connection
            reading.node = Node()
        return
    if kind == "NBIRTH":
        seq = message.seq if message.HasField("seq") else None
        reading.node = Node({"": _birth(message)}, _bd_seq(message), seq, message.timestamp)
    else:
        _follow(message, delivery, reading)
    if kind == "DBIRTH":
        reading.node = _with(reading.node, device, _birth(message))
    if kind == "DDEATH":
        reading.node = _with(reading.node, device, None)
        return
    # What was committed and comes again may be older than the birth that is known now; its aliases are others then.
    is_older = delivery.redelivered and message.timestamp < reading.node.born_ms
    birth = Birth() if is_older else reading.node.births.get(device, Birth())
    reading.found += _reports(message, birth, "/".join([delivery.levels[1], *delivery.levels[3:]]))


def _follow(message: Any, delivery: Delivery, reading: PayloadReading) -> None:
    """Hold the message's number against the last one; after a gap a birth may be among what is missing."""
    last = reading.node.last_seq
    if delivery.is_replay or not message.HasField("seq"):
        return
    missing = 0 if last is None else (message.seq - last - 1) % 256
    if missing and delivery.redelivered and missing >= 128:  # taken before, and delivered again
        return
    if missing and last is not None:
        between = f"{(last + 1) % 256} to {(message.seq - 1) % 256}"
        named = "/".join(delivery.levels[1:4:2])
        told = f"node {named!r}: {missing} messages are missing, numbers {between}; its births are void"
        reading.found.append(Refusal(0, Reason.SEQUENCE_GAP, told))
        reading.node = msgspec.structs.replace(reading.node, births={})
    reading.node = msgspec.structs.replace(reading.node, last_seq=message.seq % 256)


def _with(node: Node, device: str, birth: Birth | None) -> Node:
    births = {name: known for name, known in node.births.items() if name != device}
    return msgspec.structs.replace(node, births=births if birth is None else births | {device: birth})


def _birth(message: Any) -> Birth:
    birth = Birth({}, {})
    for metric in message.metrics:
        name = _text(metric.name)
        birth.datatypes[name] = metric.datatype
        unit = _unit(metric)
        if unit:
            birth.units[name] = unit
        if metric.HasField("alias"):
            birth.names[metric.alias] = name
    return birth


def _bd_seq(message: Any) -> int | None:
    return next((_unsigned(metric) for metric in message.metrics if metric.name == b"bdSeq"), None)


def _unsigned(metric: Any) -> int:
    return int(metric.long_value or metric.int_value)


def _reports(message: Any, birth: Birth, device: str) -> Iterator[Report | Refusal]:
    """Yield a report for each instant of a message, and one refusal for all metrics that cannot be told."""
    reports = _Reports()
    nameless: list[str] = []
    for item, metric in enumerate(message.metrics):
        name = _text(metric.name) if metric.HasField("name") else birth.names.get(metric.alias)
        if name is None or not _is_told(metric, name, birth):
            nameless.append(f"alias {metric.alias}" if name is None else f"{name[:40]!r}")
        elif name.startswith(_CONTROLS) or metric.is_transient:
            continue
        elif metric.is_historical and not metric.timestamp:
            yield Refusal(item, Reason.BAD_TIME, f"{name[:60]!r} is historical and does not say of when")
        else:
            ts = _ms(metric) or _ms(message)
            report = reports.of(item, device, None if ts is None else ts * 1000, name)
            report.fields[name] = _value(metric, name, birth)
            unit, said = _unit(metric) or birth.units.get(name), _said(metric)
            if unit:
                report.units[name] = unit  # type: ignore[index]  # made here, as a dict
            if said:
                report.qualities[name] = said  # type: ignore[index]  # as above
    yield from reports.values()
    if nameless:
        shown = f"{device!r}: no birth is known that tells of {', '.join(nameless[:10])}"
        yield Refusal(0, Reason.NO_BIRTH, f"{shown} ({len(nameless)} metrics)")


class _Reports(dict[tuple[int | None, int], Report]):
    """Reports by instant and number: one of a number has the fields that their instant has had so often before."""

    def __init__(self) -> None:
        super().__init__()
        self._times: Counter[tuple[int | None, str]] = Counter()

    def of(self, item: int, device: str, ts: int | None, name: str) -> Report:
        """Return the report of an instant that has no such field yet, added if there is none."""
        number = self._times[ts, name]
        self._times[ts, name] += 1
        return self.setdefault((ts, number), Report(item, device, ts, {}, units={}, qualities={}))


def _properties(metric: Any) -> Iterator[tuple[str, Any]]:
    """Yield a metric's properties (section 6.4.9): their keys, lower-case letters only, and their values."""
    for key, one in zip(metric.properties.keys, metric.properties.values, strict=False):
        kind = one.WhichOneof("value")
        if kind is not None and not one.is_null:
            value = getattr(one, kind)
            yield _NOT_LETTERS.sub("", _text(key).lower()), _text(value) if isinstance(value, bytes) else value


def _unit(metric: Any) -> str | None:
    return next((one for key, one in _properties(metric) if key in _UNITS and isinstance(one, str) and one), None)


def _said(metric: Any) -> Said | None:
    """Return what the sender says of the quality; without the property it is good (section 6.4.9)."""
    for key, raw in _properties(metric):
        if key in _QUALITIES:
            return Said(_verdict(raw), f"{key} is {str(raw)[:40]!r}")
    return None


def _verdict(raw: Any) -> QualityVerdict:
    if isinstance(raw, str) and not raw.isdecimal():
        told = of_word(raw)
        return QualityVerdict.UNCERTAIN if told is None else told
    if isinstance(raw, bool):
        return QualityVerdict.GOOD if raw else QualityVerdict.BAD
    return of_code(int(raw)) if raw == raw and abs(float(raw)) < 2**64 else QualityVerdict.BAD  # noqa: PLR0124 - NaN


def _is_told(metric: Any, name: str, birth: Birth) -> bool:
    """Return whether the value can be read: an integer without its datatype may be a negative one."""
    is_integer = metric.WhichOneof("value") in {"int_value", "long_value"}
    return not is_integer or bool(metric.datatype or birth.datatypes.get(name))


def _value(metric: Any, name: str, birth: Birth) -> object:
    kind = metric.WhichOneof("value")
    if metric.is_null or kind is None:
        return None
    value = getattr(metric, kind)
    datatype = metric.datatype or birth.datatypes.get(name)
    if datatype == _DATETIME or isinstance(value, bytes):
        return f"a {kind.removesuffix('_value')}"
    bits = _BITS_OF.get(datatype or 0)
    if bits is not None and isinstance(value, int):
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value
    return value


def _ms(part: Any) -> int | None:
    return int(part.timestamp) if part.HasField("timestamp") else None


def _text(name: bytes) -> str:
    return name.decode(errors="replace").replace("\0", "\N{SYMBOL FOR NULL}")  # which the store cannot hold
