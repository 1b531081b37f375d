"""Files of alarm rules: the shipped one, what is refused with line, column, reason and remedy, and loops."""

import csv
import io
from collections.abc import Sequence

import pytest

from cityops import reference
from cityops.domain.alarms.rule_rows import COLUMNS, RATIONALE, Declared, read_rule, to_row
from cityops.domain.alarms.rule_sets import RuleSet, edges, read_set
from cityops.domain.alarms.rules import AlarmRule, BasisMark, ConditionKind, RuleClass, RuleSubject
from cityops.domain.metrics import Direction, WarningLevel

DECLARED = Declared(
    {metric.code: metric for metric in reference.metrics()},
    frozenset(kind.code for kind in reference.device_kinds()),
    frozenset(region.code for region in reference.regions()),
    frozenset(row["code"] for row in reference.rows("source_systems")),
)
TEXTS = {f"{name}_{language}": "因为" for name in RATIONALE for language in ("zh", "en")}
DEPTH = {
    "code": "depth",
    "name_zh": "积水",
    "name_en": "Water",
    "class": "flood",
    "subject": "metric",
    "metric": "water_depth",
    "condition": "threshold",
    "yellow": "15",
    "red": "40",
    "hysteresis": "3",
    "priority": "2",
    "off_delay_s": "60",
    "basis_mark": "default",
}
SILENT = {
    **{name: DEPTH[name] for name in ("name_zh", "name_en", "basis_mark")},
    "code": "silent",
    "class": "health",
    "subject": "device_state",
    "condition": "no_data",
    "blue": "6",
    "priority": "3",
}
SHARE = SILENT | {"code": "outage", "subject": "share", "share_of": "silent", "condition": "share", "blue": "50"}


