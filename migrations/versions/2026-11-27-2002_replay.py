"""The past: versions of cases, alarms and device states that are over, accounts each five minutes, views of then."""

from collections.abc import Sequence

from alembic import op

revision = "2026_11_27_replay"
down_revision = "2026_11_27_mode"

# A version holds what the state of a region is counted by; what never changes stays with the case or the alarm. The
# columns are made of those of now, collations among them: else no view of both could look one row up by its id.
VERSIONS = """
CREATE TABLE {table}_past AS SELECT id AS {table}_id, NULL::tstzrange AS during, {kept} FROM {table} WITH NO DATA;
"""
NEVER_NULL = {
    "event": "status status_at received_at occurred_at sequence own_sequence class_code severity region_code overdue",
    "alarm": "priority level worst_level latched chattering",
}
OTHERS = """
CREATE TABLE device_state_past (
    device_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    during tstzrange NOT NULL
);
CREATE TABLE ledger_past (
    at timestamptz NOT NULL,
    source_system_code TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    received BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    last_received_at timestamptz NOT NULL,
    CONSTRAINT pk_ledger_past PRIMARY KEY (at, source_system_code, kind)
);
"""

# What is known of before: the steps of cases by their receipt and our acts, the journal of alarms, the transitions of
# devices. Who had a case and how long it might take was not written down by moments; it is told from now on.
CASES_BEFORE = """
INSERT INTO event_past
SELECT step.event_id, tstzrange(step.at, step.next), step.status, step.status_at, step.at, event.occurred_at,
       step.sequence, step.own, event.class_code, event.severity, event.region_code, NULL, NULL, NULL, NULL, false
FROM (
    SELECT event_id, at, status, status_at, sequence, own,
           lead(at) OVER (PARTITION BY event_id ORDER BY at, own) AS next
    FROM (
        SELECT event_id, received_at AS at, status, status_at, sequence, 0 AS own
        FROM (SELECT *, max(sequence) OVER (PARTITION BY event_id ORDER BY received_at, sequence) AS newest
              FROM event_history) AS told
        WHERE sequence = newest AND NOT EXISTS (
            SELECT FROM event_act WHERE event_act.event_id = told.event_id AND event_act.at <= told.received_at)
        UNION ALL
        SELECT event_id, at, to_status, at, 0, own_sequence FROM event_act
        WHERE from_status IS DISTINCT FROM to_status
    ) AS steps
) AS step JOIN event ON event.id = step.event_id
WHERE step.at < step.next
"""
ALARMS_BEFORE = """
INSERT INTO alarm_past
SELECT alarm.id, tstzrange(line.at, line.next), alarm.priority, coalesce(line.level, alarm.level), alarm.worst_level,
       coalesce(line.worst, alarm.value_raised), CASE WHEN line.level = 0 THEN line.at END,
       line.seen_at, CASE WHEN line.seen_at IS NOT NULL THEN alarm.acknowledged_by END, alarm.latched,
       NULLIF(line.quiets[cardinality(line.quiets)], ''), NULL, NULL, NULL, alarm.chattering,
       CASE WHEN line.cases > 0 THEN alarm.event_id END, NULL
FROM (
    SELECT alarm_id, at, lead(at) OVER own AS next, level,
           last_value(value) OVER own AS worst,
           CASE WHEN max(id) FILTER (WHERE kind = 'acknowledged') OVER own
                     > coalesce(max(id) FILTER (WHERE kind = 'rose') OVER own, 0)
                THEN max(at) FILTER (WHERE kind = 'acknowledged') OVER own END AS seen_at,
           array_agg(CASE kind WHEN 'unshelved' THEN '' WHEN 'unquieted' THEN '' ELSE kind END)
               FILTER (WHERE kind IN ('shelved', 'suppressed', 'silenced', 'out_of_service', 'unshelved',
                                      'unquieted'))
               OVER own AS quiets,
           count(*) FILTER (WHERE kind = 'case') OVER own AS cases
    FROM alarm_change
    WINDOW own AS (PARTITION BY alarm_id ORDER BY id)
) AS line JOIN alarm ON alarm.id = line.alarm_id
WHERE line.at < line.next
"""
DEVICES_BEFORE = """
INSERT INTO device_state_past
SELECT device_id, before, during FROM (
    SELECT device_id, before, tstzrange(lag(at) OVER (PARTITION BY device_id ORDER BY at), at) AS during
    FROM device_transition) AS stretch
WHERE before <> 'online' AND NOT isempty(during)
"""

INDEXES = """
CREATE INDEX ix_event_past_during ON event_past USING gist (during);
CREATE INDEX ix_event_past_event_id ON event_past (event_id);
CREATE INDEX ix_alarm_past_during ON alarm_past USING gist (during);
CREATE INDEX ix_alarm_past_alarm_id ON alarm_past (alarm_id);
CREATE INDEX ix_device_state_past_during ON device_state_past USING gist (during);
"""

