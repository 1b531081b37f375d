"""The table of how far back rows are kept."""

from sqlalchemy import BigInteger, Column, Table, Text

from cityops.store.tables.declaration import MOMENT, metadata

# Rows before `kept_from` are gone or going, and none is taken any more; those that are gone are counted.
retention = Table(
    "retention",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("kept_from", MOMENT, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)
