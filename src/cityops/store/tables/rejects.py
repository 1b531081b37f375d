"""The tables of what was refused, and of what became of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from cityops.store.tables.declaration import MOMENT, NOW, metadata

reject = Table(
    "reject",
    metadata,
    Column("id", BigInteger, Identity(), nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_system_code", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("item_index", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_bytes", Integer, nullable=False),
    # Digest of topic, payload and index: a redelivered message must not be rejected twice.
    Column("fingerprint", LargeBinary, nullable=False),
    # The metric where one value of the item was refused; null where the item was.
    Column("metric_code", Text),
    # Whether it stands for all items of its message, because the message was refused before they were told apart.
    Column("whole", Boolean, nullable=False, server_default=text("false")),
    # Size of the item where only the item is kept, null where the message is.
    Column("item_bytes", Integer),
    # More than 1 where it stands for so many refusals of one reason, of the items from `item_index` on.
    Column("refusals", Integer, nullable=False, server_default=text("1")),
    Column("line_delimited", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("settled_at", MOMENT),
    PrimaryKeyConstraint("id", "received_at"),
    CheckConstraint("state IN ('open', 'replayed', 'given_up')", name="state"),
    Index("ix_reject_fingerprint", "fingerprint"),
    Index("ix_reject_received_at", "received_at"),
    Index("ix_reject_open", "reason", "source_system_code", postgresql_where=text("state = 'open'")),
)

# Each try to store a reject after all, with the reason it had before: the reject's own reason is the newest.
reject_attempt = Table(
    "reject_attempt",
    metadata,
    Column("reject_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("received_at", MOMENT, nullable=False),  # the reject's: the two are dropped together
    Column("tried_at", MOMENT, nullable=False, server_default=NOW),
    Column("worker", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("reason_before", Text, nullable=False),
    Column("detail_before", Text, nullable=False),
    PrimaryKeyConstraint("reject_id", "attempt"),
    CheckConstraint("outcome IN ('stored', 'duplicate', 'refused')", name="outcome"),
    Index("ix_reject_attempt_received_at", "received_at"),
)

# What retention has dropped of the two, so that the ledger can still be held against what is kept.
reject_dropped = Table(
    "reject_dropped",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("rejects", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("dropped_until", MOMENT, nullable=False),
)
