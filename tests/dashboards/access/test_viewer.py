"""What a page says of whoever looks: an area of many streets is told by the first of them and how many there are."""

import pytest

from cityops import reference
from cityops.domain.access import Scope, ScopeKind
from cityops_dashboards.access import viewer

STREETS = sorted(one.code for one in reference.regions() if len(one.code) == 9)


@pytest.mark.parametrize(
    ("lang", "codes", "told"),
    [
        ("zh", ["440105", "440106"], "海珠区、天河区"),
        ("en", ["440105", "440106"], "Haizhu, Tianhe"),
        ("zh", [], "无"),
    ],
)
def test_a_small_area_is_named(lang: str, codes: list[str], told: str) -> None:
    assert viewer.area(lang, Scope(ScopeKind.DISTRICTS, frozenset(codes))) == told


@pytest.mark.parametrize(("lang", "end"), [("zh", "等 176 个"), ("en", " and 173 more")])
def test_a_large_area_is_counted(lang: str, end: str) -> None:
    told = viewer.area(lang, Scope(ScopeKind.STREETS, frozenset(STREETS)))
    assert told.endswith(end)
    assert len(told) < 50
