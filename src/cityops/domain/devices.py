"""Devices: who measures, where, and how often a reading is expected."""

from dataclasses import dataclass


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
