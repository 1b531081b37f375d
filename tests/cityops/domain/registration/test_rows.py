"""Rows of a registration file: their frame, their street, and what is remarked of a place that does not fit."""

from typing import Any

import pytest

from cityops import reference
from cityops.domain.channels import Channel
from cityops.domain.devices import Device
from cityops.domain.registration.areas import Areas, Districts
from cityops.domain.registration.cells import BadRow, Frame
from cityops.domain.registration.rows import PLACE_DECIMALS, Atlas, Remark, Row, frame_of, placed, refusal

STREETS = frozenset({"440106013", "440106014"})
TIANHE = (113.364, 23.152)


def square(code: str, west: float, east: float) -> dict[str, Any]:
    ring = [[west, 23.0], [east, 23.0], [east, 23.2], [west, 23.2], [west, 23.0]]
    return {"id": code, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


DISTRICTS = Districts(reference.geojson("districts"))
BORDERS = Areas.from_geojson(
    {"features": [square("440106013", 113.35, 113.37), square("440106014", 113.37, 113.39)]}, STREETS
)
PLAIN, WITH_STREETS = Atlas(DISTRICTS), Atlas(DISTRICTS, BORDERS)


def device(lon: float, lat: float, street: str = "440106013", code: str = "AIR-1") -> Device:
    return Device(code, "air", "空气站", "eco-air", street, lon, lat, 60)


def channel(street: str, code: str = "44010600001320000001") -> Channel:
    return Channel(code, "路口", "video-share", street, None, None, None)


def row(lon: float, lat: float, street: str = "440106013", frame: Frame = Frame.WGS84, line: int = 2) -> Row[Device]:
    return Row(line, device(lon, lat, street), frame)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("wgs84", Frame.WGS84),
        (" WGS-84 ", Frame.WGS84),
        ("CGCS2000", Frame.WGS84),
        ("gcj02", Frame.GCJ02),
        ("GCJ-02", Frame.GCJ02),
        ("bd-09", Frame.BD09),
        ("", Frame.GCJ02),
        ("  ", Frame.GCJ02),
    ],
)
def test_a_row_may_name_its_frame_in_the_usual_ways_of_writing(text: str, frame: Frame) -> None:
    assert frame_of({"frame": text}, Frame.GCJ02) is frame


def test_a_row_without_the_column_has_the_default_frame() -> None:
    assert frame_of({}, Frame.BD09) is Frame.BD09


@pytest.mark.parametrize("text", ["beijing54", "wgs 84", "gcj02x"])
def test_a_frame_that_cannot_be_converted_is_refused(text: str) -> None:
    with pytest.raises(BadRow) as refused:
        frame_of({"frame": text}, Frame.WGS84)
    assert str(refused.value) == f"frame: '{text}' is no known frame; write wgs84, gcj02 or bd09"


@pytest.mark.parametrize(
    ("remark", "sentence"),
    [
        (Remark(3, "AIR-1", "lon", "far", "correct it", refused=True), "line 3, AIR-1: lon: far; correct it"),
        (
            Remark(3, "AIR-1", "lon", "far", "correct it", refused=False),
            "line 3, AIR-1: lon: far; correct it (registered)",
        ),
        (Remark(9, "", "code", "empty", "fill it in", refused=True), "line 9, ?: code: empty; fill it in"),
    ],
)
def test_a_remark_is_a_sentence_that_says_whether_the_row_is_registered(remark: Remark, sentence: str) -> None:
    assert str(remark) == sentence


def test_a_row_that_cannot_be_registered_is_refused_in_its_own_words() -> None:
    told = refusal(7, "AIR-1", BadRow("kind", "'toaster' is no kind", "write air"))
    assert told == Remark(7, "AIR-1", "kind", "'toaster' is no kind", "write air", refused=True)


@pytest.mark.parametrize("atlas", [PLAIN, WITH_STREETS])
def test_a_place_that_fits_stays_the_same_row(atlas: Atlas) -> None:
    one = row(*TIANHE)
    good, remarks = placed([one], atlas)
    assert remarks == []
    assert len(good) == 1
    assert good[0] is one


def test_nothing_is_placed_of_nothing() -> None:
    assert placed([], PLAIN) == ([], [])


