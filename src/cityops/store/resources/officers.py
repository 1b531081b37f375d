"""Reads and keeps who answers for data: the officers of the four-level chain."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from cityops.domain.resources.officers import EVERY_UNIT, DataOfficer, OfficerLevel
from cityops.store import tables
from cityops.store.engine import WriteConnection

_officer = tables.data_officer.c


def officers(connection: Connection, units: Sequence[str] | None = None) -> list[DataOfficer]:
    """Return the officers of these units and those who answer for all; None: all officers."""
    statement = select(tables.data_officer).order_by(_officer.unit_code, _officer.office, _officer.person)
    if units is not None:
        statement = statement.where(_officer.unit_code.in_([*units, EVERY_UNIT]))
    return [
        DataOfficer(OfficerLevel(row.level), row.unit_code, row.office, row.person, row.phone)
        for row in connection.execute(statement)
    ]


def replace(connection: WriteConnection, wanted: Iterable[DataOfficer]) -> None:
    """Keep these officers instead of those there are: who has left stands nowhere any more."""
    connection.execute(delete(tables.data_officer))
    if rows := [asdict(one) for one in wanted]:
        connection.execute(insert(tables.data_officer), rows)
