"""Of a message with several items, a reject keeps the refused one; before, it kept the message for each of them."""

from alembic import op

revision = "2026_11_24_reject_item"
down_revision = "2026_11_24_device_states"


def upgrade() -> None:
    op.execute("ALTER TABLE reject ADD COLUMN item_bytes INTEGER")


def downgrade() -> None:
    # Without the column these would look like messages that were cut off, which is what an older version can say.
    op.execute("ALTER TABLE reject DROP COLUMN item_bytes")
