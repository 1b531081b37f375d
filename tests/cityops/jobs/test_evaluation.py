"""Alarms end to end through the store equal a second, naive evaluation of the same readings, alarm by alarm."""

import random
from datetime import datetime, timedelta

import pytest

from cityops.domain.alarms.conditions import condition_of
from cityops.jobs.evaluation import ELAPSE_AFTER
from cityops.store.alarms import in_force, turns
from factories import naive_alarms
from factories.alarms import rule, says, turn, without_rules
from factories.world import World

COUNT = 400
HYSTERESIS = {"hysteresis": "2", "on_delay_s": "25", "off_delay_s": "45"}
RATE = {"condition": "rate", "window_s": "120", "blue": "10", "yellow": "20", "orange": "", "red": ""}


def walk(seed: int, start: datetime) -> list[tuple[datetime, float]]:
    """Return readings about every ten seconds that wander over and under the limits."""
    rng = random.Random(seed)
    found, at, value = [], start, 5.0
    for _ in range(COUNT):
        at += timedelta(seconds=rng.choice((5, 10, 10, 30)))
        value = min(60.0, max(0.0, value + rng.choice((-15, -4, 0, 0, 3, 8, 14))))
        found.append((at, value))
    return found


@pytest.mark.parametrize("cells", [{}, HYSTERESIS, RATE], ids=["plain", "delays", "rate"])
def test_alarms_equal_a_naive_evaluation(
    world: World, cells: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_SERIES", 2)  # several turns, as a flood takes
    without_rules(world.connection)
    rule(world.connection, **cells)
    turn(world)
    devices = [world.device(f"WL-{number}") for number in range(5)]
    walks = {device: walk(number, world.ago(86_000)) for number, device in enumerate(devices)}
    for device, readings in walks.items():
        for first in range(0, COUNT, 150):
            says(world, device, *readings[first : first + 150])
    turn(world)
    turn(world)
    [judged] = in_force.rules(world.connection)
    condition = condition_of(judged, in_force.metrics(world.connection)["water_depth"])
    changes = 0
    for device, readings in walks.items():
        told = naive_alarms.told(condition, readings, world.now - ELAPSE_AFTER)
        assert journal_of(world, device) == [(at, int(level)) for at, level in told]
        changes += len(told)
    assert changes > 20
    assert world.connection.execute("SELECT count(*) FROM alarm_hint").fetchone() == (0,)


def journal_of(world: World, device: str) -> list[tuple[datetime, int]]:
    """Return from when on the alarms of a device had which level, as the journal tells."""
    rows = world.connection.execute(
        """
        SELECT ts, CASE alarm_change.kind WHEN 'cleared' THEN 0 WHEN 'gone' THEN 0 ELSE alarm_change.level END
        FROM alarm_change JOIN alarm ON alarm.id = alarm_id JOIN device ON device.id = device_id
        WHERE code = %s AND ts IS NOT NULL ORDER BY alarm_change.id
        """,
        [device],
    )
    return [(row[0], row[1]) for row in rows.fetchall()]
