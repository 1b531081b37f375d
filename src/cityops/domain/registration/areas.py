"""Areas on the map: which street or district a place lies in, from polygons in WGS-84."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityops.domain.regions import district_of, region_code
from cityops.domain.registration.frames import Degrees

TOLERANCE_DEG = 0.005
"""About 500 m: the districts' polygons are simplified, and a device may stand on a border."""

Found = NDArray[np.str_]


class Areas:
    """Polygons with a code each; where two touch or overlap, the lower code has the place."""

    def __init__(self, polygons: Mapping[str, Any]) -> None:
        self._codes = np.array(sorted(polygons), dtype=np.str_)
        self._tree = shapely.STRtree([polygons[code] for code in self._codes])

    @classmethod
    def from_geojson(cls, collection: Mapping[str, Any], allowed: frozenset[str]) -> "Areas":
        """Take the polygons of a GeoJSON FeatureCollection, whose `id` or property `code` is among `allowed`.

        Raises
        ------
        ValueError
            The object is none, or a feature has no such code, no polygon or a code that stands twice.
        """
        features = collection.get("features") if isinstance(collection, Mapping) else None
        if not features:
            raise ValueError("it is not a FeatureCollection with features")
        polygons: dict[str, Any] = {}
        for number, feature in enumerate(features, start=1):
            code, polygon = _feature(feature, f"feature {number}", allowed)
            if code in polygons:
                raise ValueError(f"feature {number}: the code {code} stands twice; join its parts to a MultiPolygon")
            polygons[code] = polygon
        return cls(polygons)

    def at(self, lon: Degrees, lat: Degrees) -> Found:
        """Return the code of the area each place lies in, empty where it lies in none."""
        place, area = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        found = np.full(len(lon), "", dtype=self._codes.dtype if len(self._codes) else "<U1")
        order = np.argsort(area, kind="stable")[::-1]  # the lowest code is written last
        found[place[order]] = self._codes[area[order]]
        return found


def _feature(feature: Mapping[str, Any], name: str, allowed: frozenset[str]) -> tuple[str, Any]:
    code = region_code(str(feature.get("id") or (feature.get("properties") or {}).get("code") or ""))
    if code not in allowed:
        raise ValueError(f"{name}: {code!r} is no street of the city; give its 9 digits as `id` or property `code`")
    try:
        polygon = shapely.geometry.shape(feature["geometry"])
    except Exception as error:  # shapely raises what its parts raise
        raise ValueError(f"{name}, {code}: its geometry cannot be read: {error}") from None
    if polygon.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"{name}, {code}: a {polygon.geom_type} where a Polygon or MultiPolygon belongs")
    return code, polygon if polygon.is_valid else shapely.make_valid(polygon)


class Districts:
    """The city's districts, to tell a place that cannot be where its street is."""

    def __init__(self, collection: Mapping[str, Any]) -> None:
        polygons = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in collection["features"]}
        self.names = {f["id"]: f["properties"]["name_zh"] for f in collection["features"]}
        self._areas = Areas(polygons)
        self._near = {code: polygon.buffer(TOLERANCE_DEG) for code, polygon in polygons.items()}
        for polygon in self._near.values():
            shapely.prepare(polygon)

    def elsewhere(self, lon: Degrees, lat: Degrees, streets: Sequence[str]) -> dict[int, str]:
        """Return the places that do not lie in or near their street's district: position → district, "" for none."""
        district = np.array([district_of(street) for street in streets], dtype="<U6")
        away = np.ones(len(lon), dtype=np.bool_)
        for code in np.unique(district):
            here = np.flatnonzero(district == code)
            if near := self._near.get(str(code)):
                away[here] = ~shapely.intersects_xy(near, lon[here], lat[here])
        far = np.flatnonzero(away)
        return dict(zip(far.tolist(), self._areas.at(lon[far], lat[far]).tolist(), strict=True))
