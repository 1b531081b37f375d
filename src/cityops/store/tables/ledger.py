"""The table of what each worker took in and what became of it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, Table, Text

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