def judged(*rows: dict[str, str]) -> RuleSet:
    output = io.StringIO()
    writer = csv.DictWriter(output, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return read_set(output.getvalue().splitlines(keepends=True), DECLARED)


def told(*rows: dict[str, str]) -> list[str]:
    return [str(fault) for fault in judged(*rows).faults]


def test_the_shipped_rules_are_sound() -> None:
    text = (reference._FOLDER / "alarm_rules.csv").read_text(encoding="utf-8")
    found = read_set(text.splitlines(keepends=True), DECLARED)
    assert found.faults == ()
    assert len(found.rules) == 28


def test_each_metric_that_warns_has_a_shipped_rule_with_its_very_limits() -> None:
    rules = {rule.metric: rule for rule in reference.alarm_rules() if rule.as_metric}
    for metric in reference.metrics():
        limits = {name: getattr(metric, name) for name in ("blue", "yellow", "orange", "red")}
        used = {name: value for name, value in limits.items() if value is not None}
        if not used or metric.direction is Direction.NONE:
            assert metric.code not in rules
            continue
        rule = rules[metric.code]
        assert {limit.level.name.lower(): limit.value for limit in rule.limits} == used
        assert (rule.direction, rule.basis.zh, rule.is_health) == (metric.direction, metric.basis_zh, metric.health)


def test_few_of_the_shipped_limits_are_urgent() -> None:
    """ISA-18.2 wants 80, 15 and 5 of 100 alarms; limits are not alarms, but urgent ones are the graver and rarer."""
    limits = [limit for rule in reference.alarm_rules() for limit in rule.limits]
    shares = [sum(limit.priority == wanted for limit in limits) / len(limits) for wanted in (1, 2, 3)]
    assert shares[0] < 0.15
    assert shares[2] > 0.6
    assert {limit.level for limit in limits if limit.priority == 1} <= {WarningLevel.ORANGE, WarningLevel.RED}


def test_a_rule_becomes_cells_and_the_same_rule_again() -> None:
    for rule in reference.alarm_rules():
        assert read_rule(to_row(rule), DECLARED) == (rule, [])


def test_a_rule_says_what_its_cells_say() -> None:
    [rule] = judged(
        DEPTH | {"priority": "3 2", "latched_from": "red", "kinds": "waterlogging", "group_by": "class"}
    ).rules
    assert (rule.code, rule.rule_class, rule.subject) == ("depth", RuleClass.FLOOD, RuleSubject.METRIC)
    assert (rule.condition, rule.direction) == (ConditionKind.THRESHOLD, Direction.HIGH)
    assert [(limit.level.name, limit.value, limit.hysteresis) for limit in rule.limits] == [
        ("YELLOW", 15, 3),
        ("RED", 40, 3),
    ]
    assert [rule.priority_at(level) for level in (WarningLevel.BLUE, WarningLevel.ORANGE, WarningLevel.RED)] == [
        3,
        3,
        2,
    ]
    assert (rule.latches(WarningLevel.ORANGE), rule.latches(WarningLevel.RED)) == (False, True)
    assert rule.grouping.by == ("class",)
    assert (rule.basis_mark.label_zh, rule.version) == ("默认值, 未核", 0)
    assert BasisMark.READ.label_zh == BasisMark.READ.label_en == ""


def covers(rule: AlarmRule, kind: str, region: str = "440106001", source: str = "s", device: str = "D-1") -> bool:
    return rule.applies.covers(kind, region, source, device)


def test_a_rule_is_about_the_kinds_regions_sources_and_devices_it_names() -> None:
    [rule] = judged(DEPTH | {"kinds": "gas air", "regions": "440106 440103001", "devices": "D-*"}).rules
    assert covers(rule, "gas")
    assert not covers(rule, "noise")
    assert covers(rule, "air", "440103001")
    assert not covers(rule, "air", "440103002")
    assert not covers(rule, "air", device="E-1")


FAULTS = [
    ({"code": "Depth!"}, "code: 'Depth!' cannot be a rule's code; use up to 64"),
    ({"name_en": " "}, "name_en: empty or missing; fill it in"),
    ({"class": "water"}, "class: 'water' is none of its words; write one of flood, weather"),
    ({"metric": "depth"}, "metric: 'depth' is no declared metric"),
    ({"metric": ""}, "metric: empty or missing"),
    ({"kinds": "gas pond"}, "kinds: 'pond' is not a declared kind of device"),
    ({"regions": "4401061 440999"}, "regions: no region begins with '4401061'"),
    ({"sources": "mud"}, "sources: 'mud' is not a declared source system"),
    ({"subject": "indicator"}, "condition: threshold says nothing of an indicator; write deviation"),
    ({"subject": "indicator", "condition": "deviation", "kinds": "gas"}, "kinds: an indicator is of a region"),
    ({"subject": "indicator", "condition": "deviation", "yellow": "0.5"}, "yellow: 0.5 is not from 1 to 100"),
    ({"condition": "share"}, "condition: share says nothing of a metric; write threshold or rate or no_data"),
    ({"yellow": "40"}, "red: 40 is not above yellow, 40; put the levels in order"),
    ({"yellow": "", "red": ""}, "blue, yellow, orange, red: no level has a limit"),
    ({"red": "many"}, "red: 'many' is not a number"),
    ({"red": "900"}, "red: 900 is not from 0 to 300"),
    ({"red": "40.5"}, "red: 40.5 is finer than water_depth is judged, with 0 decimals; round it"),
    ({"hysteresis": "25"}, "hysteresis: 25 is not smaller than the 25 between yellow and red"),
    ({"hysteresis": "15 3"}, "hysteresis: yellow could never end: 15 less 15 is out of range"),
    ({"hysteresis": "1 2 3"}, "hysteresis: 3 numbers for 2 levels"),
    ({"hysteresis": "", "off_delay_s": ""}, "hysteresis, off_delay_s: a value at the limit would chatter"),
    ({"priority": "4"}, "priority: '4' is not a number from 1 to 3"),
    ({"priority": "2 3"}, "priority: red is less urgent than yellow"),
    ({"priority": "2.5"}, "priority: a priority is no whole number"),
    ({"priority": "1"}, "cause_zh: empty, and the rule has a limit of priority 1"),
    ({"on_delay_s": "-1"}, "on_delay_s: '-1' is not a number from 0 to 86400"),
    ({"window_s": "600"}, "window_s: a rate, and only a rate, has a window"),
    ({"condition": "rate"}, "window_s: a rate, and only a rate, has a window"),
    ({"from_value": "3"}, "from_value: only a rate is judged from a value on"),
    ({"share_of": "silent"}, "share_of: of a share, and only of one"),
    ({"metric": "river_velocity", "yellow": "2", "red": "6"}, "direction: the metric has no direction"),
    ({"limits_of": "metric"}, "blue: limits_of says metric, and water_depth has 5"),
    ({"limits_of": "me"}, "limits_of: 'me' has no limits to take"),
    ({"latched_from": "orange"}, "latched_from: orange has no limit"),
    ({"latched_from": "pink"}, "latched_from: 'pink' is no level"),
    ({"realarm_s": "5"}, "realarm_s: shorter than a minute"),
    ({"group_by": "place"}, "group_by: 'place' is not one of the labels"),
    ({"basis_mark": "sure"}, "basis_mark: 'sure' is none of its words; write one of read, cited, default"),
    ({"cause_zh": "x" * 501}, "cause_zh: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…' has control characters or more"),
    ({"inhibits": "rule=depth"}, "inhibits: 'rule=depth' inhibits nothing; write `[source] > target"),
    ({"inhibits": "> place=x"}, "inhibits: 'place' is no label"),
    ({"inhibits": "> rule=x|"}, "inhibits: 'rule=x|' has an empty value"),
    ({"inhibits": "> level"}, "inhibits: 'level' is no matcher"),
    ({"inhibits": "> rule=silent @ town"}, "inhibits: 'town' is no label"),
    ({"inhibits": "> rule=wind"}, "inhibits: there is no rule 'wind'"),
    ({"inhibits": "> class=gas"}, "inhibits: `> class=gas` meets no rule of this file"),
    ({"inhibits": "level=blue > rule=silent"}, "inhibits: `level=blue > rule=silent` never holds for this rule"),
]


@pytest.mark.parametrize(("change", "expected"), FAULTS, ids=[fault[1].partition(";")[0] for fault in FAULTS])
def test_a_fault_is_told_with_line_column_reason_and_remedy(change: dict[str, str], expected: str) -> None:
    found = told(SILENT, DEPTH | change)
    assert any(one.startswith(f"line 3, {change.get('code', 'depth')}: {expected}") for one in found), found


def test_all_faults_of_a_row_are_told_at_once() -> None:
    found = judged(DEPTH | {"metric": "depth", "priority": "9", "kinds": "pond", "basis_mark": ""}).faults
    assert {fault.column for fault in found} == {"basis_mark", "metric", "kinds", "priority"}


def test_texts_make_a_rule_of_the_highest_priority_sound() -> None:
    assert told(DEPTH | {"priority": "1"} | TEXTS) == []


LOW = DEPTH | {"code": "low", "metric": "voltage", "direction": "low", "yellow": "200", "red": "180"}


def test_a_limit_below_is_left_upwards() -> None:
    assert told(LOW) == []
    assert told(LOW | {"red": "210"}) == ["line 2, low: red: 210 is not below yellow, 200; put the levels in order"]
    assert told(LOW | {"yellow": "499"})[0].startswith("line 2, low: hysteresis: yellow could never end")


RATE = DEPTH | {"condition": "rate", "window_s": "600", "yellow": "5", "red": "15", "hysteresis": "1"}


def test_a_rate_has_a_window_and_may_begin_at_a_value() -> None:
    assert told(RATE, DEPTH | {"code": "other"}) == []
    assert told(RATE | {"from_value": "5"}) == []
    assert told(RATE | {"yellow": "0", "hysteresis": ""})[0].startswith(
        "line 2, depth: yellow: 0 is not from 0 to 300"
    )


def test_a_share_is_of_silence_or_of_another_rule_of_the_file() -> None:
    assert told(SHARE) == []
    assert told(DEPTH, SHARE | {"share_of": "depth"}) == []
    assert told(SHARE | {"share_of": "depth"}) == [
        "line 2, outage: share_of: there is no rule 'depth'; write silent or a rule of this file"
    ]
    assert "is of a share itself" in told(SHARE, SHARE | {"code": "more", "share_of": "outage"})[0]
    assert "100" in told(SHARE | {"blue": "101"})[0]


def test_no_data_may_be_of_a_single_metric_and_needs_nothing_against_chattering() -> None:
    silence = {"condition": "no_data", "yellow": "6", "red": "60", "hysteresis": "", "off_delay_s": ""}
    assert told(DEPTH | silence) == []


def test_no_data_has_no_hysteresis() -> None:
    assert "no data is over with the first reading" in told(SILENT | {"hysteresis": "1"})[0]


def test_a_loop_of_inhibition_is_refused_and_told() -> None:
    one = DEPTH | {"inhibits": "> rule=silent @ device"}
    assert told(one, SILENT) == []
    found = told(one, SILENT | {"inhibits": "> class=flood level=red @ device"})
    assert found == [
        "line 3, silent: inhibits: a loop: silent blue > depth red > silent blue;"
        " take one of them out: each would wait for the other to end"
    ]
    assert "a loop" in told(DEPTH | {"inhibits": "> rule=depth @ district"})[0]


def test_levels_of_one_rule_may_keep_lower_ones_quiet() -> None:
    rule = DEPTH | {"inhibits": "level=red > rule=depth level=yellow @ street"}
    assert told(rule) == []
    assert edges(judged(rule).rules) == {"depth:red": ["depth:yellow"]}


def test_the_same_code_twice_is_refused() -> None:
    assert told(DEPTH, SILENT, DEPTH) == ["line 4, depth: code: it stands in line 2 already; keep one of them"]


def lines(*texts: str) -> Sequence[str]:
    return [str(fault) for fault in read_set([f"{text}\n" for text in texts], DECLARED).faults]


def test_a_file_that_is_none_is_refused() -> None:
    assert lines(",".join(COLUMNS)) == [
        "line 1, ?: file: no rule stands in it; write one in each line after the first"
    ]
    assert "line 1, ?: code: the first line must name the columns" in lines("")[0]
    assert any("colour: no such column" in one for one in lines(f"{','.join(COLUMNS)},colour", "x"))
    assert any("metric: named twice" in one for one in lines(f"{','.join(COLUMNS)},metric", "x"))
    assert "row: it has 1 cells" in lines(",".join(COLUMNS), "depth")[0]
    assert "line 2, ?: file: it is no CSV from here on" in lines(",".join(COLUMNS), '"depth')[0]
