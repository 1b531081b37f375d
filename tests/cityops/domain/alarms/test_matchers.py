"""Matchers and inhibition: what is meant by labels, and written as it is read."""

import pytest

from cityops.domain.alarms.matchers import MatcherError, inhibitions, loop, matchers

FLOOD = {"rule": "water_depth", "class": "flood", "level": "red", "district": "440106"}
SILENT = {"rule": "device_silent", "class": "health", "level": "blue", "district": "440106"}


def test_all_matchers_of_one_side_must_match() -> None:
    assert all(one.matches(FLOOD) for one in matchers("class=flood level=orange|red"))
    assert not all(one.matches(FLOOD) for one in matchers("class=flood level=blue"))
    assert not matchers("kind=gas")[0].matches(FLOOD)


def test_inhibition_wants_both_sides_and_equal_labels() -> None:
    [one] = inhibitions("level=red > rule=device_silent @ district")
    assert one.inhibits(FLOOD, SILENT)
    assert not one.inhibits(FLOOD | {"level": "orange"}, SILENT)
    assert not one.inhibits(FLOOD, SILENT | {"rule": "battery"})
    assert not one.inhibits(FLOOD, SILENT | {"district": "440103"})


def test_labels_that_neither_has_are_not_equal() -> None:
    [one] = inhibitions("> rule=device_silent @ street")
    assert not one.inhibits(FLOOD, SILENT)


def test_what_is_read_is_written_the_same() -> None:
    text = "level=orange|red > rule=device_silent @ district kind; > class=air"
    assert "; ".join(map(str, inhibitions(text))) == text


def test_what_cannot_be_read_says_what_would() -> None:
    with pytest.raises(MatcherError, match="write `label=value`"):
        matchers("class:flood")


def test_a_loop_is_found_wherever_it_begins() -> None:
    assert loop({"a": ["b"], "b": ["c", "d"], "d": ["b"]}) == ["b", "d", "b"]
    assert loop({"a": ["b", "c"], "b": ["c"], "c": []}) == []
