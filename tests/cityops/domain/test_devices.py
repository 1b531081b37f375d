"""Devices: a row of the registration file is read, or refused by the name of its column."""

from dataclasses import astuple

import pytest

from cityops.domain.devices import LONGEST_CODE, REQUIRED, name_en, read_device
from cityops.domain.registration.cells import BadRow, Registrable

KNOWN = Registrable(frozenset({"air"}), frozenset({"eco-air"}), frozenset({"440106013"}))
ROW = {
    "code": "AIR-1",
    "kind": "air",
    "name_zh": "空气站",
    "source_system_code": "eco-air",
    "region_code": "440106013",
    "lon": "113.3",
    "lat": "23.1",
    "expected_interval_s": "60",
}


def test_a_good_row() -> None:
    device = read_device(ROW, KNOWN)
    assert astuple(device) == ("AIR-1", "air", "空气站", "eco-air", "440106013", 113.3, 23.1, 60)


def test_blanks_around_cells_and_columns_of_others_change_nothing() -> None:
    spaced = {column: f" {text} " for column, text in ROW.items()}
    assert read_device(spaced | {"remark": "new", "frame": "gcj02"}, KNOWN) == read_device(ROW, KNOWN)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", " "),
        ("kind", "toaster"),
        ("source_system_code", "nobody"),
        ("region_code", "440106"),
        ("lon", "1133"),
        ("lat", "north"),
        ("lat", "nan"),
        ("expected_interval_s", "0"),
        ("expected_interval_s", "31536001"),
        ("name_zh", "空气站\x07"),
        ("name_zh", "站" * 201),
    ],
)
def test_a_bad_cell_is_named(column: str, text: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_device(ROW | {column: text}, KNOWN)
    assert refused.value.column == column
    assert refused.value.remedy


@pytest.mark.parametrize("column", [*REQUIRED, "region_code"])
def test_a_missing_cell_is_named(column: str) -> None:
    with pytest.raises(BadRow, match=f"^{column}: empty or missing"):
        read_device({name: text for name, text in ROW.items() if name != column}, KNOWN)


@pytest.mark.parametrize("code", ["a/b", "a+b", "a#b", "a b", "a\tb", "a\x00b", "a\u00a0b", "x" * (LONGEST_CODE + 1)])
def test_a_code_that_cannot_stand_in_a_topic_is_refused(code: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_device(ROW | {"code": code}, KNOWN)
    assert refused.value.column == "code"
    assert "cannot be a device's code" in refused.value.reason
    assert refused.value.remedy == (
        "use up to 128 characters without blanks and / + #, which cannot stand in a topic"
    )  # fmt: skip


@pytest.mark.parametrize("code", ["井盖-1", "x" * LONGEST_CODE, "a:b.c_d", "$SYS"])
def test_a_code_may_be_chinese_and_as_long_as_the_limit(code: str) -> None:
    assert read_device(ROW | {"code": code}, KNOWN).code == code


def test_a_code_that_turns_the_direction_of_text_is_refused() -> None:
    with pytest.raises(BadRow, match=r"^code: .*control characters"):
        read_device(ROW | {"code": "A\u202e1"}, KNOWN)


@pytest.mark.parametrize(("text", "seconds"), [("1", 1), ("59.6", 60), ("31536000", 31_536_000), ("3e2", 300)])
def test_an_interval_is_whole_seconds_up_to_a_year(text: str, seconds: int) -> None:
    device = read_device(ROW | {"expected_interval_s": text}, KNOWN)
    assert (device.expected_interval_s, type(device.expected_interval_s)) == (seconds, int)


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("kind", "toaster", "kind: 'toaster' is not a declared kind of device; write one of air"),
        (
            "source_system_code",
            "nobody",
            "source_system_code: 'nobody' is not a source system that carries readings; write one of eco-air",
        ),
        ("expected_interval_s", "x", "expected_interval_s: 'x' is not a number from 1 to 3.1536e+07; correct it"),
    ],
)
def test_a_code_that_is_not_declared_is_refused_with_those_that_are(column: str, text: str, told: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_device(ROW | {column: text}, KNOWN)
    assert str(refused.value) == told


def test_in_english_a_device_is_called_by_its_kind_and_code() -> None:
    assert name_en("Air station", "AIR-1") == "Air station AIR-1"
