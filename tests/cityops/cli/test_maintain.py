"""The verb `cityops maintain`: says what it does, how old the data are, and what the disk holds."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.settings import settings
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
