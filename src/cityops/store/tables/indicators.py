"""The table of the values of indicators that come from outside, with all their revisions."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from cityops.store.tables.declaration import MOMENT, metadata

# A newer revision stands beside the older ones, of which none is rewritten (a trigger refuses it); the highest is in
# force. A revision without a value withdraws what was said before. `by` and `reason` say who made it and why.
indicator_value = Table(
    "indicator_value",
    metadata,
    Column("indicator_code", Text(collation="C"), nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("period_start", MOMENT, nullable=False),
    Column("period_end", MOMENT, nullable=False),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("value", Double),
    Column("numerator", Double),
    Column("denominator", Double),
    Column("quality", SmallInteger, nullable=False),
    Column("coverage", Double),
    Column("definition_version", SmallInteger, nullable=False),
    Column("by", Text),
    Column("reason", Text),
    Column("received_at", MOMENT, nullable=False),
    PrimaryKeyConstraint(
        "indicator_code", "region_code", "period_start", "period_end", "source_system_code", "revision"
    ),
    CheckConstraint("period_start < period_end", name="period"),
    CheckConstraint("revision >= 0", name="revision"),
    CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", name="parts"),
    CheckConstraint("coverage BETWEEN 0 AND 1", name="coverage"),
)
