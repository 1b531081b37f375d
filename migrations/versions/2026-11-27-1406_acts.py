"""Cases that are handled here: how they stand, our acts on them, who handles them, and their clocks."""

from alembic import op

revision = "2026_11_27_acts"
down_revision = "2026_11_27_evidence"

# With constant defaults no row is rewritten: existing cases are mirrored from their source as before.
COLUMNS = """
ALTER TABLE event
    ADD COLUMN master TEXT DEFAULT 'source' NOT NULL,
    ADD COLUMN kind TEXT DEFAULT 'case' NOT NULL,
    ADD COLUMN own_sequence INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN unit_kind TEXT,
    ADD COLUMN unit_code TEXT,
    ADD COLUMN standard_code TEXT,
    ADD COLUMN standard_version INTEGER,
    ADD COLUMN parent_id BIGINT,
    ADD COLUMN merged_into BIGINT,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN warn_at timestamptz,
    ADD COLUMN overdue BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN marks TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN remembered JSONB DEFAULT '{}' NOT NULL;
ALTER TABLE event
    ADD CONSTRAINT ck_event_master CHECK (master IN ('source', 'here')),
    ADD CONSTRAINT ck_event_kind CHECK (kind IN ('case', 'task')),
    ADD CONSTRAINT ck_event_unit CHECK (
        (unit_kind IS NULL) = (unit_code IS NULL) AND unit_kind IN ('department', 'district', 'street')),
    ADD CONSTRAINT fk_event_parent_id_event FOREIGN KEY (parent_id) REFERENCES event (id),
    ADD CONSTRAINT fk_event_merged_into_event FOREIGN KEY (merged_into) REFERENCES event (id);
"""

TABLES = """
CREATE TABLE event_act (
    event_id BIGINT NOT NULL,
    own_sequence INTEGER NOT NULL,
    act TEXT NOT NULL,
    at timestamptz NOT NULL,
    actor TEXT NOT NULL,
    role TEXT,
    unit_kind TEXT,
    unit_code TEXT,
    from_status TEXT,
    to_status TEXT NOT NULL,
    asked_unit_kind TEXT,
    asked_unit_code TEXT,
    reason TEXT,
    text TEXT,
    evidence TEXT[] DEFAULT '{}' NOT NULL,
    data JSONB DEFAULT '{}' NOT NULL,
    token TEXT,
    CONSTRAINT pk_event_act PRIMARY KEY (event_id, own_sequence),
    CONSTRAINT fk_event_act_event_id_event FOREIGN KEY(event_id) REFERENCES event (id)
);
CREATE UNIQUE INDEX ix_event_act_actor_token ON event_act (actor, token) WHERE token IS NOT NULL;
CREATE TRIGGER event_act_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON event_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

CREATE TABLE event_handler (
    event_id BIGINT NOT NULL,
    unit_kind TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    duty TEXT NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    CONSTRAINT pk_event_handler PRIMARY KEY (event_id, unit_kind, unit_code),
    CONSTRAINT ck_event_handler_duty CHECK (duty IN ('main', 'co', 'reporter')),
    CONSTRAINT ck_event_handler_unit_kind CHECK (unit_kind IN ('department', 'district', 'street')),
    CONSTRAINT fk_event_handler_event_id_event FOREIGN KEY(event_id) REFERENCES event (id)
);
CREATE INDEX ix_event_handler_unit_code_event_id ON event_handler (unit_code, event_id);

CREATE TABLE deadline (
    event_id BIGINT NOT NULL,
    clock TEXT NOT NULL,
    round INTEGER NOT NULL,
    limit_kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    started_at timestamptz NOT NULL,
    pauses JSONB DEFAULT '[]' NOT NULL,
    extensions JSONB DEFAULT '[]' NOT NULL,
    due_at timestamptz,
    provisional BOOLEAN DEFAULT false NOT NULL,
    stopped_at timestamptz,
    overdue BOOLEAN,
    appealed BOOLEAN DEFAULT false NOT NULL,
    spans JSONB,
    CONSTRAINT pk_deadline PRIMARY KEY (event_id, clock, round),
    CONSTRAINT ck_deadline_stopped CHECK ((stopped_at IS NULL) = (overdue IS NULL)),
    CONSTRAINT fk_deadline_event_id_event FOREIGN KEY(event_id) REFERENCES event (id)
);
CREATE INDEX ix_deadline_running ON deadline (due_at) WHERE stopped_at IS NULL;
"""

