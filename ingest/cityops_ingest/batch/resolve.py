"""Finds the series of decoded readings and lays the readings out in columns; what does not fit is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.domain.rejects import Reason
from cityops.store.readings import ReadingColumns
from cityops_ingest.batch.columns import Entries, Leftover, Objects, Rows, lay_out
from cityops_ingest.catalog import Catalog, CatalogDevice
from cityops_ingest.decode import readings
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation


@dataclass(frozen=True, slots=True)
class Resolved:
    """Readings that may be stored, the places of each one's message and of its item there, and the refusals."""

    columns: ReadingColumns
    message_of: Rows
    item_of: Rows
    refusals: list[tuple[int, Refusal]]


@dataclass(slots=True)
class _Lists:
    """Columns while they grow: the first four have an entry per object, the last two one per reading."""

    message: list[int] = field(default_factory=list)
    item: list[int] = field(default_factory=list)
    ts: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    readings: list[int] = field(default_factory=list)
    series: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)

    def add(self, message: int, observation: Observation, series: list[int], values: Sequence[float]) -> None:
        """Add the readings of one object."""
        self.message.append(message)
        self.item.append(observation.item)
        self.ts.append(observation.ts)
        self.quality.append(observation.quality)
        self.readings.append(len(series))
        self.series += series
        self.value += values

    def entries(self) -> Entries:
        """Return the columns."""
        per_object = np.array(self.readings, np.intp)
        return Entries(
            np.repeat(np.array(self.message, np.intp), per_object),
            np.repeat(np.array(self.item, np.intp), per_object),
            np.repeat(np.array(self.ts, np.int64), per_object),
            np.array(self.series, np.int32),
            np.array(self.value, np.float64),
            np.repeat(np.array(self.quality, np.int16), per_object),
        )


def resolve(
    observations: Sequence[tuple[int, Observation]],
    sources: Sequence[str],
    nows_us: Sequence[int],
    catalog: Catalog,
    connection: psycopg.Connection,
    objects: Objects | None = None,
) -> Resolved:
    """Resolve observations, each with the position of its message, and objects.

    `sources` and `nows_us` (microseconds since 1970 UTC) have every message's source and receipt.
    """
    objects = objects or Objects()
    catalog.learn(connection, {code for code in objects.codes if code})
    entries, leftovers = lay_out(objects, sources, catalog)
    left, refusals = _read(leftovers)
    lists = _Lists(refusals=refusals)
    _look_up([*observations, *left], sources, catalog, connection, lists)
    return _within_range(entries.merged(lists.entries()), np.array(nows_us, np.int64), lists.refusals, catalog)


def _read(leftovers: Sequence[Leftover]) -> tuple[list[tuple[int, Observation]], list[tuple[int, Refusal]]]:
    observations: list[tuple[int, Observation]] = []
    refusals: list[tuple[int, Refusal]] = []
    for one in leftovers:
        for found in readings.observed(one.item, one.content, one.device, one.now_us):
            if isinstance(found, Refusal):
                refusals.append((one.message, found))
            else:
                observations.append((one.message, found))
    return observations, refusals


def _look_up(
    observations: Sequence[tuple[int, Observation]],
    sources: Sequence[str],
    catalog: Catalog,
    connection: psycopg.Connection,
    lists: _Lists,
) -> None:
    catalog.learn(connection, {observation.device for _, observation in observations})
    for message, observation in observations:
        device = catalog.devices.get(observation.device)
        if device is None or device.device.source != sources[message]:
            lists.refusals.append((message, _refuse(observation, sources[message], device)))
        elif observation.ts < catalog.kept_from_us:
            lists.refusals.append((message, _refuse_dropped(observation, catalog)))
        else:
            _add(message, observation, device, catalog, connection, lists)


def _refuse(observation: Observation, source: str, device: CatalogDevice | None) -> Refusal:
    if device is None:
        return Refusal(observation.item, Reason.UNKNOWN_DEVICE, f"device {observation.device!r}")
    belongs = f"device {observation.device!r} belongs to {device.device.source!r}, not to {source!r}"
    return Refusal(observation.item, Reason.WRONG_SOURCE, belongs)


def _refuse_dropped(observation: Observation, catalog: Catalog) -> Refusal:
    edge = datetime.fromtimestamp(catalog.kept_from_us / 1e6, UTC)
    return Refusal(
        observation.item, Reason.TIME_TOO_OLD, f"readings before {edge:%Y-%m-%dT%H:%M}Z are no longer kept"
    )


def _add(
    message: int,
    observation: Observation,
    device: CatalogDevice,
    catalog: Catalog,
    connection: psycopg.Connection,
    lists: _Lists,
) -> None:
    """Add the values whose metric is declared, making series that the device has not had; refuse the others."""
    series, values = [], []
    for code, value in observation.values.items():
        metric = catalog.metrics.get(code)
        if metric is None:
            refusal = Refusal(observation.item, Reason.UNKNOWN_METRIC, f"metric {code!r}", code)
            lists.refusals.append((message, refusal))
        else:
            series.append(catalog.series_of(connection, device, metric))
            values.append(value)
    lists.add(message, observation, series, values)


def _within_range(
    entries: Entries, received: NDArray[np.int64], refusals: Sequence[tuple[int, Refusal]], catalog: Catalog
) -> Resolved:
    """Add each reading's metric, region and receipt, and take out the values that their metric does not allow."""
    metric = catalog.metric_of[entries.series]
    valid = (entries.value >= catalog.valid_min[metric]) & (entries.value <= catalog.valid_max[metric])
    refused = [
        (int(entries.message[at]), _out_of_range(int(entries.item[at]), metric[at], entries.value[at], catalog))
        for at in np.flatnonzero(~valid)
    ]
    if refused:
        entries, metric = entries.take(valid), metric[valid]
    region = catalog.region_of[entries.series]
    columns = ReadingColumns(
        entries.ts, entries.series, entries.value, entries.quality, metric, region, received[entries.message]
    )
    return Resolved(columns, entries.message, entries.item, [*refusals, *refused])


def _out_of_range(item: int, metric_id: np.int16, value: np.float64, catalog: Catalog) -> Refusal:
    metric = catalog.metric_by_id[int(metric_id)]
    if not np.isfinite(value):
        return Refusal(item, Reason.NOT_FINITE, f"{metric.code} = {value}", metric.code)
    limits = f"{metric.code} = {value:g}, valid {metric.valid_min:g} to {metric.valid_max:g}"
    return Refusal(item, Reason.OUT_OF_RANGE, limits, metric.code)
