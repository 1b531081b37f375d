"""The tables of the cases: their classes, each as it stands, and each step."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

from cityops.store.tables.declaration import MOMENT, metadata

event_class = Table(
    "event_class",
    metadata,
    Column("code", Text, primary_key=True),
    Column("group_code", Text, nullable=False),
    Column("group_zh", Text, nullable=False),
    Column("group_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("class_code", Text, ForeignKey("event_class.code"), nullable=False),
    Column("severity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("address", Text),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("occurred_at", MOMENT, nullable=False),
    Column("status_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    # What follows is ours: no source tells of it, and the ingest writes none of it.
    Column("master", Text, nullable=False, server_default=text("'source'")),
    Column("kind", Text, nullable=False, server_default=text("'case'")),
    # The version of our side, as `sequence` is that of the source's.
    Column("own_sequence", Integer, nullable=False, server_default=text("0")),
    # Who handles it, or after a return who did last.
    Column("unit_kind", Text),
    Column("unit_code", Text),
    Column("standard_code", Text),
    Column("standard_version", Integer),
    Column("parent_id", BigInteger, ForeignKey("event.id")),
    Column("merged_into", BigInteger, ForeignKey("event.id")),
    # When the unit's clock runs out, and from when on that is near; null while it does not run.
    Column("due_at", MOMENT),
    Column("warn_at", MOMENT),
    # Whether it was handled after its time: written when the unit's clock stops, and never altered.
    Column("overdue", Boolean, nullable=False, server_default=text("false")),
    Column("marks", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # What the judge must know beside, and nothing is filtered by.
    Column("remembered", JSONB, nullable=False, server_default=text("'{}'")),
    # Codes of the units that were ever given it, of a street its district's among them: who sees it by that. A
    # trigger on `event_handler` writes them.
    Column("given", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # How it was handled, once nothing runs on it any more, for rates; null before.
    Column("facts", Integer),
    # Since when it is as it is, written by a trigger; null: since before `event_past` was kept.
    Column("moved_at", MOMENT, server_default=text("clock_timestamp()")),
    # Whether it was made in a drill: said as it is made, and left out of what is counted.
    Column("drill", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("source_system_code", "external_id"),
    CheckConstraint("master IN ('source', 'here')", name="master"),
    CheckConstraint("kind IN ('case', 'task')", name="kind"),
    CheckConstraint(
        "(unit_kind IS NULL) = (unit_code IS NULL) AND unit_kind IN ('department', 'district', 'street')", name="unit"
    ),
    Index("ix_event_occurred_at_id", "occurred_at", "id"),
    Index("ix_event_class_code_occurred_at_id", "class_code", "occurred_at", "id"),
    Index("ix_event_status_occurred_at_id", "status", "occurred_at", "id"),
    Index("ix_event_unit", "unit_code", "occurred_at", "id", postgresql_where=text("unit_code IS NOT NULL")),
    Index(
        "ix_event_standard", "standard_code", "occurred_at", "id", postgresql_where=text("standard_code IS NOT NULL")
    ),
    Index("ix_event_task", "occurred_at", "id", postgresql_where=text("kind = 'task'")),
    Index("ix_event_marked", "occurred_at", "id", postgresql_where=text("marks <> '{}'")),
    # What cases are counted by, without their texts: a fifth of what the rows take.
    Index(
        "ix_event_counted",
        "occurred_at",
        postgresql_include=[
            *("id", "status", "class_code", "region_code", "source_system_code", "severity", "master", "kind"),
            *("unit_kind", "unit_code", "standard_code", "due_at", "warn_at", "facts", "given", "drill"),
        ],
    ),
    Index("ix_event_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    Index("ix_event_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    # To-do lists are about this part.
    Index(
        "ix_event_here_open",
        "unit_code",
        "due_at",
        postgresql_where=text("master = 'here' AND status NOT IN ('closed', 'archived', 'void', 'merged')"),
    ),
    Index("ix_event_to_archive", "status_at", "id", postgresql_where=text("master = 'here' AND status = 'closed'")),
    Index("ix_event_going", "occurred_at", postgresql_where=text("master = 'here' AND facts IS NULL")),
    Index(
        "ix_event_open_newest",
        "occurred_at",
        "id",
        postgresql_where=text("status NOT IN ('closed', 'archived', 'void', 'merged')"),
    ),
    Index("ix_event_urgent", "severity", "occurred_at", "id", postgresql_where=text("severity <> 'normal'")),
    # The same by when it is due, and with what to-do lists are counted by: 50,000 rows are not looked at for that.
    Index(
        "ix_event_here_due",
        "due_at",
        "id",
        postgresql_include=[
            *("status", "warn_at", "marks", "unit_kind", "unit_code", "region_code", "source_system_code"),
        ],
        postgresql_where=text("master = 'here' AND status NOT IN ('closed', 'archived', 'void', 'merged')"),
    ),
    Index("ix_event_status_at", "status_at"),
    Index("ix_event_region_code_occurred_at", "region_code", "occurred_at"),
    # Cases being handled are few, closed ones many: what the wall counts is this part.
    Index(
        "ix_event_open",
        "region_code",
        "status",
        postgresql_where=text("status NOT IN ('closed', 'archived', 'void', 'merged')"),
    ),
)

# What a case was before it changed, as far as it is counted by that; written by a trigger.
event_past = Table(
    "event_past",
    metadata,
    Column("event_id", BigInteger, nullable=False, index=True),
    Column("during", TSTZRANGE, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("occurred_at", MOMENT, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("own_sequence", Integer, nullable=False),
    Column("class_code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("unit_kind", Text),
    Column("unit_code", Text),
    Column("due_at", MOMENT),
    Column("warn_at", MOMENT),
    Column("overdue", Boolean, nullable=False),
    Index("ix_event_past_during", "during", postgresql_using="gist"),
)

event_history = Table(
    "event_history",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    # The step as the source told it, whole, so that a later reading of the history loses nothing.
    Column("reported", JSONB, nullable=False),
    PrimaryKeyConstraint("event_id", "sequence"),
)
