"""The job `watch`: a turn judges all devices by the database's clock, says what has changed, and counts it."""

import pytest
from structlog.testing import capture_logs

from cityops.jobs import devices
from cityops.store.engine import connect
from factories.world import World


def states(world: World) -> dict[str, str]:
    """Return the state of each device by its code."""
    rows = world.connection.execute(
        "SELECT code, state FROM device JOIN device_state ON device_id = device.id"
    ).fetchall()
    return {str(code): str(state) for code, state in rows}


def counted(before: str, after: str) -> float:
    return float(devices.transitions.labels(before, after)._value.get())


def test_it_looks_every_ten_seconds_unless_asked_otherwise() -> None:
    assert [(job.name, job.every_s) for job in (devices.watch(), devices.watch(0.2))] == [
        ("watch", 10.0),
        ("watch", 0.2),
    ]


def test_a_turn_writes_tells_and_counts_what_has_changed_once(world: World) -> None:
    for code in ("WL-1", "WL-2", "WL-3"):
        world.device(code)
    for code, seconds in (("WL-1", 0), ("WL-2", 86_400)):
        world.says(code, "water_depth", 1, world.ago(seconds), received_at=world.ago(seconds))
    turn, before = devices.watch().turn, [counted("never", after) for after in ("online", "silent")]
    with capture_logs() as logs:
        turn(world.connection)
        turn(world.connection)  # nothing new: nothing is told
    assert states(world) == {"WL-1": "online", "WL-2": "silent", "WL-3": "never"}
    [told] = logs
    assert told == {
        "event": "states changed",
        "log_level": "info",
        "never_to_online": 1,
        "never_to_silent": 1,
    }
    after = [counted("never", state) for state in ("online", "silent")]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1]
    assert devices.newest_look._value.get() > 0


def test_while_an_older_version_leads_nothing_is_judged(world: World, migrated_database: str) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.now)
    looks = devices.looks._sum.get()
    with connect(migrated_database, "an older watch") as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(%s)", [0x6465_7669])
        devices.watch().turn(world.connection)
        assert states(world) == {"WL-1": "never"}
        assert devices.looks._sum.get() == looks
    devices.watch().turn(world.connection)
    assert states(world) == {"WL-1": "online"}


def test_an_empty_registry_is_no_trouble(world: World) -> None:
    with capture_logs() as logs:
        devices.watch().turn(world.connection)
    assert (logs, states(world)) == ([], {})


def test_what_the_database_refuses_is_raised_for_the_leader_to_try_again(world: World) -> None:
    world.connection.execute("ALTER TABLE device_transition RENAME TO gone")
    with pytest.raises(Exception, match="device_transition"):
        devices.watch().turn(world.connection)
