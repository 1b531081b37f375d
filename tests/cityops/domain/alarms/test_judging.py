"""Which limits judge: a mode's of the rule's matter, the district's own before the city's, and no drill's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.alarms.conditions import condition_of, touch_limit
from cityops.domain.alarms.judging import judged_in, spans
from cityops.domain.alarms.rule_rows import Declared, read_rule, to_row
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.alarms.tracks import advance, begin
from cityops.domain.metrics import Direction
from cityops.domain.modes.modes import Matter, ModeHeld, ModeInForce, ModeKind
from cityops.reference import alarm_rules, metrics

START = datetime(2026, 8, 21, 3, tzinfo=UTC)
RULES = {rule.code: rule for rule in alarm_rules()}
DEPTH = RULES["water_depth"]
METRICS = {metric.code: metric for metric in metrics()}
DECLARED = Declared(METRICS, frozenset({"manhole", "waterlogging"}), frozenset({"440106"}), frozenset())
CITY, TIANHE, STREET = "440100", "440106", "440106013"


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def mode(
    number: int = 1,
    region: str = CITY,
    kind: ModeKind = ModeKind.EMERGENCY,
    matter: Matter = Matter.FLOOD,
    since: datetime = START,
    *,
    drill: bool = False,
) -> ModeInForce:
    return ModeInForce(number, region, kind, matter, 2, "", "", "", "", since, None, drill)


def test_a_fair_in_a_district_does_not_take_it_out_of_the_citys_flood_response() -> None:
    city, fair = mode(1), mode(2, TIANHE, ModeKind.EVENT, Matter.CROWD)
    assert judged_in(DEPTH, [fair, city], STREET) == city
    assert judged_in(RULES["crowd_load"], [fair, city], STREET) == fair
    assert judged_in(RULES["crowd_load"], [fair, city], "440105001") is None


def test_the_districts_own_mode_of_the_matter_goes_before_the_citys() -> None:
    city, own = mode(1), mode(2, TIANHE, ModeKind.ALERT)
    assert judged_in(DEPTH, [city, own], STREET) == own
    assert judged_in(DEPTH, [city, own], "440105001") == city


def test_what_the_mode_is_not_about_is_judged_by_the_rules_own_limits() -> None:
    assert judged_in(RULES["gas_lel"], [mode()], STREET) is None
    assert judged_in(RULES["cover_tilt"], [mode()], STREET) is None, "of the matter, without limits of its own"


def test_a_drill_moves_no_limit_and_does_not_hide_a_response() -> None:
    played = mode(2, TIANHE, drill=True)
    assert judged_in(DEPTH, [played], STREET) is None
    assert judged_in(DEPTH, [played, mode(1)], STREET) == mode(1)


def test_a_mode_judges_from_its_start_until_its_very_end() -> None:
    held = [
        ModeHeld(mode(1, since=at(0)), at(60)),
        ModeHeld(mode(2, TIANHE, ModeKind.ALERT, since=at(20)), at(40)),
    ]
    told = [(moment, found and found.id) for moment, found in spans(DEPTH, held, STREET)]
    assert told == [(at(0), 1), (at(20), 2), (at(40), 1), (at(60), None)]
    assert spans(RULES["gas_lel"], held, STREET) == ()


def test_the_shipped_limits_of_modes_are_named_as_unchecked_and_warn_sooner() -> None:
    moved = [(rule, kind) for rule in RULES.values() for kind in ModeKind if rule.differs_in(kind)]
    assert {rule.modes_basis_mark.label_zh for rule, _ in moved} == {"默认值, 未核"}
    assert all(rule.modes_basis.zh and rule.modes_basis.en for rule, _ in moved)
    for rule, kind in moved:
        sign = 1 if rule.direction is Direction.HIGH else -1
        pairs = zip(rule.limits_in(kind), rule.limits, strict=True)
        assert all(sign * there.value <= sign * own.value for there, own in pairs), rule.code


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("blue=3 blau=4", "limits_emergency: 'blau' is no level; write level=value"),
        ("blue=", "limits_emergency: blue has no value"),
        ("blue=x", "limits_emergency: blue: 'x' is not a number"),
        ("red=20", "limits_emergency: red: 20 is not above orange, 27"),
        ("orange=35", "limits_emergency: hysteresis: 5 is not smaller"),
        ("blue=2", "limits_emergency: hysteresis: blue could never end"),
        ("blue=900", "limits_emergency: blue: 900 is not from"),
    ],
)
def test_limits_of_a_mode_that_cannot_be_are_refused(cells: str, said: str) -> None:
    faults = refused(DEPTH, limits_emergency=cells)
    assert any(said in fault for fault in faults), faults


def test_limits_of_a_level_that_has_none_and_of_silence_are_refused() -> None:
    assert "blue has no limit of its own" in refused(RULES["cover_tilt"], limits_event="blue=3")[0]
    assert "only limits of a metric's values" in refused(RULES["device_silent"], limits_event="blue=3")[0]


def refused(rule: AlarmRule, **cells: str) -> Sequence[str]:
    faults = read_rule(to_row(rule) | cells, DECLARED)[1]
    return [f"{bad.column}: {bad.reason}; {bad.remedy}" for bad in faults]


@given(st.data())
def test_no_reading_that_any_mode_would_warn_of_goes_untouched(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from([one for one in RULES.values() if one.in_modes]))
    metric, kind = METRICS[rule.metric], data.draw(st.sampled_from(ModeKind))
    value = data.draw(st.floats(metric.valid_min, metric.valid_max))
    limit = touch_limit(rule, METRICS)
    assert limit is not None
    track, _ = advance(begin(), condition_of(rule, metric, kind=kind), START, value)
    assert track.is_at_rest or (value >= limit if rule.direction is Direction.HIGH else value <= limit)
