"""The embedded database: really TimescaleDB on its own libraries, and whole again after a crash."""

from pathlib import Path

import psycopg
import pytest

from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.database import Database


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM t").fetchone() or (0,)
        return int(count)


def test_fresh_database_has_a_working_hypertable(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE t (ts timestamptz NOT NULL, v int)")
        connection.execute("SELECT create_hypertable('t', 'ts')")
        connection.execute("INSERT INTO t SELECT now() - i * interval '1 day', i FROM generate_series(1, 20) i")
        rows = connection.execute("SELECT time_bucket('7 days', ts), sum(v) FROM t GROUP BY 1").fetchall()
        assert sum(total for _, total in rows) == 210


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("timescaledb.license", "apache"),
        ("timescaledb.telemetry_level", "off"),
        ("timezone", "UTC"),
        ("listen_addresses", "127.0.0.1"),
    ],
)
def test_settings_that_promises_rest_on(empty_database: str, setting: str, value: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT current_setting(%s)", [setting]).fetchone() == (value,)


def test_committed_rows_survive_kill_and_the_port_stays(own_database: Database) -> None:
    url = own_database.url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t (v int)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 1000)")
    interrupted = psycopg.connect(url)
    interrupted.execute("INSERT INTO t SELECT generate_series(1, 1000)")
    own_database.kill()  # before the second thousand is committed
    interrupted.close()
    own_database.start()
    assert own_database.url == url
    assert _count(url) == 1000


def test_every_library_comes_from_the_prepared_folder(own_database: Database) -> None:
    assert own_database.process is not None
    mapped = Path(f"/proc/{own_database.process.pid}/maps").read_text().splitlines()
    libraries = {Path(line.split()[-1]) for line in mapped if ".so" in line}
    assert any(library.name.startswith("timescaledb") for library in libraries)
    assert [library for library in libraries if not library.is_relative_to(own_database.binaries.root)] == []


def test_second_start_names_the_process_in_the_way(
    own_database: Database, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops.local.database.LEAVING_SECONDS", 0.1)
    assert own_database.process is not None
    second = Database(binaries, own_database.instance)
    with pytest.raises(CityopsError, match=rf"process {own_database.process.pid}\b.*kill -INT"):
        second.start()


def test_lock_file_whose_number_now_is_another_process_does_not_block(own_database: Database) -> None:
    own_database.kill()
    lock = own_database.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join(["1", *lines[1:]]) + "\n")  # process 1 always lives, and is not PostgreSQL
    own_database.start()
    assert own_database.process is not None


def test_password_is_needed_and_unreadable_to_others(own_database: Database) -> None:
    wrong = own_database.url.replace(f":{(own_database.instance / 'password').read_text()}@", ":guess@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert (own_database.instance / "password").stat().st_mode & 0o077 == 0
