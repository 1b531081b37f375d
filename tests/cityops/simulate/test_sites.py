"""Sites as arrays: grouped by kind in order, taken without losing themselves, each with instants of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.devices import Device
from cityops.simulate.fleet import fleet
from cityops.simulate.sites import Sites, sites_of

LAMPS = [
    Device(f"SL-{number}", "street_light", "灯", "lighting", "440106013", 113.32 + number / 100, 23.125, 60)
    for number in range(4)
]
AIR = Device("AQ-1", "air", "空气站", "eco-air", "440105001", 113.32, 23.125, 300)


def lamps(seed: int = 20, interval_s: float | None = None) -> Sites:
    return sites_of(LAMPS, seed, interval_s)[0]


def test_devices_stand_together_by_kind_in_the_order_in_which_they_came() -> None:
    first, second = sites_of([LAMPS[2], AIR, LAMPS[0]], 20)
    assert (first.kind, first.codes, first.total) == ("street_light", ("SL-2", "SL-0"), 2)
    assert (second.kind, second.source, second.codes) == ("air", "eco-air", ("AQ-1",))
    assert second.metrics == next(kind.metrics for kind in reference.device_kinds() if kind.code == "air")
    assert (first.district.tolist(), second.district.tolist()) == ([440106] * 2, [440105])
    assert (first.interval_ms.tolist(), second.interval_ms.tolist()) == ([60_000] * 2, [300_000])
    assert sites_of([], 20) == []


def test_the_centre_is_the_most_central_place() -> None:
    assert sites_of([AIR], 20)[0].centrality.tolist() == [1]
    assert (np.diff(lamps().centrality) < 0).all()


def test_an_interval_of_a_load_test_replaces_that_of_all_devices() -> None:
    assert lamps(interval_s=0.5).interval_ms.tolist() == [500] * 4


def test_a_device_is_itself_whoever_stands_beside_it_and_another_in_another_city() -> None:
    alone = sites_of([LAMPS[3]], 20)[0]
    assert alone.trait("circuit")[0] == lamps().trait("circuit")[3]
    assert alone.phase_ms[0] == lamps().phase_ms[3]
    assert lamps().city_key == lamps().city_key != lamps(21).city_key
    assert (lamps().trait("circuit") != lamps(21).trait("circuit")).all()
    assert (lamps().trait("circuit") != lamps().trait("dead lamps")).all()


def test_who_is_taken_keeps_place_index_and_the_number_of_all() -> None:
    taken = lamps().take(np.array([3, 0, 3]))
    assert (taken.index.tolist(), taken.total) == ([3, 0, 3], 4)
    assert taken.codes == lamps().codes
    assert taken.east_km.tolist() == lamps().east_km[[3, 0, 3]].tolist()
    assert taken.trait("circuit").tolist() == lamps().trait("circuit")[[3, 0, 3]].tolist()


@given(st.integers(0, 4 * 10**12), st.integers(0, 400_000), st.integers(0, 400_000))
def test_each_device_speaks_at_its_own_instants_once_in_any_two_windows_that_meet(
    start: int, first: int, second: int
) -> None:
    sites = lamps()
    parts = [
        list(zip(*(part.tolist() for part in sites.instants(*window)), strict=True))
        for window in (
            (start, start + first),
            (start + first, start + first + second),
            (start, start + first + second),
        )
    ]
    assert sorted(parts[0] + parts[1]) == sorted(parts[2])
    for position, moment in parts[2]:
        assert start < moment <= start + first + second
        assert (moment - sites.phase_ms[position]) % 60_000 == 0
    assert [moment for _, moment in parts[2]] == sorted(moment for _, moment in parts[2])


def test_phases_are_spread_over_the_interval() -> None:
    [sites] = [one for one in sites_of(fleet(2_000, 20), 20) if one.kind == "street_light"]
    share = sites.phase_ms / sites.interval_ms
    assert (share.min() >= 0, share.max() < 1) == (True, True)
    assert np.histogram(share, bins=4, range=(0, 1))[0].min() > sites.total / 4 * 0.7
    assert share.mean() == pytest.approx(0.5, abs=0.05)
