"""`cityops verify` must be able to fail: each kind of disagreement that we plant is found and named."""

import json

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.store.upkeep.verify import CheckResult, verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.writer import Writer


@pytest.fixture
def filled(database_url: str, database: psycopg.Connection) -> psycopg.Connection:
    """Give a database with ten readings and one reject."""
    items = [
        {"device": "WL-1", "ts": f"2026-11-20T00:0{n}:00Z", "metric": "water_depth", "value": n} for n in range(10)
    ]
    payload = json.dumps([*items, {"ts": 5}]).encode()
    writer = Writer(database_url, "w", Backlog())
    topic = b"cityops/v1/readings/water-logging"
    writer.store([Envelope(topic, payload, len(payload), utc_now(), lambda _outcome: None)])
    writer.close()
    return database


def wrong(database: psycopg.Connection) -> list[CheckResult]:
    return [finding for finding in verify(database, lambda _check: None) if finding.wrong]


def test_a_sound_store_has_no_findings(filled: psycopg.Connection) -> None:
    assert wrong(filled) == []


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE reading_rollup SET n = n + 1", "rollups equal the raw readings"),
        ("UPDATE reading_rollup SET sum = sum + 0.001", "rollups equal the raw readings"),
        ("UPDATE reading_rollup SET max = 99", "rollups equal the raw readings"),
        ("DELETE FROM reading_rollup", "rollups equal the raw readings"),
        ("UPDATE reading_latest SET ts = ts - interval '1 s'", "latest values equal the newest raw readings"),
        ("UPDATE reading_latest SET value = value + 1", "latest values equal the newest raw readings"),
        ("UPDATE ingest_ledger SET stored = 9, received = 10", "ledger of readings: stored equals rows kept"),
        ("DELETE FROM reject", "ledger of readings: rejected equals rejects kept or dropped"),
        ("INSERT INTO reading_latest VALUES (999999, now(), 1, 0)", "every reading belongs to a series"),
    ],
)
def test_damage_is_found(damage: str, check: str, filled: psycopg.Connection) -> None:
    filled.execute(damage)
    assert check in [finding.check for finding in wrong(filled)]
