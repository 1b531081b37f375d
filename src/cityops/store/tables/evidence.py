"""The tables of photos and files: what is known of each, its bytes apart from that, and to which cases it belongs."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from cityops.store.tables.declaration import MOMENT, NOW, metadata

# A file once, by the SHA-256 of its bytes (hexadecimal), whoever sent it for which case.
evidence = Table(
    "evidence",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("medium", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
)

# The bytes in a table of their own: it may lie on other disks, and a list of files never comes near them.
evidence_content = Table(
    "evidence_content",
    metadata,
    Column("digest", Text, ForeignKey("evidence.digest", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("preview", LargeBinary),
    CheckConstraint("encode(sha256(content), 'hex') = digest", "content_is_its_digest"),
)

# To which case a file was sent, as what, and by which act (its sequence in the case) it was used; once that is known
# nothing of it changes.
event_evidence = Table(
    "event_evidence",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("digest", Text, ForeignKey("evidence.digest"), nullable=False),
    Column("name", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", MOMENT, nullable=False, server_default=NOW),
    Column("lon", Double),
    Column("lat", Double),
    Column("taken_at", MOMENT),
    Column("act_sequence", Integer),
    PrimaryKeyConstraint("event_id", "digest"),
    Index("ix_event_evidence_digest", "digest"),
    Index("ix_event_evidence_unbound", "added_at", postgresql_where=text("act_sequence IS NULL")),
)
