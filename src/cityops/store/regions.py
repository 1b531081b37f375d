"""Reads the regions: the city, its districts and streets."""

from sqlalchemy import Connection, select

from cityops.domain.regions import Region, RegionLevel
from cityops.store import tables


def regions(connection: Connection) -> list[Region]:
    """Return all regions ordered by code, which puts a district before its streets."""
    columns = [column for column in tables.region.c if column.name != "id"]
    rows = connection.execute(select(*columns).order_by(tables.region.c.code)).mappings()
    return [Region(**{**row, "level": RegionLevel(row["level"])}) for row in rows]
