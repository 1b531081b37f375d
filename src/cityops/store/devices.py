"""Reads devices with their liveness and newest values, and their raw readings."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from cityops.store import tables


def names(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return code and name of these devices, by id."""
    device = tables.device.c
    rows = connection.execute(select(device.id, device.code, device.name_zh).where(device.id.in_(ids)))
    return {row.id: (row.code, row.name_zh) for row in rows}
