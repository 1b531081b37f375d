"""Case standards: when a case is filed, how long it may take, when it may be closed; all versions are kept."""

from alembic import op

revision = "2026_11_27_case_standard"
down_revision = "2026_11_27_calendar"

TABLE = """
CREATE TABLE case_standard (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    class_code TEXT NOT NULL,
    code_scheme TEXT NOT NULL,
    scheme_code TEXT NOT NULL,
    condition_zh TEXT NOT NULL,
    condition_en TEXT NOT NULL,
    limit_kind TEXT NOT NULL,
    limit_amount INTEGER NOT NULL,
    closing_zh TEXT NOT NULL,
    closing_en TEXT NOT NULL,
    evidence TEXT NOT NULL,
    unit_kind TEXT NOT NULL,
    unit_code TEXT,
    basis TEXT NOT NULL,
    valid_from DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    added_at timestamptz DEFAULT now() NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT pk_case_standard PRIMARY KEY (code, version),
    CONSTRAINT ck_case_standard_version CHECK (version > 0),
    CONSTRAINT ck_case_standard_limit_amount CHECK (limit_amount > 0),
    CONSTRAINT ck_case_standard_limit_kind CHECK (limit_kind IN ('urgent_hours', 'work_hours', 'work_days', 'days')),
    CONSTRAINT ck_case_standard_evidence CHECK (evidence IN ('none', 'after', 'before_after')),
    CONSTRAINT ck_case_standard_unit CHECK (
        unit_kind IN ('department', 'district', 'street') AND (unit_kind = 'department') = (unit_code IS NOT NULL)),
    CONSTRAINT fk_case_standard_class_code_event_class FOREIGN KEY (class_code) REFERENCES event_class (code)
);
CREATE INDEX ix_case_standard_class_code ON case_standard (class_code);
"""


def upgrade() -> None:
    """Make the table; `cityops db upgrade` fills it with the example set."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE case_standard")
