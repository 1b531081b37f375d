"""Cures, checked by hand on a few readings: what helps, the mildest that is enough, and what would be missed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cityops import reference
from cityops.domain.alarms.cures import Cure, CureKind, Episode, cures, episodes
from cityops.domain.alarms.rules import AlarmRule, LevelLimit
from cityops.domain.metrics import WarningLevel

START = datetime(2026, 8, 1, tzinfo=UTC)
UNTIL = START + timedelta(days=1)
METRIC = next(metric for metric in reference.metrics() if metric.code == "water_depth")
SHIPPED = next(rule for rule in reference.alarm_rules() if rule.code == "water_depth")
ZERO = timedelta(0)
RULE: AlarmRule = replace(
    SHIPPED,
    as_metric=False,
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
    assert found[-1] == Cure(CureKind.RETIRE, None, 2, 0, 1)
    assert CureKind.RETIRE not in kinds(cures(RULE, METRIC, kept, UNTIL, acted_on=1))
    assert CureKind.RETIRE not in kinds(cures(RULE, METRIC, kept, UNTIL))


def test_of_a_rule_that_raises_nothing_there_is_nothing_to_cure() -> None:
    assert cures(RULE, METRIC, {"D-1": minutes([0, 1])}, UNTIL, acted_on=0) == []
