"""Cures, checked by hand on a few readings: what helps, the mildest that is enough, and what would be missed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from cityops import reference
from cityops.domain.alarms.cures import (
    Cure,
    CureKind,
    Episode,
    changes_of_row,
    cures,
    cures_by_alarms,
    episodes,
    telling,
)
from cityops.domain.alarms.rules import AlarmRule, LevelLimit
from cityops.domain.metrics import WarningLevel

START = datetime(2026, 8, 1, tzinfo=UTC)
UNTIL = START + timedelta(days=1)
METRIC = next(metric for metric in reference.metrics() if metric.code == "water_depth")
SHIPPED = next(rule for rule in reference.alarm_rules() if rule.code == "water_depth")
ZERO, WEEK = timedelta(0), timedelta(days=7)
RULE: AlarmRule = replace(
    SHIPPED,
    as_metric=False,
    in_modes=(),
    limits=(LevelLimit(WarningLevel.YELLOW, 15, 2, 3), LevelLimit(WarningLevel.RED, 40, 5, 2)),
    on_delay=ZERO,
    off_delay=ZERO,
    latched_from=WarningLevel.NONE,
)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def minutes(values: Sequence[float]) -> list[tuple[datetime, float]]:
    return [(at(minute), value) for minute, value in enumerate(values)]


def kinds(found: Sequence[Cure]) -> dict[CureKind, Cure]:
    return {cure.kind: cure for cure in found}


def test_episodes_are_the_alarms_that_would_have_been() -> None:
    kept = {"D-1": minutes([0, 20, 45, 20, 0, 0, 16]), "D-2": minutes([0])}
    assert episodes(RULE, METRIC, kept, UNTIL) == [
        Episode("D-1", at(1), at(4), WarningLevel.RED),
        Episode("D-1", at(6), None, WarningLevel.YELLOW),
    ]


def test_spikes_of_a_minute_are_cured_by_the_shortest_delay_that_outlasts_them() -> None:
    spikes = minutes([20 if minute % 10 == 0 else 0 for minute in range(100)])
    found = kinds(cures(RULE, METRIC, {"D-1": spikes}, UNTIL))
    cure = found[CureKind.ON_DELAY]
    assert (cure.alarms_now, cure.alarms_then, cure.missed) == (10, 0, 0)
    assert cure.rule is not None
    assert cure.rule.on_delay == timedelta(minutes=2)  # a minute has run out when the reading of the next comes


def test_a_value_that_wavers_is_cured_by_hysteresis_or_a_longer_end() -> None:
    waver = minutes([16, 12] * 30 + [0])
    found = kinds(cures(RULE, METRIC, {"D-1": waver}, UNTIL))
    wider, longer = found[CureKind.HYSTERESIS].rule, found[CureKind.OFF_DELAY].rule
    assert wider is not None
    assert [one.hysteresis for one in wider.limits] == [3, 8]
    assert longer is not None
    assert longer.off_delay == timedelta(minutes=2)
    assert found[CureKind.HYSTERESIS].alarms_then == found[CureKind.OFF_DELAY].alarms_then == 1


def test_a_rule_without_hysteresis_is_given_one() -> None:
    bare = replace(RULE, limits=(LevelLimit(WarningLevel.YELLOW, 15, 0, 3),), off_delay=timedelta(seconds=1))
    wider = kinds(cures(bare, METRIC, {"D-1": minutes([15, 14] * 30)}, UNTIL))[CureKind.HYSTERESIS].rule
    assert wider is not None
    assert wider.limits[0].hysteresis == 2  # one and a half, as it is shown


def test_nothing_is_proposed_by_which_a_grave_alarm_would_be_missed() -> None:
    grave = minutes([45 if minute % 10 == 0 else 0 for minute in range(100)])
    assert CureKind.ON_DELAY not in kinds(cures(RULE, METRIC, {"D-1": grave}, UNTIL))


def test_a_rule_nobody_ever_acts_on_may_be_retired_and_what_would_be_missed_is_said() -> None:
    kept = {"D-1": minutes([20] * 20 + [0, 20, 0])}
    found = cures(RULE, METRIC, kept, UNTIL, acted_on=0)
    retired = found[-1]
    assert (retired.kind, retired.rule, retired.alarms_now, retired.alarms_then) == (CureKind.RETIRE, None, 2, 0)
    assert (retired.missed, retired.lost) == (1, retired.now)
    assert CureKind.RETIRE not in kinds(cures(RULE, METRIC, kept, UNTIL, acted_on=1))
    assert CureKind.RETIRE not in kinds(cures(RULE, METRIC, kept, UNTIL))


def test_of_a_rule_that_raises_nothing_there_is_nothing_to_cure() -> None:
    assert cures(RULE, METRIC, {"D-1": minutes([0, 1])}, UNTIL, acted_on=0) == []


def test_what_is_told_of_readings_decides_as_all_of_them_do() -> None:
    rng = np.random.default_rng(7)
    at_s, values = np.cumsum(rng.integers(10, 200, 900)), np.round(rng.normal(14, 6, 900), 2)
    micros = np.array([round(START.timestamp() * 1e6)]) + at_s * 1_000_000
    every = [(START + timedelta(seconds=int(s)), float(value)) for s, value in zip(at_s, values, strict=True)]
    told = telling(RULE, METRIC, micros, values)
    assert len(told) < len(every) * 0.9
    assert cures(RULE, METRIC, {"D-1": told}, UNTIL + WEEK) == cures(RULE, METRIC, {"D-1": every}, UNTIL + WEEK)


def test_of_a_rate_all_readings_are_told() -> None:
    rising = next(rule for rule in reference.alarm_rules() if rule.code == "water_depth_rising")
    micros = np.array([round(at(minute).timestamp() * 1e6) for minute in range(3)])
    assert telling(rising, METRIC, micros, np.array([1.0, 1.0, 2.0])) == [(at(0), 1), (at(1), 1), (at(2), 2)]


def test_a_cure_says_which_alarms_would_be_lost_and_which_told_later() -> None:
    brief, long = [20.0] + [0.0] * 9, [20.0] * 14 + [0.0] * 6
    cure = kinds(cures(RULE, METRIC, {"D-1": minutes(brief * 3 + long)}, UNTIL))[CureKind.ON_DELAY]
    assert (cure.alarms_now, cure.alarms_then) == (4, 1)
    assert [one.start for one in cure.lost] == [at(0), at(10), at(20)]
    assert cure.later == (timedelta(minutes=2),)
    assert changes_of_row(RULE, cure.rule or RULE) == {"on_delay_s": ("", "120")}


def test_a_rule_that_looks_at_no_values_is_tried_on_its_alarms() -> None:
    silent = next(rule for rule in reference.alarm_rules() if rule.code == "device_silent")
    yellow = WarningLevel.YELLOW
    alarms = [Episode("device:1", at(60 * n), at(60 * n + 2), yellow) for n in range(5)]
    alarms += [Episode("device:2", at(0), None, yellow)]
    found = kinds(cures_by_alarms(silent, None, alarms, UNTIL, acted_on=0))
    assert {*found} == {CureKind.ON_DELAY, CureKind.RETIRE}
    cure = found[CureKind.ON_DELAY]
    assert (cure.now, cure.alarms_then) == (tuple(alarms), 1)
    assert cure.rule is not None
    assert cure.rule.on_delay == timedelta(minutes=30)
    assert cure.later == (timedelta(minutes=20),)


def test_alarms_that_come_again_at_once_are_one_with_a_longer_end() -> None:
    silent = next(rule for rule in reference.alarm_rules() if rule.code == "device_silent")
    alarms = [Episode("device:1", at(14 * n), at(14 * n + 3), WarningLevel.BLUE) for n in range(6)]
    found = kinds(cures_by_alarms(silent, None, alarms, UNTIL))
    assert found[CureKind.OFF_DELAY].alarms_then == 1
    assert not found[CureKind.OFF_DELAY].lost
