"""Sends messages through a writer of its own, for tests that look at what became of them; makes plain messages."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from cityops.clock import utc_now
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome, bounded
from cityops_ingest.writer import Writer

BASE = datetime(2026, 11, 20, tzinfo=UTC)
READINGS = "cityops/v1/readings/water-logging"

EVENTS = "cityops/v1/events/hotline-12345"


class Sender:
    """Sends messages through a writer of its own and collects their outcomes."""

    def __init__(self, database_url: str, worker: str) -> None:
        self._backlog = Backlog()
        self._writer = Writer(database_url, worker, self._backlog)

    def send(
        self,
        *messages: tuple[str, bytes],
        redelivered: bool = False,
        resendable: bool = False,
        received_at: datetime | None = None,
    ) -> list[Outcome]:
        """Store the messages as one batch and return what became of each."""
        outcomes: list[Outcome] = []
        envelopes = [
            Envelope(
                topic.encode(),
                bounded(payload),
                len(payload),
                received_at or utc_now(),
                outcomes.append,
                redelivered,
                resendable,
            )
            for topic, payload in messages
        ]
        self._writer.store(envelopes)
        return outcomes

    def close(self) -> None:
        """Close the writer's connection."""
        self._writer.close()


def reading(device: str, minute: int, value: float) -> dict[str, Any]:
    """Return a water depth of so many minutes after `BASE`."""
    ts = (BASE + timedelta(minutes=minute)).isoformat()
    return {"device": device, "ts": ts, "metric": "water_depth", "value": value}


def message(*items: Any) -> tuple[str, bytes]:
    """Return topic and payload of an array of readings."""
    return READINGS, json.dumps(items).encode()


def count(database: psycopg.Connection, table: str) -> int:
    """Return the number of rows of a table."""
    row = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def assert_consistent(database: psycopg.Connection) -> None:
    """Assert that `cityops verify` finds nothing."""
    wrong = [finding for finding in verify(database, lambda _check: None) if finding.wrong]
    assert wrong == []


def step(sequence: int, status: str = "reported", **change: Any) -> dict[str, Any]:
    """Return a step of one case, with some fields changed."""
    moment = (BASE + timedelta(minutes=sequence)).isoformat()
    return {
        "external_id": "E1",
        "sequence": sequence,
        "class": "road_ponding",
        "status": status,
        "title": "道路积水",
        "region": "440106013",
        "occurred_at": BASE.isoformat(),
        "status_at": moment,
    } | change
