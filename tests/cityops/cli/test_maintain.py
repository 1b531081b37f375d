"""The verb `cityops maintain`: says what it does, how old the data are, and what the disk holds."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.local.broker import Broker
from cityops.mqtt.mosquitto import senders
from cityops.settings import settings
from cityops.store.engine import connect
from cityops.store.upkeep import retention
from factories.verbs import run, sentence
from factories.world import World


@pytest.fixture
def world(database_url: str, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a world with one old reading and a new one, whose database the verb finds."""
    monkeypatch.setenv("CITYOPS_DATABASE_URL", database_url)
    settings.cache_clear()
    world = World(database)
    for days in (500, 0.1):
        world.says("WL-1", "water_depth", 1, world.ago(days * 86_400))
    yield world
    settings.cache_clear()


def test_it_drops_and_says_so(world: World) -> None:
    preview = CliRunner().invoke(app, ["maintain", "--dry-run"])
    assert preview.exit_code == 0
    assert "readings: 1 chunks to drop" in preview.output
    assert "nothing was changed" in preview.output
    done = CliRunner().invoke(app, ["maintain"])
    assert done.exit_code == 0
    assert "hour and day rollups: 2 hours and 2 days made" in done.output
    assert "readings: 1 chunks with 1 rows dropped" in done.output
    assert "the newest 8," in done.output  # 0.1 days are 8,640 s
    assert "disk free" in done.output
    assert world.connection.execute("SELECT count(*) FROM reading").fetchone() == (1,)


def test_dead_rows_are_an_attention(world: World) -> None:
    world.connection.execute("CREATE TABLE worn (v int) WITH (autovacuum_enabled = false)")
    world.connection.execute("INSERT INTO worn SELECT generate_series(1, 20000)")
    world.connection.execute("DELETE FROM worn")
    world.connection.execute("SELECT pg_stat_force_next_flush()")
    done = CliRunner().invoke(app, ["maintain"])
    assert "attention: worn has 20,000 dead rows" in done.output


def test_a_table_that_outgrows_the_readings_is_named_beside_the_forecast(world: World) -> None:
    world.connection.execute(
        """
        INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,
                            payload_bytes, fingerprint)
        SELECT now(), 'readings', 'water-logging', 't', 0, 'bad_json', '', uuid_send(gen_random_uuid()), 16,
               uuid_send(gen_random_uuid())
        FROM generate_series(1, 20000)
        """
    )
    world.says("WL-1", "water_depth", 1, world.ago(7 * 3600))  # in a chunk that is over, which the forecast counts
    done = CliRunner().invoke(app, ["maintain", "--dry-run"])
    assert re.search(r"full in [\d,]+ days by the growth of readings alone, if nothing is dropped", done.output)
    assert re.search(r"largest tables: reject \d[\d.]* MB, ", done.output)


def test_an_empty_store_says_that_there_are_no_readings_yet(migrated_database: str) -> None:
    done = run("maintain", database_url=migrated_database)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no readings yet" in done.stderr
    assert "0 hours and 0 days made" in done.stderr


def test_a_part_that_could_not_be_done_is_told_and_ends_with_1(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(retention, "_ATTEMPTS", 1)
    with connect(database_url, "a long question") as other, other.transaction():
        other.execute("SELECT count(*) FROM reading")
        done = run("maintain", database_url=database_url)
    assert done.exit_code == 1
    assert re.search(r"in use by process \d+ of the database \(a long question\)", done.stderr)
    assert "hour and day rollups: 2 hours and 2 days made" in done.stderr  # the others are done
    assert run("maintain", database_url=database_url).exit_code == 0


def test_keys_that_are_over_are_ended_at_the_broker_but_not_to_try(migrated_database: str, guarded: Broker) -> None:
    create = ("keys", "create", "gauges", "--role", "source_system", "--source", "eco-air")
    given: dict[str, Any] = {"database_url": migrated_database, "mqtt_admin_url": guarded.admin_url}
    identifier = run(*create, **given).stdout.split("_")[1]
    run("keys", "revoke", identifier, database_url=migrated_database)
    assert "keys that were revoked" not in run("maintain", "--dry-run", **given).stderr
    assert senders.admitted(guarded.admin_url) == [identifier]
    assert "broker: 1 keys that were revoked or have run out are let in no more" in run("maintain", **given).stderr
    assert senders.admitted(guarded.admin_url) == []
    assert "keys that were revoked" not in run("maintain", **given).stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--audit-days", "179"), "180"),
        (("--readings-days", "400", "--rollups-days", "399"), "rollups"),
        (("--every", "0.5"), "--every"),
    ],
)
def test_what_must_not_be_is_refused_before_anything_is_dropped(options: tuple[str, ...], told: str) -> None:
    done = run("maintain", *options)
    assert done.exit_code != 0
    assert told in sentence(done)
    assert "CITYOPS_DATABASE_URL" not in sentence(done)
