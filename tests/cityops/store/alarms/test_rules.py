"""Alarm rules in the store: shipped ones once, a set in the place of another, every version kept."""

from dataclasses import replace
from datetime import timedelta

from cityops import reference
from cityops.store.alarms import rules
from cityops.store.engine import WriteConnection


def test_the_shipped_rules_come_back_as_they_were(writer: WriteConnection) -> None:
    shipped = {rule.code: replace(rule, version=1) for rule in reference.alarm_rules()}
    assert {rule.code: rule for rule in rules.in_force(writer)} == shipped


def test_a_rule_that_differs_gets_the_next_version_and_the_former_is_kept(writer: WriteConnection) -> None:
    before = list(reference.alarm_rules())
    slower = replace(before[0], on_delay=timedelta(seconds=180))
    made = rules.set_all(writer, [slower, *before[1:]], "liu")
    assert (made.added, made.changed, made.retired) == ((), (slower.code,), ())
    assert {rule.code: rule.version for rule in rules.in_force(writer)}[slower.code] == 2
    newest, first = rules.versions(writer, slower.code)
    assert (newest.rule.on_delay, newest.set_by, newest.until) == (timedelta(seconds=180), "liu", None)
    assert (first.rule.on_delay, first.set_by, first.until) == (before[0].on_delay, rules.SHIPPED, newest.since)
    assert rules.one(writer, slower.code, 1) == first.rule


def test_a_retired_rule_is_kept_and_not_shipped_again(writer: WriteConnection) -> None:
    shipped = reference.alarm_rules()
    assert rules.set_all(writer, shipped[1:], "liu").retired == (shipped[0].code,)
    assert rules.add_shipped(writer, shipped) == 0
    assert shipped[0].code not in {rule.code for rule in rules.in_force(writer)}
    assert rules.set_all(writer, shipped, "liu").added == (shipped[0].code,)
    assert [kept.rule.version for kept in rules.versions(writer, shipped[0].code)] == [2, 1]
    newest = {kept.rule.code: kept.rule.version for kept in rules.versions(writer)}
    assert newest == {rule.code: 1 for rule in shipped} | {shipped[0].code: 2}


def test_the_same_set_again_changes_nothing(writer: WriteConnection) -> None:
    before = rules.stamp(writer)
    made = rules.set_all(writer, reference.alarm_rules(), "liu")
    assert (made.added, made.changed, made.retired) == ((), (), ())
    assert rules.stamp(writer) == before


def test_the_stamp_moves_when_a_rule_is_retired(writer: WriteConnection) -> None:
    before = rules.stamp(writer)
    rules.set_all(writer, reference.alarm_rules()[1:], "liu")
    after = rules.stamp(writer)
    assert before is not None
    assert after is not None
    assert after > before
