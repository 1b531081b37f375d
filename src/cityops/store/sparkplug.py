"""What is known of Sparkplug's edge nodes between two messages: written with a batch, read when a worker starts."""

from collections.abc import Mapping
from datetime import datetime

import psycopg


def nodes(connection: psycopg.Connection) -> dict[tuple[str, str], str]:
    """Return the state of all nodes by group and node, as JSON."""
    rows = connection.execute("SELECT group_id, node_id, state::text FROM sparkplug_node")
    return {(group, node): state for group, node, state in rows}


def record(cursor: psycopg.Cursor, states: Mapping[tuple[str, str], tuple[str, datetime]]) -> None:
    """Keep states (JSON, and when the message came that led to them) in place of earlier ones."""
    if not states:
        return
    cursor.execute(
        """
        INSERT INTO sparkplug_node (group_id, node_id, state, updated_at)
        SELECT * FROM unnest(%s::text[], %s::text[], %s::jsonb[], %s::timestamptz[])
        ON CONFLICT (group_id, node_id) DO UPDATE SET (state, updated_at) = (excluded.state, excluded.updated_at)
        """,
        [
            [group for group, _ in states],
            [node for _, node in states],
            [state for state, _ in states.values()],
            [updated_at for _, updated_at in states.values()],
        ],
    )
