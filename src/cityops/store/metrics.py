"""Reads the declared metrics as they stand in the database, where an operator may have changed a threshold."""

from sqlalchemy import Connection, select

from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.store import tables


def metrics(connection: Connection) -> dict[int, Metric]:
    """Return the metrics by their small key, in order of display."""
    columns = [column for column in tables.metric.c if column.name != "position"]
    rows = connection.execute(select(*columns).order_by(tables.metric.c.position, tables.metric.c.id)).mappings()
    return {row["id"]: _metric(dict(row)) for row in rows}


def _metric(row: dict[str, object]) -> Metric:
    fields = {name: value for name, value in row.items() if name != "id"}
    enums = {"aggregate": Aggregate(str(row["aggregate"])), "direction": Direction(str(row["direction"]))}
    return Metric(**{**fields, **enums})  # type: ignore[arg-type]  # the table has the dataclass's columns and types
