"""Where streets lie: one centre each inside its own district, the same for a seed; shares that make up the city."""

import numpy as np
import pytest

from cityops import reference
from cityops.domain.regions import RegionLevel, district_of
from cityops.simulate.streets import districts, points_inside, share_of_city, street_places

SEEDS = [1, 20]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_street_has_a_centre_in_its_district_that_is_nearest_to_itself(seed: int) -> None:
    found = districts(seed)
    regions = reference.regions()
    assert [one.region.code for one in found] == [one.code for one in regions if one.level is RegionLevel.DISTRICT]
    assert {code for one in found for code in one.codes} == {
        one.code for one in regions if one.level is RegionLevel.STREET
    }
    for one in found:
        assert one.contains(one.centres).all()
        assert one.nearest(one.centres).tolist() == list(range(len(one.codes)))
        assert {district_of(code) for code in one.codes} == {one.region.code}


def test_the_places_by_code_are_those_of_the_districts() -> None:
    places = street_places(20)
    for one in districts(20):
        for code, name, (lon, lat) in zip(one.codes, one.names, one.centres.tolist(), strict=True):
            assert places[code] == (one.region.name_zh, name, lon, lat)
    assert places["440106013"][:2] == ("天河区", "猎德街道")


def test_another_seed_has_its_streets_elsewhere() -> None:
    here, there = (districts(seed)[0].centres for seed in SEEDS)
    assert not np.isclose(here, there).all()
    assert districts(20)[0].centres.tolist() == districts(20)[0].centres.tolist()


def test_a_point_outside_is_told_from_one_inside() -> None:
    haizhu = next(one for one in districts(20) if one.region.code == "440105")
    label = [haizhu.region.label_lon, haizhu.region.label_lat]
    assert haizhu.contains(np.array([label, [0, 0], [113.32, 24.5]])).tolist() == [True, False, False]


@pytest.mark.parametrize("count", [0, 1, 500])
def test_so_many_points_as_asked_for_lie_inside(count: int) -> None:
    one = districts(20)[2]
    points = points_inside(one.polygon, count, np.random.default_rng(1))
    assert points.shape == (count, 2)
    assert one.contains(points).all()


def test_the_districts_make_up_the_city() -> None:
    shares = {one.region.code: share_of_city(one) for one in districts(20)}
    assert sum(shares.values()) == pytest.approx(1, abs=0.02)
    assert max(shares, key=lambda code: shares[code]) in {"440111", "440113"}  # 白云, 番禺: the most people
    assert all(share > 0 for share in shares.values())
