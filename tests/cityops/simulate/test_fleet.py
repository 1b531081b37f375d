"""The invented fleet: stable, complete, and standing where its region codes say."""

import csv
import io
from collections import Counter

import numpy as np
import pytest

from cityops import reference
from cityops.errors import CityopsError
from cityops.simulate.fleet import fleet
from cityops.simulate.import_file import write_registry
from cityops.simulate.streets import districts


def test_the_same_seed_gives_the_same_fleet_and_another_seed_another() -> None:
    assert fleet(500, 1) == fleet(500, 1)
    assert fleet(500, 1) != fleet(500, 2)


@pytest.mark.parametrize("count", [12, 100, 2000])
def test_a_fleet_has_the_size_asked_for_and_every_kind(count: int) -> None:
    devices = fleet(count, 7)
    kinds = Counter(device.kind for device in devices)
    assert len({device.code for device in devices}) == count
    assert set(kinds) == {kind.code for kind in reference.device_kinds()}
    assert min(kinds.values()) >= min(4, count // 12)


@pytest.mark.parametrize("seed", [1, 20])
def test_every_device_stands_inside_its_district_and_nearest_to_its_streets_centre(seed: int) -> None:
    devices = fleet(3000, seed)
    for district in districts(seed):
        own = [device for device in devices if device.region_code in district.codes]
        places = np.array([(device.lon, device.lat) for device in own])
        assert district.contains(places).all(), district.region.name_zh
        assert [district.codes[i] for i in district.nearest(places)] == [device.region_code for device in own]


def test_all_districts_get_devices_and_a_large_fleet_fills_all_streets() -> None:
    streets = {device.region_code for device in fleet(20_000, 3)}
    assert len(streets) == len(reference.rows("streets"))


def test_the_registry_holds_every_device_in_the_columns_of_the_import() -> None:
    devices = fleet(100, 1)
    table = io.StringIO()
    write_registry(devices, table)
    rows = list(csv.DictReader(table.getvalue().splitlines()))
    assert list(rows[0]) == [
        "code",
        "kind",
        "name_zh",
        "source_system_code",
        "region_code",
        "lon",
        "lat",
        "expected_interval_s",
    ]
    assert [(row["code"], float(row["lon"])) for row in rows] == [(d.code, d.lon) for d in devices]


@pytest.mark.parametrize("count", [0, 11, 84_001])
def test_an_impossible_size_is_refused_with_the_possible_ones(count: int) -> None:
    with pytest.raises(CityopsError, match="from 12 to 84000"):
        fleet(count, 1)
