"""Filters of cases that each person keeps, seen by nobody else; open cases by when they are due."""

from alembic import op

revision = "2026_11_27_desk"
down_revision = "2026_11_27_handover"

TABLE = """
CREATE TABLE saved_filter (
    login TEXT NOT NULL,
    place SMALLINT NOT NULL,
    name TEXT NOT NULL,
    todo TEXT NOT NULL,
    q TEXT,
    CONSTRAINT pk_saved_filter PRIMARY KEY (login, place),
    CONSTRAINT uq_saved_filter_login_name UNIQUE (login, name),
    CONSTRAINT ck_saved_filter_place CHECK (place BETWEEN 1 AND 9),
    CONSTRAINT ck_saved_filter_length CHECK (length(name) BETWEEN 1 AND 24 AND length(q) BETWEEN 1 AND 64)
);
"""

INDEX = """
CREATE INDEX ix_event_here_due ON event (due_at, id)
    INCLUDE (status, warn_at, marks, unit_kind, unit_code, region_code, source_system_code)
    WHERE master = 'here' AND status NOT IN ('closed', 'archived', 'void', 'merged');
"""

# Nobody else's, not even within the same area: whose transaction it is, the store says.
OWN = "login = (SELECT current_setting('cityops.login', true))"


def upgrade() -> None:
    """Make index and table; the audit takes what is done with filters."""
    op.execute(INDEX)
    op.execute(TABLE)
    op.execute("ALTER TABLE saved_filter ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON saved_filter TO cityops_api USING ({OWN})")
    op.execute(
        "CREATE POLICY filters ON audit FOR INSERT TO cityops_api"
        " WITH CHECK (kind IS DISTINCT FROM 'command' AND action ~ '^filter:')"
    )


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP POLICY filters ON audit")
    op.execute("DROP TABLE saved_filter")
    op.execute("DROP INDEX ix_event_here_due")
