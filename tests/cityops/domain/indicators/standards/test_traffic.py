"""Congestion: levels of both schemes of indices and of speeds by grade of road, each limit from both sides."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.traffic import (
    SPEEDS,
    Congestion,
    IndexScheme,
    RoadGrade,
    congestion,
    link_congestion,
)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0, Congestion.FREE),
        (1.99, Congestion.FREE),
        (2, Congestion.MOSTLY_FREE),
        (3.99, Congestion.MOSTLY_FREE),
        (4, Congestion.LIGHT),
        (6, Congestion.MODERATE),
        (7.99, Congestion.MODERATE),
        (8, Congestion.HEAVY),
        (10, Congestion.HEAVY),
    ],
)
def test_the_index_of_ten(value: float, level: Congestion) -> None:
    assert congestion(value) is level


@pytest.mark.parametrize(
    ("ratio", "level"),
    [(1, Congestion.FREE), (1.2, Congestion.MOSTLY_FREE), (1.5, Congestion.LIGHT), (1.79, Congestion.LIGHT),
     (1.8, Congestion.MODERATE), (2.1, Congestion.HEAVY), (9, Congestion.HEAVY)],
)  # fmt: skip
def test_the_time_that_a_way_takes(ratio: float, level: Congestion) -> None:
    assert congestion(ratio, IndexScheme.TIME_RATIO) is level


@pytest.mark.parametrize(("value", "scheme"), [(10.1, "tpi"), (-0.1, "tpi"), (0.9, "time_ratio")])
def test_a_value_of_another_scheme_is_refused(value: float, scheme: str) -> None:
    with pytest.raises(ValueError, match="is it of another scheme"):
        congestion(value, IndexScheme(scheme))


def test_speeds_are_those_of_the_standard() -> None:
    assert SPEEDS == {
        RoadGrade.EXPRESSWAY: (20, 35, 50, 65),
        RoadGrade.ARTERIAL: (15, 20, 30, 40),
        RoadGrade.LOCAL: (10, 15, 25, 35),
    }


@pytest.mark.parametrize("grade", RoadGrade)
def test_a_link_at_the_limit_is_of_the_worse_level(grade: RoadGrade) -> None:
    worse = [Congestion.HEAVY, Congestion.MODERATE, Congestion.LIGHT, Congestion.MOSTLY_FREE, Congestion.FREE]
    for limit, (at, above) in zip(SPEEDS[grade], pairwise(worse), strict=True):
        assert (link_congestion(grade, limit), link_congestion(grade, limit + 0.1)) == (at, above)
    assert link_congestion(grade, 0) is Congestion.HEAVY


def test_an_arterial_at_25_is_lightly_congested() -> None:
    levels = {grade: link_congestion(grade, 25).name_zh for grade in RoadGrade}
    assert levels == {
        RoadGrade.EXPRESSWAY: "中度拥堵",
        RoadGrade.ARTERIAL: "轻度拥堵",
        RoadGrade.LOCAL: "轻度拥堵",
    }
    assert Congestion.HEAVY.name_en == "heavy congestion"
    with pytest.raises(ValueError, match="no speed of a link"):
        link_congestion(RoadGrade.LOCAL, -1)


@given(st.sampled_from(RoadGrade), st.floats(0, 200), st.floats(0, 200))
def test_faster_is_never_more_congested(grade: RoadGrade, a: float, b: float) -> None:
    slow, fast = sorted((a, b))
    assert link_congestion(grade, slow) >= link_congestion(grade, fast)
