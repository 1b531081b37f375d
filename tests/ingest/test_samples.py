"""The samples of ingest/samples, each sent through a real writer: the documentation says what really happens."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from google.protobuf import text_format
from psycopg.rows import dict_row

from cityops.cli.devices import import_devices
from cityops.domain.rejects import Reason
from cityops.store.engine import connect
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.writer import Writer

SAMPLES = Path(__file__).parents[2] / "ingest" / "samples"
ROUTES = read_routes(SAMPLES.parent / "adapters.example.toml")
CASES = sorted(path.parent for path in SAMPLES.glob("*/expected.json"))
RECEIVED_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""Every sample arrives at 10:00 in Guangzhou on this day."""

NOT_A_MESSAGE = {Reason.PAYLOAD_TOO_LARGE, Reason.OVER_QUOTA, Reason.INTERNAL_ERROR, Reason.DATABASE_REFUSED}
"""A quarter of a megabyte, or a flood, would show nothing (test_writer.py, test_quota.py); a fault has none."""

READINGS = """
    SELECT device.code AS device, metric.code AS metric, ts, value, quality
    FROM reading JOIN series ON series.id = series_id
    JOIN device ON device.id = device_id JOIN metric ON metric.id = metric_id
    ORDER BY device.code, metric.code, ts
"""
EVENTS = """
    SELECT external_id, sequence, class_code AS class, severity, status, region_code AS region, status_at,
           (SELECT count(*) FROM event_history WHERE event_id = event.id) AS steps, nullif(drill, false) AS drill
    FROM event ORDER BY external_id
"""


INDICATORS = """
    SELECT indicator_code AS indicator, region_code AS region, period_start AS start, period_end AS end, revision,
           value, numerator, denominator, definition_version AS definition
    FROM indicator_value ORDER BY indicator_code, region_code, period_start, revision
"""


@pytest.fixture
def store(migrated_database: str) -> Iterator[psycopg.Connection]:
    """Give a connection to a database in which the samples' devices are registered."""
    import_devices(migrated_database, SAMPLES / "devices.csv")
    with connect(migrated_database, "test") as connection:
        yield connection


def messages(case: Path) -> list[tuple[bytes, bytes]]:
    """Return topic and payload of each message; Sparkplug's stand in protobuf's text format, parted by `---`."""
    [file] = case.glob("input.*")
    topics = (case / "topic.txt").read_bytes().removesuffix(b"\n")
    if file.suffix != ".textproto":
        return [(topics, file.read_bytes())]
    texts = file.read_text(encoding="utf-8").split("---\n")
    payloads = [text_format.Parse(text, Payload()).SerializeToString() for text in texts]
    return list(zip(topics.split(b"\n"), payloads, strict=True))


def send(database_url: str, case: Path) -> Outcome:
    outcomes: list[Outcome] = []
    writer = Writer(database_url, "samples", Backlog(), ROUTES)
    lines = any(case.glob("*.ndjson"))
    retained = (case / "retained").exists()
    for topic, payload in messages(case):
        envelope = Envelope(topic, payload, len(payload), RECEIVED_AT, outcomes.append, line_delimited=lines)
        envelope.retained = retained
        writer.store([envelope])
    writer.close()
    stored, duplicate = sum(one.stored for one in outcomes), sum(one.duplicate for one in outcomes)
    return Outcome(stored, duplicate, [reject for one in outcomes for reject in one.rejects])


def rows(connection: psycopg.Connection, statement: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(statement).fetchall()
    told = ({k: v for k, v in row.items() if (k, v) != ("drill", None)} for row in found)
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in told]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sample_does_what_it_says(case: Path, migrated_database: str, store: psycopg.Connection) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    outcome = send(migrated_database, case)
    assert {
        "shows": expected["shows"],
        "accepted": outcome.stored,
        "duplicate": outcome.duplicate,
        "rejected": len(outcome.rejects),
        "errors": [{"index": one.item_index, "reason": one.reason.value} for one in outcome.rejects],
        "readings": rows(store, READINGS),
        "events": rows(store, EVENTS),
        "indicators": rows(store, INDICATORS),
    } == {"indicators": [], **expected}


def test_every_reason_has_a_sample() -> None:
    shown = {
        error["reason"]
        for case in CASES
        for error in json.loads((case / "expected.json").read_text(encoding="utf-8"))["errors"]
    }
    assert shown == {reason.value for reason in set(Reason) - NOT_A_MESSAGE}
