"""Devices: who measures, where, and how often a reading is expected."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """A kind of device: the system it reports through, its usual interval in seconds and its metrics."""

    code: str
    name_zh: str
    name_en: str
    source_system_code: str
    expected_interval_s: int
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A device as registered; `region_code` is a street, `lon` and `lat` are WGS-84 degrees."""

    code: str
    kind: str
    name_zh: str
    source_system_code: str
    region_code: str
    lon: float
    lat: float
    expected_interval_s: int


@dataclass(frozen=True, slots=True)
class Registrable:
    """Codes that a device may name when it is registered."""

    kinds: frozenset[str]
    sources: frozenset[str]
    streets: frozenset[str]


def read_device(row: Mapping[str, str | None], known: Registrable) -> Device:
    """Make a device from a row of text by column name.

    Raises
    ------
    ValueError
        A column is missing or wrong; the message names the column, what it holds and what it should hold.
    """
    texts = {field.name: (row.get(field.name) or "").strip() for field in fields(Device)}
    empty = [name for name, text in texts.items() if not text]
    if empty:
        raise ValueError(f"{', '.join(empty)}: empty or missing")
    _expect("kind", texts["kind"], known.kinds, "a declared kind of device")
    _expect("source_system_code", texts["source_system_code"], known.sources, "a registered source system")
    _expect("region_code", texts["region_code"], known.streets, "a street of the city, 9 digits")
    return Device(
        texts["code"],
        texts["kind"],
        texts["name_zh"],
        texts["source_system_code"],
        texts["region_code"],
        _number("lon", texts["lon"], -180, 180),
        _number("lat", texts["lat"], -90, 90),
        round(_number("expected_interval_s", texts["expected_interval_s"], 1, 31_536_000)),
    )


def _expect(column: str, text: str, allowed: frozenset[str], what: str) -> None:
    if text not in allowed:
        raise ValueError(f"{column}: {text!r} is not {what}")


def _number(column: str, text: str, least: float, greatest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= greatest:
        raise ValueError(f"{column}: {text!r} is not a number from {least:g} to {greatest:g}")
    return number
