"""When uplinks of LoRaWAN first came, whichever worker took them: one that comes again is of that time.

What is agreed here is a time alone, so it may be committed before the readings of the uplink are: these are told
apart by series and time, so that they are stored once by whoever, and however often, they are stored.
"""

from collections.abc import Mapping
from datetime import timedelta

import psycopg

KEPT = timedelta(hours=2)
"""How long an uplink is known after it came; a network repeats one within minutes."""


def agreed(connection: psycopg.Connection, uplinks: Mapping[bytes, int], within_us: int) -> dict[bytes, int]:
    """Keep new uplinks with their times (microseconds since 1970 UTC) by digest; return the times that hold for all.

    One that is known is of the time it came first, if that is no longer ago than `within_us`.
    """
    rows = connection.execute(
        """
        INSERT INTO uplink AS kept (digest, first_us)
        SELECT * FROM unnest(%s::bytea[], %s::bigint[]) AS new (digest, first_us) ORDER BY digest
        ON CONFLICT (digest) DO UPDATE
        SET seen_at = now(),
            first_us = CASE WHEN abs(excluded.first_us - kept.first_us) <= %s
                            THEN kept.first_us ELSE excluded.first_us END
        RETURNING digest, first_us
        """,
        [list(uplinks), list(uplinks.values()), within_us],
    )
    return {bytes(digest): first_us for digest, first_us in rows}


def forgettable(connection: psycopg.Connection) -> int:
    """Return how many uplinks came longer ago than they are kept."""
    row = connection.execute("SELECT count(*) FROM uplink WHERE seen_at < now() - %s", [KEPT]).fetchone()
    return int(row[0]) if row else 0


def forget(connection: psycopg.Connection) -> int:
    """Forget the uplinks that came longer ago than they are kept; return how many."""
    return connection.execute("DELETE FROM uplink WHERE seen_at < now() - %s", [KEPT]).rowcount
