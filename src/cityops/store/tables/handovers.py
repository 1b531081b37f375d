"""The table of shifts handed over: offered by one, accepted or refused by the other, with what was open just then."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import MOMENT, NOW, metadata

handover = Table(
    "handover",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    # Of the centre that the seat belongs to: the city or a district.
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("seat", Text, nullable=False),
    # Logins: an account is never removed, and never called otherwise.
    Column("from_account", Text, nullable=False),
    Column("to_account", Text, nullable=False),
    Column("notes", Text, nullable=False),
    # What was open when it was offered, by noun: {"cases": {"open": 12, …}, …}.
    Column("counted", JSONB, nullable=False),
    Column("offered_at", MOMENT, nullable=False, server_default=NOW),
    Column("settled_at", MOMENT),
    Column("outcome", Text),
    Column("reason", Text),
    CheckConstraint("from_account <> to_account", name="two_people"),
    CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled"),
    CheckConstraint("outcome IN ('accepted', 'refused', 'withdrawn')", name="outcome"),
    CheckConstraint("(outcome IS NOT DISTINCT FROM 'refused') = (reason IS NOT NULL)", name="reason"),
    Index("ix_handover_offered_at_id", "offered_at", "id"),
    # A seat is offered to one at a time.
    Index("ix_handover_open", "region_code", "seat", unique=True, postgresql_where=text("settled_at IS NULL")),
)
