"""The tables of what is usual: a piece of bytes for each hour, when series stood out, and how they stand now."""

from sqlalchemy import REAL, CheckConstraint, Column, ForeignKey, LargeBinary, SmallInteger, Table, Text

from cityops.store.tables.declaration import MOMENT, metadata

# Pieces as `cityops.domain.baselines.packing` makes them, of all metrics and regions at once.
baseline = Table(
    "baseline",
    metadata,
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    # End of the hour after which it was written.
    Column("until", MOMENT, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

baseline_flag = Table(
    "baseline_flag",
    metadata,
    Column("metric_id", SmallInteger, ForeignKey("metric.id"), primary_key=True, autoincrement=False),
    Column("region_id", SmallInteger, ForeignKey("region.id"), primary_key=True, autoincrement=False),
    Column("since", MOMENT, primary_key=True),
    Column("reason", Text, primary_key=True),
    # End of the last hour that is of it.
    Column("until", MOMENT, nullable=False),
    # The furthest, with its sign.
    Column("deviations", REAL, nullable=False),
    CheckConstraint("reason IN ('above', 'below', 'frozen', 'shift')", name="reason"),
)

# Of metrics that a rule asks about: the newest closed five minutes against what is usual.
baseline_standing = Table(
    "baseline_standing",
    metadata,
    Column("metric_id", SmallInteger, ForeignKey("metric.id"), primary_key=True, autoincrement=False),
    Column("region_id", SmallInteger, ForeignKey("region.id"), primary_key=True, autoincrement=False),
    Column("ts", MOMENT, nullable=False),
    Column("deviations", REAL, nullable=False),
)
