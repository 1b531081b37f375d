"""The state of all regions at one instant: the vectorised rules equal the plain ones, for any readings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.freshness import Freshness, freshness
from cityops.domain.metrics import Aggregate, Direction, Metric, WarningLevel
from cityops.domain.state import Registry, region_slice, snapshot

NOW = 1_795_000_000_000_000
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
