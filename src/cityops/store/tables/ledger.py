"""The tables of what each worker took in and what became of it: since the first start, and by day."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, PrimaryKeyConstraint, Table, Text

from cityops.store.tables.declaration import MOMENT, metadata

ingest_ledger = Table(
    "ingest_ledger",
    metadata,
    Column("worker", Text, nullable=False),
    Column("source_system_code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("last_received_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("worker", "source_system_code", "kind"),
    CheckConstraint("received = stored + duplicate + rejected", name="balance"),
)

# By day of the city on which it was received; a trigger on the accounts writes it, and nobody else may.
ingest_ledger_day = Table(
    "ingest_ledger_day",
    metadata,
    Column("day", Date, nullable=False),
    Column("worker", Text, nullable=False),
    Column("source_system_code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "worker", "source_system_code", "kind"),
)

# What the accounts of all workers came to, by five minutes.
ledger_past = Table(
    "ledger_past",
    metadata,
    Column("at", MOMENT, nullable=False),
    Column("source_system_code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("last_received_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("at", "source_system_code", "kind"),
)
