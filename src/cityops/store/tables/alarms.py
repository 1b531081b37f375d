"""The tables of alarms: what the ingest hints at, what is remembered of each object, the alarms and their journal."""

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
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from cityops.store.tables.declaration import MOMENT, NOW, metadata

_CLOCK = text("clock_timestamp()")
_FALSE = text("false")

# Written in the transaction of the readings, deleted in that which has evaluated them: never many rows.
alarm_hint = Table(
    "alarm_hint",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("series_id", Integer, nullable=False),
    Column("ts", MOMENT, nullable=False),
    Column("value", Double, nullable=False),
    Column("is_late", Boolean, nullable=False),
)

# What touched a limit too late to raise anything, by series and turn.
alarm_late = Table(
    "alarm_late",
    metadata,
    Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    Column("series_id", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("first_ts", MOMENT, nullable=False),
    Column("last_ts", MOMENT, nullable=False),
    Column("lowest", Double, nullable=False),
    Column("highest", Double, nullable=False),
    Index("ix_alarm_late_series_id_noted_at", "series_id", "noted_at"),
    Index("ix_alarm_late_noted_at", "noted_at", postgresql_using="brin"),
)

alarm_track = Table(
    "alarm_track",
    metadata,
    Column("rule_code", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("series_id", Integer),
    Column("is_at_rest", Boolean, nullable=False),
    # The newest reading that was dealt with; what is older comes too late for this track.
    Column("at", MOMENT),
    Column("due_at", MOMENT),
    Column("track", JSONB, nullable=False),
    Column("evaluated_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("rule_code", "object"),
    Index("ix_alarm_track_series_id", "series_id"),
    Index("ix_alarm_track_awake", "series_id", postgresql_where=text("NOT is_at_rest")),
    Index("ix_alarm_track_due_at", "due_at"),
)

# Which version of each rule the job goes by; not settled until all workers must have read it, too.
alarm_taken_up = Table(
    "alarm_taken_up",
    metadata,
    Column("rule_code", Text, primary_key=True),
    Column("rule_version", Integer, nullable=False),
    Column("taken_up_at", MOMENT, nullable=False),
    Column("is_settled", Boolean, nullable=False),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("rule_code", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("class", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    # What the alarm is of: `series:7`, `device:3` or `region:440106`.
    Column("object", Text, nullable=False),
    Column("series_id", Integer),
    Column("device_id", Integer, ForeignKey("device.id")),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("source_system_code", Text),
    Column("metric", Text),
    Column("level", SmallInteger, nullable=False),
    Column("worst_level", SmallInteger, nullable=False),
    Column("value_raised", Double),
    Column("value_worst", Double),
    # Of the reading, while the others are of the database's clock.
    Column("onset", MOMENT, nullable=False),
    Column("raised_at", MOMENT, nullable=False, server_default=_CLOCK),
    # When the cause was gone; a latched alarm stays open until it is reset.
    Column("gone_at", MOMENT),
    Column("cleared_at", MOMENT),
    Column("cleared_why", Text),
    Column("acknowledged_at", MOMENT),
    Column("acknowledged_by", Text),
    Column("latched", Boolean, nullable=False, server_default=_FALSE),
    Column("quiet", Text),
    Column("quiet_by", Text),
    Column("quiet_why", Text),
    Column("quiet_until", MOMENT),
    Column("chattering", Boolean, nullable=False, server_default=_FALSE),
    Column("event_id", BigInteger, ForeignKey("event.id")),
    Column("previous_id", BigInteger, ForeignKey("alarm.id")),
    Column("symptom_of", BigInteger, ForeignKey("alarm.id")),
    # Since when it is as it is, written by a trigger; null: since before `alarm_past` was kept.
    Column("moved_at", MOMENT, server_default=_CLOCK),
    # Whether it was raised in a drill of its matter; a trigger says so as it is raised.
    Column("drill", Boolean, nullable=False, server_default=_FALSE),
    # The mode whose limits raised it; null: the rule's own did.
    Column("mode_id", BigInteger, ForeignKey("mode.id")),
    CheckConstraint("level BETWEEN 0 AND 4 AND worst_level BETWEEN 1 AND 4", name="level"),
    CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
    CheckConstraint("quiet IN ('suppressed', 'shelved', 'shelved_once', 'out_of_service', 'silenced')", name="quiet"),
    Index("uq_alarm_open", "rule_code", "object", unique=True, postgresql_where=text("cleared_at IS NULL")),
    Index("ix_alarm_open", "region_code", "level", postgresql_where=text("cleared_at IS NULL")),
    Index(
        "ix_alarm_quiet_until",
        "quiet_until",
        postgresql_where=text("cleared_at IS NULL AND quiet_until IS NOT NULL"),
    ),
    Index("ix_alarm_chattering", "gone_at", postgresql_where=text("cleared_at IS NULL AND chattering")),
    Index("ix_alarm_raised_at_id", "raised_at", "id"),
    Index("ix_alarm_device_id_raised_at", "device_id", "raised_at"),
    Index("ix_alarm_rule_code_object_id", "rule_code", "object", "id"),
)

# What an open alarm was before it changed, written by a trigger. What never changes stays with the alarm.
alarm_past = Table(
    "alarm_past",
    metadata,
    Column("alarm_id", BigInteger, nullable=False, index=True),
    Column("during", TSTZRANGE, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("worst_level", SmallInteger, nullable=False),
    Column("value_worst", Double),
    Column("gone_at", MOMENT),
    Column("acknowledged_at", MOMENT),
    Column("acknowledged_by", Text),
    Column("latched", Boolean, nullable=False),
    Column("quiet", Text),
    Column("quiet_by", Text),
    Column("quiet_why", Text),
    Column("quiet_until", MOMENT),
    Column("chattering", Boolean, nullable=False),
    Column("event_id", BigInteger),
    Column("symptom_of", BigInteger),
    Index("ix_alarm_past_during", "during", postgresql_using="gist"),
)

alarm_change = Table(
    "alarm_change",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("alarm_id", BigInteger, ForeignKey("alarm.id"), nullable=False),
    Column("at", MOMENT, nullable=False, server_default=_CLOCK),
    Column("kind", Text, nullable=False),
    # Of the reading that changed it.
    Column("ts", MOMENT),
    Column("level", SmallInteger),
    Column("value", Double),
    Column("by", Text),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
    Index("ix_alarm_change_alarm_id_id", "alarm_id", "id"),
    Index("ix_alarm_change_at", "at", postgresql_using="brin"),
)

# Silences and devices out of service: what they keep quiet, by whom, until when.
alarm_quiet = Table(
    "alarm_quiet",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("device_id", Integer, ForeignKey("device.id")),
    Column("rule_code", Text),
    Column("class", Text),
    Column("metric", Text),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT, nullable=False),
    Column("ended_by", Text),
    CheckConstraint("kind IN ('silenced', 'out_of_service')", name="kind"),
    Index("ix_alarm_quiet_ends_at", "ends_at"),
)

# What is remembered of each group of open alarms: when it is looked at next, and which levels were told of it last.
alarm_group = Table(
    "alarm_group",
    metadata,
    Column("key", Text, primary_key=True),
    Column("look_at", MOMENT, nullable=False),
    Column("told_at", MOMENT),
    Column("told", JSONB, nullable=False),
)

# What was told of a group at once, in parts by rule, region and source, so that everybody is told of what he may see.
alarm_notice = Table(
    "alarm_notice",
    metadata,
    Column("id", BigInteger, Identity()),
    Column("part", SmallInteger, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("rule_code", Text, nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("source_system_code", Text),
    Column("level", SmallInteger, nullable=False),
    Column("n", Integer, nullable=False),
    # Of which were not told before, have grown graver, have gone since.
    Column("n_new", Integer, nullable=False),
    Column("n_graver", Integer, nullable=False),
    Column("n_gone", Integer, nullable=False),
    Column("unacknowledged", Integer, nullable=False),
    Column("waiting_since", MOMENT),
    Column("alarm_id", BigInteger, ForeignKey("alarm.id")),
    PrimaryKeyConstraint("id", "part"),
    CheckConstraint("kind IN ('new', 'changed', 'repeated', 'over')", name="kind"),
    CheckConstraint("(unacknowledged > 0) = (waiting_since IS NOT NULL)", name="waiting"),
    Index("ix_alarm_notice_at", "at"),
)
