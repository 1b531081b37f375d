"""What an adapter finds in a message: reports of devices in the sender's own words; and how JSON is read for it."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal, check_text, parsed_leniently
from cityops_ingest.decode.times import refusal_of
from cityops_ingest.formats.quality import Said

_UNIT_BESIDE = re.compile(r"(.+?)(?:[._]units?|Units?)")

_NAME = 256
"""Characters of a field's name that are kept: one of a megabyte before each of many values would fill the memory."""


class Delivery(NamedTuple):
    """How a message came: the levels of its topic, when (microseconds since 1970 UTC), and whether again.

    A replay is a message that was kept, tried once more out of its order. What was `retained` may be old.
    """

    levels: list[str]
    now_us: int
    redelivered: bool = False
    is_replay: bool = False
    retained: bool = False
    frames: "Frames | None" = None


class Report(NamedTuple):
    """What one device said of one instant, in the sender's words.

    `item` is its place in the message, `device` the sender's own name of it, `ts` in microseconds since 1970 UTC or
    None where the sender gave no time. `is_uncertain` marks a time that could also be another one, `is_of_receipt`
    one that counts from when the message came. `fields` are raw values by name, nested names joined with dots;
    `units` and `qualities` are what the sender says of these, by name. `frame` tells a device's LoRaWAN frames apart.
    `within` names the entry of a history that it was.
    """

    item: int
    device: str
    ts: int | None
    fields: dict[str, Any]
    is_uncertain: bool = False
    is_of_receipt: bool = False
    units: Mapping[str, str] = MappingProxyType({})
    qualities: Mapping[str, Said] = MappingProxyType({})
    frame: str | None = None
    within: str | None = None


REPEATED_WITHIN_US = 3_600_000_000
"""A frame comes again within minutes; a counter that a device has begun anew, with the same content, later."""

_FRAMES = 200_000


class Frames:
    """The frames of LoRaWAN that are known: one that comes again is of the time at which it came first.

    `new` are those of which the other workers do not know yet: by digest, with times in microseconds since 1970.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self.new: dict[bytes, int] = {}

    def first(self, report: Report, now_us: int, source: str) -> Report:
        """Return a report with the time of its frame, which makes a repeated one a duplicate."""
        ts = now_us if report.ts is None else report.ts
        if report.frame is None or refusal_of(ts, now_us):
            return report
        named = f"{source}\0{report.device.lower()}\0{report.frame}"
        key = blake2b(named.encode(errors="replace"), digest_size=16).digest()
        known = self._first.get(key)
        if known is not None and abs(ts - known) <= REPEATED_WITHIN_US:
            return report._replace(ts=known, is_uncertain=report.is_uncertain or report.ts is None)
        self._first[key] = self.new[key] = ts
        if len(self._first) > _FRAMES:
            del self._first[next(iter(self._first))]
        return report

    def learn(self, agreed: Mapping[bytes, int]) -> bool:
        """Take the times that all workers agree on for the new frames; return whether any is another one."""
        is_other = agreed != self.new
        self._first |= agreed
        self.new.clear()
        return is_other


def frame(counter: object, *parts: object) -> str | None:
    """Return what tells a device's frame: its counter, its address and its content; None where none is counted."""
    if not isinstance(counter, int) or isinstance(counter, bool):
        return None
    content = repr(parts).encode(errors="replace")
    return f"{counter} {blake2b(content, digest_size=12).hexdigest()}"


def read_json(payload: bytes) -> Any:
    """Return the parsed payload, or why it is refused; the words NaN and Infinity are read as such."""
    if not payload.strip():
        return Refusal(0, Reason.EMPTY_PAYLOAD, "0 bytes of content")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        parsed = parsed_leniently(payload)
        check_text(parsed)
        return parsed
    except (ValueError, RecursionError) as error:
        return Refusal(0, Reason.BAD_JSON, str(error)[:EXCERPT])


def read_object(payload: bytes) -> dict[str, Any] | Refusal:
    """Return the payload, which must be a JSON object, or why it is refused."""
    parsed = read_json(payload)
    if isinstance(parsed, dict | Refusal):
        return parsed
    return Refusal(0, Reason.WRONG_TYPE, "the payload is not a JSON object")


def flat(value: Any) -> dict[str, Any]:
    """Return the scalars of nested objects and arrays by their dotted names: {"a": {"b": [1]}} as {"a.b.0": 1}.

    An empty object or array is kept as such: it may stand where a number is expected.
    """
    found: dict[str, Any] = {}
    waiting = [("", value)]
    while waiting:  # a loop, because a hostile message nests deeper than Python's stack
        name, part = waiting.pop()
        if isinstance(part, dict | list) and (part or not name):
            inner = part.items() if isinstance(part, dict) else enumerate(part)
            waiting += reversed([(f"{name}.{key}"[:_NAME] if name else str(key)[:_NAME], one) for key, one in inner])
        else:
            found[name] = part
    return found


def units_beside(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the units that stand beside values: of `t` in `t_unit` or `tUnit`, of {"value": 1, "unit": "m"}."""
    found: dict[str, str] = {}
    for name, raw in fields.items():
        of_one = _UNIT_BESIDE.fullmatch(name)
        if of_one and isinstance(raw, str) and raw:
            found |= dict.fromkeys([of_one[1], f"{of_one[1]}.value"], raw)
    return found
