"""What the page of the alarm load makes of the API's figures: units, limits, and states told by shape and word."""

from datetime import timedelta

import pytest

from cityops_dashboards.pages.load.lines import figures, number, span


@pytest.mark.parametrize(
    ("code", "value", "told"),
    [
        ("per_day", 148.26, "148.3"),
        ("per_day", None, "–"),
        ("flood_time_share", 0.0123, "1.2 %"),
        ("stale_most", 1204.0, "1,204"),
    ],
)
def test_a_value_has_the_unit_of_its_figure(code: str, value: float | None, told: str) -> None:
    assert number(code, value) == told


def test_a_figure_says_what_is_acceptable_and_how_it_compares_by_shape_and_word() -> None:
    row = {"code": "ten_most_frequent_share", "value": 0.3, "acceptable": 0.05, "manageable": 0.2, "state": "over"}
    [found] = figures([row], "en")
    assert (found["acceptable"], found["manageable"], found["sign"]) == ("≤ 5 %", "≤ 20 %", "■")
    [found] = figures([row | {"code": "priority_3_share", "acceptable": 1.0, "manageable": None}], "en")
    assert (found["acceptable"], found["manageable"]) == ("–", "–")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(45, "45 s"), (60, "1 min"), (5400, "90 min"), (7200, "2 hours"), (30 * 86_400, "30 days")],
)
def test_a_length_has_its_gravest_unit(seconds: int, told: str) -> None:
    assert span(timedelta(seconds=seconds), "en") == told
