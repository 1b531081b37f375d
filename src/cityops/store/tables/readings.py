"""The tables of the readings: series, what came, and the newest of each series."""

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from cityops.store.tables.declaration import MOMENT, metadata

series = Table(
    "series",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("device_id", Integer, ForeignKey("device.id"), nullable=False),
    Column("metric_id", SmallInteger, ForeignKey("metric.id"), nullable=False, index=True),
    UniqueConstraint("device_id", "metric_id"),
)

# No foreign key from reading to series: the writer takes the ids from that very table, and a check per row
# would cost a third of the ingest; `cityops verify` looks for orphans.
reading = Table(
    "reading",
    metadata,
    Column("ts", MOMENT, nullable=False),
    Column("series_id", Integer, nullable=False),
    Column("value", Double, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    PrimaryKeyConstraint("series_id", "ts"),
)

reading_latest = Table(
    "reading_latest",
    metadata,
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("ts", MOMENT, nullable=False),
    Column("value", Double, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    # Only where `ts` lies ahead of it: how far the device's clock runs ahead.
    Column("received_at", MOMENT),
    Column("ahead_until", MOMENT),
)
