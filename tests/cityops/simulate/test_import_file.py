"""The fleet as a file: what it writes is what the import reads, names with commas and quotes among them."""

import csv
import io

import pytest

from cityops.domain.devices import REQUIRED, Device
from cityops.simulate.import_file import COLUMNS, write_registry


def written(*devices: Device) -> str:
    file = io.StringIO()
    write_registry(devices, file)
    return file.getvalue()


def test_a_fleet_of_none_is_a_header_that_the_import_knows() -> None:
    assert written() == ",".join(COLUMNS) + "\n"
    assert set(REQUIRED) <= set(COLUMNS)


@pytest.mark.parametrize("name", ["内涝点", "a, b", 'the "old" one', "two\nlines", ""])
def test_every_name_comes_back_as_it_was(name: str) -> None:
    device = Device("WL-1", "waterlogging", name, "water-logging", "440106013", 113.33, -23.5, 60)
    [row] = csv.DictReader(io.StringIO(written(device), newline=""))
    assert row == {
        "code": "WL-1",
        "kind": "waterlogging",
        "name_zh": name,
        "source_system_code": "water-logging",
        "region_code": "440106013",
        "lon": "113.33",
        "lat": "-23.5",
        "expected_interval_s": "60",
    }
