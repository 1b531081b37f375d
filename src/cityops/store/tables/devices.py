"""The tables of the devices, of their states and of when these changed."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE

from cityops.store.tables.declaration import MOMENT, NOW, metadata

device_kind = Table(
    "device_kind",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, ForeignKey("device_kind.code"), nullable=False, index=True),
    Column("name_zh", Text, nullable=False),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False, index=True),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False, index=True),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("expected_interval_s", Integer, nullable=False),
    Column("registered_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("expected_interval_s > 0", name="expected_interval"),
    CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="place"),
)

# Beside the device, not in it: what is observed changes at times of its own, and importing must not wait for it.
device_state = Table(
    "device_state",
    metadata,
    Column("device_id", Integer, ForeignKey("device.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("since", MOMENT, nullable=False),
    CheckConstraint("state IN ('online', 'late', 'silent', 'never')", name="state"),
    # Nearly all devices are online: who looks for those walks the devices, who looks for others this index.
    Index("ix_device_state_not_online", "state", "device_id", postgresql_where=text("state <> 'online'")),
)

device_transition = Table(
    "device_transition",
    metadata,
    Column("at", MOMENT, nullable=False),
    Column("device_id", Integer, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index("ix_device_transition_device_id_at", "device_id", "at"),
)

# Stretches that are over of states other than online, written by a trigger: at any moment these are few.
device_state_past = Table(
    "device_state_past",
    metadata,
    Column("device_id", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Index("ix_device_state_past_during", "during", postgresql_using="gist"),
)

# One row: when the states were last looked at, so that whoever shows them can say how old they are.
device_watch = Table(
    "device_watch",
    metadata,
    Column("one", Boolean, primary_key=True),
    Column("looked_at", MOMENT, nullable=False),
    CheckConstraint("one", name="one"),
)
