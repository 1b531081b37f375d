"""Codes of regions: the statistics' form of 12 digits is read as ours, a community is refused with its street."""

import pytest

from cityops.domain.regions import CommunityError, region_code


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