# Null: it stands as it is since before versions were kept.
MOVED = """
ALTER TABLE event ADD COLUMN moved_at timestamptz;
ALTER TABLE event ALTER COLUMN moved_at SET DEFAULT clock_timestamp();
ALTER TABLE alarm ADD COLUMN moved_at timestamptz;
ALTER TABLE alarm ALTER COLUMN moved_at SET DEFAULT clock_timestamp();
"""

EVENT_KEPT = (
    *("status", "status_at", "received_at", "occurred_at", "sequence", "own_sequence", "class_code", "severity"),
    *("region_code", "unit_kind", "unit_code", "due_at", "warn_at", "overdue"),
)
EVENT_SAME = (
    *("id", "source_system_code", "external_id", "title", "description", "address", "lon", "lat", "master", "kind"),
    *(
        "standard_code",
        "standard_version",
        "parent_id",
        "merged_into",
        "marks",
        "remembered",
        "given",
        "facts",
        "drill",
    ),
)
ALARM_KEPT = (
    *("priority", "level", "worst_level", "value_worst", "gone_at", "acknowledged_at", "acknowledged_by", "latched"),
    *("quiet", "quiet_by", "quiet_why", "quiet_until", "chattering", "event_id", "symptom_of"),
)
ALARM_SAME = (
    *("id", "rule_code", "rule_version", "class", "object", "series_id", "device_id", "region_code"),
    *("source_system_code", "metric", "value_raised", "onset", "raised_at", "previous_id", "drill"),
)
EVENT_SINCE = "coalesce({0}moved_at, greatest({0}received_at, {0}status_at))"
ENDS = "OR OLD.cleared_at IS DISTINCT FROM NEW.cleared_at"
ALARM_SINCE = "coalesce({0}moved_at, {0}raised_at)"


def of(prefix: str, names: Sequence[str]) -> str:
    """Return these columns of a row."""
    return ", ".join(f"{prefix}{name}" for name in names)


def keeper(table: str, kept: Sequence[str], since: str, *, only: str = "", ends: str = "") -> str:
    """Return the trigger by which a row that changes leaves what it was; `only` some do, `ends` is a change, too."""
    old, new = of("OLD.", kept), of("NEW.", kept)
    return f"""
CREATE FUNCTION keep_{table}_past() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE began timestamptz := {since.format("OLD.")};
BEGIN
    NEW.moved_at := clock_timestamp();
    IF began < NEW.moved_at {only} THEN
        INSERT INTO {table}_past ({table}_id, during, {of("", kept)})
        VALUES (OLD.id, tstzrange(began, NEW.moved_at), {old});
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_keep_past BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new}) {ends})
    EXECUTE FUNCTION keep_{table}_past();
"""  # noqa: S608 - put in are the names above


# Those that are online are nearly all: their stretches are what lies between the others.
DEVICE_KEEPER = """
CREATE FUNCTION keep_device_state_past() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.since < NEW.since THEN
        INSERT INTO device_state_past VALUES (OLD.device_id, OLD.state, tstzrange(OLD.since, NEW.since));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER device_state_keep_past AFTER UPDATE ON device_state FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND OLD.state <> 'online') EXECUTE FUNCTION keep_device_state_past();
"""

