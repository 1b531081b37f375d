"""The reference data in the database: all of it once, and never over what an operator has changed."""

import psycopg
import pytest
from sqlalchemy import text

from cityops import reference
from cityops.store.engine import WriteConnection
from cityops.store.schema import seed
from factories.world import World

EXPECTED = {
    "region": len(reference.regions()),
    "department": len(reference.rows("departments")),
    "source_system": len(reference.rows("source_systems")),
    "metric": len(reference.metrics()),
    "device_kind": len(reference.device_kinds()),
    "event_class": len(reference.rows("event_classes")),
    "case_standard": len(reference.case_standards()),
    "alarm_rule": len(reference.alarm_rules()),
}


def counts(connection: WriteConnection) -> dict[str, int]:
    return {table: int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in EXPECTED}


def test_a_prepared_database_holds_all_of_it(writer: WriteConnection) -> None:
    assert counts(writer) == EXPECTED


def test_loading_again_adds_nothing(writer: WriteConnection) -> None:
    assert seed.load(writer) == dict.fromkeys(EXPECTED, 0)
    assert counts(writer) == EXPECTED


def test_what_is_missing_is_added_and_counted_by_table(writer: WriteConnection) -> None:
    for gone in (
        "DELETE FROM case_standard WHERE class_code IN ('small_ads', 'billboard')",
        "DELETE FROM event_class WHERE group_code = 'advertising'",
        "DELETE FROM metric WHERE code = 'pm25'",
    ):
        writer.execute(text(gone))
    assert seed.load(writer) == dict.fromkeys(EXPECTED, 0) | {"event_class": 2, "metric": 1, "case_standard": 3}
    assert counts(writer) == EXPECTED


CHANGES = {
    "UPDATE department SET name_zh = '改名局'": "SELECT DISTINCT name_zh FROM department",
    "UPDATE metric SET red = 99": "SELECT DISTINCT red::int::text FROM metric",
    "UPDATE region SET population = 7": "SELECT DISTINCT population::text FROM region",
}


def test_what_an_operator_has_changed_stays(writer: WriteConnection) -> None:
    for change in CHANGES:
        writer.execute(text(change))
    seed.load(writer)
    assert [writer.scalars(text(asked)).all() for asked in CHANGES.values()] == [["改名局"], ["99"], ["7"]]


def test_metrics_stand_in_their_order_of_display(writer: WriteConnection) -> None:
    codes = writer.scalars(text("SELECT code FROM metric ORDER BY position")).all()
    assert list(codes) == [metric.code for metric in reference.metrics()]


def test_every_source_has_a_department_and_every_code_is_whole(world: World) -> None:
    rows = world.connection.execute(
        "SELECT source_system.code FROM source_system LEFT JOIN department ON department.code = department_code"
        " WHERE department.code IS NULL OR source_system.code <> trim(source_system.code)"
    )
    assert rows.fetchall() == []
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        world.connection.execute("UPDATE source_system SET department_code = 'nobody'")
