"""From when on a table is kept, and how many of its rows were dropped, so that the accounts still balance."""

from alembic import op

revision = "2026_11_24_retention"
down_revision = "2026_11_24_reject_replay"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE retention (
            relation TEXT NOT NULL,
            kept_from timestamptz NOT NULL,
            dropped BIGINT NOT NULL,
            CONSTRAINT pk_retention PRIMARY KEY (relation)
        )
        """
    )
    # No reading is older than 2000: everything is kept.
    op.execute("INSERT INTO retention VALUES ('reading', '2000-01-01Z', 0), ('reading_rollup', '2000-01-01Z', 0)")


def downgrade() -> None:
    op.execute("DROP TABLE retention")
