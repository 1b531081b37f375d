"""The tables of what the ingest remembers of messages of other formats."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import metadata

# When a message without a time of its own first came, by the broker's number of it.
receipt = Table(
    "receipt",
    metadata,
    Column("worker", Text, nullable=False),
    Column("packet_id", Integer, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("worker", "packet_id"),
)

# When an uplink of LoRaWAN first came (microseconds since 1970 UTC), by a digest of source, device and frame.
uplink = Table(
    "uplink",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# What an edge node of Sparkplug told in its births, and its counters; the ingest alone knows the shape of `state`.
sparkplug_node = Table(
    "sparkplug_node",
    metadata,
    Column("group_id", Text, nullable=False),
    Column("node_id", Text, nullable=False),
    Column("state", JSONB, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("group_id", "node_id"),
)
