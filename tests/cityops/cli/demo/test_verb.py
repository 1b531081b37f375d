"""What the demo says of itself: which metrics have no fresh data yet, and what of the past stays empty."""

from datetime import timedelta
from typing import Any

import pytest

from cityops.cli.demo.verb import summary, what_is_filled
from cityops.clock import utc_now
from factories.world import World


def state(*metrics: tuple[str, str], as_of: str | None = None) -> dict[str, Any]:
    """Return the part of a state that the demo looks at, with these metrics and how fresh each is."""
    return {
        "metrics": [{"code": code, "freshness": freshness} for code, freshness in metrics],
        "as_of": as_of,
        "devices": {"fresh": 3, "expected": 5},
        "events": {"counts": {"open": 7}},
        "platform": {"stored": 10, "duplicate": 1, "rejected": 2},
    }


def test_every_metric_that_is_not_fresh_is_missing_in_the_order_expected() -> None:
    told = summary(state(("pm25", "fresh"), ("no2", "late"), ("o3", "silent")), ["o3", "pm25", "so2", "no2"])
    assert told["missing"] == ["o3", "so2", "no2"]
    assert (told["metrics"], told["devices_fresh"], told["devices_expected"], told["events_open"]) == (1, 3, 5, 7)
    assert (told["stored"], told["duplicate"], told["rejected"]) == (10, 1, 2)


def test_nothing_is_missing_where_all_are_fresh_and_a_metric_more_is_no_harm() -> None:
    assert summary(state(("pm25", "fresh"), ("o3", "fresh")), ["pm25"])["missing"] == []


def test_the_age_of_the_newest_is_told_where_there_is_one() -> None:
    assert summary(state(), [])["newest_age_s"] is None
    old = (utc_now() - timedelta(days=1)).isoformat()
    assert summary(state(as_of=old), [])["newest_age_s"] == pytest.approx(86_400, abs=600)


def test_a_demo_that_is_new_or_was_off_for_less_than_it_fills_says_what_it_fills(
    world: World, migrated_database: str
) -> None:
    filled = "the past: what is missing of the last 24 h is filled in, at the devices' own rhythm"
    assert what_is_filled(migrated_database, 24.0) == filled
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(20 * 3600))
    assert what_is_filled(migrated_database, 24.0) == filled
    assert "of the last 0.5 h" in what_is_filled(migrated_database, 0.5)


def test_one_that_was_off_for_longer_says_with_which_option_all_is_filled(
    world: World, migrated_database: str
) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(30.2 * 3600))
    world.says(world.device("WL-2"), "water_depth", 1, world.ago(300 * 3600))  # the newest of all counts
    told = what_is_filled(migrated_database, 24.0)
    assert told.endswith("; the demo was off for 30.2 h, and --history 31 fills all of it")
