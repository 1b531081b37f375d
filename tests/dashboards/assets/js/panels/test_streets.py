"""The streets of a district: rows of a table, and the choice of one of them."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

CODE = "440106"


def streets(scripts: Scripts, lang: str = "zh", metric: str = "cover_clearance", **first: Any) -> list[Told]:
    """Return the rows; `first` is what differs in the first of the state's streets."""
    state = told_state(CODE)
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    for one in state["metrics"]:
        if one["code"] == metric:
            one["regions"][0] |= first
    rows: list[Told] = scripts.ask("given => cityops.streets.rows(...given)", [state, metric, scripts.speak(lang)])
    return rows


@pytest.mark.parametrize(("lang", "warning", "name"), [("zh", "红", "name_zh"), ("en", "Red", "name_en")])
def test_a_street_is_told_with_its_value_level_devices_and_cases(
    scripts: Scripts, lang: str, warning: str, name: str
) -> None:
    street = told_state(CODE)["children"][0]
    told: Told = {"value": -99.305, "warning": 4, "fresh": 3, "expected": 4}  # nothing can be worse: it stands first
    [row, *_] = streets(scripts, lang, **told)
    assert (row["code"], row["name"], row["value"]) == (street["code"], street[name], -99.31)
    assert (row["level"], row["warning"], row["coverage"]) == (4, warning, "3/4")
    assert (row["reported"], row["closed"]) == (70, 60)


def test_every_street_has_one_row_the_worst_first(scripts: Scripts) -> None:
    rows = streets(scripts)
    assert {row["code"] for row in rows} == {child["code"] for child in told_state(CODE)["children"]}
    values = [row["value"] for row in rows]
    assert values == sorted(values)


def test_a_street_without_devices_has_neither_value_nor_coverage_nor_warning(scripts: Scripts) -> None:
    *_, row = streets(scripts, value=None, warning=0, fresh=0, expected=0)
    assert (row["value"], row["coverage"], row["warning"], row["level"]) == (None, None, "", 0)


def test_a_district_s_streets_can_be_chosen_and_all_of_them_again(scripts: Scripts) -> None:
    streets = {"440106013": "猎德街道", "440106014": "冼村街道"}
    scripts.speak("zh", streets=streets, street="440106014")
    scripts.draw("cityops.streets.choice(cityops.context);", ids=["street-choice"])
    assert scripts.texts("#street-choice option") == ["全部街镇", "猎德街道", "冼村街道"]
    assert scripts.every("#street-choice select", "one.value") == ["440106014"]


@pytest.mark.parametrize(
    ("here", "code", "there"),
    [
        ("/districts/440106?lang=en", "440106013", "/districts/440106?lang=en&street=440106013"),
        ("/districts/440106?street=440106013&metric=o3", "440106014", "/districts/440106?street=440106014&metric=o3"),
        ("/districts/440106?street=440106013&metric=o3", "", "/districts/440106?metric=o3"),
    ],
)
def test_a_street_is_opened_by_the_same_address_with_its_code(
    scripts: Scripts, here: str, code: str, there: str
) -> None:
    scripts.open(here)
    scripts.ask("code => cityops.streets.open(code)", code)
    scripts.arrives(there)
