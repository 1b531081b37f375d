"""Incidents: so many per city and time, each on one device, rising and ending; the same whoever asks, and when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.simulate import incidents as module
from cityops.simulate.fleet import fleet
from cityops.simulate.incidents import CRASH, GAS_LEAK, Incident, IncidentKind, incidents, strength
from cityops.simulate.sites import Sites, sites_of

KINDS = [one for one in vars(module).values() if isinstance(one, IncidentKind)]
MOMENTS = st.integers(946_684_800, 4_102_444_800)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def sites(kind: IncidentKind, seed: int = 20) -> Sites:
    return next(one for one in sites_of(fleet(400, seed), seed) if one.kind == kind.device_kind)


def test_every_incident_happens_to_a_declared_kind_under_a_name_of_its_own() -> None:
    assert {one.device_kind for one in KINDS} <= {one.code for one in reference.device_kinds()}
    assert len({one.name for one in KINDS}) == len(KINDS) == 10


@each_kind
def test_so_many_happen_as_the_kind_says_within_its_times(kind: IncidentKind) -> None:
    days = 400 * kind.every_s
    found = list(incidents(20, kind, 50, 1_795_000_000, 1_795_000_000 + days))
    assert len(found) / 400 == pytest.approx(kind.chance, abs=0.1)
    assert min(one.duration_s for one in found) >= kind.shortest_s
    assert max(one.duration_s for one in found) <= kind.longest_s
    assert {one.position for one in found} <= set(range(50))
    assert len({one.position for one in found}) > 25  # not always the same device
    assert all(0 <= one.gravity < 1 for one in found)


@settings(max_examples=60)
@given(MOMENTS, st.integers(0, 7_200), st.sampled_from(KINDS), st.integers(1, 500))
def test_a_window_has_the_incidents_that_touch_it_and_a_wider_one_has_them_too(
    start: int, length: int, kind: IncidentKind, total: int
) -> None:
    found = list(incidents(3, kind, total, start, start + length))
    assert all(one.start_s <= start + length and one.start_s + one.duration_s >= start for one in found)
    wide = list(incidents(3, kind, total, start - 90_000, start + length + 90_000))
    touching = [one for one in wide if one.start_s <= start + length and one.start_s + one.duration_s >= start]
    assert found == touching


def test_without_devices_nothing_happens_and_seeds_differ() -> None:
    assert list(incidents(20, CRASH, 0, 1_795_000_000, 1_795_864_000)) == []
    cities = [list(incidents(seed, CRASH, 50, 1_795_000_000, 1_795_864_000)) for seed in (1, 2)]
    assert cities[0] != cities[1]


@given(st.floats(0, 1e9), st.floats(600, 36_000), st.floats(-2, 3))
def test_a_course_rises_quickly_holds_and_ends_slowly(start: float, duration: float, part: float) -> None:
    course = Incident(0, start, duration, 0.5).course(np.array([start + part * duration]))[0]
    assert 0 <= course <= 1
    if part < 0 or part > 1:
        assert course == pytest.approx(0, abs=1e-6)
    if 0.09 < part < 0.74:
        assert course == 1
    if 0.001 < part < 0.07 or 0.76 < part < 0.999:
        assert 0 < course < 1


@each_kind
def test_one_device_is_struck_from_least_to_one_by_its_gravity(kind: IncidentKind) -> None:
    struck = sites(kind)
    first = next(incidents(20, kind, struck.total, 1_795_000_000, 1_796_000_000))
    others = [
        one
        for one in incidents(20, kind, struck.total, first.start_s, first.start_s + first.duration_s)
        if one != first
    ]
    middle = np.full(struck.total, first.start_s + first.duration_s / 2)
    for least in (0.0, 0.4):
        told = strength(struck, kind, middle, least)
        if first.position not in {one.position for one in others}:
            assert told[first.position] == pytest.approx(least + (1 - least) * first.gravity)
        spared = sorted(set(range(struck.total)) - {first.position, *(one.position for one in others)})
        assert (told[spared] == 0).all()
        assert told.max() <= 1


def test_the_number_of_incidents_is_the_city_s_and_not_the_fleet_s() -> None:
    few, many = (list(incidents(20, GAS_LEAK, total, 1_795_000_000, 1_798_000_000)) for total in (10, 10_000))
    assert [one.start_s for one in few] == [one.start_s for one in many]


def test_part_of_the_sites_is_struck_as_the_whole_is() -> None:
    whole = sites(CRASH)
    t = 1_795_000_000 + np.arange(0, 86_400, 300.0)[:, None] + np.zeros(whole.total)
    told = strength(whole, CRASH, t, 0.4)
    assert (told > 0).any()
    some = whole.take(np.array([2, 0]))
    assert (strength(some, CRASH, t[:, [2, 0]], 0.4) == told[:, [2, 0]]).all()
