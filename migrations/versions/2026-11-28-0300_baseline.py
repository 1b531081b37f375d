"""What is usual at each hour of the week: pieces of bytes, flags of what left it, and how series stand now."""

from alembic import op

revision = "2026_11_28_baseline"
down_revision = "2026_11_28_indicator_values"

# Bytes of floats hardly compress: kept as they are.
TABLES = """
CREATE TABLE baseline (
    slot SMALLINT NOT NULL,
    until timestamptz NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT pk_baseline PRIMARY KEY (slot)
);
ALTER TABLE baseline ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE baseline_flag (
    metric_id SMALLINT NOT NULL,
    region_id SMALLINT NOT NULL,
    since timestamptz NOT NULL,
    reason TEXT NOT NULL,
    until timestamptz NOT NULL,
    deviations REAL NOT NULL,
    CONSTRAINT pk_baseline_flag PRIMARY KEY (metric_id, region_id, since, reason),
    CONSTRAINT fk_baseline_flag_metric_id_metric FOREIGN KEY (metric_id) REFERENCES metric (id),
    CONSTRAINT fk_baseline_flag_region_id_region FOREIGN KEY (region_id) REFERENCES region (id),
    CONSTRAINT ck_baseline_flag_reason CHECK (reason IN ('above', 'below', 'frozen', 'shift'))
);
CREATE TABLE baseline_standing (
    metric_id SMALLINT NOT NULL,
    region_id SMALLINT NOT NULL,
    ts timestamptz NOT NULL,
    deviations REAL NOT NULL,
    CONSTRAINT pk_baseline_standing PRIMARY KEY (metric_id, region_id),
    CONSTRAINT fk_baseline_standing_metric_id_metric FOREIGN KEY (metric_id) REFERENCES metric (id),
    CONSTRAINT fk_baseline_standing_region_id_region FOREIGN KEY (region_id) REFERENCES region (id)
);
"""

# A street's flags are seen where its devices are; those of districts and of the city are sums, which all may see.
SECURITY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON {table} TO cityops_api USING (
    (SELECT scope_is_city()) OR EXISTS (
        SELECT FROM region WHERE region.id = region_id AND (
            length(code) <= 6 OR left(code, 6) = ANY ((SELECT scope_codes('districts'))::text[])
            OR code = ANY ((SELECT scope_codes('streets'))::text[]))));
"""


def upgrade() -> None:
    """Make room; the job learns from the rollups that are kept."""
    op.execute(TABLES)
    for table in ("baseline_flag", "baseline_standing"):
        op.execute(SECURITY.replace("{table}", table))


def downgrade() -> None:
    """Drop what was learnt; it can be learnt again."""
    op.execute("DROP TABLE baseline, baseline_flag, baseline_standing")
