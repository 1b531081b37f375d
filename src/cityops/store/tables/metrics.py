"""The table of the declared metrics."""

from sqlalchemy import Boolean, CheckConstraint, Column, Double, Identity, SmallInteger, Table, Text, text

from cityops.store.tables.declaration import metadata

metric = Table(
    "metric",
    metadata,
    Column("id", SmallInteger, Identity(), nullable=False, unique=True),
    Column("code", Text, primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("valid_min", Double, nullable=False),
    Column("valid_max", Double, nullable=False),
    Column("decimals", SmallInteger, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("blue", Double),
    Column("yellow", Double),
    Column("orange", Double),
    Column("red", Double),
    Column("basis_en", Text, nullable=False),
    Column("basis_zh", Text, nullable=False, server_default=""),
    # Of the device itself, such as its battery: what it warns of is no warning of the city's.
    Column("health", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("valid_min < valid_max", name="valid_range"),
    CheckConstraint("aggregate IN ('mean', 'sum', 'max', 'min')", name="aggregate"),
    CheckConstraint("direction IN ('high', 'low', 'none')", name="direction"),
)
