"""Beyond a number, one reject stands for many refusals of a message; before, each had a row of its own."""

from alembic import op

revision = "2026_11_24_reject_refusals"
down_revision = "2026_11_24_row_security"


def upgrade() -> None:
    op.execute("ALTER TABLE reject ADD COLUMN refusals INTEGER NOT NULL DEFAULT 1")


def downgrade() -> None:
    # An older verify counts rows: it will find the ledger ahead by what these stood for.
    op.execute("ALTER TABLE reject DROP COLUMN refusals")