INDEXES = """
CREATE INDEX ix_event_class_code_occurred_at_id ON event (class_code, occurred_at, id);
CREATE INDEX ix_event_status_occurred_at_id ON event (status, occurred_at, id);
CREATE INDEX ix_event_unit ON event (unit_code, occurred_at, id) WHERE unit_code IS NOT NULL;
CREATE INDEX ix_event_standard ON event (standard_code, occurred_at, id) WHERE standard_code IS NOT NULL;
CREATE INDEX ix_event_task ON event (occurred_at, id) WHERE kind = 'task';
CREATE INDEX ix_event_marked ON event (occurred_at, id) WHERE marks <> '{}';
CREATE INDEX ix_event_counted ON event (occurred_at) INCLUDE (id, status, class_code, region_code, source_system_code,
    severity, master, kind, unit_kind, unit_code, standard_code, due_at, warn_at);
CREATE INDEX ix_event_parent_id ON event (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_event_merged_into ON event (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX ix_event_here_open ON event (unit_code, due_at)
    WHERE master = 'here' AND status NOT IN ('closed', 'archived', 'void', 'merged');
"""

OURS = """
ALTER TABLE source_system DROP CONSTRAINT ck_source_system_carries;
ALTER TABLE source_system ADD CONSTRAINT ck_source_system_carries
    CHECK (carries IN ('readings', 'events', 'video', 'cases'));
"""

# Reads the handlers as their owner does, or the policies of the two tables would ask each other without end.
SCOPE = """
CREATE FUNCTION scope_handled() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp ROWS 1000
    BEGIN ATOMIC
        SELECT event_id FROM event_handler
        WHERE unit_kind = 'department' AND unit_code = ANY ((SELECT scope_codes('departments'))::text[])
        UNION ALL
        SELECT event_id FROM event_handler
        WHERE unit_kind IN ('district', 'street') AND scope_kind() = 'districts'
            AND left(unit_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])
        UNION ALL
        SELECT event_id FROM event_handler
        WHERE unit_kind = 'street' AND unit_code = ANY ((SELECT scope_codes('streets'))::text[]);
    END;
"""
CITY = "(SELECT scope_is_city())"
SOURCE = "source_system_code = ANY ((SELECT scope_sources())::text[])"
PLACE = (
    "left(region_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])"
    " OR region_code = ANY ((SELECT scope_codes('streets'))::text[])"
)
HANDLED = "id IN (SELECT scope_handled())"
OWN_GONE = """
CREATE TEMPORARY TABLE own_case ON COMMIT DROP AS
    SELECT event.id FROM event JOIN source_system ON source_system.code = source_system_code WHERE carries = 'cases';
DELETE FROM event_evidence WHERE event_id IN (SELECT id FROM own_case);
DELETE FROM event WHERE id IN (SELECT id FROM own_case);
DROP TABLE own_case;
"""
OWNED = ("event_act", "event_handler", "deadline")


def upgrade() -> None:
    """Add columns and tables; every case that is there stays its source's, with all its steps."""
    for statements in (COLUMNS, TABLES, INDEXES, OURS, SCOPE):
        op.execute(statements)
    op.execute(f"ALTER POLICY scope ON event USING ({CITY} OR {PLACE} OR {SOURCE} OR {HANDLED})")
    for table in OWNED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        seen = f"{CITY} OR EXISTS (SELECT FROM event WHERE event.id = event_id)"
        op.execute(f"CREATE POLICY scope ON {table} TO cityops_api USING ({seen})")
        op.execute(f"CREATE POLICY ingest ON {table} TO cityops_ingest USING (true)")
    op.execute(
        "CREATE POLICY cases ON audit FOR INSERT TO cityops_api"
        " WITH CHECK (kind IS DISTINCT FROM 'command' AND action ~ '^case:')"
    )


def downgrade() -> None:
    """Drop all of it: acts on cases are gone, what their sources told stays."""
    op.execute(f"ALTER POLICY scope ON event USING ({CITY} OR {PLACE} OR {SOURCE})")
    op.execute("DROP POLICY cases ON audit")
    op.execute("DROP FUNCTION scope_handled()")
    for table in OWNED:
        op.execute(f"DROP TABLE {table}")
    # A case that was made here has no history of a source, and nobody who would tell of it again.
    op.execute(OWN_GONE)
    op.execute("DELETE FROM source_system WHERE carries = 'cases'")
    op.execute(
        "ALTER TABLE source_system DROP CONSTRAINT ck_source_system_carries;"
        "ALTER TABLE source_system ADD CONSTRAINT ck_source_system_carries"
        " CHECK (carries IN ('readings', 'events', 'video'))"
    )
    columns = (
        *("master", "kind", "own_sequence", "unit_kind", "unit_code", "standard_code", "standard_version"),
        *("parent_id", "merged_into", "due_at", "warn_at", "overdue", "marks", "remembered"),
    )
    op.execute("DROP INDEX ix_event_counted")
    op.execute("DROP INDEX ix_event_class_code_occurred_at_id, ix_event_status_occurred_at_id")
    op.execute("ALTER TABLE event " + ", ".join(f"DROP COLUMN {name}" for name in columns))
