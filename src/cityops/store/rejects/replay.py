"""Takes rejects for replay and notes what came of it; drops old ones. Used by the ingest's replay and maintenance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityops.domain.rejects import Reason, RejectState, ReplayOutcome
from cityops.store.engine import WriteConnection

LEDGER_WORKER = "replay"
"""Worker of the ledger under which replayed items are counted; no ingest worker may bear this name."""


@dataclass(frozen=True, slots=True)
class RejectFilter:
    """Which rejects are meant; None does not filter. `since` and `until` bound the time of receipt."""

    reason: str | None = None
    source: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: RejectState | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An open reject that this transaction has for itself, with all that is needed to try it again.

    `item_index` is the place in what was kept: 0 where that is the item alone. With more than one of `refusals`, it
    stands for the items from there on.
    """

    id: int
    received_at: datetime
    topic: str
    item_index: int
    metric_code: str | None
    whole: bool
    line_delimited: bool
    reason: str
    detail: str
    payload: bytes
    attempts: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one reject: counts are readings or event steps; a reason is given where it was refused again."""

    stored: int
    duplicate: int
    reason: Reason | None = None
    detail: str = ""

    @property
    def outcome(self) -> ReplayOutcome:
        """Return the name of what came of it."""
        if self.reason is not None:
            return ReplayOutcome.REFUSED
        return ReplayOutcome.STORED if self.stored else ReplayOutcome.DUPLICATE


_WANTED = """
    state = 'open'
    AND (%(reason)s::text IS NULL OR reason = %(reason)s)
    AND (%(source)s::text IS NULL OR source_system_code = %(source)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND received_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND received_at < coalesce(%(until)s::timestamptz, 'infinity')
"""

# What was cut off, or spelt otherwise because it was not UTF-8, cannot come again.
_WHOLE_BYTES = "coalesce(item_bytes, payload_bytes) = octet_length(payload)"
_TOPIC_KEPT = f"reason <> '{Reason.TOPIC_NOT_UTF8}'"


@dataclass(frozen=True, slots=True)
class Extent:
    """How many open rejects a filter finds: those that can be replayed, and those that cannot, by cause."""

    replayable: int
    cut: int
    topic_lost: int


def extent(connection: psycopg.Connection, wanted: RejectFilter) -> Extent:
    """Count the open rejects of a filter by whether they can be replayed."""
    row = connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE {_WHOLE_BYTES} AND {_TOPIC_KEPT}), count(*) FILTER (WHERE NOT {_WHOLE_BYTES}),
               count(*) FILTER (WHERE {_WHOLE_BYTES} AND NOT {_TOPIC_KEPT})
        FROM reject WHERE {_WANTED}
        """,  # noqa: S608 - what is put in are the constants above
        asdict(wanted),
    ).fetchone()
    assert row is not None
    return Extent(*row)


def claim(
    connection: psycopg.Connection, wanted: RejectFilter, after: tuple[datetime, int], limit: int
) -> list[Claimed]:
    """Lock the next open rejects after (time of receipt, id) and return them, oldest first.

    Rejects that another transaction has claimed are skipped: it will settle them, or leave them for the next replay.
    """
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(
            f"""
            SELECT id, received_at, topic, CASE WHEN item_bytes IS NULL THEN item_index ELSE 0 END AS item_index,
                   metric_code, whole, line_delimited, reason, detail, payload, attempts, refusals
            FROM reject
            WHERE {_WANTED} AND {_WHOLE_BYTES} AND {_TOPIC_KEPT}
              AND received_at >= %(after_at)s AND (received_at, id) > (%(after_at)s, %(after_id)s)
            ORDER BY received_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
            """,  # noqa: S608 - what is put in are the constants above
            asdict(wanted) | {"after_at": after[0], "after_id": after[1], "limit": limit},
        ).fetchall()


