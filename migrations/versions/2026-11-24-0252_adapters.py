"""What adapters remember: when messages without a time first came, and the births of Sparkplug's edge nodes."""

from alembic import op

revision = "2026_11_24_adapters"
down_revision = "2026_11_24_rollup_room"

TABLES = """
CREATE TABLE receipt (
    worker TEXT NOT NULL,
    packet_id INTEGER NOT NULL,
    fingerprint BYTEA NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_receipt PRIMARY KEY (worker, packet_id)
);

CREATE TABLE sparkplug_node (
    group_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    state JSONB NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_sparkplug_node PRIMARY KEY (group_id, node_id)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE receipt, sparkplug_node")
