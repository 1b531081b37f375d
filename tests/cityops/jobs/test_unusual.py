"""Rules on indicators: a district that leaves what is usual for long enough is an alarm, until it is back."""

from datetime import datetime, timedelta

import pytest

from cityops.store.alarms.in_force import rules
from factories.alarms import journal, rows, rule, turn, without_rules
from factories.world import World

MINUTES = timedelta(minutes=1)


@pytest.fixture
def city(world: World) -> World:
    """Give a city under a rule on slow traffic: five deviations below for fifteen minutes, red from ten on."""
    without_rules(world.connection)
    limits = {"blue": "5", "yellow": "", "orange": "", "red": "10", "hysteresis": "1", "on_delay_s": "900"}
    rule(
        world.connection,
        "slow",
        subject="indicator",
        metric="traffic_speed",
        condition="deviation",
        direction="low",
        **limits,
    )
    turn(world)
    return world


def stands(world: World, deviations: float, at: datetime, region: str = "440106") -> None:
    """Tell how a region stands, as the job of baselines does."""
    world.connection.execute(
        "INSERT INTO baseline_standing SELECT metric.id, region.id, %s, %s FROM metric, region"
        " WHERE metric.code = 'traffic_speed' AND region.code = %s"
        " ON CONFLICT (metric_id, region_id) DO UPDATE SET ts = excluded.ts, deviations = excluded.deviations",
        [at, deviations, region],
    )


def test_what_is_far_below_the_usual_for_so_long_is_an_alarm_until_it_is_back(city: World) -> None:
    for ago in (30, 26):
        stands(city, -6.5, city.now - ago * MINUTES)
        stands(city, -30, city.now - ago * MINUTES, region="440106001")
        stands(city, 30, city.now - ago * MINUTES, region="440105")
        turn(city)
        assert rows(city.connection, "id") == []
    stands(city, -6.5, city.now - 20 * MINUTES)
    turn(city)
    columns = ("rule_code", "region_code", "level", "value_raised", "onset", "cleared_at", "metric")
    assert rows(city.connection, *columns) == [("slow", "440106", 1, 6.5, city.now - 15 * MINUTES, None, None)]
    stands(city, -4.5, city.now - 10 * MINUTES)  # within the hysteresis
    turn(city)
    assert rows(city.connection, "cleared_at") == [(None,)]
    stands(city, 0.5, city.now - 5 * MINUTES)
    turn(city)
    assert [one[0] for one in journal(city.connection)] == ["raised", "cleared"]


def test_where_nothing_more_is_told_no_delay_runs_out(city: World) -> None:
    stands(city, -12, city.now - 40 * MINUTES)
    for _ in range(2):
        turn(city)
    assert rows(city.connection, "id") == []
    stands(city, -12, city.now - MINUTES)
    turn(city)
    assert rows(city.connection, "level", "cleared_at") == [(4, None)]


def test_the_shipped_example_is_blue_and_says_what_is_to_be_done(world: World) -> None:
    [one] = [one for one in rules(world.connection) if one.condition == "deviation"]
    assert [(limit.level.name, limit.priority) for limit in one.limits] == [("BLUE", 3)]
    assert all((one.rationale.cause.zh, one.rationale.response.en, one.rationale.priority_reason.zh))
