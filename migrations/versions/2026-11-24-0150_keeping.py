"""Hour and day rollups, and the marks that say for which hours they are not yet made."""

from alembic import op

revision = "2026_11_24_keeping"
down_revision = "2026_11_23_spine"

TABLES = """
CREATE TABLE reading_rollup_hour (
    bucket timestamptz NOT NULL,
    metric_id SMALLINT NOT NULL,
    region_id SMALLINT NOT NULL,
    n BIGINT NOT NULL,
    sum double precision NOT NULL,
    min double precision NOT NULL,
    max double precision NOT NULL,
    CONSTRAINT pk_reading_rollup_hour PRIMARY KEY (metric_id, bucket, region_id)
);

CREATE TABLE reading_rollup_day (
    bucket timestamptz NOT NULL,
    metric_id SMALLINT NOT NULL,
    region_id SMALLINT NOT NULL,
    n BIGINT NOT NULL,
    sum double precision NOT NULL,
    min double precision NOT NULL,
    max double precision NOT NULL,
    CONSTRAINT pk_reading_rollup_day PRIMARY KEY (metric_id, bucket, region_id)
);

CREATE TABLE rollup_touched (
    hour timestamptz NOT NULL
);

CREATE TABLE rollup_unmade (
    hour timestamptz NOT NULL,
    CONSTRAINT pk_rollup_unmade PRIMARY KEY (hour)
);
"""

# At most 51 million rows a year (31 metrics × 187 regions × 8,760 hours). Days are at most 2 million rows a year:
# an ordinary table.
HYPERTABLES = """
SELECT create_hypertable(
    'reading_rollup_hour', by_range('bucket', INTERVAL '90 days'), create_default_indexes => false)
"""

# Of rollups that are there already, every hour is unmade. Chunks are asked, not rows: there may be a billion.
MARKS = """
INSERT INTO rollup_unmade (hour)
SELECT generate_series(range_start, range_end - interval '1 hour', interval '1 hour')
FROM timescaledb_information.chunks WHERE hypertable_name = 'reading_rollup' AND hypertable_schema = current_schema()
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(HYPERTABLES)
    op.execute(MARKS)


def downgrade() -> None:
    op.execute("DROP TABLE reading_rollup_hour")  # TimescaleDB drops a hypertable only by itself
    op.execute("DROP TABLE reading_rollup_day, rollup_touched, rollup_unmade")
