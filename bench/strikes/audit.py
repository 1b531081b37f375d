"""Holds the store against the journal of what was sent: every reading, every refused item, every sum."""

from collections import Counter
from dataclasses import dataclass

import psycopg

from bench.strikes.journal import Journal, Refused
from cityops.store.binary_copy import copy_columns, timestamps
from cityops.store.upkeep.verify import verify


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found; the first three are 0 and `differences` is empty where nothing was lost or counted twice.

    `lost`: readings that are not in the store with their value. `doubled`: rows that nobody sent, and readings that a
    rollup counts more often than they are stored. `rejects_wrong`: refused items without their row in `reject`, and
    rows beyond them.
    """

    lost: int
    doubled: int
    rejects_wrong: int
    rejects_recorded: int
    duplicates: int
    differences: tuple[str, ...]
    examples: tuple[str, ...]


def audit(connection: psycopg.Connection, journal: Journal) -> Audit:
    """Compare everything; `duplicates` is what the ledger counts as such, repeats and redeliveries together."""
    found = _rejects(connection)
    missing, beyond = journal.rejects - found, found - journal.rejects
    stored, agreeing = _readings(connection, journal)
    rolled_up = _number(connection, "SELECT coalesce(sum(n), 0)::bigint FROM reading_rollup")
    findings = [finding for finding in verify(connection, lambda _check: None) if finding.wrong]
    return Audit(
        lost=len(journal.readings) - agreeing,
        doubled=stored - agreeing + max(0, rolled_up - stored),
        rejects_wrong=missing.total() + beyond.total(),
        rejects_recorded=found.total(),
        duplicates=_number(connection, "SELECT coalesce(sum(duplicate), 0)::bigint FROM ingest_ledger"),
        differences=tuple(f"{finding.check}: {finding.wrong} {finding.examples}" for finding in findings),
        examples=tuple(f"missing {one}" for one in list(missing)[:5])
        + tuple(f"beyond {one}" for one in list(beyond)[:5]),
    )


def _readings(connection: psycopg.Connection, journal: Journal) -> tuple[int, int]:
    """Return how many readings are stored, and how many of those sent are among them with their value."""
    sent = journal.readings
    connection.execute(
        "CREATE TEMPORARY TABLE sent (ts timestamptz NOT NULL, series_id integer NOT NULL, value float8 NOT NULL)"
    )
    with connection.transaction(), connection.cursor() as cursor:
        copy_columns(cursor, "sent", {"ts": timestamps(sent.ts), "series_id": sent.series, "value": sent.value})
    connection.execute("ANALYZE sent")
    agreeing = "SELECT count(*) FROM sent JOIN reading USING (ts, series_id, value)"
    return _number(connection, "SELECT count(*) FROM reading"), _number(connection, agreeing)


def _rejects(connection: psycopg.Connection) -> Counter[Refused]:
    rows = connection.execute("SELECT reason, topic, item_index, payload_bytes, md5(payload) FROM reject")
    return Counter((row[0], row[1], row[2], row[3], row[4]) for row in rows)


def _number(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
