"""The tables of the data resources: datasets of the sharing platform, who answers for data, who used what."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cityops.store.tables.declaration import MOMENT, NOW, metadata

dataset = Table(
    "dataset",
    metadata,
    Column("code", Text(collation="C"), primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("provider_code", Text(collation="C"), nullable=False),
    Column("provider_zh", Text, nullable=False),
    Column("provider_en", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("sharing", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("last_exchange", MOMENT),
    Column("row_count", BigInteger),
    Column("cross_border", Text, nullable=False),
    Column("privacy", Text, nullable=False),
    Column("source_system_code", Text, ForeignKey("source_system.code")),
    Column("indicators", ARRAY(Text), nullable=False),
    Column("contact", Text, nullable=False),
    Column("registered_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("sharing IN ('unconditional', 'conditional', 'none')", name="sharing"),
    CheckConstraint("cross_border IN ('open', 'restricted')", name="cross_border"),
    CheckConstraint("privacy IN ('public', 'internal', 'personal', 'sensitive')", name="privacy"),
    CheckConstraint("row_count >= 0", name="row_count"),
    Index("ix_dataset_provider_code", "provider_code"),
    Index("ix_dataset_restricted", "source_system_code", postgresql_where=text("cross_border = 'restricted'")),
)

data_officer = Table(
    "data_officer",
    metadata,
    Column("level", Text, nullable=False),
    Column("unit_code", Text(collation="C"), nullable=False),
    Column("office", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("phone", Text, nullable=False),
    PrimaryKeyConstraint("unit_code", "level", "office", "person"),
    CheckConstraint("level IN ('city', 'executive', 'unit', 'liaison')", name="level"),
)

# By day of the city, role and area: who it was stands in the audit alone, and for as long as that is kept.
indicator_usage = Table(
    "indicator_usage",
    metadata,
    Column("day", Date, nullable=False),
    Column("code", Text(collation="C"), nullable=False),
    Column("role", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("reads", BigInteger, nullable=False),
    Column("exports", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "code", "role", "area"),
)