def settle(
    connection: psycopg.Connection, worker: str, tried: Sequence[tuple[Claimed, Attempt]], now: datetime
) -> None:
    """Note what came of claimed rejects: what was refused again stays open under its new reason."""
    rows = [
        {
            "id": one.id,
            "received_at": one.received_at,
            "attempt": one.attempts + 1,
            "now": now,
            "worker": worker,
            "outcome": attempt.outcome.value,
            "stored": attempt.stored,
            "duplicate": attempt.duplicate,
            "reason_before": one.reason,
            "detail_before": one.detail,
            "reason": attempt.reason,
            "detail": attempt.detail.replace("\0", "\N{SYMBOL FOR NULL}")[:1000],
        }
        for one, attempt in tried
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            UPDATE reject SET attempts = %(attempt)s,
                state = CASE WHEN %(reason)s::text IS NULL THEN 'replayed' ELSE 'open' END,
                settled_at = CASE WHEN %(reason)s::text IS NULL THEN %(now)s::timestamptz END,
                reason = coalesce(%(reason)s, reason),
                detail = CASE WHEN %(reason)s::text IS NULL THEN detail ELSE %(detail)s END
            WHERE received_at = %(received_at)s AND id = %(id)s
            """,
            rows,
        )
        cursor.executemany(
            """
            INSERT INTO reject_attempt (reject_id, attempt, received_at, tried_at, worker, outcome, stored, duplicate,
                                        reason_before, detail_before)
            VALUES (%(id)s, %(attempt)s, %(received_at)s, %(now)s, %(worker)s, %(outcome)s, %(stored)s,
                    %(duplicate)s, %(reason_before)s, %(detail_before)s)
            """,
            rows,
        )


def give_up(connection: WriteConnection, wanted: RejectFilter, now: datetime) -> int:
    """Close open rejects that nobody will mend, so that they are counted no more; return how many."""
    return connection.exec_driver_sql(
        f"UPDATE reject SET state = 'given_up', settled_at = %(now)s WHERE {_WANTED}",  # noqa: S608 - a constant
        asdict(wanted) | {"now": now},
    ).rowcount


def drop_older_than(connection: psycopg.Connection, cutoff: datetime) -> int:
    """Drop the chunks of rejects that all came before `cutoff`, with their attempts; return the number of rejects.

    What is dropped is added to `reject_dropped` in the same transaction, so that `cityops verify` stays clean.
    May run while ingest and replay run, and twice.
    """
    with connection.transaction(), connection.cursor() as cursor:
        chunks = cursor.execute("SELECT show_chunks('reject', older_than => %s)::text", [cutoff]).fetchall()
        names = [row[0] for row in chunks]
        if not names:
            return 0
        for name in names:  # a replay that has claimed a row of it finishes first, and none begins
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        dropped = _count_dropped(cursor, names, cutoff)
        cursor.execute(
            """
            DELETE FROM reject_attempt
            WHERE reject_id IN (SELECT id FROM reject WHERE tableoid = ANY(%s::regclass[]))
            """,
            [names],
        )
        cursor.execute("SELECT drop_chunks('reject', older_than => %s)", [cutoff])
    return dropped


def _count_dropped(cursor: psycopg.Cursor, chunks: list[str], cutoff: datetime) -> int:
    cursor.execute(
        """
        INSERT INTO reject_dropped AS kept (kind, rejects, stored, duplicate, refused, dropped_until)
        SELECT kind, sum(refusals), coalesce(sum(stored), 0), coalesce(sum(duplicate), 0), coalesce(sum(refused), 0),
               %(cutoff)s
        FROM reject LEFT JOIN (
            SELECT reject_id, sum(stored) AS stored, sum(duplicate) AS duplicate,
                   count(*) FILTER (WHERE outcome = 'refused') AS refused
            FROM reject_attempt GROUP BY reject_id
        ) AS tried ON reject_id = id
        WHERE reject.tableoid = ANY(%(chunks)s::regclass[])
        GROUP BY kind
        ON CONFLICT (kind) DO UPDATE SET
            rejects = kept.rejects + excluded.rejects,
            stored = kept.stored + excluded.stored,
            duplicate = kept.duplicate + excluded.duplicate,
            refused = kept.refused + excluded.refused,
            dropped_until = excluded.dropped_until
        """,
        {"chunks": chunks, "cutoff": cutoff},
    )
    [row] = cursor.execute("SELECT count(*) FROM reject WHERE tableoid = ANY(%s::regclass[])", [chunks]).fetchall()
    return int(row[0])
