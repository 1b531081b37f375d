"""Codes of regions: which lies in which; 12 digits are read as ours, a community is refused with its street."""

import pytest

from cityops import reference
from cityops.domain.regions import CommunityError, Region, RegionLevel, holds, is_city, level_of, region_code

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
