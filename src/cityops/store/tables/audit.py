"""The table of the audit; a trigger keeps it append-only."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cityops.store.tables.declaration import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("subject", Text, nullable=False),
    Column("role", Text),
    # The subject's scope at that time: who sees a part of the city reads what its own people did.
    Column("scope_kind", Text),
    Column("scope_codes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # Of the credential: session, display, key; command for the command line; null where none was known.
    Column("kind", Text),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
    Column("address", Text),
    Column("request_id", Text),
    PrimaryKeyConstraint("id", "at"),
    CheckConstraint("action ~ '^[a-z_]+:[a-z_]+$'", name="action"),
    CheckConstraint("outcome IN ('done', 'refused', 'begun', 'broken_off', 'failed')", name="outcome"),
    Index("ix_audit_at_id", "at", "id"),
    Index("ix_audit_subject_at", "subject", "at"),
    Index("ix_audit_action_at", "action", "at"),
    implicit_returning=False,  # who may only write may not read what was written
)
