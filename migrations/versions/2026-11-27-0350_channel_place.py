"""Video channels may have no place: a catalogue often names their street alone."""

from alembic import op

revision = "2026_11_27_channel_place"
down_revision = "2026_11_27_audit_guard"


def upgrade() -> None:
    """Let a channel be without a place, never with half of one."""
    op.execute("ALTER TABLE video_channel ALTER COLUMN lon DROP NOT NULL, ALTER COLUMN lat DROP NOT NULL")
    op.execute(
        "ALTER TABLE video_channel ADD CONSTRAINT ck_video_channel_whole_place CHECK ((lon IS NULL) = (lat IS NULL))"
    )


def downgrade() -> None:
    """Give those without a place the one that receivers tell which have none."""
    op.execute("ALTER TABLE video_channel DROP CONSTRAINT ck_video_channel_whole_place")
    op.execute("UPDATE video_channel SET lon = 0, lat = 0 WHERE lon IS NULL")
    op.execute("ALTER TABLE video_channel ALTER COLUMN lon SET NOT NULL, ALTER COLUMN lat SET NOT NULL")
