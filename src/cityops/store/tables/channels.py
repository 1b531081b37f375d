"""The tables of the video channels, and of the plans by which they are looked at."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from cityops.store.tables.declaration import MOMENT, NOW, metadata

# Not a kind of device: a channel measures nothing, and whatever walks over devices and series must not meet it.
video_channel = Table(
    "video_channel",
    metadata,
    Column("code", Text(collation="C"), primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False),
    Column("region_code", Text(collation="C"), ForeignKey("region.code"), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("state", Text, nullable=False, server_default="unknown"),
    Column("state_since", MOMENT, nullable=False, server_default=NOW),
    Column("registered_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("code ~ '^[0-9]{20}$'", name="code"),
    CheckConstraint("state IN ('online', 'offline', 'unknown')", name="state"),
    CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="place"),
    CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="whole_place"),
    Index("ix_video_channel_region_code_state", "region_code", "state"),
    Index("ix_video_channel_source_system_code_state", "source_system_code", "state"),
    Index("ix_video_channel_state_code", "state", "code"),
    Index("ix_video_channel_lon_lat", "lon", "lat"),
)

video_plan = Table(
    "video_plan",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

video_plan_channel = Table(
    "video_plan_channel",
    metadata,
    Column("plan_code", Text, ForeignKey("video_plan.code"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("channel_code", Text(collation="C"), ForeignKey("video_channel.code"), nullable=False),
    PrimaryKeyConstraint("plan_code", "place"),
    UniqueConstraint("plan_code", "channel_code"),
)
