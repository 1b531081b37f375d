"""The table of the alarm rules: each version as its file had it, the one in force without an end."""

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import MOMENT, NOW, metadata

alarm_rule = Table(
    "alarm_rule",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("class", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("metric", Text),
    # The cells of the rule's row in its file, by column; what is empty is left out.
    Column("definition", JSONB, nullable=False),
    Column("since", MOMENT, nullable=False, server_default=NOW),
    Column("set_by", Text, nullable=False),
    # When another version took its place, or the rule was taken out; null while it is in force.
    Column("until", MOMENT),
    PrimaryKeyConstraint("code", "version"),
    CheckConstraint("version > 0", name="version"),
    Index("uq_alarm_rule_in_force", "code", unique=True, postgresql_where=text("until IS NULL")),
)
