"""A district's page: its streets as rows of a table, and addresses that can be sent to a colleague."""

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
    rows: list[Told] = scripts.ask(
        "given => cityops.district.streets(...given)", [state, metric, scripts.speak(lang)]
    )
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


@pytest.mark.parametrize(("cell", "there"), [({"rowId": "440106013"}, "?street=440106013"), (None, "")])
def test_a_click_on_a_row_opens_its_street(scripts: Scripts, cell: Told | None, there: str) -> None:
    scripts.open(f"/districts/{CODE}")
    scripts.ask("cell => dash_clientside.district.openStreet(cell)", cell)
    scripts.arrives(f"/districts/{CODE}{there}")


def test_a_chosen_case_stands_in_the_address_without_a_step_of_the_history(scripts: Scripts) -> None:
    scripts.open(f"/districts/{CODE}?tab=events")
    before = scripts.ask("history.length")
    for cell, there in ((None, ""), ({"rowId": "7"}, "&event=7"), ({"rowId": "8"}, "&event=8")):
        scripts.ask("cell => dash_clientside.district.nameEvent(cell)", cell)
        assert scripts.address == f"/districts/{CODE}?tab=events{there}"
    assert scripts.ask("history.length") == before
