"""Finds out what files of rows hold, by the codes that datasets name: source systems, and metrics of readings."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from cityops.domain.resources.borders import Holding
from cityops.store import tables


def held_cases(connection: Connection, source: str | None) -> Holding:
    """Return what a file of cases holds: those of one source system, or of all that carry any."""
    if source is not None:
        return Holding(source_systems=(source,))
    code = tables.source_system.c
    return Holding(source_systems=tuple(connection.scalars(select(code.code).where(code.carries == "events"))))


def held_devices(connection: Connection, source: str | None, kind: str | None) -> Holding:
    """Return what a file of devices holds."""
    device = tables.device.c
    statement = select(device.source_system_code).distinct()
    if source is not None:
        statement = statement.where(device.source_system_code == source)
    if kind is not None:
        statement = statement.where(device.kind == kind)
    return Holding(source_systems=tuple(connection.scalars(statement)))


def held_readings(
    connection: Connection, source: str | None, kind: str | None, devices: Sequence[str], metrics: Sequence[str]
) -> Holding:
    """Return what a file of raw readings holds; without a filter all that is measured."""
    device, metric = tables.device.c, tables.metric.c
    statement = (
        select(device.source_system_code, metric.code)
        .distinct()
        .join_from(tables.series, tables.device, tables.series.c.device_id == device.id)
        .join(tables.metric, tables.series.c.metric_id == metric.id)
    )
    if source is not None:
        statement = statement.where(device.source_system_code == source)
    if kind is not None:
        statement = statement.where(device.kind == kind)
    if devices:
        statement = statement.where(device.code.in_(list(devices)))
    if metrics:
        statement = statement.where(metric.code.in_(list(metrics)))
    rows = connection.execute(statement).all()
    sources, codes = (tuple(dict.fromkeys(row[place] for row in rows)) for place in (0, 1))
    return Holding(codes, sources)
