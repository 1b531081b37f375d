"""A district's page: addresses of a street and of a case, which can be sent to a colleague."""

import pytest

from fixtures.scripts import Scripts, Told

CODE = "440106"


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
