"""The tables of who feeds the city: departments and their source systems."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text

from cityops.store.tables.declaration import metadata

department = Table(
    "department",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    # The office that answers for the data in the four-level chief-data-officer chain, not a person's name.
    Column("data_officer", Text, nullable=False),
)

source_system = Table(
    "source_system",
    metadata,
    Column("code", Text, primary_key=True),
    Column("department_code", Text, ForeignKey("department.code"), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("carries", Text, nullable=False),
    Column("expected_interval_s", Integer, nullable=False),
    CheckConstraint("carries IN ('readings', 'events', 'video', 'cases', 'indicators', 'forms')", name="carries"),
)
