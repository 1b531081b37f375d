"""Codes of regions: which lies in which; 12 digits are read as ours, a community is refused with its street."""

import pytest

from cityops import reference
from cityops.domain.regions import (
    CommunityError,
    Region,
    RegionLevel,
    district_of,
    holds,
    is_city,
    level_of,
    prefix,
    region_code,
)

REGIONS = {one.code: one for one in reference.regions()}


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("440100000000", "440100"),
        ("440106000000", "440106"),
        ("440106001000", "440106001"),
        ("440106001", "440106001"),
        ("440106", "440106"),
        ("", ""),
        ("44010600100", "44010600100"),
        ("4401060010000", "4401060010000"),
        ("44010600100x", "44010600100x"),
        ("４４０１０６００１０００", "４４０１０６００１０００"),
    ],
)
def test_a_code_of_twelve_digits_is_its_street_or_district(given: str, ours: str) -> None:
    assert region_code(given) == ours


@pytest.mark.parametrize(("given", "named"), [("440106001003", "440106001"), ("440106000003", "440106")])
def test_a_community_is_refused_with_the_region_it_lies_in(given: str, named: str) -> None:
    with pytest.raises(CommunityError, match=rf"'{given}' is a community.*not known.*\b{named}\b"):
        region_code(given)


@pytest.mark.parametrize("outer", reference.regions(), ids=lambda one: one.code)
def test_a_region_holds_itself_and_what_lies_in_it(outer: Region) -> None:
    def is_inside(inner: Region) -> bool:
        parent = inner.parent_code
        return inner.code == outer.code or (parent is not None and is_inside(REGIONS[parent]))

    held = {code for code in REGIONS if holds(outer.code, code)}
    assert held == {one.code for one in REGIONS.values() if is_inside(one)}
    assert level_of(outer.code) is outer.level
    assert is_city(outer.code) == (outer.level is RegionLevel.CITY)


@pytest.mark.parametrize(
    ("code", "level", "begins", "district"),
    [
        ("440100", RegionLevel.CITY, "", "440100"),
        ("440106", RegionLevel.DISTRICT, "440106", "440106"),
        ("440106013", RegionLevel.STREET, "440106013", "440106"),
        ("440106100", RegionLevel.STREET, "440106100", "440106"),  # ends in 00 and is no city
    ],
)
def test_a_code_tells_the_level_and_where_it_lies(code: str, level: RegionLevel, begins: str, district: str) -> None:
    assert (level_of(code), prefix(code), district_of(code)) == (level, begins, district)
    assert is_city(code) == (level is RegionLevel.CITY)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "440106001003",
            "'440106001003' is a community; communities are not known, write its street, 440106001",
        ),
        ("440106000003", "'440106000003' is a community; communities are not known, write its district, 440106"),
    ],
)
def test_a_refused_community_is_told_in_a_sentence(given: str, told: str) -> None:
    with pytest.raises(CommunityError) as refused:
        region_code(given)
    assert str(refused.value) == told
    assert refused.value.inside == told.rsplit(maxsplit=1)[-1]


def test_levels_are_called_by_their_words() -> None:
    assert [str(one) for one in RegionLevel] == ["city", "district", "street"]


def test_what_is_not_known_of_a_region_is_left_open() -> None:
    region = Region("440106013", RegionLevel.STREET, "440106", "猎德街道", "Liede Subdistrict")
    assert (region.population, region.area_km2, region.label_lon, region.label_lat) == (None,) * 4
