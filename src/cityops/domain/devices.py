"""Devices: who measures, where, and how often a reading is expected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cityops.domain.registration.cells import BadRow, Registrable, expect, filled, number, place, printable, shown

LONGEST_CODE = 128
_CODE = re.compile(r"[^\x00-\x20\x7f-\xa0/+#]+")


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


def name_en(kind_en: str, code: str) -> str:
    """Return what a device is called in English; it is registered with a Chinese name alone."""
    return f"{kind_en} {code}"


REQUIRED = ("code", "kind", "name_zh", "source_system_code", "lon", "lat", "expected_interval_s")


def read_device(row: Mapping[str, str], known: Registrable) -> Device:
    """Make a device from a row of text by column name; the place stays in the frame it is given in.

    Raises
    ------
    BadRow
        A cell is missing or wrong.
    """
    texts = filled(row, REQUIRED, known)
    if len(texts["code"]) > LONGEST_CODE or not _CODE.fullmatch(texts["code"]):
        remedy = f"use up to {LONGEST_CODE} characters without blanks and / + #, which cannot stand in a topic"
        raise BadRow("code", f"{shown(texts['code'])} cannot be a device's code", remedy)
    expect("kind", texts["kind"], known.kinds, "a declared kind of device")
    expect("source_system_code", texts["source_system_code"], known.sources, "a source system that carries readings")
    return Device(
        printable("code", texts["code"]),
        texts["kind"],
        printable("name_zh", texts["name_zh"]),
        texts["source_system_code"],
        texts["region_code"],
        *place(texts),
        round(number("expected_interval_s", texts["expected_interval_s"], 1, 31_536_000)),
    )
