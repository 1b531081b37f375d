"""Looks up the devices of decoded readings and lays the readings out in columns; what does not fit is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.domain.rejects import Reason
from cityops.store.readings import ReadingColumns
from cityops_ingest.catalog import Catalog, CatalogDevice
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Readings that may be stored, the position of each one's message in the batch, and what was refused."""

    columns: ReadingColumns
    message_of: Rows
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


def resolve(
    observations: Sequence[tuple[int, Observation]],
    sources: Sequence[str],
    catalog: Catalog,
    connection: psycopg.Connection,
) -> Resolved:
    """Resolve observations, each with the position of its message; `sources` names every message's source."""
    catalog.learn(connection, {observation.device for _, observation in observations})
    lists = _Lists()
    for message, observation in observations:
        device = catalog.devices.get(observation.device)
        if device is None or device.device.source != sources[message]:
            lists.refusals.append((message, _refuse(observation, sources[message], device)))
            continue
        if observation.ts < catalog.kept_from_us:
            lists.refusals.append((message, _refuse_dropped(observation, catalog)))
            continue
        known = device.series
        series = [known.get(metric) for metric in observation.values]
        if None in series:
            _add_incomplete(message, observation, device, catalog, connection, lists)
        else:
            values = list(observation.values.values())
            lists.add(message, observation, series, values)  # type: ignore[arg-type]  # no None in it, see above
    return _within_range(lists, catalog)


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


def _add_incomplete(
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


def _within_range(lists: _Lists, catalog: Catalog) -> Resolved:
    """Turn the lists into columns and take out the values that their metric does not allow."""
    per_object = np.array(lists.readings, np.intp)
    series = np.array(lists.series, np.int32)
    value = np.array(lists.value, np.float64)
    metric = catalog.metric_of[series]
    columns = ReadingColumns(
        np.repeat(np.array(lists.ts, np.int64), per_object),
        series,
        value,
        np.repeat(np.array(lists.quality, np.int16), per_object),
        metric,
        catalog.region_of[series],
    )
    message_of = np.repeat(np.array(lists.message, np.intp), per_object)
    valid = (value >= catalog.valid_min[metric]) & (value <= catalog.valid_max[metric])
    if valid.all():
        return Resolved(columns, message_of, lists.refusals)
    item_of = np.repeat(np.array(lists.item, np.intp), per_object)
    refused = [
        (int(message_of[row]), _out_of_range(int(item_of[row]), int(metric[row]), float(value[row]), catalog))
        for row in np.flatnonzero(~valid)
    ]
    kept = np.flatnonzero(valid)
    return Resolved(columns.take(kept), message_of[kept], lists.refusals + refused)


def _out_of_range(item: int, metric_id: int, value: float, catalog: Catalog) -> Refusal:
    metric = catalog.metric_by_id[metric_id]
    if not np.isfinite(value):
        return Refusal(item, Reason.NOT_FINITE, f"{metric.code} = {value}", metric.code)
    limits = f"{metric.code} = {value:g}, valid {metric.valid_min:g} to {metric.valid_max:g}"
    return Refusal(item, Reason.OUT_OF_RANGE, limits, metric.code)
