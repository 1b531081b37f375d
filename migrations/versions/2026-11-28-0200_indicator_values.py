"""Values of indicators that come from outside: each revision is kept, none is rewritten; sources that carry them."""

from alembic import op

revision = "2026_11_28_indicator_values"
down_revision = "2026_11_28_mode_limits"

TABLE = """
CREATE TABLE indicator_value (
    indicator_code TEXT COLLATE "C" NOT NULL,
    region_code TEXT NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    source_system_code TEXT NOT NULL,
    revision INTEGER NOT NULL,
    value DOUBLE PRECISION,
    numerator DOUBLE PRECISION,
    denominator DOUBLE PRECISION,
    quality SMALLINT NOT NULL,
    coverage DOUBLE PRECISION,
    definition_version SMALLINT NOT NULL,
    by TEXT,
    reason TEXT,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_indicator_value PRIMARY KEY
        (indicator_code, region_code, period_start, period_end, source_system_code, revision),
    CONSTRAINT ck_indicator_value_period CHECK (period_start < period_end),
    CONSTRAINT ck_indicator_value_revision CHECK (revision >= 0),
    CONSTRAINT ck_indicator_value_parts CHECK ((numerator IS NULL) = (denominator IS NULL)),
    CONSTRAINT ck_indicator_value_coverage CHECK (coverage BETWEEN 0 AND 1),
    CONSTRAINT fk_indicator_value_region_code_region FOREIGN KEY (region_code) REFERENCES region (code),
    CONSTRAINT fk_indicator_value_source_system_code_source_system FOREIGN KEY (source_system_code)
        REFERENCES source_system (code)
);
SELECT create_hypertable(
    'indicator_value', by_range('period_start', INTERVAL '90 days'), create_default_indexes => false);
CREATE FUNCTION refuse_indicator_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'values of indicators are only added to: a newer revision replaces an older one';
END $$;
CREATE TRIGGER indicator_value_append_only
    BEFORE UPDATE OR DELETE ON indicator_value FOR EACH ROW EXECUTE FUNCTION refuse_indicator_rewrite();
ALTER TABLE indicator_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON indicator_value TO cityops_api USING (
    (SELECT scope_is_city()) OR left(region_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])
    OR region_code = ANY ((SELECT scope_codes('streets'))::text[])
    OR source_system_code = ANY ((SELECT scope_sources())::text[]));
CREATE POLICY ingest ON indicator_value TO cityops_ingest USING (true);
"""

CARRIES = """
ALTER TABLE source_system DROP CONSTRAINT ck_source_system_carries;
ALTER TABLE source_system ADD CONSTRAINT ck_source_system_carries CHECK (carries IN ({}));
"""


def upgrade() -> None:
    """Make the table, and let a source system carry indicators."""
    op.execute(TABLE)
    op.execute(CARRIES.format("'readings', 'events', 'video', 'cases', 'indicators'"))


def downgrade() -> None:
    """Drop the values, and the source systems that carry nothing else with what the ledger has of them."""
    op.execute("DROP TABLE indicator_value; DROP FUNCTION refuse_indicator_rewrite()")
    op.execute("DELETE FROM source_system WHERE carries = 'indicators'")
    op.execute(CARRIES.format("'readings', 'events', 'video', 'cases'"))
