"""The tables of the platform itself: how far back rows are kept, and who runs."""

from sqlalchemy import BigInteger, Column, Double, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import MOMENT, NOW, metadata

# Rows before `kept_from` are gone or going, and none is taken any more; those that are gone are counted.
retention = Table(
    "retention",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("kept_from", MOMENT, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)

# Who runs, as each notes of itself; digests of its settings in `marks`, no secret among them.
process = Table(
    "process",
    metadata,
    Column("id", Text, primary_key=True),
    Column("part", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("schema_head", Text),
    Column("marks", JSONB, nullable=False),
    Column("clock_ahead_s", Double, nullable=False),
    Column("started_at", MOMENT, nullable=False, server_default=NOW),
    Column("seen_at", MOMENT, nullable=False, server_default=NOW),
)
