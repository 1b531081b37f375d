"""What processes know of each other: who runs; sign-ins by address and spent id_tokens, which all count together."""

from alembic import op

revision = "2026_11_28_processes"
down_revision = "2026_11_28_views"

TABLES = """
CREATE TABLE process (
    id TEXT NOT NULL,
    part TEXT NOT NULL,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    schema_head TEXT,
    marks JSONB NOT NULL,
    clock_ahead_s DOUBLE PRECISION NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_process PRIMARY KEY (id)
);
CREATE UNLOGGED TABLE sign_in_bucket (
    address TEXT NOT NULL,
    level DOUBLE PRECISION NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_sign_in_bucket PRIMARY KEY (address)
);
CREATE TABLE spent_id_token (
    digest BYTEA NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT pk_spent_id_token PRIMARY KEY (digest)
);
"""


def upgrade() -> None:
    """Make the three tables; none of them belongs to a part of the city."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE process; DROP TABLE sign_in_bucket; DROP TABLE spent_id_token")
