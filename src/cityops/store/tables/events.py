"""The tables of the cases: their classes, each as it stands, and each step."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import MOMENT, metadata

event_class = Table(
    "event_class",
    metadata,
    Column("code", Text, primary_key=True),
    Column("group_code", Text, nullable=False),
    Column("group_zh", Text, nullable=False),
    Column("group_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("class_code", Text, ForeignKey("event_class.code"), nullable=False),
    Column("severity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("address", Text),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("occurred_at", MOMENT, nullable=False),
    Column("status_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    UniqueConstraint("source_system_code", "external_id"),
    Index("ix_event_occurred_at_id", "occurred_at", "id"),
    Index("ix_event_status_at", "status_at"),
    Index("ix_event_region_code_occurred_at", "region_code", "occurred_at"),
    # Cases being handled are few, closed ones many: what the wall counts is this part.
    Index(
        "ix_event_open",
        "region_code",
        "status",
        postgresql_where=text("status NOT IN ('closed', 'archived', 'void', 'merged')"),
    ),
)

event_history = Table(
    "event_history",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    # The step as the source told it, whole, so that a later reading of the history loses nothing.
    Column("reported", JSONB, nullable=False),
    PrimaryKeyConstraint("event_id", "sequence"),
)
