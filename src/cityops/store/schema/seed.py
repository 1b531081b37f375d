"""Writes the reference data shipped in `cityops.reference` into the database, adding what is missing."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from cityops import reference
from cityops.store import tables
from cityops.store.alarms import rules
from cityops.store.engine import WriteConnection
from cityops.store.events import standards


def load(connection: WriteConnection) -> dict[str, int]:
    """Insert missing rows and return how many each table got.

    What is there already stays as it is: an operator may have widened a range or renamed a department.
    """
    metrics = [asdict(metric) | {"position": place} for place, metric in enumerate(reference.metrics())]
    kinds = [
        {"code": kind.code, "name_zh": kind.name_zh, "name_en": kind.name_en} for kind in reference.device_kinds()
    ]
    contents: list[tuple[Table, list[dict[str, Any]]]] = [
        (tables.region, [asdict(region) for region in reference.regions()]),
        (tables.department, list(reference.rows("departments"))),
        (
            tables.source_system,
            [
                row | {"expected_interval_s": int(row["expected_interval_s"])}
                for row in reference.rows("source_systems")
            ],
        ),
        (tables.metric, metrics),
        (tables.device_kind, kinds),
        (tables.event_class, list(reference.rows("event_classes"))),
    ]
    added = {table.name: _insert_missing(connection, table, rows) for table, rows in contents}
    return added | {
        tables.case_standard.name: standards.seed_examples(connection, reference.case_standards()),
        tables.alarm_rule.name: rules.add_shipped(connection, reference.alarm_rules()),
    }


def _insert_missing(connection: WriteConnection, table: Table, rows: list[dict[str, Any]]) -> int:
    statement = insert(table).on_conflict_do_nothing().returning(table.c.code)
    return len(connection.execute(statement, rows).all())
