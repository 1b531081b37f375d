"""Devices: a row of the registration file is read, or refused by the name of its column."""

import pytest

from cityops.domain.devices import read_device
from cityops.domain.registration.cells import Registrable

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
    assert (device.code, device.lon, device.expected_interval_s) == ("AIR-1", 113.3, 60)


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
    ],
)
def test_a_bad_cell_is_named(column: str, text: str) -> None:
    with pytest.raises(ValueError, match=column):
        read_device(ROW | {column: text}, KNOWN)
