"""Reads the alarm rules in force, for who evaluates readings: the ingest worker and the job of alarms."""

from dataclasses import fields, replace

import psycopg

from cityops.domain.alarms.rule_rows import Declared, read_rule
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.metrics import Aggregate, Direction, Metric


def rules(connection: psycopg.Connection) -> list[AlarmRule]:
    """Return the rules in force, each with its version; they were judged when they were set."""
    rows = connection.execute(
        "SELECT version, definition FROM alarm_rule WHERE until IS NULL ORDER BY code"
    ).fetchall()
    if not rows:
        return []
    known = (_codes(connection, table) for table in ("device_kind", "region", "source_system"))
    declared = Declared(metrics(connection), *known)
    return [replace(read_rule(definition, declared)[0], version=version) for version, definition in rows]


def changed(connection: psycopg.Connection) -> tuple[object, ...]:
    """Return what differs as soon as a rule was set or taken out, or a metric changed that rules are judged by."""
    row = connection.execute("SELECT count(*), count(until), max(since), max(until) FROM alarm_rule").fetchone()
    assert row is not None
    ranges = connection.execute("SELECT code, decimals, valid_min, valid_max FROM metric ORDER BY id").fetchall()
    return (*row, *ranges)


def metrics(connection: psycopg.Connection) -> dict[str, Metric]:
    """Return the declared metrics by code."""
    names = [field.name for field in fields(Metric)]
    found = {}
    for row in connection.execute(f"SELECT {', '.join(names)} FROM metric").fetchall():  # noqa: S608 - names are the constants above
        given = dict(zip(names, row, strict=True))
        given |= {"aggregate": Aggregate(given["aggregate"]), "direction": Direction(given["direction"])}
        found[given["code"]] = Metric(**given)
    return found


def _codes(connection: psycopg.Connection, table: str) -> frozenset[str]:
    return frozenset(row[0] for row in connection.execute(f"SELECT code FROM {table}").fetchall())  # noqa: S608 - names are the constants above
