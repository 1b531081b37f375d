"""Rates as a table: the worst is marked where it says something, few cases are said to be few, all sorts as asked."""

from typing import Any

import pytest

from cityops_dashboards.pages.statistics.table import group_name, percent, rows

MEASURES = {"done_in_time": "high", "returned": "low"}


def told(**groups: tuple[tuple[int, int], tuple[int, int]]) -> dict[str, Any]:
    """Return an answer of the API: by district, what was done in time and what was returned."""
    return {
        "by": "district",
        "definitions": [{"measure": one, "better": better} for one, better in MEASURES.items()],
        "items": [
            {
                "group": group,
                "rates": [
                    {"measure": one, "numerator": n, "denominator": of, "value": n / of if of else None, "excused": 0}
                    for one, (n, of) in zip(MEASURES, made, strict=True)
                ],
            }
            for group, made in groups.items()
        ],
    }


CITY = told(
    **{
        "440103": ((19, 20), (5, 20)),
        "440104": ((10, 20), (1, 20)),
        "440105": ((0, 9), (9, 9)),
        "440106": ((0, 0), (0, 0)),
    }
)


def marked(sort: str, body: dict[str, Any] = CITY) -> dict[str, str]:
    """Return by measure the group that is marked as the worst."""
    found = rows(body, sort, "zh")
    return {one.measure: row.group for row in found for one in row.cells if one.is_worst}


def test_the_worst_of_each_measure_is_that_of_enough_cases() -> None:
    assert marked("group") == {"done_in_time": "440104", "returned": "440103"}
    small = [row.group for row in rows(CITY, "group", "zh") if row.cells[0].is_small]
    assert small == ["440105"], "none at all is not few"


def test_where_nobody_is_worse_nobody_is_the_worst() -> None:
    assert marked("group", told(a=((5, 10), (0, 20)), b=((10, 20), (0, 30)))) == {}
    assert marked("group", told(a=((5, 10), (1, 20)))) == {}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("group", "3456"),
        ("-group", "6543"),
        ("done_in_time", "5436"),
        ("-done_in_time", "3456"),
        ("returned", "5346"),
        ("-returned", "4356"),
        ("bogus", "3456"),
    ],
)
def test_rows_come_as_asked_those_without_a_rate_last(sort: str, order: str) -> None:
    assert "".join(row.group[-1] for row in rows(CITY, sort, "zh")) == order


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [
        (0, 0, ""),
        (0, 5, "0%"),
        (5, 5, "100%"),
        (1, 3, "33.3%"),
        (1, 9999, "0.1%"),
        (9998, 9999, "99.9%"),
        (1, 2, "50.0%"),
    ],
)
def test_only_all_are_all_and_only_none_are_none(numerator: int, denominator: int, said: str) -> None:
    assert percent(numerator, denominator) == said


@pytest.mark.parametrize(
    ("by", "group", "lang", "name"),
    [
        ("all", "all", "zh", "合计"),
        ("district", "440106", "zh", "天河区"),
        ("unit", "department:water", "en", "Water Affairs"),
        ("unit", "street:440106013", "zh", "天河区 猎德街道"),
        ("unit", "-", "en", "no unit yet"),
        ("class", "road_ponding", "zh", "道路积水"),
        ("source", "hotline-12345", "zh", "12345热线工单系统"),
        ("class", "bogus", "zh", "bogus"),
    ],
)
def test_groups_are_named(by: str, group: str, lang: str, name: str) -> None:
    assert group_name(by, group, lang) == name
