"""Corrections of values that come from outside, with their steps: added to, and never rewritten."""

from alembic import op

revision = "2026_11_28_corrections"
down_revision = "2026_11_28_filling"

TABLES = """
CREATE TABLE correction (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    indicator_code TEXT COLLATE "C" NOT NULL,
    region_code TEXT,
    source_system_code TEXT,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    action TEXT NOT NULL,
    amount DOUBLE PRECISION,
    expected_low DOUBLE PRECISION NOT NULL,
    expected_high DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT pk_correction PRIMARY KEY (id),
    CONSTRAINT ck_correction_period CHECK (period_start < period_end),
    CONSTRAINT ck_correction_action CHECK (action IN ('drop', 'override', 'scale', 'flag')),
    CONSTRAINT ck_correction_amount CHECK ((amount IS NOT NULL) = (action IN ('override', 'scale'))),
    CONSTRAINT ck_correction_expected CHECK (expected_low <= expected_high),
    CONSTRAINT fk_correction_region_code_region FOREIGN KEY (region_code) REFERENCES region (code),
    CONSTRAINT fk_correction_source_system_code_source_system FOREIGN KEY (source_system_code)
        REFERENCES source_system (code)
);
CREATE INDEX ix_correction_indicator_code ON correction (indicator_code);
CREATE TABLE correction_step (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    correction_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    "to" TEXT,
    note TEXT,
    by TEXT NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_correction_step PRIMARY KEY (id),
    CONSTRAINT uq_correction_step_correction_id_status UNIQUE (correction_id, status),
    CONSTRAINT ck_correction_step_status
        CHECK (status IN ('open', 'reported', 'acknowledged', 'fixed_upstream', 'withdrawn')),
    CONSTRAINT fk_correction_step_correction_id_correction FOREIGN KEY (correction_id) REFERENCES correction (id)
);
CREATE FUNCTION refuse_correction_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'corrections are only added to: another step says what became of one';
END $$;
CREATE TRIGGER correction_append_only
    BEFORE UPDATE OR DELETE ON correction FOR EACH ROW EXECUTE FUNCTION refuse_correction_rewrite();
CREATE TRIGGER correction_step_append_only
    BEFORE UPDATE OR DELETE ON correction_step FOR EACH ROW EXECUTE FUNCTION refuse_correction_rewrite();
"""

# Values of districts and of the city are open to all, and so is what was corrected of them; a street's in its area.
SECURITY = """
ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON correction TO cityops_api USING (
    (SELECT scope_is_city()) OR region_code IS NULL OR length(region_code) <= 6
    OR left(region_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])
    OR region_code = ANY ((SELECT scope_codes('streets'))::text[]));
ALTER TABLE correction_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON correction_step TO cityops_api USING (
    EXISTS (SELECT FROM correction WHERE correction.id = correction_id));
CREATE POLICY corrections ON audit FOR INSERT TO cityops_api
    WITH CHECK (kind IS DISTINCT FROM 'command' AND action ~ '^correction:');
"""


def upgrade() -> None:
    """Make both tables."""
    op.execute(TABLES)
    op.execute(SECURITY)


def downgrade() -> None:
    """Drop what was corrected; values are then what their sources say."""
    op.execute("DROP POLICY corrections ON audit")
    op.execute("DROP TABLE correction_step, correction; DROP FUNCTION refuse_correction_rewrite()")
