"""The tables, as SQLAlchemy sees them; the migrations make the same ones, and a test compares the two.

OGC SensorThings readers will recognise device as Thing, series as Datastream, metric as ObservedProperty and
reading as Observation. Hypertables are made by the migrations; here they look like ordinary tables.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_moment = DateTime(timezone=True)
_now = text("now()")

region = Table(
    "region",
    metadata,
    # A small key beside the code: rollup rows carry it, and there are hundreds of millions of them.
    Column("id", SmallInteger, Identity(), nullable=False, unique=True),
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("parent_code", Text, ForeignKey("region.code")),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("population", Integer),
    Column("area_km2", Double),
    Column("label_lon", Double),
    Column("label_lat", Double),
    CheckConstraint("level IN ('city', 'district', 'street')", name="level"),
)

department = Table(
    "department",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    # The office that answers for the data in the four-level chief-data-officer chain, not a person's name.
    Column("data_officer", Text, nullable=False),
)

source_system = Table(
    "source_system",
    metadata,
    Column("code", Text, primary_key=True),
    Column("department_code", Text, ForeignKey("department.code"), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("carries", Text, nullable=False),
    Column("expected_interval_s", Integer, nullable=False),
    CheckConstraint("carries IN ('readings', 'events', 'video')", name="carries"),
)

metric = Table(
    "metric",
    metadata,
    Column("id", SmallInteger, Identity(), nullable=False, unique=True),
    Column("code", Text, primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("valid_min", Double, nullable=False),
    Column("valid_max", Double, nullable=False),
    Column("decimals", SmallInteger, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("blue", Double),
    Column("yellow", Double),
    Column("orange", Double),
    Column("red", Double),
    Column("basis_en", Text, nullable=False),
    Column("basis_zh", Text, nullable=False, server_default=""),
    # Of the device itself, such as its battery: what it warns of is no warning of the city's.
    Column("health", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("valid_min < valid_max", name="valid_range"),
    CheckConstraint("aggregate IN ('mean', 'sum', 'max', 'min')", name="aggregate"),
    CheckConstraint("direction IN ('high', 'low', 'none')", name="direction"),
)

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
    Column("registered_at", _moment, nullable=False, server_default=_now),
    CheckConstraint("expected_interval_s > 0", name="expected_interval"),
    CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="place"),
)

# Beside the device, not in it: what is observed changes at times of its own, and importing must not wait for it.
device_state = Table(
    "device_state",
    metadata,
    Column("device_id", Integer, ForeignKey("device.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("since", _moment, nullable=False),
    CheckConstraint("state IN ('online', 'late', 'silent', 'never')", name="state"),
    # Nearly all devices are online: who looks for those walks the devices, who looks for others this index.
    Index("ix_device_state_not_online", "state", "device_id", postgresql_where=text("state <> 'online'")),
)

device_transition = Table(
    "device_transition",
    metadata,
    Column("at", _moment, nullable=False),
    Column("device_id", Integer, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index("ix_device_transition_device_id_at", "device_id", "at"),
)

# One row: when the states were last looked at, so that whoever shows them can say how old they are.
device_watch = Table(
    "device_watch",
    metadata,
    Column("one", Boolean, primary_key=True),
    Column("looked_at", _moment, nullable=False),
    CheckConstraint("one", name="one"),
)

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
    Column("state_since", _moment, nullable=False, server_default=_now),
    Column("registered_at", _moment, nullable=False, server_default=_now),
    CheckConstraint("code ~ '^[0-9]{20}$'", name="code"),
    CheckConstraint("state IN ('online', 'offline', 'unknown')", name="state"),
    CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="place"),
    CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="whole_place"),
    Index("ix_video_channel_region_code_state", "region_code", "state"),
    Index("ix_video_channel_source_system_code_state", "source_system_code", "state"),
    Index("ix_video_channel_state_code", "state", "code"),
)

series = Table(
    "series",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("device_id", Integer, ForeignKey("device.id"), nullable=False),
    Column("metric_id", SmallInteger, ForeignKey("metric.id"), nullable=False, index=True),
    UniqueConstraint("device_id", "metric_id"),
)

# No foreign key from reading to series: the writer takes the ids from that very table, and a check per row
# would cost a third of the ingest; `cityops verify` looks for orphans.
reading = Table(
    "reading",
    metadata,
    Column("ts", _moment, nullable=False),
    Column("series_id", Integer, nullable=False),
    Column("value", Double, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    PrimaryKeyConstraint("series_id", "ts"),
)

reading_latest = Table(
    "reading_latest",
    metadata,
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("ts", _moment, nullable=False),
    Column("value", Double, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    # Only where `ts` lies ahead of it: how far the device's clock runs ahead.
    Column("received_at", _moment),
    Column("ahead_until", _moment),
)


def _rollup(name: str) -> Table:
    # Metric first, then time: a trend of one metric over all streets reads one run of the index.
    return Table(
        name,
        metadata,
        Column("bucket", _moment, nullable=False),
        Column("metric_id", SmallInteger, nullable=False),
        Column("region_id", SmallInteger, nullable=False),
        Column("n", BigInteger, nullable=False),
        Column("sum", Double, nullable=False),
        Column("min", Double, nullable=False),
        Column("max", Double, nullable=False),
        PrimaryKeyConstraint("metric_id", "bucket", "region_id"),
    )


reading_rollup = _rollup("reading_rollup")
reading_rollup_hour = _rollup("reading_rollup_hour")
# A bucket is a day of the city; it begins at 16:00 UTC.
reading_rollup_day = _rollup("reading_rollup_day")

# Hours of which the hour rollups are not made. The ingest writes into the first, which may hold an hour twice; the
# making takes them over into the second.
rollup_touched = Table("rollup_touched", metadata, Column("hour", _moment, nullable=False))
rollup_unmade = Table("rollup_unmade", metadata, Column("hour", _moment, primary_key=True))

# Rows before `kept_from` are gone or going, and none is taken any more; those that are gone are counted.
retention = Table(
    "retention",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("kept_from", _moment, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)

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
    Column("occurred_at", _moment, nullable=False),
    Column("status_at", _moment, nullable=False),
    Column("received_at", _moment, nullable=False),
    UniqueConstraint("source_system_code", "external_id"),
    Index("ix_event_occurred_at_id", "occurred_at", "id"),
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

event_history = Table(
    "event_history",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", _moment, nullable=False),
    Column("received_at", _moment, nullable=False),
    # The step as the source told it, whole, so that a later reading of the history loses nothing.
    Column("reported", JSONB, nullable=False),
    PrimaryKeyConstraint("event_id", "sequence"),
)

reject = Table(
    "reject",
    metadata,
    Column("id", BigInteger, Identity(), nullable=False),
    Column("received_at", _moment, nullable=False),
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
    Column("settled_at", _moment),
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
    Column("received_at", _moment, nullable=False),  # the reject's: the two are dropped together
    Column("tried_at", _moment, nullable=False, server_default=_now),
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
    Column("dropped_until", _moment, nullable=False),
)

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
    Column("last_received_at", _moment, nullable=False),
    PrimaryKeyConstraint("worker", "source_system_code", "kind"),
    CheckConstraint("received = stored + duplicate + rejected", name="balance"),
)
