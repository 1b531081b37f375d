"""Uplinks of LoRaWAN that came not long ago, so that one that comes again is of the time it came first."""

from alembic import op

revision = "2026_11_27_uplink"
down_revision = "2026_11_27_channel_place"

TABLE = """
CREATE TABLE uplink (
    digest BYTEA NOT NULL,
    first_us BIGINT NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_uplink PRIMARY KEY (digest)
);
"""


def upgrade() -> None:
    """Make the table; uplinks from before are not known in it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE uplink")
