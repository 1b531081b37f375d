"""The migrations on a real TimescaleDB: from nothing to head, back and forth, and equal to the declared tables."""

import threading

import psycopg
import pytest
from sqlalchemy import text

from cityops.domain.events.acts import Act
from cityops.store.engine import connect, make_engine, writing
from cityops.store.schema import migrations, seed
from factories.desk import OPERATOR, Desk


def tables(url: str) -> set[str]:
    with connect(url, "test") as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


def test_an_empty_database_comes_to_head_and_equals_the_models(empty_database: str) -> None:
    assert migrations.current(empty_database) is None
    migrations.upgrade(empty_database)
    migrations.check(empty_database)
    with connect(empty_database, "test") as connection:
        rows = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables")
        assert {row[0] for row in rows} == {
            *("reading", "reading_rollup", "reading_rollup_hour", "reject", "device_transition", "audit"),
            "indicator_value",
        }


def test_down_and_up_again_ends_in_the_same_schema(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    before = tables(empty_database)
    migrations.downgrade(empty_database, "base")
    assert tables(empty_database) == {"alembic_version"}
    migrations.upgrade(empty_database)
    assert tables(empty_database) == before
    migrations.check(empty_database)


def test_chunks_of_the_rollups_have_room_for_updates_also_those_that_were_there_before(empty_database: str) -> None:
    def options() -> list[list[str] | None]:
        with connect(empty_database, "test") as connection:
            rows = connection.execute(
                "SELECT reloptions FROM pg_class WHERE oid = ANY(SELECT show_chunks('reading_rollup')::oid)"
            )
            return [row[0] for row in rows]

    def add(day: str) -> None:
        with connect(empty_database, "test") as connection:
            connection.execute("INSERT INTO reading_rollup VALUES (%s, 1, 1, 1, 1, 1, 1)", [day])

    migrations.upgrade(empty_database)
    migrations.downgrade(empty_database, "2026_11_24_reject_item")
    add("2026-01-01")
    assert options() == [None]
    migrations.upgrade(empty_database)
    add("2026-06-01")
    assert options() == [["fillfactor=50"], ["fillfactor=50"]]


def test_two_at_once_do_no_harm(empty_database: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrations.upgrade(empty_database)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    migrations.check(empty_database)


def test_a_migration_gives_way_to_a_lock_instead_of_queueing_the_ingest_behind_it(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    with connect(empty_database, "holder") as holder, holder.transaction():
        holder.execute("LOCK TABLE event_history")
        with pytest.raises(Exception, match="lock timeout"):
            migrations.downgrade(empty_database, "base")
    migrations.upgrade(empty_database)  # takes up again where the lock stopped it
    migrations.check(empty_database)


def test_reference_data_are_added_once_and_what_an_operator_changed_stays(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    engine = make_engine(empty_database)
    with writing(engine) as connection:
        assert seed.load(connection)["region"] == 188
        connection.execute(text("UPDATE metric SET valid_max = 400 WHERE code = 'water_depth'"))
    with writing(engine) as connection:
        assert sum(seed.load(connection).values()) == 0
        widened = connection.execute(text("SELECT valid_max FROM metric WHERE code = 'water_depth'")).scalar_one()
    engine.dispose()
    assert widened == 400


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_history SET status = 'x'",
        "DELETE FROM event_history",
        "UPDATE event_act SET text = 'x'",
        "DELETE FROM event_act",
        "TRUNCATE event_act",
    ],
)
def test_the_history_of_an_event_cannot_be_rewritten(statement: str, database: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        database.execute(statement)


def test_logins_are_folded_and_two_alike_are_named(empty_database: str) -> None:
    def logins() -> list[str]:
        with connect(empty_database, "test") as connection:
            return [row[0] for row in connection.execute("SELECT login FROM account ORDER BY login")]

    def statement(sql: str) -> None:
        with connect(empty_database, "test") as connection:
            connection.execute(sql)

    migrations.upgrade(empty_database)
    migrations.downgrade(empty_database, "2026_11_24_reject_refusals")
    statement(
        "INSERT INTO account (login, display_name, password_hash, role, scope_kind)"
        " SELECT login, 'x', 'x', 'analyst', 'city' FROM unnest(ARRAY['Leader', 'leader', 'Wang']) AS login"
    )
    with pytest.raises(RuntimeError, match="differ by case alone"):
        migrations.upgrade(empty_database)
    assert sorted(logins()) == ["Leader", "Wang", "leader"]
    statement("UPDATE account SET login = 'other' WHERE login = 'leader'")
    migrations.upgrade(empty_database)
    assert logins() == ["leader", "other", "wang"]


def test_cases_of_our_own_go_with_their_files_and_those_of_sources_stay(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    engine = make_engine(empty_database)
    with writing(engine) as connection:
        seed.load(connection)
    desk = Desk(engine, standard="road_ponding-deep")
    parent = desk.fed_back()
    desk.report()
    desk.act(OPERATOR, Act.ATTACH, into=parent)
    with connect(empty_database, "test") as connection:
        connection.execute(
            "INSERT INTO event (source_system_code, external_id, sequence, class_code, severity, status, title,"
            " region_code, occurred_at, status_at, received_at)"
            " SELECT (SELECT min(code) FROM source_system WHERE carries = 'events'), 'A-1', 1, class_code, severity,"
            " status, title, region_code, occurred_at, status_at, received_at FROM event LIMIT 1"
        )
    migrations.downgrade(empty_database, "2026_11_27_evidence")
    with connect(empty_database, "test") as connection:
        assert connection.execute("SELECT external_id FROM event").fetchall() == [("A-1",)]
        assert connection.execute("SELECT count(*) FROM event_evidence").fetchone() == (0,)
    migrations.upgrade(empty_database)
    migrations.check(empty_database)
    engine.dispose()
