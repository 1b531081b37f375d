"""The job `packs`: a day's pack is made by itself, once, also where the API comes after the job."""

from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.exports.packs import due
from cityops.errors import CityopsError
from cityops.jobs import packs
from cityops.local.processes import free_ports
from cityops.services.indicators import packs as kept
from factories.world import World
from fixtures.api import token_of
from fixtures.web import serving

KEY = Subject("packs", Role.ANALYST, WHOLE_CITY)


def sent(connection: psycopg.Connection) -> int:
    """Return how many times the audit says that a file went out to the key of packs."""
    row = connection.execute(
        "SELECT count(*) FROM audit WHERE (subject, action) = ('packs', 'export:read')"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_pack_is_made_once_the_api_answers_and_then_left_alone(
    world: World, app: FastAPI, migrated_database: str, tmp_path: Path
) -> None:
    [port] = free_ports(1)
    folder = tmp_path / "packs"
    job = packs.packs(folder, f"http://127.0.0.1:{port}", token_of(migrated_database, KEY))
    job.turn(world.connection)
    assert kept.packs(folder) == []
    with serving(app, port):
        job.turn(world.connection)
        [pack] = kept.packs(folder)
        assert (pack.day, pack.bytes > 0) == (due(utc_now()), True)
        told = sent(world.connection)
        assert told
        job.turn(world.connection)
    assert (kept.packs(folder), sent(world.connection)) == ([pack], told)


def test_what_the_api_or_the_folder_refuses_is_a_failure_of_the_job(
    world: World, api_url: str, migrated_database: str, tmp_path: Path
) -> None:
    with pytest.raises(CityopsError, match="The credential is not known"):
        packs.packs(tmp_path, api_url, "key_none_none").turn(world.connection)
    (file := tmp_path / "file").touch()
    with pytest.raises(CityopsError, match=r"file: .*make room"):
        packs.packs(file, api_url, token_of(migrated_database, KEY)).turn(world.connection)