def test_a_place_in_another_frame_is_brought_to_wgs84_and_to_a_centimetre() -> None:
    one = row(113.369438, 23.149377, frame=Frame.GCJ02)  # what GCJ-02 makes of about TIANHE
    good, remarks = placed([one, row(*TIANHE, line=3)], PLAIN)
    moved = good[0].item
    assert (moved.lon, moved.lat) == pytest.approx(TIANHE, abs=2e-3)
    assert (moved.lon, moved.lat) != (one.item.lon, one.item.lat)
    assert (moved.lon, moved.lat) == (round(moved.lon, PLACE_DECIMALS), round(moved.lat, PLACE_DECIMALS))
    assert (moved.code, moved.region_code, good[0].line, good[0].frame) == ("AIR-1", "440106013", 2, Frame.GCJ02)
    assert good[1].item == row(*TIANHE).item
    assert remarks == []


def test_a_place_is_kept_to_seven_decimals() -> None:
    good, _ = placed([row(113.36400001234, 23.15200004321)], PLAIN)
    assert (good[0].item.lon, good[0].item.lat) == (113.364, 23.152)


def test_a_missing_street_is_found_from_the_place() -> None:
    good, remarks = placed([row(*TIANHE, street=""), row(113.38, 23.15, street="", line=3)], WITH_STREETS)
    assert [one.item.region_code for one in good] == ["440106013", "440106014"]
    assert [(one.line, one.item.lon) for one in good] == [(2, 113.364), (3, 113.38)]
    assert remarks == []


@pytest.mark.parametrize("atlas", [PLAIN, WITH_STREETS])
def test_without_a_street_and_in_no_polygon_a_row_is_refused_and_its_neighbours_are_not(atlas: Atlas) -> None:
    good, remarks = placed([row(113.0, 23.152, street=""), row(*TIANHE, line=3)], atlas)
    assert [one.line for one in good] == [3]
    assert remarks == [
        Remark(
            2,
            "AIR-1",
            "lon, lat",
            "the place 113.00000, 23.15200 lies in no polygon",
            "correct the place, or fill in region_code",
            refused=True,
        )
    ]


def test_a_street_that_the_place_contradicts_stays_and_is_remarked() -> None:
    one = row(*TIANHE, street="440106014")
    good, remarks = placed([one], WITH_STREETS)
    assert good == [one]
    assert remarks == [
        Remark(
            2,
            "AIR-1",
            "region_code",
            "the place lies in street 440106013, the row says 440106014",
            "correct the one that is wrong",
            refused=False,
        )
    ]


@pytest.mark.parametrize(
    ("place", "street", "reason"),
    [
        (
            TIANHE,
            "440105001",
            "the place 113.36400, 23.15200 lies in 天河区 440106, its street 440105001 does not",
        ),
        (
            (100.0, 23.1),
            "440106013",
            "the place 100.00000, 23.10000 lies outside of the city, its street 440106013 does not",
        ),
    ],
)
def test_a_place_in_another_district_is_registered_with_a_remark(
    place: tuple[float, float], street: str, reason: str
) -> None:
    good, remarks = placed([row(*place, street=street)], PLAIN)
    assert [one.item.region_code for one in good] == [street]
    assert remarks == [
        Remark(
            2, "AIR-1", "lon, lat", reason, "correct the place, its frame or the street", refused=False
        )
    ]  # fmt: skip


def test_a_channel_without_a_place_keeps_its_street_and_is_remarked() -> None:
    one = Row(5, channel("440106013"), Frame.WGS84)
    good, remarks = placed([one], WITH_STREETS)
    assert good == [one]
    assert remarks == [
        Remark(
            5,
            one.item.code,
            "lon, lat",
            "no place is given",
            "fill in lon and lat; a place that is known stays",
            refused=False,
        )
    ]


def test_a_channel_with_neither_street_nor_place_is_refused() -> None:
    one = Row(6, channel(""), Frame.WGS84)
    good, remarks = placed([one], WITH_STREETS)
    assert good == []
    assert remarks == [
        Remark(
            6,
            one.item.code,
            "region_code, lon, lat",
            "neither street nor place is given",
            "fill in one of them",
            refused=True,
        )
    ]
