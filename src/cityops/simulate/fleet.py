"""The fleet: invented devices of the declared kinds at places inside Guangzhou's real districts."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import shapely

from cityops import reference
from cityops.domain.devices import Device, DeviceKind
from cityops.errors import CityopsError
from cityops.simulate.noise import Floats, key_of
from cityops.simulate.streets import KM_PER_DEGREE, District, districts, share_of_city

LARGEST = 84_000
"""Devices that the real city had connected in mid-2022."""

PREFIXES = {
    "air": ("AQ", "空气站"),
    "noise": ("NS", "噪声点"),
    "river_level": ("RV", "水位站"),
    "rain_gauge": ("RG", "雨量站"),
    "waterlogging": ("WL", "内涝点"),
    "manhole_cover": ("MC", "井盖"),
    "traffic": ("TR", "交通检测器"),
    "street_light": ("SL", "路灯"),
    "gas": ("GS", "燃气井室"),
    "dust": ("DU", "工地"),
    "crowd": ("CR", "客流点"),
    "power": ("PW", "台区"),
}
"""By kind: the letters that begin a device's code, and the short word in its name."""

SHARES = {
    "street_light": 24,
    "manhole_cover": 20,
    "traffic": 12,
    "waterlogging": 10,
    "power": 10,
    "gas": 9,
    "crowd": 5,
    "dust": 4,
    "noise": 2.5,
    "rain_gauge": 2,
    "air": 1,
    "river_level": 0.5,
}
"""Per cent of the fleet by kind."""


def fleet(count: int, seed: int) -> tuple[Device, ...]:
    """Return `count` devices; the same count and seed give the same fleet.

    Raises
    ------
    CityopsError
        `count` is smaller than the number of kinds or larger than `LARGEST`.
    """
    if not len(SHARES) <= count <= LARGEST:
        raise CityopsError(f"a fleet of {count} devices: choose a number from {len(SHARES)} to {LARGEST}")
    kinds = {kind.code: kind for kind in reference.device_kinds()}
    counts = _allot(count, SHARES, least=max(1, min(4, count // 25)))
    return tuple(device for code, n in counts.items() for device in _of_kind(kinds[code], n, seed))


def _allot(count: int, shares: dict[str, float], least: int) -> dict[str, int]:
    """Divide `count` by shares with at least `least` each; the largest give or take what rounding leaves."""
    whole = sum(shares.values())
    counts = {name: max(least, int(count * share / whole)) for name, share in shares.items()}
    while rest := count - sum(counts.values()):
        largest = max(counts, key=lambda name: counts[name])
        counts[largest] += rest if rest > 0 else -1
    return counts


def _of_kind(kind: DeviceKind, count: int, seed: int) -> Iterator[Device]:
    """Place the devices of one kind and number them within their streets."""
    rng = np.random.default_rng(key_of(seed, "fleet", kind.code))
    numbers: Counter[str] = Counter()
    letters, word = PREFIXES[kind.code]
    place = _along_rivers if kind.code == "river_level" else _in_districts
    for district, points in place(count, seed, rng):
        nearest = district.nearest(points).tolist()
        for (lon, lat), street in zip(points.round(6).tolist(), nearest, strict=True):
            code = district.codes[street]
            numbers[code] += 1
            serial = f"{numbers[code]:03d}"
            name = f"{district.region.name_zh}{district.names[street]} {word} {serial}"
            source = kind.source_system_code
            yield Device(
                f"{letters}-{code}-{serial}", kind.code, name, source, code, lon, lat, kind.expected_interval_s
            )


def _in_districts(count: int, seed: int, rng: np.random.Generator) -> Iterator[tuple[District, Floats]]:
    """Scatter devices around the streets' centres, district by district."""
    city = districts(seed)
    counts = _allot(count, {d.region.code: share_of_city(d) for d in city}, least=0)
    for district in city:
        if number := counts[district.region.code]:
            yield district, _around_streets(district, number, rng)


def _around_streets(district: District, count: int, rng: np.random.Generator) -> Floats:
    """Return places inside the district, denser where its streets' centres are denser."""
    gaps = (district.centres[:, None, :] - district.centres[None, :, :]) * KM_PER_DEGREE
    apart = np.sqrt((gaps**2).sum(axis=2)) + np.diag(np.full(len(gaps), np.inf))
    spread = 0.55 * apart.min(axis=1)[:, None] / KM_PER_DEGREE
    found = np.empty((0, 2))
    while len(found) < count:
        street = rng.integers(len(district.centres), size=2 * count + 8)
        tried = (district.centres[street] + rng.normal(size=(len(street), 2)) * spread[street]).round(6)
        found = np.vstack([found, tried[district.contains(tried)]])
    return found[:count]


def _along_rivers(count: int, seed: int, rng: np.random.Generator) -> Iterator[tuple[District, Floats]]:
    """Place gauges within a few hundred metres of the river lines, each in the district that holds it."""
    lines = [shapely.geometry.shape(f["geometry"]) for f in reference.geojson("rivers")["features"]]
    lengths = np.array([line.length for line in lines])
    found: list[tuple[District, Floats]] = []
    while len(found) < count:
        line = lines[rng.choice(len(lines), p=lengths / lengths.sum())]
        spot = line.interpolate(rng.uniform(), normalized=True)
        point = (np.array([[spot.x, spot.y]]) + rng.normal(0, 0.002, size=(1, 2))).round(6)
        found += [(district, point) for district in districts(seed) if district.contains(point)[0]][:1]
    yield from found
