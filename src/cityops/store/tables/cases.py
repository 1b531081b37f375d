"""The tables of cases that are handled here: each act, who handles which, and the clocks that run on them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cityops.store.tables.declaration import MOMENT, metadata

event_act = Table(
    "event_act",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("own_sequence", Integer, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    # Null: the platform itself, which resumes and archives.
    Column("role", Text),
    # Of who acts; null for the centre.
    Column("unit_kind", Text),
    Column("unit_code", Text),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    # Of whom it was asked: to whom it was dispatched, who was added.
    Column("asked_unit_kind", Text),
    Column("asked_unit_code", Text),
    Column("reason", Text),
    Column("text", Text),
    # Files by their hash.
    Column("evidence", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("data", JSONB, nullable=False, server_default=text("'{}'")),
    # Chosen by who sends the act over a bad line: the same one again does nothing.
    Column("token", Text),
    PrimaryKeyConstraint("event_id", "own_sequence"),
    Index("ix_event_act_actor_token", "actor", "token", unique=True, postgresql_where=text("token IS NOT NULL")),
)

event_handler = Table(
    "event_handler",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("unit_kind", Text, nullable=False),
    Column("unit_code", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("since", MOMENT, nullable=False),
    # From when on it has it no more; what it had in hand it may follow.
    Column("until", MOMENT),
    PrimaryKeyConstraint("event_id", "unit_kind", "unit_code"),
    CheckConstraint("duty IN ('main', 'co', 'reporter')", name="duty"),
    CheckConstraint("unit_kind IN ('department', 'district', 'street')", name="unit_kind"),
    Index("ix_event_handler_unit_code_event_id", "unit_code", "event_id"),
)

deadline = Table(
    "deadline",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("clock", Text, nullable=False),
    # Another unit, or another try, has the whole limit anew: the next round.
    Column("round", Integer, nullable=False),
    Column("limit_kind", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    # As lists of [from, to, why]; `to` is null while it is paused.
    Column("pauses", JSONB, nullable=False, server_default=text("'[]'")),
    Column("extensions", JSONB, nullable=False, server_default=text("'[]'")),
    Column("due_at", MOMENT),
    # It touches days for which no notice of holidays is published yet.
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("stopped_at", MOMENT),
    # The fact, which no appeal alters; known once it has stopped.
    Column("overdue", Boolean),
    Column("appealed", Boolean, nullable=False, server_default=text("false")),
    # How it was counted, kept when it stops: a calendar that changes later alters no closed case.
    Column("spans", JSONB(none_as_null=True)),
    PrimaryKeyConstraint("event_id", "clock", "round"),
    CheckConstraint("(stopped_at IS NULL) = (overdue IS NULL)", name="stopped"),
    Index("ix_deadline_running", "due_at", postgresql_where=text("stopped_at IS NULL")),
)
