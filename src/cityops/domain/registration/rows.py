"""Rows of a registration file, judged: brought to WGS-84, given their street, each fault named with its remedy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from cityops.domain.channels import Channel
from cityops.domain.devices import Device
from cityops.domain.registration.cells import BadRow, Frame, shown
from cityops.domain.registration.frames import Degrees, to_wgs84

if TYPE_CHECKING:  # of shapely, 4 MB, whoever only says what is wrong with a row has no need
    from cityops.domain.registration.areas import Areas, Districts

PLACE_DECIMALS = 7
"""Of a degree: 1 cm. A place that is converted again is then the same place."""

Item = TypeVar("Item", Device, Channel)


@dataclass(frozen=True, slots=True)
class Row(Generic[Item]):
    """A row that could be read: its line in the file, what it registers, and the frame of its place."""

    line: int
    item: Item
    frame: Frame


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of a row; a refused one is not registered, the others are."""

    line: int
    code: str
    column: str
    reason: str
    remedy: str
    refused: bool

    def __str__(self) -> str:
        """Return the remark as a sentence."""
        kept = "" if self.refused else " (registered)"
        return f"line {self.line}, {self.code or '?'}: {self.column}: {self.reason}; {self.remedy}{kept}"


def refusal(line: int, code: str, bad: BadRow) -> Remark:
    """Return the remark on a row that cannot be registered."""
    return Remark(line, code, bad.column, bad.reason, bad.remedy, refused=True)


def frame_of(row: Mapping[str, str], default: Frame) -> Frame:
    """Return the frame that a row declares in its column `frame`, or the default.

    Raises
    ------
    BadRow
        It is none that can be converted.
    """
    text = (row.get("frame") or "").strip()
    word = text.lower().replace("-", "").replace("cgcs2000", Frame.WGS84)
    if not word:
        return default
    if word not in set(Frame):
        raise BadRow("frame", f"{shown(text)} is no known frame", "write wgs84, gcj02 or bd09")
    return Frame(word)


@dataclass(frozen=True)
class Atlas:
    """What places are held against: the districts as shipped, and the streets' polygons where they are given."""

    districts: "Districts"
    streets: "Areas | None" = None


def placed(rows: Sequence[Row[Item]], atlas: Atlas) -> tuple[list[Row[Item]], list[Remark]]:
    """Return the rows with places in WGS-84 and a street each, and remarks on places that do not fit or lack."""
    good, remarks = _found([row for row in rows if row.item.lon is not None], atlas)
    for row in rows:
        if row.item.lon is None:
            remarks.append(_without_place(row))
            good += [row] if row.item.region_code else []
    return good, remarks


def _without_place(row: Row[Item]) -> Remark:
    if row.item.region_code:
        remedy = "fill in lon and lat; a place that is known stays"
        return _remark(row, "lon, lat", "no place is given", remedy, refused=False)
    remedy = "fill in one of them"
    return _remark(row, "region_code, lon, lat", "neither street nor place is given", remedy, refused=True)


def _found(rows: Sequence[Row[Item]], atlas: Atlas) -> tuple[list[Row[Item]], list[Remark]]:
    """Do so for rows that have a place."""
    lon, lat = _in_wgs84(rows)
    inside = [""] * len(rows) if atlas.streets is None else atlas.streets.at(lon, lat).tolist()
    good: list[Row[Item]] = []
    remarks: list[Remark] = []
    for row, x, y, street in zip(rows, lon.tolist(), lat.tolist(), inside, strict=True):
        own = row.item.region_code
        if not own and not street:
            reason = f"the place {x:.5f}, {y:.5f} lies in no polygon"
            remarks.append(
                _remark(row, "lon, lat", reason, "correct the place, or fill in region_code", refused=True)
            )
            continue
        if own and street and own != street:
            reason = f"the place lies in street {street}, the row says {own}"
            remarks.append(_remark(row, "region_code", reason, "correct the one that is wrong", refused=False))
        as_given = own and (row.item.lon, row.item.lat) == (x, y)
        good.append(
            row if as_given else Row(row.line, replace(row.item, lon=x, lat=y, region_code=own or street), row.frame)
        )
    return good, remarks + list(_far(good, atlas.districts))


def _in_wgs84(rows: Sequence[Row[Item]]) -> tuple[Degrees, Degrees]:
    lon = np.array([row.item.lon for row in rows], dtype=np.float64)
    lat = np.array([row.item.lat for row in rows], dtype=np.float64)
    for frame in {row.frame for row in rows}:
        here = np.array([row.frame is frame for row in rows])
        lon[here], lat[here] = to_wgs84(lon[here], lat[here], frame)
    return lon.round(PLACE_DECIMALS), lat.round(PLACE_DECIMALS)


def _far(rows: Sequence[Row[Item]], districts: "Districts") -> Iterable[Remark]:
    lon = np.array([row.item.lon for row in rows], dtype=np.float64)
    lat = np.array([row.item.lat for row in rows], dtype=np.float64)
    for place, code in districts.elsewhere(lon, lat, [row.item.region_code for row in rows]).items():
        row = rows[place]
        where = f"in {districts.names[code]} {code}" if code else "outside of the city"
        street = row.item.region_code
        reason = f"the place {row.item.lon:.5f}, {row.item.lat:.5f} lies {where}, its street {street} does not"
        yield _remark(row, "lon, lat", reason, "correct the place, its frame or the street", refused=False)


def _remark(row: Row[Item], column: str, reason: str, remedy: str, *, refused: bool) -> Remark:
    return Remark(row.line, row.item.code, column, reason, remedy, refused)
