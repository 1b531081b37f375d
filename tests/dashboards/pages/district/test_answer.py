"""What a district's map is made of: counted cells and channels of the API, and the kind that an address names."""

from typing import Any

import pytest

from cityops.domain.points import STATES, PointState
from cityops_dashboards.figures.device_map import state_of
from cityops_dashboards.pages.district import answer

NAMES = {state: state for state in ("fresh", "late", "silent", "1", "2", "3", "4")}


def places(*states: PointState) -> list[int]:
    return [STATES.index(state) for state in states]


@pytest.mark.parametrize(
    ("query", "kind"),
    [({}, ""), ({"devices": "air"}, "air"), ({"devices": "channel"}, "channel"), ({"devices": "none"}, "")],
)
def test_an_address_names_a_kind_or_all(query: dict[str, str], kind: str) -> None:
    assert answer.kind_of(query) == kind


def test_cells_have_their_middles_and_each_drawn_state_once() -> None:
    states = places(PointState.SILENT, PointState.NEVER, PointState.RED)
    counts = {"column": [11330] * 3, "row": [2310] * 3, "state": states, "n": [3, 4, 1]}
    told: dict[str, Any] = {"states": list(STATES), "cells": {"cell_deg": 0.01, **counts}}
    cells = answer.cells_of(told)
    found = {(one["state"], one["n"]) for one in cells.to_dict("records")}
    assert found == {("silent", 7), ("4", 1)}
    assert (cells["lon"][0], cells["lat"][0]) == (113.305, 23.105)


@pytest.mark.parametrize("codes", [[], ["a", "b", "c"]])
def test_points_are_drawn_by_their_states_with_or_without_names(codes: list[str]) -> None:
    states = places(PointState.FRESH, PointState.NEVER, PointState.ORANGE)
    columns = {"lon": [113.3] * 3, "lat": [23.1] * 3, "state": states, "code": codes}
    points = answer.points_of({"states": list(STATES), "points": columns}, NAMES)
    assert state_of(points).tolist() == ["fresh", "silent", "3"]
    assert points["text"].tolist()[2] == ("c 3" if codes else "3")
