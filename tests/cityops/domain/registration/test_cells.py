"""Cells of a registration file: what is read, and what is told of a cell that is wrong, with its remedy."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.registration.cells import (
    BadRow,
    Registrable,
    expect,
    filled,
    number,
    place,
    place_or_none,
    printable,
    shown,
)

KNOWN = Registrable(frozenset(), frozenset(), frozenset({"440106013", "440106014"}))
BY_PLACE = Registrable(frozenset(), frozenset(), frozenset({"440106013"}), streets_by_place=True)


def told(refused: pytest.ExceptionInfo[BadRow]) -> tuple[str, str, str]:
    return refused.value.column, refused.value.reason, refused.value.remedy


def test_a_bad_row_is_a_sentence_of_column_reason_and_remedy() -> None:
    bad = BadRow("lon", "'x' is not a number", "correct it")
    assert str(bad) == "lon: 'x' is not a number; correct it"
    assert (bad.column, bad.reason, bad.remedy) == ("lon", "'x' is not a number", "correct it")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ("猎德", "'猎德'"),
        ("a\nb", r"'a\nb'"),
        ("x" * 40, repr("x" * 40)),
        ("x" * 41, repr("x" * 40 + "…")),
    ],
)
def test_a_remark_quotes_the_beginning_of_a_cell(text: str, quoted: str) -> None:
    assert shown(text) == quoted


def test_cells_are_read_without_blanks_around_them() -> None:
    row = {"code": " A-1\t", "name_zh": "\u3000空气站 ", "region_code": " 440106013000 ", "other": "left out"}
    assert filled(row, ("code", "name_zh"), KNOWN) == {
        "code": "A-1",
        "name_zh": "空气站",
        "region_code": "440106013",
    }


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"code": "A-1", "name_zh": "  "}, "name_zh"),
        ({"code": None, "name_zh": "空气站"}, "code"),
        ({"region_code": "440106013"}, "code, name_zh"),
        ({}, "code, name_zh"),
    ],
)
def test_all_required_cells_that_lack_are_named_at_once(row: dict[str, str | None], column: str) -> None:
    with pytest.raises(BadRow) as refused:
        filled(row, ("code", "name_zh"), KNOWN)
    assert told(refused) == (column, "empty or missing", "fill it in")


@pytest.mark.parametrize("row", [{"code": "A-1"}, {"code": "A-1", "region_code": " "}])
def test_a_street_may_be_left_out_only_where_it_is_found_from_the_place(row: dict[str, str | None]) -> None:
    with pytest.raises(BadRow) as refused:
        filled(row, ("code",), KNOWN)
    assert told(refused) == (
        "region_code",
        "empty or missing",
        "fill in the street's 9 digits, or import with --streets",
    )
    assert filled(row, ("code",), BY_PLACE) == {"code": "A-1", "region_code": ""}


@pytest.mark.parametrize("known", [KNOWN, BY_PLACE])
def test_a_street_that_is_given_must_be_one_of_the_city(known: Registrable) -> None:
    with pytest.raises(BadRow) as refused:
        filled({"code": "A-1", "region_code": "440199001"}, ("code",), known)
    column, reason, remedy = told(refused)
    assert (column, reason) == ("region_code", "'440199001' is not a street of the city, 9 digits")
    assert remedy.startswith("write one of 440106013")


def test_a_community_is_refused_with_its_street() -> None:
    with pytest.raises(BadRow) as refused:
        filled({"code": "A-1", "region_code": "440106013004"}, ("code",), KNOWN)
    assert told(refused) == (
        "region_code",
        "'440106013004' is a community; communities are not known",
        "write its street, 440106013",
    )


@pytest.mark.parametrize(
    ("many", "remedy"),
    [
        (1, "write one of 10"),
        (20, f"write one of {', '.join(str(one) for one in range(10, 30))}"),
        (21, "write a code of the reference data"),
    ],
)
def test_the_few_codes_that_would_do_are_named(many: int, remedy: str) -> None:
    allowed = frozenset(str(code) for code in range(10, 10 + many))
    with pytest.raises(BadRow) as refused:
        expect("kind", "toaster", allowed, "a declared kind of device")
    assert told(refused) == ("kind", "'toaster' is not a declared kind of device", remedy)
    expect("kind", "10", allowed, "a declared kind of device")


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12.0), ("-3.5", -3.5), ("+.5", 0.5), ("5.", 5.0), ("1e2", 100.0), ("1E-2", 0.01), ("-100", -100)],
)
def test_a_number_is_read_as_it_is_usually_written(text: str, value: float) -> None:
    assert number("lon", text, -100, 100) == value


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "nan", "inf", "1_0", "1,5", "0x10", "1e9999", "north", "e5", ".", "100.1", "-100.1", "1" * 41],
)
def test_what_is_no_number_within_the_bounds_is_refused(text: str) -> None:
    with pytest.raises(BadRow) as refused:
        number("lon", text, -100, 100)
    assert told(refused) == ("lon", f"{shown(text)} is not a number from -100 to 100", "correct it")


@given(st.text(max_size=60))
def test_any_text_is_a_number_within_the_bounds_or_refused(text: str) -> None:
    with suppress(BadRow):
        assert -90 <= number("lat", text, -90, 90) <= 90


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_place_is_longitude_and_latitude(lon: float, lat: float) -> None:
    assert place({"lon": repr(lon), "lat": repr(lat)}) == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "column", "bounds"),
    [
        ("180.1", "23", "lon", "-180 to 180"),
        ("-180.1", "23", "lon", "-180 to 180"),
        ("113", "90.1", "lat", "-90 to 90"),
        ("23", "-113", "lat", "-90 to 90"),
    ],
)
def test_a_place_outside_of_the_globe_is_refused_by_its_column(lon: str, lat: str, column: str, bounds: str) -> None:
    for read in (place, place_or_none):
        with pytest.raises(BadRow) as refused:
            read({"lon": lon, "lat": lat})
        text = lon if column == "lon" else lat
        assert told(refused) == (column, f"'{text}' is not a number from {bounds}", "correct it")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"lon": " 113.3 ", "lat": "23.1"}, (113.3, 23.1)),
        ({"lon": "0", "lat": "23.1"}, (0.0, 23.1)),
        ({"lon": "0", "lat": "0.0"}, (None, None)),
        ({"lon": " ", "lat": ""}, (None, None)),
        ({"lon": None, "lat": None}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_a_place_may_lack_and_0_0_is_none(
    row: dict[str, str | None], found: tuple[float | None, float | None]
) -> None:
    assert place_or_none(row) == found


@pytest.mark.parametrize("row", [{"lon": "113.3"}, {"lat": "23.1", "lon": " "}])
def test_half_a_place_is_refused(row: dict[str, str | None]) -> None:
    with pytest.raises(BadRow) as refused:
        place_or_none(row)
    assert told(refused) == ("lon, lat", "half a place", "fill in both, or neither")


@pytest.mark.parametrize("text", ["", "猎德路口 1号", "x" * 200, "emoji 🚦", "a\u3000b"])
def test_a_name_that_can_be_seen_is_taken_as_it_is(text: str) -> None:
    assert printable("name_zh", text) == text


@pytest.mark.parametrize(
    "text", ["x" * 201, "a\x00", "a\nb", "\x1b[31m", "\x7f", "\x85", "a\u2028b", "\u202eabc", "\u2066", "\u200f"]
)
def test_a_name_with_what_is_not_seen_or_without_end_is_refused(text: str) -> None:
    with pytest.raises(BadRow) as refused:
        printable("name_zh", text)
    assert told(refused) == (
        "name_zh",
        f"{shown(text)} has control characters or more than 200 characters",
        "take out what is not seen, or shorten it",
    )
