"""The panel of the city's map: whose data they are always stands under it, and its number where the city has one."""

import pytest

from cityops.settings import settings
from cityops_dashboards.addresses import Address
from cityops_dashboards.panels.city_map import city_map
from cityops_dashboards.texts import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("number", ["", "粤S(2026)001号"])
def test_sources_and_the_number_of_the_map_authority_stand_under_the_map(
    monkeypatch: pytest.MonkeyPatch, lang: str, number: str
) -> None:
    monkeypatch.setattr(settings(), "map_number", number)
    drawn = str(city_map(Address("/", {"lang": lang})))
    assert "© OpenStreetMap contributors" in drawn
    assert ("map-number" in drawn) == bool(number)
    assert number in drawn


def test_a_city_names_whose_shapes_it_has_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "map_attribution", "市规划和自然资源局")
    drawn = str(city_map(Address("/", {})))
    assert "市规划和自然资源局" in drawn
    assert "OpenStreetMap" not in drawn
