"""The readings that are measured with: the simulator's fleet and signals, as columns and as wire payloads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import psycopg
from numpy.typing import NDArray

from cityops import reference
from cityops.domain.devices import Device
from cityops.simulate.fleet import fleet
from cityops.simulate.signals import values
from cityops.simulate.sites import Sites, sites_of
from cityops.store import registry
from cityops.store.readings import ReadingColumns
from cityops.wire.topics import Kind, Topic

SEED = 20
Payload = tuple[str, bytes]
"""Topic and payload of a message."""


def devices_and_probes(count: int) -> tuple[list[Device], list[Device]]:
    """Return a fleet that leaves one street free, and devices of each kind in that street: the probes."""
    made = fleet(count, SEED)
    street = made[0].region_code
    free = [device for device in made if device.region_code != street]
    of_kind = {device.kind: device for device in made}
    probes = [
        Device(f"PROBE-{kind}", kind, f"probe {kind}", like.source_system_code, street, like.lon, like.lat, 60)
        for kind, like in of_kind.items()
    ]
    return free, probes


def metrics_of_kinds() -> dict[str, tuple[str, ...]]:
    """Return the metrics of each kind of device."""
    return {kind.code: kind.metrics for kind in reference.device_kinds()}


@dataclass(frozen=True, eq=False)
class Workload:
    """All series of a fleet; every array and list has one entry per series, in one order."""

    sites: Sequence[Sites]
    device: list[str]
    metric: list[str]
    source: list[str]
    series: NDArray[np.int32]
    metric_id: NDArray[np.int16]
    region_id: NDArray[np.int16]
    phase: NDArray[np.float64]
    """Where in its interval a series speaks, in [0, 1)."""

    def __len__(self) -> int:
        """Return the number of series."""
        return len(self.series)

    def values(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each series says at instants: (instants, series)."""
        blocks = []
        for sites in self.sites:
            grid = np.broadcast_to(times_s[:, None], (len(times_s), sites.total))
            blocks += list(values(sites, grid).values())
        return np.concatenate(blocks, axis=1)

    def columns(self, times_s: NDArray[np.float64], cadence_s: float) -> tuple[ReadingColumns, NDArray[np.intp]]:
        """Return one reading per series and instant, oldest first, and for each row the position of its series.

        Each series speaks at its own phase after the instant, to the millisecond, as devices do.
        """
        ms = np.round((times_s[:, None] + self.phase * cadence_s) * 1000).astype(np.int64).ravel()
        place = np.tile(np.arange(len(self)), len(times_s))
        order = np.argsort(ms, kind="stable")
        place, value = place[order], self.values(times_s).ravel()[order]
        columns = ReadingColumns(
            ms[order] * 1000,
            self.series[place],
            value,
            np.zeros(len(place), np.int16),
            self.metric_id[place],
            self.region_id[place],
            ms[order] * 1000,
        )
        return columns, place

    def singles(self, columns: ReadingColumns, place: NDArray[np.intp]) -> Iterator[Payload]:
        """Yield one message per reading, on the device's own topic."""
        for at, us, value in zip(place.tolist(), columns.ts.tolist(), columns.value.tolist(), strict=True):
            topic = Topic(Kind.READINGS, self.source[at], self.device[at])
            yield str(topic), orjson.dumps({"ts": us // 1000, "metric": self.metric[at], "value": value})

    def triples(self) -> NDArray[np.intp]:
        """Return the positions of three series of one device each: (messages of an instant, 3).

        Devices with fewer metrics have none, those with nine have three.
        """
        found: dict[str, list[int]] = {}
        for place, device in enumerate(self.device):
            found.setdefault(device, []).append(place)
        rows = [places[at : at + 3] for places in found.values() for at in range(0, len(places) - 2, 3)]
        return np.array(rows, np.intp)

    def messages_of_triples(self, times_s: NDArray[np.float64], cadence_s: float) -> Iterator[Payload]:
        """Yield a message of three values per triple and instant, oldest first, each triple at a phase of its own."""
        triples = self.triples()
        ms = np.round((times_s[:, None] + self.phase[triples[:, 0]] * cadence_s) * 1000).astype(np.int64)
        values = self.values(times_s)[:, triples]
        for at in np.argsort(ms, axis=None, kind="stable").tolist():
            instant, triple = divmod(at, len(triples))
            places = triples[triple].tolist()
            said = zip((self.metric[place] for place in places), values[instant, triple].tolist(), strict=True)
            topic = Topic(Kind.READINGS, self.source[places[0]], self.device[places[0]])
            yield str(topic), orjson.dumps({"ts": int(ms[instant, triple]), "values": dict(said)})

    def arrays(self, columns: ReadingColumns, place: NDArray[np.intp], size: int) -> Iterator[Payload]:
        """Yield messages of `size` readings of one source each, as gateways send them; the remainder stays out."""
        waiting: dict[str, list[dict[str, object]]] = {source: [] for source in set(self.source)}
        for at, us, value in zip(place.tolist(), columns.ts.tolist(), columns.value.tolist(), strict=True):
            items = waiting[self.source[at]]
            items.append({"device": self.device[at], "ts": us // 1000, "metric": self.metric[at], "value": value})
            if len(items) == size:
                yield str(Topic(Kind.READINGS, self.source[at])), orjson.dumps(items)
                items.clear()


def workload(connection: psycopg.Connection, devices: Sequence[Device]) -> Workload:
    """Lay out the series of registered devices."""
    known = {device.code: device for device in registry.devices(connection)}
    metric_ids = {metric.code: metric.id for metric in registry.metrics(connection)}
    ids = registry.series_ids(connection, [device.id for device in known.values()])
    sites = sites_of(devices, SEED)
    rows = [
        (code, metric, one.source, ids[known[code].id, metric_ids[metric]], metric_ids[metric], known[code].region_id)
        for one in sites
        for metric in one.metrics
        for code in one.codes
    ]
    device, metric, source, series, metric_id, region_id = zip(*rows, strict=True)
    return Workload(
        sites,
        list(device),
        list(metric),
        list(source),
        np.array(series, np.int32),
        np.array(metric_id, np.int16),
        np.array(region_id, np.int16),
        np.random.default_rng(SEED).permutation(len(rows)) / len(rows),
    )
