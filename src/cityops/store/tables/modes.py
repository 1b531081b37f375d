"""The tables of modes, never rewritten once ended, of the roster, and of walls: what each shows and was sent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cityops.store.tables.declaration import MOMENT, NOW, metadata

mode = Table(
    "mode",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    # The city or a district; one that has none of its own is in the city's.
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("matter", Text, nullable=False),
    # Classes of alarms that belong to the matter, as they were when it began.
    Column("classes", ARRAY(Text), nullable=False),
    Column("grade", SmallInteger),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("since", MOMENT, nullable=False, server_default=NOW),
    # The planned end: a drill is over by it, anything else once somebody ends it.
    Column("until", MOMENT),
    Column("ended_at", MOMENT),
    # Null of a drill that was over by its planned end.
    Column("ended_by", Text),
    CheckConstraint("kind IN ('alert', 'emergency', 'event')", name="kind"),
    CheckConstraint("grade BETWEEN 1 AND 4 AND (kind = 'event') = (grade IS NULL)", name="grade"),
    CheckConstraint("NOT drill OR until IS NOT NULL", name="drill"),
    Index("uq_mode_in_force", "region_code", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_mode_since_id", "since", "id"),
)

# Who is on duty where, as what, when, under which modes; one that is changed or taken out stays, with when that was.
duty = Table(
    "duty",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("role", Text, nullable=False),
    # In which order they are called, within a role.
    Column("place", SmallInteger, nullable=False),
    Column("person", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("set_at", MOMENT, nullable=False, server_default=NOW),
    Column("set_by", Text, nullable=False),
    Column("removed_at", MOMENT),
    CheckConstraint("starts_at < ends_at", name="during"),
    CheckConstraint("kinds <> '{}' AND kinds <@ '{normal,alert,emergency,event}'::text[]", name="kinds"),
    Index(
        "uq_duty_in_force",
        *("region_code", "role", "place", "starts_at", "kinds"),
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("ix_duty_ends_at", "ends_at"),
)

wall = Table(
    "wall",
    metadata,
    # Of a display: its label is the wall's name, its scope the wall's.
    Column("credential_id", Text, ForeignKey("credential.id"), primary_key=True),
    # What it has told of itself.
    Column("shows", Text),
    Column("answered_at", MOMENT),
    # What was sent to it; all null while nothing is held there.
    Column("scene", Text),
    Column("sent_by", Text),
    Column("sent_at", MOMENT),
    Column("held_until", MOMENT),
    CheckConstraint("num_nulls(scene, sent_by, sent_at, held_until) IN (0, 4)", name="sent"),
)
