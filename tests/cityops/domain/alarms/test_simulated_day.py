"""A day of the simulator's readings, alarm by alarm against the naive evaluation, told as the ingest would hint."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from cityops import reference
from cityops.domain.alarms.conditions import Condition, Measured, condition_of, touch_limit, touch_limits
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.alarms.tracks import Change, advance, begin, elapse, from_json, to_json
from cityops.simulate.fleet import fleet
from cityops.simulate.signals import values
from cityops.simulate.sites import sites_of
from factories.naive_alarms import Reading, told_by_runs

DAY = datetime(2026, 8, 20, 16, tzinfo=UTC)
"""The begin of 2026-08-21 in Guangzhou."""
END = DAY + timedelta(days=1)
METRICS = {metric.code: metric for metric in reference.metrics()}
INTERVALS = {kind.code: kind.expected_interval_s for kind in reference.device_kinds()}


@cache
def day() -> dict[Measured, tuple[Reading, ...]]:
    """Return what 60 devices send within a day, by series."""
    found: dict[Measured, tuple[Reading, ...]] = {}
    for sites in sites_of(fleet(60, 20), 20):
        instants = DAY.timestamp() + np.arange(0, 86_400, INTERVALS[sites.kind])[:, None] + sites.phase_ms / 1000
        for code, sent in values(sites, instants).items():
            for place in range(sites.total):
                of = Measured(code, sites.kind, "440106001", sites.source, f"{sites.kind}-{place}")
                times = (datetime.fromtimestamp(at, UTC) for at in instants[:, place].tolist())
                found[of] = tuple(zip(times, sent[:, place].tolist(), strict=True))
    return found


def watched() -> Iterator[tuple[AlarmRule, Measured, tuple[Reading, ...]]]:
    for rule in reference.alarm_rules():
        if touch_limit(rule, METRICS) is None:
            continue
        for series, readings in day().items():
            if series.metric == rule.metric and rule.applies.covers(series.kind, "440106001", series.source, "d"):
                yield rule, series, readings


def hinted(rule: AlarmRule, series: Measured, condition: Condition, readings: tuple[Reading, ...]) -> list[Change]:
    """Move a track on as at work: at rest it is told what touches a limit, and what a rate needs of before."""
    limits = touch_limits([rule], [series], METRICS)
    touching = limits.touches(np.zeros(len(readings), np.intp), np.array([value for _, value in readings]))
    track, changes = begin(), list[Change]()
    for place, (ts, value) in enumerate(readings):
        if track.is_at_rest and not touching[place]:
            continue
        if track.is_at_rest:
            track = from_json(to_json(track))
            for earlier in readings[max(0, place - 30) : place] if condition.lookback else ():
                if ts - earlier[0] <= condition.lookback:
                    track, some = advance(track, condition, *earlier)
                    changes += some
        track, some = advance(track, condition, ts, value)
        changes += some
    return changes + list(elapse(track, condition, END + timedelta(hours=1))[1])


def test_every_alarm_of_a_day_is_that_of_the_naive_evaluation() -> None:
    alarms: Counter[str] = Counter()
    for rule, series, readings in watched():
        condition = condition_of(rule, METRICS[rule.metric])
        found = hinted(rule, series, condition, readings)
        expected = told_by_runs(condition, readings, END + timedelta(hours=1))
        assert [(one.at, one.level) for one in found] == expected, (rule.code, series)
        alarms[rule.code] += sum(one.kind == "raised" for one in found)
    assert {
        "water_depth",
        "water_depth_rising",
        "gas_lel",
        "cover_tilt",
        "traffic_index",
        "rain_intensity",
    } <= alarms.keys()
    assert sum(alarms.values()) > 50
