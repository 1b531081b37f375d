"""Devices of one kind as arrays: what the signals need to know of each, and the instants at which it speaks."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cityops import reference
from cityops.domain.devices import Device
from cityops.domain.regions import district_of
from cityops.simulate.noise import Floats, Keys, key_of, uniform, wander
from cityops.simulate.streets import KM_PER_DEGREE

if TYPE_CHECKING:
    from cityops.simulate.storm import PlayedStorm

CENTRE = np.array([113.32, 23.125])
"""Zhujiang New Town: the point from which the city thins out (WGS-84)."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where to look at the weather: km east and north of `CENTRE`, in the city of `seed`."""

    seed: int
    east_km: Floats
    north_km: Floats
    played: "PlayedStorm | None" = field(default=None, kw_only=True)
    """A storm that is played there, beside the everyday weather."""


@dataclass(frozen=True, slots=True, eq=False)
class Sites(Places):
    """Devices of one kind; every array has one entry per device (or per reading, after `take`).

    `index` is the position in `codes` and `total` the number of devices of the kind, also after `take`. `district`
    holds the six digits of the district as a number; `centrality` is 1 there and falls off in the countryside.
    """

    kind: str
    source: str
    metrics: tuple[str, ...]
    codes: tuple[str, ...]
    index: Integers
    district: Integers
    key: Keys
    centrality: Floats
    interval_ms: Integers
    phase_ms: Integers

    @property
    def total(self) -> int:
        """Number of devices of the kind in the whole fleet."""
        return len(self.codes)

    @property
    def city_key(self) -> int:
        """Key of noise that all devices share."""
        return key_of(self.seed, "city")

    def take(self, positions: Integers) -> "Sites":
        """Return the sites at these positions, repeated and ordered as asked."""
        changes: dict[str, Any] = {
            name: array[positions]
            for name, array in ((one.name, getattr(self, one.name)) for one in fields(self))
            if isinstance(array, np.ndarray)
        }
        return replace(self, **changes)

    def trait(self, name: str) -> Floats:
        """Return a lasting property of each device, in [0, 1)."""
        return uniform(self.key, name)

    def wander(self, name: str, t: Floats, period_s: float) -> Floats:
        """Return each device's own smooth noise in [-1, 1] at Unix times `t`, with a faster ripple on it."""
        slow = wander(self.key, name, t, period_s)
        return 0.75 * slow + 0.25 * wander(self.key, name + "~", t, period_s / 7)

    def instants(self, after_ms: int, until_ms: int) -> tuple[Integers, Integers]:
        """Return positions and instants (ms since 1970 UTC) of the readings in (after, until], oldest first."""
        first = (after_ms - self.phase_ms) // self.interval_ms + 1
        last = (until_ms - self.phase_ms) // self.interval_ms
        counts = np.maximum(last - first + 1, 0)
        positions = np.repeat(np.arange(len(counts)), counts)
        nth = np.arange(len(positions)) - np.repeat(np.cumsum(counts) - counts, counts)
        times = (first[positions] + nth) * self.interval_ms[positions] + self.phase_ms[positions]
        order = np.argsort(times, kind="stable")
        return positions[order], times[order]


def place(seed: int, lon: float, lat: float) -> Places:
    """Return a single place (WGS-84 degrees)."""
    east_km, north_km = ((np.array([[lon, lat]]) - CENTRE) * KM_PER_DEGREE).T
    return Places(seed, east_km, north_km)


def sites_of(
    devices: Iterable[Device], seed: int, interval_s: float | None = None, played: "PlayedStorm | None" = None
) -> list[Sites]:
    """Group devices by kind, under a storm that is `played`; `interval_s` replaces their own, for load tests."""
    metrics = {kind.code: kind.metrics for kind in reference.device_kinds()}
    groups: dict[str, list[Device]] = {}
    for device in devices:
        groups.setdefault(device.kind, []).append(device)
    made = (_sites(kind, metrics[kind], members, seed, interval_s) for kind, members in groups.items())
    return [replace(one, played=played) for one in made]


def _sites(kind: str, metrics: tuple[str, ...], devices: list[Device], seed: int, interval_s: float | None) -> Sites:
    key = np.array([key_of(seed, device.code) for device in devices], dtype=np.uint64)
    east_km, north_km = ((np.array([(d.lon, d.lat) for d in devices]) - CENTRE) * KM_PER_DEGREE).T
    interval_ms = np.array([round((interval_s or d.expected_interval_s) * 1000) for d in devices], dtype=np.int64)
    return Sites(
        seed=seed,
        kind=kind,
        source=devices[0].source_system_code,
        metrics=metrics,
        codes=tuple(d.code for d in devices),
        index=np.arange(len(devices)),
        district=np.array([int(district_of(d.region_code)) for d in devices]),
        key=key,
        east_km=east_km,
        north_km=north_km,
        centrality=np.exp(-np.hypot(east_km, north_km) / 14),
        interval_ms=interval_ms,
        phase_ms=(uniform(key, "phase") * interval_ms).astype(np.int64),
    )
