"""The ingest's accounts: per worker and source, received = stored + duplicate + rejected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

NO_SOURCE = "-"
"""Stands for every source code that is not registered, so that a sender cannot fill the ledger with names."""


@dataclass(slots=True)
class Tally:
    """Items of one batch from one source."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0


def settled(connection: psycopg.Connection) -> int:
    """Return how many readings have been received and settled by all workers, one way or the other."""
    [number] = connection.execute("SELECT sum(received) FROM ingest_ledger WHERE kind = 'readings'").fetchone() or (
        0,
    )
    return int(number or 0)


def add(cursor: psycopg.Cursor, worker: str, received_at: datetime, tallies: Mapping[tuple[str, str], Tally]) -> None:
    """Add a batch's tallies, by (source, kind), to the worker's accounts."""
    cursor.executemany(
        """
        INSERT INTO ingest_ledger AS kept
            (worker, source_system_code, kind, received, stored, duplicate, rejected, last_received_at)
        VALUES (%(worker)s, %(source)s, %(kind)s, %(received)s, %(stored)s, %(duplicate)s, %(rejected)s, %(at)s)
        ON CONFLICT (worker, source_system_code, kind) DO UPDATE SET
            received = kept.received + excluded.received,
            stored = kept.stored + excluded.stored,
            duplicate = kept.duplicate + excluded.duplicate,
            rejected = kept.rejected + excluded.rejected,
            last_received_at = greatest(kept.last_received_at, excluded.last_received_at)
        """,
        [
            {
                "worker": worker,
                "source": source,
                "kind": kind,
                "received": tally.stored + tally.duplicate + tally.rejected,
                "stored": tally.stored,
                "duplicate": tally.duplicate,
                "rejected": tally.rejected,
                "at": received_at,
            }
            for (source, kind), tally in sorted(tallies.items())
        ],
    )


PAST_STEP_S = 300
"""Of the accounts of before, those each so many seconds are kept."""


def keep(connection: psycopg.Connection, now: datetime) -> None:
    """Keep what the accounts come to, once in each five minutes, so that it can be told later."""
    connection.execute(
        """
        INSERT INTO ledger_past
        SELECT %(now)s, source_system_code, kind, sum(received), sum(stored), sum(duplicate), sum(rejected),
               max(last_received_at)
        FROM ingest_ledger
        WHERE NOT EXISTS (SELECT FROM ledger_past WHERE at > %(now)s - make_interval(secs => %(step)s))
        GROUP BY source_system_code, kind
        """,
        {"now": now, "step": PAST_STEP_S},
    )