# With `past` before `public` in the search path, what reads the state of now reads that of `cityops.at`; row security
# holds as for who asks. A day is more than any clock may run ahead: the bounds spare a look at all that came later.
VIEWS = f"""
CREATE SCHEMA past;
CREATE FUNCTION past.at() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('cityops.at')::timestamptz;
DO $$ BEGIN
    EXECUTE format('CREATE FUNCTION past.since() RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN %L::timestamptz', clock_timestamp());
END $$;
CREATE VIEW past.event WITH (security_invoker = true) AS
    SELECT {of("event.", EVENT_SAME)}, {of("event.", EVENT_KEPT)} FROM event
    WHERE {EVENT_SINCE.format("event.")} <= past.at() AND occurred_at <= past.at() + interval '1 day'
        AND status_at <= past.at() + interval '1 day'
    UNION ALL
    SELECT was.event_id, {of("event.", EVENT_SAME[1:])}, {of("was.", EVENT_KEPT)}
    FROM event_past AS was LEFT JOIN event ON event.id = was.event_id WHERE was.during @> past.at();
CREATE VIEW past.alarm WITH (security_invoker = true) AS
    SELECT {of("alarm.", ALARM_SAME)}, {of("alarm.", ALARM_KEPT)}, cleared_at, cleared_why FROM alarm
    WHERE cleared_at IS NULL AND {ALARM_SINCE.format("alarm.")} <= past.at()
    UNION ALL
    SELECT {of("alarm.", ALARM_SAME)}, {of("was.", ALARM_KEPT)}, NULL::timestamptz, NULL::text
    FROM alarm_past AS was JOIN alarm ON alarm.id = was.alarm_id
    WHERE was.during @> past.at();
CREATE VIEW past.mode WITH (security_invoker = true) AS
    SELECT id, region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver, drill, started_by,
           since, until, NULL::timestamptz AS ended_at, NULL::text AS ended_by
    FROM mode WHERE since <= past.at() AND (ended_at IS NULL OR ended_at > past.at());
CREATE VIEW past.device WITH (security_invoker = true) AS
    SELECT * FROM device WHERE registered_at <= past.at();
CREATE VIEW past.device_state WITH (security_invoker = true) AS
    SELECT device_id, state, since FROM device_state WHERE since <= past.at()
    UNION ALL
    SELECT device_id, state, lower(during) FROM device_state_past WHERE during @> past.at()
    UNION ALL
    SELECT device_id, 'online', NULL FROM device_state AS later WHERE since > past.at() AND NOT EXISTS (
        SELECT FROM device_state_past AS was WHERE was.device_id = later.device_id AND was.during @> past.at());
CREATE VIEW past.device_watch WITH (security_invoker = true) AS
    SELECT one, least(looked_at, past.at()) AS looked_at FROM device_watch;
CREATE VIEW past.reading WITH (security_invoker = true) AS
    SELECT ts, series_id, value, quality FROM reading WHERE ts <= past.at();
CREATE VIEW past.reading_latest WITH (security_invoker = true) AS
    SELECT series.id AS series_id, newest.ts, newest.value, newest.quality, NULL::timestamptz AS received_at,
           NULL::timestamptz AS ahead_until
    FROM series CROSS JOIN LATERAL (
        SELECT ts, value, quality FROM reading
        WHERE reading.series_id = series.id AND ts <= past.at() AND ts > past.at() - interval '2 days'
        ORDER BY ts DESC LIMIT 1) AS newest;
CREATE VIEW past.reading_rollup WITH (security_invoker = true) AS
    SELECT bucket, metric_id, region_id, n, sum, min, max FROM reading_rollup
    WHERE bucket <= past.at() - interval '5 minutes';
CREATE FUNCTION past.accounts_at() RETURNS timestamptz LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT max(at) FROM ledger_past WHERE at <= past.at() AND at > past.at() - interval '15 minutes';
END;
CREATE VIEW past.ingest_ledger WITH (security_invoker = true) AS
    SELECT ''::text AS worker, source_system_code, kind, received, stored, duplicate, rejected, last_received_at
    FROM ledger_past WHERE at = past.accounts_at();
"""  # noqa: S608 - put in are the names above

CITY = "(SELECT scope_is_city())"
POLICIES = {
    "event_past": f"{CITY} OR EXISTS (SELECT FROM event WHERE event.id = event_id)",
    "alarm_past": f"{CITY} OR EXISTS (SELECT FROM alarm WHERE alarm.id = alarm_id)",
    "device_state_past": f"{CITY} OR EXISTS (SELECT FROM device WHERE device.id = device_id)",
    "ledger_past": CITY,
}


def upgrade() -> None:
    """Make them; first the long part, which reads alone, then what holds cases and alarms for an instant."""
    for table, kept in (("event", EVENT_KEPT), ("alarm", ALARM_KEPT)):
        op.execute(VERSIONS.format(table=table, kept=of("", kept)))
        for name in (f"{table}_id", "during", *NEVER_NULL[table].split()):
            op.execute(f"ALTER TABLE {table}_past ALTER COLUMN {name} SET NOT NULL")
    for statement in (OTHERS, CASES_BEFORE, ALARMS_BEFORE, DEVICES_BEFORE, INDEXES):
        op.execute(statement)
    for table, visible in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON {table} TO cityops_api USING ({visible})")
    op.execute("CREATE POLICY ingest ON ledger_past TO cityops_ingest USING (true)")
    op.execute(MOVED)
    op.execute(keeper("event", EVENT_KEPT, EVENT_SINCE))
    op.execute(keeper("alarm", ALARM_KEPT, ALARM_SINCE, only="AND OLD.cleared_at IS NULL", ends=ENDS))
    op.execute(DEVICE_KEEPER)
    op.execute(VIEWS)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP SCHEMA past CASCADE")
    op.execute("DROP TRIGGER event_keep_past ON event; DROP TRIGGER alarm_keep_past ON alarm")
    op.execute("DROP TRIGGER device_state_keep_past ON device_state")
    op.execute("DROP FUNCTION keep_event_past(), keep_alarm_past(), keep_device_state_past()")
    op.execute("ALTER TABLE event DROP COLUMN moved_at; ALTER TABLE alarm DROP COLUMN moved_at")
    op.execute("DROP TABLE event_past, alarm_past, device_state_past, ledger_past")
