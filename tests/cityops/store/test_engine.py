"""Connections: a writer that rests in the middle of a batch holds nobody up; an address may name several servers."""

from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from cityops.errors import CityopsError
from cityops.local import Servers
from cityops.store import engine
from fixtures.servers import fresh_database


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://{login}@127.0.0.1:{dead},{alive}{path}?target_session_attrs=read-write",
        "postgresql://{login}@{path}?host=127.0.0.1,127.0.0.1&port={dead},{port}&target_session_attrs=read-write",
    ],
)
def test_of_several_servers_the_one_that_writes_is_found(empty_database: str, form: str) -> None:
    parts = urlsplit(empty_database)
    login, _, alive = parts.netloc.rpartition("@")
    address = form.format(login=login, alive=alive, port=parts.port, path=parts.path, dead=1)
    pooled = engine.make_engine(address)
    with pooled.connect() as connection:
        assert connection.execute(text("SELECT NOT pg_is_in_recovery()")).scalar_one()
    pooled.dispose()
    with engine.connect(address, "test") as plain:
        assert plain.info.port == parts.port


def test_an_address_that_nobody_understands_is_told_as_it_should_be() -> None:
    with pytest.raises(CityopsError, match="target_session_attrs=read-write"):
        engine.make_engine("postgresql://127.0.0.1/cityops?target=read-write")


def test_a_writer_that_rests_in_a_transaction_lets_go(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_DEAD_WRITER", "-c idle_in_transaction_session_timeout=200")
    with engine.connect(empty_database, "test") as other, engine.connect_writer(empty_database, "frozen") as frozen:
        other.execute("CREATE TABLE counted (n int)")
        other.execute("INSERT INTO counted VALUES (1)")
        frozen.execute("BEGIN")
        frozen.execute("UPDATE counted SET n = 2")
        other.execute("UPDATE counted SET n = 3")  # waits until the other is gone
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.execute("UPDATE counted SET n = 4")
        assert other.execute("SELECT n FROM counted").fetchone() == (3,)


def test_either_side_notices_that_the_others_host_is_dead(empty_database: str) -> None:
    with engine.connect_writer(empty_database, "test") as connection:
        shown = [
            connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("tcp_keepalives_idle", "tcp_user_timeout", "idle_in_transaction_session_timeout", "TimeZone")
        ]
        assert shown == [("10",), ("20000",), ("1min",), ("UTC",)]
        assert connection.info.get_parameters()["tcp_user_timeout"] == "10000"


def test_a_writer_may_unpack_as_many_rows_as_late_readings_need(empty_database: str) -> None:
    name = "timescaledb.max_tuples_decompressed_per_dml_transaction"
    with engine.connect_writer(empty_database, "test") as connection:
        assert connection.execute("SELECT current_setting(%s, true)", [name]).fetchone() in {("0",), (None,)}


def test_a_writer_finds_its_way_into_a_database_without_timescaledb(servers: Servers) -> None:
    with fresh_database(servers) as url, engine.connect_writer(url, "test") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
