"""The data page's controls: set to the choice, and offering only what goes with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.choice import read
from cityops_dashboards.pages.data.controls import set_to
from cityops_dashboards.pages.data.fits import catalogue
from cityops_dashboards.texts import LANGUAGES

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)


def controls(search: str = "") -> dict[str, Any]:
    return {**set_to(read(Address.parse("/data", search), NOW))}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_control_offers_what_it_is_set_to(lang: str) -> None:
    search = f"?indicator=o3&compare=pm25,no2&region=440106&level=street&interval=5min&lang={lang}"
    for name, control in controls(search).items():
        if "options" in control:
            offered = {one["value"] for one in control["options"]}
            given = control["value"] if isinstance(control["value"], list) else [control["value"]]
            assert set(given) <= offered, name
            assert all(one["label"] for one in control["options"]), name


def test_an_indicator_is_not_offered_for_a_comparison_with_itself() -> None:
    codes = [one["value"] for one in controls("?indicator=o3")["compare"]["options"] if "disabled" not in one]
    assert codes == [code for code in catalogue() if code != "o3"]


@pytest.mark.parametrize(
    ("region", "shut"), [("440100", []), ("440106", ["city"]), ("440106013", ["city", "district"]), ("999999", [])]
)
def test_a_level_that_does_not_divide_the_region_cannot_be_chosen(region: str, shut: list[str]) -> None:
    levels = controls(f"?region={region}")["level"]["options"]
    assert [one["value"] for one in levels if one["disabled"]] == shut


@pytest.mark.parametrize(
    ("lang", "whole", "street"), [("zh", "广州市（全市）", "猎德街道"), ("en", "Guangzhou (whole city)", "猎德街道")]
)
def test_of_the_streets_only_the_chosen_one_is_in_the_list(lang: str, whole: str, street: str) -> None:
    def labels(region: str) -> list[str]:
        return [one["label"] for one in controls(f"?region={region}&lang={lang}")["region"]["options"]]

    assert labels("440100")[0] == whole
    assert len(labels("440106")) == 12
    [added] = set(labels("440106013")) - set(labels("440100"))
    assert added == street


def test_times_are_the_city_s_as_its_browsers_write_them() -> None:
    found = controls("?start=2026-11-20T00:00Z&end=2026-11-20T09:30")
    assert (found["start"]["value"], found["end"]["value"]) == ("2026-11-20 08:00", "2026-11-20 09:30")
