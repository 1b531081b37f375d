"""The working calendar's notices and single days, beside those that the library knows."""

from alembic import op

revision = "2026_11_27_calendar"
down_revision = "2026_11_27_uplink"

TABLES = """
CREATE TABLE calendar_notice (
    year SMALLINT NOT NULL,
    source TEXT NOT NULL,
    loaded_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_calendar_notice PRIMARY KEY (year)
);
CREATE TABLE calendar_day (
    day DATE NOT NULL,
    works BOOLEAN NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    source TEXT NOT NULL,
    notice_year SMALLINT,
    loaded_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_calendar_day PRIMARY KEY (day),
    CONSTRAINT fk_calendar_day_notice_year_calendar_notice FOREIGN KEY(notice_year) REFERENCES calendar_notice (year)
);
CREATE INDEX ix_calendar_day_notice_year ON calendar_day (notice_year);
"""


def upgrade() -> None:
    """Make the tables; until something is loaded, the calendar is the library's."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them with what was loaded."""
    op.execute("DROP TABLE calendar_day")
    op.execute("DROP TABLE calendar_notice")
