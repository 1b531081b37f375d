"""Reads SenML packs in JSON (RFC 8428): resolves base name, time, unit, value and sum into one report per record."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.formats.reports import Delivery, Report, read_json
from cityops_ingest.formats.routing import Route

_VERSION = 10
"""RFC 8428, section 4.4: the version of records that this RFC describes."""

_RELATIVE_BELOW = 2**28
"""RFC 8428, section 4.5.3: a time below this many seconds counts from now, any other one from 1970 UTC."""

_LONGEST_S = 1e11
"""Beyond it a time is no time of this or the next millennium, and its microseconds no 64-bit number."""


class _Record(msgspec.Struct):
    """The labels of RFC 8428, table 1 and 2, that a record may carry."""

    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: int | None = None
    n: str = ""
    u: str | None = None
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    s: float | None = None
    t: float = 0.0


class _Base(msgspec.Struct):
    """The base fields in force; they hold until another record changes them (section 4.1)."""

    name: str = ""
    time: float = 0.0
    unit: str | None = None
    value: float = 0.0
    sum: float = 0.0

    def take(self, record: _Record) -> None:
        """Take over the base fields that a record carries."""
        for ours, theirs in (("name", "bn"), ("time", "bt"), ("unit", "bu"), ("value", "bv"), ("sum", "bs")):
            given = getattr(record, theirs)
            if given is not None:
                setattr(self, ours, given)


def reports(payload: bytes, delivery: Delivery, route: Route) -> Iterator[Report | Refusal]:
    """Yield a report per record that has a value; a broken record costs others only what they had from its base."""
    pack = read_json(payload)
    if isinstance(pack, Refusal):
        yield pack
    elif not isinstance(pack, list):
        yield Refusal(0, Reason.WRONG_TYPE, "a SenML pack is an array of records")
    else:
        yield from _records(pack, delivery, route)


def _records(pack: list[Any], delivery: Delivery, route: Route) -> Iterator[Report | Refusal]:
    base = _Base()
    broken_at: int | None = None
    for index, raw in enumerate(pack):
        record = _record(index, raw)
        if isinstance(record, Refusal):
            yield record
            carries_base = isinstance(raw, dict) and any(
                label in raw for label in ("bn", "bt", "bu", "bv", "bs", "bver")
            )
            broken_at = index if carries_base else broken_at
        elif broken_at is not None:
            yield Refusal(index, Reason.WRONG_TYPE, f"the base fields of record {broken_at} are broken")
        else:
            base.take(record)
            yield from _report(index, record, base, delivery, route)


def _record(index: int, raw: Any) -> _Record | Refusal:
    unknown = [label for label in raw if label.endswith("_")] if isinstance(raw, dict) else []
    if unknown:  # section 4.4: such a label must be understood, or the pack is not
        return Refusal(index, Reason.WRONG_TYPE, f"label {unknown[0]!r} must be understood and is not"[:EXCERPT])
    try:
        record = msgspec.convert(raw, _Record)
    except msgspec.ValidationError as error:
        return Refusal(index, Reason.WRONG_TYPE, str(error)[:EXCERPT])
    if record.bver is not None and record.bver > _VERSION:
        return Refusal(index, Reason.WRONG_TYPE, f"SenML version {record.bver}; {_VERSION} is understood")
    return record


def _report(index: int, record: _Record, base: _Base, delivery: Delivery, route: Route) -> Iterator[Report | Refusal]:
    device, field = _split(base.name, record.n, route)
    value = record.vs if record.vb is None else record.vb
    fields: dict[str, Any] = {} if value is None else {field: value}
    if record.v is not None:
        fields[field] = base.value + record.v
    if record.s is not None:
        fields[f"{field}.sum"] = base.sum + record.s
    if not fields:
        return
    seconds = base.time + record.t
    if not abs(seconds) < _LONGEST_S:
        yield Refusal(index, Reason.BAD_TIME, f"{seconds} s is no time")
        return
    is_relative = seconds < _RELATIVE_BELOW
    ts = round(seconds * 1_000_000) + (delivery.now_us if is_relative else 0)
    # A time that counts from now is one that the sender does not know; it is now for us, as if it had given none.
    ts_or_none = None if seconds == 0 else ts
    yield Report(index, device, ts_or_none, fields, is_relative, is_relative, _units(fields, record, base))


def _units(fields: dict[str, Any], record: _Record, base: _Base) -> dict[str, str]:
    """Return the unit of each field; a sum is the value's integral over time (section 4.3), in unit × second."""
    unit = base.unit if record.u is None else record.u
    return {name: f"{unit}.s" if name.endswith(".sum") else unit for name in fields} if unit else {}


def _split(base: str, rest: str, route: Route) -> tuple[str, str]:
    """Return device and field of a name: the field is the longest tail that the route maps, else the last part."""
    name = base + rest
    cuts = [place + 1 for place, one in enumerate(name) if one in ":/_"] + [len(base)] * bool(base and rest)
    for cut in sorted(cuts):
        if name[cut:] in route.measures:
            return name[:cut].rstrip(":/_"), name[cut:]
    cut = max(name.rfind(":"), name.rfind("/")) + 1
    return name[:cut].rstrip(":/_"), name[cut:]
