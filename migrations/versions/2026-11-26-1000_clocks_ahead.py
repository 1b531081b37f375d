"""Newest readings that lie ahead of their receipt: when they came, and up to when a series has had such readings."""

from alembic import op

revision = "2026_11_26_clocks_ahead"
down_revision = "2026_11_24_folded_login"


def upgrade() -> None:
    """Add two columns that are null nearly always; nothing is rewritten."""
    op.execute("ALTER TABLE reading_latest ADD COLUMN received_at timestamptz, ADD COLUMN ahead_until timestamptz")


def downgrade() -> None:
    # An older verify takes a newest reading that gave way to one with a right clock for a wrong one.
    op.execute("ALTER TABLE reading_latest DROP COLUMN received_at, DROP COLUMN ahead_until")
