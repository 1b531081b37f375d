"""Alarm rules: every version there was, and which is in force."""

from alembic import op

revision = "2026_11_27_alarm_rule"
down_revision = "2026_11_27_acts"

TABLE = """
CREATE TABLE alarm_rule (
    code TEXT COLLATE "C" NOT NULL,
    version SMALLINT NOT NULL,
    class TEXT NOT NULL,
    subject TEXT NOT NULL,
    metric TEXT,
    definition JSONB NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    set_by TEXT NOT NULL,
    until timestamptz,
    CONSTRAINT pk_alarm_rule PRIMARY KEY (code, version),
    CONSTRAINT ck_alarm_rule_version CHECK (version > 0)
);
CREATE UNIQUE INDEX uq_alarm_rule_in_force ON alarm_rule (code) WHERE until IS NULL;
"""


def upgrade() -> None:
    """Make the table; `cityops db upgrade` puts the shipped rules into it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE alarm_rule")
