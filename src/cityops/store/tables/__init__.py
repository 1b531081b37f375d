"""The tables, as SQLAlchemy sees them; the migrations make the same ones, and a test compares the two.

OGC SensorThings readers will recognise device as Thing, series as Datastream, metric as ObservedProperty and
reading as Observation. Hypertables are made by the migrations; here they look like ordinary tables. A reference to
a table needs that table declared, so whoever wants one imports all of them, from here.
"""

from cityops.store.tables.access import account, credential, saved_filter, sign_in_bucket, spent_id_token
from cityops.store.tables.alarm_rules import alarm_rule
from cityops.store.tables.alarms import (
    alarm,
    alarm_change,
    alarm_group,
    alarm_hint,
    alarm_late,
    alarm_notice,
    alarm_past,
    alarm_quiet,
    alarm_taken_up,
    alarm_track,
)
from cityops.store.tables.audit import audit
from cityops.store.tables.baselines import baseline, baseline_flag, baseline_standing
from cityops.store.tables.cases import deadline, event_act, event_handler
from cityops.store.tables.channels import video_channel, video_plan, video_plan_channel
from cityops.store.tables.declaration import metadata
from cityops.store.tables.devices import (
    device,
    device_kind,
    device_state,
    device_state_past,
    device_transition,
    device_watch,
)
from cityops.store.tables.events import event, event_class, event_history, event_past
from cityops.store.tables.evidence import event_evidence, evidence, evidence_content
from cityops.store.tables.foreign import receipt, sparkplug_node, uplink
from cityops.store.tables.handovers import handover
from cityops.store.tables.indicators import (
    correction,
    correction_step,
    filling_act,
    filling_cell,
    filling_sheet,
    indicator_value,
    report,
    report_file,
    saved_view,
)
from cityops.store.tables.ledger import ingest_ledger, ingest_ledger_day, ledger_past
from cityops.store.tables.metrics import metric
from cityops.store.tables.modes import duty, mode, wall
from cityops.store.tables.readings import reading, reading_latest, series
from cityops.store.tables.regions import region
from cityops.store.tables.rejects import reject, reject_attempt, reject_dropped
from cityops.store.tables.resources.datasets import data_officer, dataset, indicator_usage
from cityops.store.tables.retention import process, retention
from cityops.store.tables.rollups import (
    reading_rollup,
    reading_rollup_day,
    reading_rollup_hour,
    rollup_touched,
    rollup_unmade,
)
from cityops.store.tables.sources import department, source_system
from cityops.store.tables.standards import case_standard
from cityops.store.tables.workdays import calendar_day, calendar_notice

__all__ = [
    "account",
    "alarm",
    "alarm_change",
    "alarm_group",
    "alarm_hint",
    "alarm_late",
    "alarm_notice",
    "alarm_past",
    "alarm_quiet",
    "alarm_rule",
    "alarm_taken_up",
    "alarm_track",
    "audit",
    "baseline",
    "baseline_flag",
    "baseline_standing",
    "calendar_day",
    "calendar_notice",
    "case_standard",
    "correction",
    "correction_step",
    "credential",
    "data_officer",
    "dataset",
    "deadline",
    "department",
    "device",
    "device_kind",
    "device_state",
    "device_state_past",
    "device_transition",
    "device_watch",
    "duty",
    "event",
    "event_act",
    "event_class",
    "event_evidence",
    "event_handler",
    "event_history",
    "event_past",
    "evidence",
    "evidence_content",
    "filling_act",
    "filling_cell",
    "filling_sheet",
    "handover",
    "indicator_usage",
    "indicator_value",
    "ingest_ledger",
    "ingest_ledger_day",
    "ledger_past",
    "metadata",
    "metric",
    "mode",
    "process",
    "reading",
    "reading_latest",
    "reading_rollup",
    "reading_rollup_day",
    "reading_rollup_hour",
    "receipt",
    "region",
    "reject",
    "reject_attempt",
    "reject_dropped",
    "report",
    "report_file",
    "retention",
    "rollup_touched",
    "rollup_unmade",
    "saved_filter",
    "saved_view",
    "series",
    "sign_in_bucket",
    "source_system",
    "sparkplug_node",
    "spent_id_token",
    "uplink",
    "video_channel",
    "video_plan",
    "video_plan_channel",
    "wall",
]
