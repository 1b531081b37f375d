"""What the ingest knows of devices, metrics and codes: a copy of the registry in memory, completed on demand."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.indicators import in_force
from cityops.reference import CITY_CODE
from cityops.store import registry
from cityops.store.alarms import touching
from cityops.store.registry import KnownDevice, KnownMetric
from cityops.store.upkeep import retention
from cityops_ingest.decode.events import Vocabulary
from cityops_ingest.decode.indicators import IndicatorWords

REFRESH_S = 10.0
"""How soon a widened range or a new event class takes effect."""

UNKNOWN_FOR_S = 2.0
"""How long an unknown device is remembered as such: a flood of its messages costs one question in two seconds."""


@dataclass(slots=True)
class CatalogDevice:
    """A registered device and the ids of its series by metric code."""

    device: KnownDevice
    series: dict[str, int] = field(default_factory=dict)


class Catalog:
    """Answers from memory; `refresh` and `learn` bring it up to date from the database."""

    def __init__(self) -> None:
        self.devices: dict[str, CatalogDevice] = {}
        self.series_by_device: dict[str, dict[str, int]] = {}
        self.source_number: dict[str, int] = {}
        self.metrics: dict[str, KnownMetric] = {}
        self.metric_by_id: dict[int, KnownMetric] = {}
        # By metric id:
        self.valid_min: NDArray[np.float64] = np.empty(0)
        self.valid_max: NDArray[np.float64] = np.empty(0)
        # By series id:
        self.metric_of: NDArray[np.int16] = np.zeros(1, np.int16)
        self.region_of: NDArray[np.int16] = np.zeros(1, np.int16)
        self.source_of: NDArray[np.int16] = np.zeros(1, np.int16)
        # What each source system carries, by its code.
        self.sources: dict[str, str] = {}
        self.words = Vocabulary(frozenset(), frozenset())
        self.indicators = IndicatorWords()
        # Microseconds since 1970 UTC; readings before that have been dropped and are not taken again.
        self.kept_from_us = 0
        # The values from which on some alarm rule looks at a series.
        self.limits = touching.NONE_YET
        self._refreshed_at = float("-inf")
        self._unknown: dict[str, float] = {}

    def refresh(self, connection: psycopg.Connection) -> None:
        """Read metrics and codes again if the copy is older than `REFRESH_S`; read all devices the first time."""
        if time.monotonic() - self._refreshed_at < REFRESH_S:
            return
        self._take_over(registry.metrics(connection))
        self.sources, classes, regions = registry.codes(connection)
        self.words = Vocabulary(classes, regions)
        self.indicators = IndicatorWords(in_force().indicators, regions | {CITY_CODE})
        self.kept_from_us = round(retention.kept_from(connection, "reading").timestamp() * 1_000_000)
        if not self.devices:
            self._add(connection, registry.devices(connection))
        self.limits = touching.renewed(connection, self.limits)
        self._refreshed_at = time.monotonic()

    def forget_age(self) -> None:
        """Have the next `refresh` read again, however young the copy is."""
        self._refreshed_at = float("-inf")

    def learn(self, connection: psycopg.Connection, codes: Iterable[str]) -> None:
        """Look up devices that are not in the copy, except those that were unknown a moment ago."""
        now = time.monotonic()
        self._unknown = {code: at for code, at in self._unknown.items() if now - at < UNKNOWN_FOR_S}
        missing = {code for code in codes if code not in self.devices and code not in self._unknown}
        if missing:
            self._add(connection, registry.devices(connection, missing))
            self._unknown |= {code: now for code in missing if code not in self.devices}

    def series_of(self, connection: psycopg.Connection, device: CatalogDevice, metric: KnownMetric) -> int:
        """Return the id of a series, making it if the device reports the metric for the first time."""
        known = device.series.get(metric.code)
        if known is None:
            known = registry.add_series(connection, device.device.id, metric.id)
            self._note(device, metric, known)
        return known

    def _take_over(self, metrics: list[KnownMetric]) -> None:
        self.metrics = {metric.code: metric for metric in metrics}
        self.metric_by_id = {metric.id: metric for metric in metrics}
        size = 1 + max(self.metric_by_id, default=0)
        self.valid_min, self.valid_max = np.full(size, np.nan), np.full(size, np.nan)
        for metric in metrics:
            self.valid_min[metric.id], self.valid_max[metric.id] = metric.valid_min, metric.valid_max

    def _note(self, device: CatalogDevice, metric: KnownMetric, series: int) -> None:
        device.series[metric.code] = series
        if series >= len(self.metric_of):
            room = np.zeros(max(series + 1, 2 * len(self.metric_of)) - len(self.metric_of), np.int16)
            self.metric_of, self.region_of = np.append(self.metric_of, room), np.append(self.region_of, room)
            self.source_of = np.append(self.source_of, room)
        self.metric_of[series], self.region_of[series] = metric.id, device.device.region_id
        self.source_of[series] = self.source_number.setdefault(device.device.source, len(self.source_number))

    def _add(self, connection: psycopg.Connection, devices: list[KnownDevice]) -> None:
        by_id = {device.id: CatalogDevice(device) for device in devices}
        for (device_id, metric_id), series_id in registry.series_ids(connection, list(by_id)).items():
            if metric_id in self.metric_by_id:
                self._note(by_id[device_id], self.metric_by_id[metric_id], series_id)
        self.devices |= {entry.device.code: entry for entry in by_id.values()}
        self.series_by_device |= {entry.device.code: entry.series for entry in by_id.values()}
