"""The job `maintain`: a turn does each part, tells of it and of what needs attention, and has old keys forgotten."""

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.grants import Holder
from cityops.domain.retention import Retention
from cityops.errors import CityopsError
from cityops.jobs.maintenance import maintain
from cityops.local.broker import Broker
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto import senders
from cityops.services import credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import connect, writing
from cityops.store.upkeep import retention
from cityops.store.upkeep.maintenance import exclusively
from factories.acts import BOSS, NO_BROKER
from factories.world import World

KEEP = Retention()


def test_a_turn_without_a_broker_does_each_part_and_tells_of_it(world: World, engine: Engine) -> None:
    device = world.device("WL-1")
    for days in (500, 0.1):
        world.says(device, "water_depth", 1, world.ago(days * 86_400))
    job = maintain(engine, "", KEEP)
    assert (job.name, job.every_s, maintain(engine, "", KEEP, 60).every_s) == ("maintain", 3600.0, 60)
    with capture_logs() as logs:
        job.turn(world.connection)
    results = {one["event"]: one["result"] for one in logs if "result" in one}
    assert results["hour and day rollups"] == "2 hours and 2 days made"
    assert results["readings"].startswith("1 chunks with 1 rows dropped")
    assert {one["log_level"] for one in logs if one.get("result") and not one["problem"]} == {"info"}
    assert world.connection.execute("SELECT count(*) FROM reading").fetchone() == (1,)


def test_a_part_that_cannot_be_done_is_a_warning_and_the_others_are_done(
    world: World, engine: Engine, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(retention, "_ATTEMPTS", 1)
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(500 * 86_400))
    with connect(migrated_database, "a long question") as other, other.transaction():
        other.execute("SELECT count(*) FROM reading")
        with capture_logs() as logs:
            maintain(engine, "", KEEP).turn(world.connection)
    problems = {one["event"] for one in logs if one["log_level"] == "warning" and one.get("problem")}
    done = {one["event"] for one in logs if "result" in one and not one["problem"]}
    assert "readings" in problems
    assert {"hour and day rollups", "rejects", "audit"} <= done


def test_dead_rows_are_told_as_an_attention(world: World, engine: Engine) -> None:
    world.connection.execute("CREATE TABLE worn (v int) WITH (autovacuum_enabled = false)")
    world.connection.execute("INSERT INTO worn SELECT generate_series(1, 20000)")
    world.connection.execute("DELETE FROM worn")
    world.connection.execute("SELECT pg_stat_force_next_flush()")
    with capture_logs() as logs:
        maintain(engine, "", KEEP).turn(world.connection)
    told = [one for one in logs if one["event"] == "attention"]
    assert {one["log_level"] for one in told} == {"warning"}
    assert any(one["concern"].startswith("worn has 20,000 dead rows") for one in told)


def test_keys_that_are_over_are_forgotten_at_the_broker_and_counted_once(
    world: World, engine: Engine, guarded: Broker
) -> None:
    broker = guarded.admin_url
    subject = Subject("air", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"eco-air"})))
    with writing(engine) as writer:
        good, over = (credentials.give(writer, BOSS, Holder.KEY, subject, broker=broker).id for _ in range(2))
        credentials.revoke(writer, BOSS, over, [CredentialKind.KEY], "")
    job = maintain(engine, broker, KEEP)
    with capture_logs() as logs:
        job.turn(world.connection)
        job.turn(world.connection)
    assert senders.admitted(broker) == [good]
    assert [one["keys"] for one in logs if one["event"].startswith("keys that were revoked")] == [1]


def test_what_is_in_the_way_is_raised_for_the_leader_to_try_again(
    world: World, engine: Engine, migrated_database: str
) -> None:
    with pytest.raises(BrokerControlError, match="could not be told"):
        maintain(engine, NO_BROKER, KEEP).turn(world.connection)
    with (
        connect(migrated_database, "cityops backup") as other,
        exclusively(other),
        pytest.raises(CityopsError, match="`cityops backup` is running already"),
    ):
        maintain(engine, "", KEEP).turn(world.connection)
