"""A plain map as SVG, true to scale: districts with the level that stands in them, rivers, marks; for documents.

Shapes are those of `cityops.reference`. State is an outline inside the district and a mark, cased by the ground, so
that it stands out from whatever fill there is (the four levels: GB/T 35965.1).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cityops import reference
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.figures.map import SQUEEZE, rings

NAMES = {
    WarningLevel.RED: "red",
    WarningLevel.ORANGE: "orange",
    WarningLevel.YELLOW: "yellow",
    WarningLevel.BLUE: "blue",
}
SHAPES = {
    WarningLevel.RED: "M-9-9H9V9H-9Z",
    WarningLevel.ORANGE: "M0-11 10-3 8 9H-8L-10-3Z",
    WarningLevel.YELLOW: "M0-10 10 0 0 10-10 0Z",
    WarningLevel.BLUE: "M0-8A8 8 0 1 1 0 8 8 8 0 1 1 0-8Z",
}
"""Solid square and house must be acted on, diamond and circle are watched: the order survives without colour."""

KM = math.pi * 6371 / 180
"""Of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class PlanMark:
    """Something at a place: with a level it has that one's shape; `label` stands beside it, `key` names it."""

    lon: float
    lat: float
    level: WarningLevel
    label: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlanFrame:
    """Which part of the map a drawing of `width` by `height` px shows: its middle, and px per km."""

    width: float
    height: float
    lon: float
    lat: float
    scale: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place lies, in px from the top left."""
        x = (lon - self.lon) * SQUEEZE * KM * self.scale
        return self.width / 2 + x, self.height / 2 - (lat - self.lat) * KM * self.scale

    def shows(self, lon: float, lat: float) -> bool:
        """Whether a place lies in the drawing."""
        x, y = self.place(lon, lat)
        return 0 <= x <= self.width and 0 <= y <= self.height


def around(width: float, height: float, lon: float, lat: float, across_km: float) -> PlanFrame:
    """Return the frame around a place that is so many km across."""
    return PlanFrame(width, height, lon, lat, width / across_km)


def covering(width: float, height: float, codes: Sequence[str]) -> PlanFrame:
    """Return the frame that shows all of these districts."""
    points = [
        point
        for one in _features("districts")
        if one["id"] in codes
        for ring in rings(one["geometry"])
        for point in ring
    ]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    scale = min(width / ((east - west) * SQUEEZE * KM), height / ((north - south) * KM)) * 0.94
    return PlanFrame(width, height, (west + east) / 2, (south + north) / 2, scale)


def plan(
    frame: PlanFrame, levels: Mapping[str, WarningLevel], marks: Sequence[PlanMark] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a template draws, from the ground up: `fill`, `river`, `outline`, `mark`, each with its attributes.

    `levels` is the gravest open alarm of each district by its code; only orange and red are outlined.
    """
    for code, path in _outlines(frame):
        yield "fill", {"d": path, "code": code}
    for one in _features("rivers"):
        yield "river", {"d": _line(frame, one["geometry"]["coordinates"], closed=False)}
    for level in (WarningLevel.ORANGE, WarningLevel.RED):  # red over orange, where they share a border
        for code, path in _outlines(frame):
            if levels.get(code) is level:
                yield "outline", {"d": path, "code": code, "level": NAMES[level]}
    for mark in sorted(marks, key=lambda mark: mark.level):
        if frame.shows(mark.lon, mark.lat):
            x, y = frame.place(mark.lon, mark.lat)
            yield "mark", _mark(mark, x, y)


def labels(frame: PlanFrame, lang: str, marks: Sequence[PlanMark] = ()) -> Iterator[dict[str, Any]]:
    """Yield the names of the districts that lie in the drawing, where they are to stand, moved off the marks."""
    taken = [frame.place(mark.lon, mark.lat) for mark in marks]
    for one in reference.regions():
        if one.label_lon is None or one.label_lat is None or not frame.shows(one.label_lon, one.label_lat):
            continue
        x, y = _beside(frame.place(one.label_lon, one.label_lat), taken)
        yield {
            "x": round(x),
            "y": round(y),
            "code": one.code,
            "name": one.name_zh.removesuffix("区") if lang == "zh" else one.name_en,
        }


MOVES = ((0, 0), (0, -24), (0, 28), (-46, 0), (46, 0), (-46, -24), (46, -24), (-46, 28), (46, 28))
"""Where a name may stand instead, in px: above, below, beside."""

NAME_PX = (34, 18)
"""Half the width and height of a name with a mark, within which both are not to be."""


def _beside(place: tuple[float, float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the nearest of the places for a name that no mark covers; its own where all are."""
    wide, high = NAME_PX
    for across, down in MOVES:
        x, y = place[0] + across, place[1] + down
        if not any(abs(x - left) < wide and abs(y - 5 - top) < high for left, top in taken):
            return x, y
    return place


def _mark(mark: PlanMark, x: float, y: float) -> dict[str, Any]:
    shape = SHAPES.get(mark.level, "M0-5A5 5 0 1 1 0 5 5 5 0 1 1 0-5Z")
    level = NAMES.get(mark.level, "none")
    return {"x": round(x, 1), "y": round(y, 1), "d": shape, "level": level, "label": mark.label, "key": mark.key}


@cache
def _features(name: Any) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = reference.geojson(name)["features"]
    return found


@cache
def _outlines(frame: PlanFrame) -> Sequence[tuple[str, str]]:
    return [
        (one["id"], "".join(_line(frame, ring, closed=True) for ring in rings(one["geometry"])))
        for one in _features("districts")
    ]


def _line(frame: PlanFrame, points: Sequence[tuple[float, float]], *, closed: bool) -> str:
    """Return a path of whole pixels; points that fall on the one before are left out."""
    places: list[tuple[int, int]] = []
    for lon, lat in points:
        x, y = frame.place(lon, lat)
        if not places or (round(x), round(y)) != places[-1]:
            places.append((round(x), round(y)))
    return "M" + "L".join(f"{x} {y}" for x, y in places) + ("Z" if closed else "")
