"""Files whose database fails: before the first row they are refused, after it nobody takes them for whole."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import httpx
import psycopg
import pytest

from cityops.api.files import columnar
from cityops.api.files.offered import FileFormat
from cityops.api.routes.exports import readings
from cityops.store.engine import connect
from factories.world import World

STREAMED = [form for form in FileFormat if form is not FileFormat.XLSX]
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'cityops' AND query LIKE '%COPY%'"
)
_NEWEST = """
SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
WHERE hypertable_name = 'reading' ORDER BY range_end DESC LIMIT 1
"""


@pytest.fixture
def old_and_new(world: World) -> World:
    """Give a device with a reading of three days ago and one of now, which lie in two chunks."""
    world.device("WL-1")
    for seconds in (3 * 86_400, 1):
        world.says("WL-1", "water_depth", 1 / 3, world.ago(seconds))
    return world


@contextmanager
def newest_held(database_url: str) -> Iterator[psycopg.Connection]:
    """Hold the newest chunk of readings, so that whoever would read it waits; give a connection beside that."""
    with connect(database_url, "holder") as holder, holder.transaction(), connect(database_url, "cutter") as cutter:
        [chunk] = holder.execute(_NEWEST).fetchone() or ("",)
        holder.execute(f"LOCK TABLE {chunk} IN ACCESS EXCLUSIVE MODE")
        yield cutter


# psycopg warns of the cursor that it could not close because the connection was gone
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", STREAMED)
def test_readings_that_break_off_are_not_taken_for_whole(
    old_and_new: World, api: httpx.Client, migrated_database: str, monkeypatch: pytest.MonkeyPatch, form: FileFormat
) -> None:
    monkeypatch.setattr(columnar, "ROWS_PER_GROUP", 1)
    asked = {"start": old_and_new.ago(4 * 86_400).isoformat(), "format": form}
    with (
        newest_held(migrated_database) as cutter,
        api.stream("GET", "/api/v1/export/readings", params=asked) as answer,
    ):
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        assert next(pieces)
        assert cutter.execute(CUT).fetchall() == [(True,)]
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            list(pieces)
    gc.collect()


@pytest.mark.parametrize("form", list(FileFormat))
def test_readings_that_cannot_be_read_in_time_are_refused_for_now(
    old_and_new: World, api: httpx.Client, migrated_database: str, monkeypatch: pytest.MonkeyPatch, form: FileFormat
) -> None:
    monkeypatch.setattr(readings, "LONGEST_S", 0.1)
    ask = partial(api.get, "/api/v1/export/readings", params={"format": form})
    with newest_held(migrated_database):
        answer = ask()
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert "shorter period" in answer.json()["detail"]
    assert ask(params={"format": form, "start": (old_and_new.now - timedelta(hours=1)).isoformat()}).is_success
