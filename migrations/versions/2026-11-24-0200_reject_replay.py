"""Rejects that can be worked: state and attempts of each, its replays, and what retention has dropped of them."""

from alembic import op

revision = "2026_11_24_reject_replay"
down_revision = "2026_11_24_keeping"

# Reasons for which a message was refused before its items were told apart: its only reject stands for all of it.
# Written out, because a migration must go on doing what it did when the code's list has changed.
WHOLE = """
    'topic_not_utf8', 'bad_topic', 'unknown_source', 'empty_payload', 'payload_too_large', 'bad_json',
    'internal_error', 'database_refused'
"""


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE reject
            ADD COLUMN metric_code TEXT,
            ADD COLUMN whole BOOLEAN DEFAULT false NOT NULL,
            ADD COLUMN line_delimited BOOLEAN DEFAULT false NOT NULL,
            ADD COLUMN state TEXT DEFAULT 'open' NOT NULL,
            ADD COLUMN attempts INTEGER DEFAULT 0 NOT NULL,
            ADD COLUMN settled_at timestamptz,
            ADD CONSTRAINT ck_reject_state CHECK (state IN ('open', 'replayed', 'given_up'))
        """
    )
    op.execute(f"UPDATE reject SET whole = true WHERE item_index = 0 AND reason IN ({WHOLE})")  # noqa: S608
    op.execute("CREATE INDEX ix_reject_open ON reject (reason, source_system_code) WHERE state = 'open'")
    op.execute(
        """
        CREATE TABLE reject_attempt (
            reject_id BIGINT NOT NULL,
            attempt INTEGER NOT NULL,
            received_at timestamptz NOT NULL,
            tried_at timestamptz DEFAULT now() NOT NULL,
            worker TEXT NOT NULL,
            outcome TEXT NOT NULL,
            stored INTEGER NOT NULL,
            duplicate INTEGER NOT NULL,
            reason_before TEXT NOT NULL,
            detail_before TEXT NOT NULL,
            CONSTRAINT pk_reject_attempt PRIMARY KEY (reject_id, attempt),
            CONSTRAINT ck_reject_attempt_outcome CHECK (outcome IN ('stored', 'duplicate', 'refused'))
        );
        CREATE INDEX ix_reject_attempt_received_at ON reject_attempt (received_at);
        CREATE TABLE reject_dropped (
            kind TEXT NOT NULL,
            rejects BIGINT NOT NULL,
            stored BIGINT NOT NULL,
            duplicate BIGINT NOT NULL,
            refused BIGINT NOT NULL,
            dropped_until timestamptz NOT NULL,
            CONSTRAINT pk_reject_dropped PRIMARY KEY (kind)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE reject_attempt, reject_dropped")
    op.execute("DROP INDEX ix_reject_open")
    op.execute(
        """
        ALTER TABLE reject DROP COLUMN metric_code, DROP COLUMN whole, DROP COLUMN line_delimited,
            DROP COLUMN state, DROP COLUMN attempts, DROP COLUMN settled_at
        """
    )
