"""The curve of one metric: readings lie at their time and height, a gap stays one, thresholds are named apart."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.metrics import WarningLevel
from cityops_dashboards.figures.curve import LABEL_PX, CurveFrame, CurveSpell, curve, spell

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Noon in the city."""
FRAME = CurveFrame(400, 150, left=30, right=70, top=10, bottom=40)
HOUR = timedelta(hours=1)


def minutes(*values: float, every: int = 10) -> list[tuple[datetime, float]]:
    return [(NOON + timedelta(minutes=every * place), value) for place, value in enumerate(values)]


def test_readings_lie_between_the_edges_at_their_time() -> None:
    drawn = curve(FRAME, minutes(0, 50, 100), {}, NOON, NOON + timedelta(minutes=20))
    assert drawn.lines == ["M30.0 110.0L180.0 63.7L330.0 17.4"]
    assert drawn.floor == (0, 110)
    assert drawn.last == (330.0, 17.4)
    assert drawn.areas == ["M30.0 110.0L30.0 110.0L180.0 63.7L330.0 17.4L330.0 110.0Z"]


def test_a_gap_in_the_readings_is_not_bridged() -> None:
    points = [*minutes(1, 2, 3), *[(at + 2 * HOUR, value) for at, value in minutes(4, 5, 6)]]
    assert [line.count("L") for line in curve(FRAME, points, {}, NOON, NOON + 3 * HOUR).lines] == [2, 2]


def test_thresholds_are_told_from_the_gravest_down_and_their_names_stand_apart() -> None:
    limits = {WarningLevel.YELLOW: 15.0, WarningLevel.RED: 16.0, WarningLevel.ORANGE: 15.5}
    found = curve(FRAME, minutes(1, 2), limits, NOON, NOON + HOUR).thresholds
    assert [one[:2] for one in found] == [("red", 16), ("orange", 15.5), ("yellow", 15)]
    assert all(later[3] - earlier[3] >= LABEL_PX for earlier, later in itertools.pairwise(found))


def test_limits_that_lie_below_are_named_from_the_top_down_too() -> None:
    limits = {WarningLevel.BLUE: 25.0, WarningLevel.ORANGE: 15.0, WarningLevel.RED: 10.0}
    found = curve(FRAME, minutes(30, 40), limits, NOON, NOON + HOUR).thresholds
    assert [one[0] for one in found] == ["blue", "orange", "red"]
    assert all(one[3] - one[2] < 2 * LABEL_PX for one in found), "a name stands beside its line"


def test_the_axis_may_begin_elsewhere_and_a_gap_may_be_told() -> None:
    drawn = curve(FRAME, minutes(220, 221, 219), {}, NOON, NOON + HOUR, base=205, gap=timedelta(minutes=9))
    assert drawn.floor[0] == 205
    assert [line.count("L") for line in drawn.lines] == [0, 0, 0]
    assert curve(FRAME, minutes(200), {}, NOON, NOON + HOUR, base=205).floor[0] < 200


def test_a_spell_lies_within_the_drawing() -> None:
    def lies(start: timedelta, end: timedelta) -> CurveSpell | None:
        return spell(FRAME, (NOON + start, NOON + end), NOON, NOON + 2 * HOUR, WarningLevel.RED)

    assert lies(HOUR, 3 * HOUR) == CurveSpell("red", 180.0, 330.0, begins=True)
    assert lies(-HOUR, HOUR) == CurveSpell("red", 30.0, 180.0, begins=False)
    assert lies(HOUR, HOUR) == CurveSpell("red", 180.0, 183.0, begins=True), "a short one is seen"
    assert lies(-2 * HOUR, -HOUR) is None
    assert lies(3 * HOUR, 4 * HOUR) is None


def test_the_axis_begins_at_nothing_unless_something_lies_below() -> None:
    assert curve(FRAME, minutes(40, 50), {}, NOON, NOON + HOUR).floor[0] == 0
    assert curve(FRAME, minutes(-2, 1), {}, NOON, NOON + HOUR).floor[0] < -2


def test_times_are_round_ones_of_the_city() -> None:
    start = NOON + timedelta(minutes=7)
    assert [time for _, time in curve(FRAME, [], {}, start, start + 2 * HOUR).times] == [
        "12:30", "13:00", "13:30", "14:00",
    ]  # fmt: skip
    assert [time for _, time in curve(FRAME, [], {}, start, start + 24 * HOUR).times] == [
        "18:00", "00:00", "06:00", "12:00",
    ]  # fmt: skip


def test_without_readings_there_is_no_line_and_no_point() -> None:
    drawn = curve(FRAME, [], {WarningLevel.RED: 40.0}, NOON, NOON + HOUR)
    assert (drawn.lines, drawn.areas, drawn.last) == ([], [], None)
    assert len(drawn.thresholds) == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(-1e6, 1e6))
def test_nothing_is_drawn_outside_the_frame(values: list[float], limit: float) -> None:
    points = minutes(*values, every=1)
    drawn = curve(FRAME, points, {WarningLevel.RED: limit}, NOON, points[-1][0] + HOUR)
    heights = [float(pair.split()[1]) for line in drawn.lines for pair in line.removeprefix("M").split("L")]
    assert all(FRAME.top <= height <= drawn.floor[1] for height in [*heights, drawn.thresholds[0][2]])
