"""Small multiples: shared axes, gaps, what is not over and what is little covered."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import pytest

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards import theme
from cityops_dashboards.figures.multiples import EDGE, TALL, WIDE, multiples
from cityops_dashboards.figures.panel import Panel

START = datetime(2026, 11, 20, 8, tzinfo=CITY_ZONE)
SPAN = START, START + timedelta(hours=4)


def pictures(
    *columns: Sequence[float | None],
    finished: Sequence[bool] = (True,) * 4,
    coverage: Sequence[float] = (1.0,) * 4,
    limits: dict[int, float] | None = None,
) -> list[str]:
    rows = [
        (f"R{place}", START + timedelta(hours=hour), value, finished[hour], coverage[hour])
        for place, column in enumerate(columns)
        for hour, value in enumerate(column)
    ]
    table = pd.DataFrame(rows, columns=["region_code", "start", "value", "finished", "coverage"])
    panel = Panel("P", "", 0, table.astype({"value": float}), limits or {})
    return [*multiples(panel, SPAN, theme.DARK).values()]


def paths(picture: str) -> list[str]:
    return re.findall(r' d="([^"]+)"', picture)


def test_all_regions_share_their_axes() -> None:
    low, high = pictures([0, 0, 0, 0], [10, 10, 5, 10])
    floor, top = float(TALL - EDGE), float(EDGE)
    assert paths(low) == [f"M0.0 {floor}L50.0 {floor}L100.0 {floor}L150.0 {floor}"]
    assert paths(high) == [f"M0.0 {top}L50.0 {top}L100.0 {TALL / 2}L150.0 {top}"]


def test_a_gap_stays_one_and_a_value_between_two_is_a_dot() -> None:
    [picture] = pictures([1, None, 3, None])
    assert [path.endswith("h.1") for path in paths(picture)] == [True, True]
    assert pictures([None] * 4) == []


@pytest.mark.parametrize(
    ("changes", "mark"),
    [({"finished": (True, True, True, False)}, "stroke-dasharray"), ({"coverage": (1, 1, 1, 0.4)}, "opacity")],
)
def test_the_last_piece_is_marked_where_it_is_not_to_be_relied_upon(
    changes: dict[str, Sequence[bool] | Sequence[float]], mark: str
) -> None:
    [picture] = pictures([1, 2, 3, 4], **changes)  # type: ignore[arg-type]
    first, last = picture.split("<path")[1:]
    assert (mark in first, mark in last) == (False, True)
    assert mark not in pictures([1, 2, 3, 4])[0]


def test_thresholds_within_the_values_are_lines() -> None:
    [picture] = pictures([0, 10, 0, 10], limits={1: 5.0, 4: 50.0})
    assert f"M0 {TALL / 2}H{WIDE}" in paths(picture)
    assert theme.DARK.warnings[1] in picture
    assert theme.DARK.warnings[4] not in picture
