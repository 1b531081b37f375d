"""The state of all regions at one instant: the vectorised rules equal the plain ones, for any readings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.freshness import Freshness, freshness
from cityops.domain.metrics import Aggregate, Direction, Metric, WarningLevel
from cityops.domain.state import Liveness, Registry, Snapshot, WarningRow, region_slice, snapshot

NOW = 1_795_000_000_000_000
SECOND = 1_000_000
REGIONS = ("440100", "440103", "440103001", "440103002", "440104", "440104001")
METRICS = (
    Metric("high", "", "", "", 0, 100, 0, Aggregate.MEAN, Direction.HIGH, 10, 20, 30, 40),
    Metric("low", "", "", "", 0, 100, 0, Aggregate.MIN, Direction.LOW, None, 20, 10, None),
    Metric("none", "", "", "", 0, 100, 0, Aggregate.SUM, Direction.NONE),
)
SERIES = st.tuples(
    st.integers(0, 2),  # metric
    st.sampled_from([2, 3, 5]),  # region
    st.sampled_from([10, 60, 300]),  # interval in s
    st.none() | st.integers(-600, 3000),  # age in s
    st.floats(0, 100),
)
Drawn = list[tuple[int, int, int, int | None, float]]


def registry_of(drawn: Drawn) -> Registry:
    """Return a registry with one device per drawn series, ids from 1 on."""
    rows = sorted(range(len(drawn)), key=lambda row: drawn[row][:2])
    column = [np.array([drawn[row][place] for row in range(len(drawn))], np.int64) for place in range(3)]
    return Registry(
        METRICS,
        (1, 2, 3),
        REGIONS,
        (1, 2, 3, 4, 5, 6),
        series_id=np.array(rows, np.int64) + 1,
        metric=column[0][rows],
        region=column[1][rows],
        device=np.array(rows, np.int64),
        device_id=np.arange(1, len(drawn) + 1),
        device_region=column[1],
        device_interval=column[2] * 1_000_000,
    )


@given(st.lists(SERIES, min_size=1, max_size=30), st.sampled_from(REGIONS))
def test_totals_equal_those_of_the_plain_rules(drawn: Drawn, code: str) -> None:
    spoken = [(row + 1, NOW - one[3] * 1_000_000, one[4]) for row, one in enumerate(drawn) if one[3] is not None]
    ids, times, values = ([one[place] for one in spoken] for place in range(3))
    taken = snapshot(
        registry_of(drawn), np.array(ids, np.int64), np.array(times, np.int64), np.array(values, np.float64), NOW
    )
    prefix = "" if code == "440100" else code
    inside = [one for one in drawn if REGIONS[one[1]].startswith(prefix)]
    for place, total in enumerate(taken.totals(code)):
        here = [(freshness(age, interval), value) for which, _, interval, age, value in inside if which == place]
        by_state = {
            state: [value for found, value in here if found is state] for state in (Freshness.FRESH, Freshness.LATE)
        }
        assert (total.expected, total.fresh) == (len(here), len(by_state[Freshness.FRESH]))
        assert total.late == len(by_state[Freshness.LATE])
        contributing = by_state[Freshness.FRESH] or by_state[Freshness.LATE]
        assert total.contributing == len(contributing)
        if not contributing:
            assert total.value is None
            continue
        plain = (sum(contributing) / len(contributing), min(contributing), sum(contributing))[place]
        assert total.value == pytest.approx(plain)
    live = taken.liveness(code)
    assert live.expected == len(inside) == live.fresh + live.late + live.silent + live.never
    assert live.never == sum(one[3] is None for one in inside)


@given(st.lists(SERIES, min_size=1, max_size=30))
def test_warnings_equal_those_of_the_metric(drawn: Drawn) -> None:
    young = [(metric, region, 60, 1, value) for metric, region, _, _, value in drawn]
    ids, times = np.arange(1, len(young) + 1), np.full(len(young), NOW)
    taken = snapshot(registry_of(list(young)), ids, times, np.array([one[4] for one in young]), NOW)
    expected = [METRICS[metric].warning(value) for metric, *_, value in young]
    assert taken.warning_counts(taken.warned, "440100") == {
        level: expected.count(level) for level in WarningLevel if level
    }
    worst = taken.worst_warnings(taken.warned, "440100", 100)
    assert [one.level for one in worst] == sorted((level for level in expected if level), reverse=True)


def test_nothing_registered_is_no_error() -> None:
    empty = np.array([], np.int64)
    registry = replace(
        registry_of([(0, 2, 60, 1, 1.0)]),
        series_id=empty, metric=empty, region=empty, device=empty,
        device_id=empty, device_region=empty, device_interval=empty,
    )  # fmt: skip
    taken = snapshot(registry, np.array([7]), np.array([NOW]), np.array([1.0]), NOW)
    assert (taken.totals("440100")[0].expected, taken.newest_reading("440100")) == (0, None)
    assert not registry.knows(np.array([7]))


def test_a_district_is_its_code_and_its_streets() -> None:
    found = {code: list(REGIONS)[region_slice(REGIONS, code)] for code in ("440103", "440104001", "440100")}
    assert found == {
        "440103": ["440103", "440103001", "440103002"],
        "440104001": ["440104001"],
        "440100": list(REGIONS),
    }


def taken_of(drawn: Drawn, now: int = NOW) -> Snapshot:
    """Return the snapshot of drawn series; None for an age is a series that never spoke."""
    spoken = [(row + 1, NOW - one[3] * SECOND, one[4]) for row, one in enumerate(drawn) if one[3] is not None]
    ids, times, values = ([one[place] for one in spoken] for place in range(3))
    return snapshot(
        registry_of(drawn), np.array(ids, np.int64), np.array(times, np.int64), np.array(values, np.float64), now
    )


CITY: Drawn = [
    (0, 2, 60, 10, 10.0),
    (0, 3, 60, 20, 30.0),
    (0, 5, 300, 700, 90.0),
    (1, 2, 60, 200, 5.0),
    (1, 3, 60, 300, 4.0),
    (2, 5, 10, None, 0.0),
    (2, 5, 10, 61, 3.0),
]
"""Of `high` two fresh and one late series, of `low` two late ones, of `none` one silent and one that never spoke."""


def test_late_values_are_shown_only_where_nothing_is_fresh() -> None:
    high, low, _ = taken_of(CITY).totals("440100")
    assert (high.freshness, high.value, high.minimum, high.maximum) == (Freshness.FRESH, 20.0, 10.0, 30.0)
    assert (high.expected, high.fresh, high.late, high.contributing) == (3, 2, 1, 2)
    assert high.newest == NOW - 10 * SECOND
    assert (low.freshness, low.value, low.minimum, low.maximum) == (Freshness.LATE, 4.0, 4.0, 5.0)
    assert (low.expected, low.fresh, low.late, low.contributing) == (2, 0, 2, 2)
    assert low.newest == NOW - 200 * SECOND


def test_of_what_is_silent_only_the_time_of_the_last_reading_is_told() -> None:
    silent = taken_of(CITY).totals("440104")[2]
    assert (silent.freshness, silent.value, silent.minimum, silent.maximum) == (Freshness.SILENT, None, None, None)
    assert (silent.expected, silent.fresh, silent.late, silent.contributing) == (2, 0, 0, 0)
    assert silent.newest == NOW - 61 * SECOND
    never = taken_of([(0, 2, 60, None, 0.0)]).totals("440100")[0]
    assert (never.expected, never.newest, never.interval) == (1, None, 60 * SECOND)


def test_where_nothing_is_expected_there_is_neither_value_nor_cadence() -> None:
    nothing = taken_of(CITY).totals("440104001")[1]
    assert (nothing.expected, nothing.value, nothing.newest, nothing.interval) == (0, None, None, None)


def test_the_cadence_of_a_region_is_that_of_its_slowest_series() -> None:
    taken = taken_of(CITY)
    assert [total.interval for total in taken.totals("440100")] == [300 * SECOND, 60 * SECOND, 10 * SECOND]
    assert taken.totals("440103")[0].interval == 60 * SECOND


def test_a_clock_that_runs_ahead_makes_nothing_newer_than_now() -> None:
    taken = taken_of([(0, 2, 60, -500, 1.0)])
    assert taken.newest_reading("440100") == NOW
    assert taken.totals("440103001")[0].newest == NOW


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (120, "fresh"),
        (121, "late"),
        (360, "late"),
        (361, "silent"),
        (None, "never"),
    ],
)
def test_a_device_is_counted_by_the_age_of_its_newest_reading(age: int | None, state: str) -> None:
    live = taken_of([(0, 2, 60, age, 1.0)]).liveness("440103")
    assert {name for name in ("fresh", "late", "silent", "never") if getattr(live, name)} == {state}
    assert live.expected == 1


def test_a_device_lives_as_long_as_one_of_its_series_speaks() -> None:
    registry = replace(registry_of(CITY[:2]), device=np.array([0, 0]), device_id=np.array([7]),
                       device_region=np.array([2]), device_interval=np.array([60 * SECOND]))  # fmt: skip
    taken = snapshot(registry, np.array([1, 2]), np.array([NOW - 900 * SECOND, NOW]), np.array([1.0, 2.0]), NOW)
    assert taken.liveness("440100") == Liveness(1, 1, 0, 0, 0)


def test_the_newest_reading_of_a_region() -> None:
    taken = taken_of(CITY)
    assert taken.newest_reading("440100") == NOW - 10 * SECOND
    assert taken.newest_reading("440103002") == NOW - 20 * SECOND
    assert taken.newest_reading("440104") == NOW - 61 * SECOND


def test_the_gravest_warning_comes_first_and_of_equals_the_newest() -> None:
    drawn: Drawn = [(0, 2, 60, 30, 45.0), (0, 2, 60, 20, 45.4), (0, 3, 60, 10, 12.0), (1, 5, 60, 5, 9.0)]
    taken = taken_of(drawn)
    rows = taken.worst_warnings(taken.warned, "440100", 3)
    assert [(row.series_id, row.level, row.metric) for row in rows] == [
        (2, WarningLevel.RED, "high"),
        (1, WarningLevel.RED, "high"),
        (4, WarningLevel.ORANGE, "low"),
    ]
    assert rows[0] == WarningRow(2, 2, "440103001", "high", 45.4, WarningLevel.RED, NOW - 20 * SECOND)
    assert [row.series_id for row in taken.worst_warnings(taken.warned, "440103002", 9)] == [3]
    assert taken.worst_warnings(taken.warned, "440100", 0) == []


def test_what_is_silent_warns_of_nothing_and_what_is_late_still_does() -> None:
    taken = taken_of([(0, 2, 60, 361, 45.0), (0, 2, 60, 360, 45.0)])
    assert taken.warning_counts(taken.warned, "440103") == {
        WarningLevel.BLUE: 0,
        WarningLevel.YELLOW: 0,
        WarningLevel.ORANGE: 0,
        WarningLevel.RED: 1,
    }


def test_what_ails_devices_is_counted_apart_from_what_they_measure() -> None:
    registry = replace(registry_of(CITY[:3]), metrics=(replace(METRICS[0], health=True), *METRICS[1:]))
    taken = snapshot(registry, np.array([1]), np.array([NOW]), np.array([50.0]), NOW)
    assert taken.warning_counts(taken.ailing, "440100")[WarningLevel.RED] == 1
    assert sum(taken.warning_counts(taken.warned, "440100").values()) == 0
    assert [row.series_id for row in taken.worst_warnings(taken.ailing, "440100", 5)] == [1]
    assert taken.worst_warnings(taken.warned, "440100", 5) == []


def test_a_series_that_is_not_registered_is_left_out() -> None:
    registry = registry_of(CITY)
    ids = np.array([1, 99, 2])
    taken = snapshot(registry, ids, np.full(3, NOW), np.array([10.0, 1e9, 20.0]), NOW)
    assert taken.totals("440100")[0].value == 15.0
    assert not registry.knows(ids)


@pytest.mark.parametrize(
    ("ids", "known"), [([1, 7], True), ([], True), ([8], False), ([0], False), ([1, 0], False), ([7, 8], False)]
)
def test_a_registry_knows_its_own_series(ids: list[int], known: bool) -> None:
    assert registry_of(CITY).knows(np.array(ids, np.int64)) is known


def test_a_number_between_two_series_is_none_of_them() -> None:
    registry = replace(registry_of(CITY[:2]), series_id=np.array([3, 5]))
    assert registry.place_of.tolist() == [-1, -1, -1, 0, -1, 1]
    assert not registry.knows(np.array([4]))


def test_the_city_has_all_regions_even_if_there_is_none() -> None:
    assert region_slice((), "440100") == slice(0, 0)
    assert region_slice(REGIONS, "440199") == slice(6, 6)
