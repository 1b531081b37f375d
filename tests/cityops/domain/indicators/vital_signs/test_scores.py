"""What values are worth: marks of the colours, ends of the line, monotone on the side where it becomes worse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.indicators.vital_signs.scores import ScoreLimits, ScoreLine, limits, line, warning
from cityops.domain.metrics import Direction, WarningLevel
from cityops.reference import themes

EVERY = indicators(reference.metrics(), {}, themes.shipped().themes)
LINES = {code: found for code, one in EVERY.items() if (found := line(limits(one)))}


@pytest.mark.parametrize(
    ("code", "value", "worth"),
    [
        ("aqi_published", 30, 10),  # the best of what is usual
        ("aqi_published", 65, 9),  # half way to blue
        ("aqi_published", 100, 8),
        ("aqi_published", 300, 2),
        ("aqi_published", 400, 1),  # half way from red to the end of what is valid
        ("aqi_published", 600, 0),
        ("pipe_pressure", 0.4, 10),  # worse downwards
        ("pipe_pressure", 0.18, 7),
        ("pipe_pressure", 0, 0),
        ("cover_tilt", 15, 4),  # orange is the first colour that it has
        ("water_depth", 21, 5),  # of a metric: between yellow 15 and orange 27; the page of reference computes it
    ],
)
def test_a_value_is_worth_what_its_thresholds_say(code: str, value: float, worth: float) -> None:
    assert LINES[code].score(value) == pytest.approx(worth)


@pytest.mark.parametrize("code", sorted(LINES))
@given(data=st.data())
def test_what_is_worse_is_never_worth_more(code: str, data: st.DataObject) -> None:
    given_limits = limits(EVERY[code])
    assert given_limits.valid is not None
    value = st.floats(*given_limits.valid)
    better, worse = sorted((data.draw(value), data.draw(value)), reverse=given_limits.direction is Direction.LOW)
    at_better, at_worse = LINES[code].score(better), LINES[code].score(worse)
    assert 10 >= at_better >= at_worse - 1e-9
    assert at_worse >= 0


def test_without_a_worse_side_or_a_best_value_there_is_no_line() -> None:
    thresholds = {"yellow": 5.0}
    assert line(ScoreLimits(Direction.NONE, {}, None, (0, 10))) is None
    assert line(ScoreLimits(Direction.HIGH, thresholds, None, None)) is None
    assert line(ScoreLimits(Direction.HIGH, thresholds, (6, 7), (5, 10))) is None
    assert line(ScoreLimits(Direction.HIGH, thresholds, (6, 7), (1, 10))) == ScoreLine(((1, 10), (5, 6), (10, 0)))


@pytest.mark.parametrize(
    ("code", "value", "level"),
    [("aqi_published", 99.6, 1), ("aqi_published", 99.4, 0), ("hotline_answered", 59.9, 4), ("gas_lel", None, 0)],
)
def test_a_level_is_reached_by_the_value_as_it_is_shown(code: str, value: float | None, level: int) -> None:
    one: Indicator = EVERY[code]
    assert warning(one, value) is WarningLevel(level)
