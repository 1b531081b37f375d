"""Logs: no text that somebody sends stands in one, whatever is slow or goes wrong; and none grows without end."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from cityops.api.app import create_app
from cityops.cli.db import prepare
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local.binaries import Binaries
from cityops.local.database import Database
from cityops.local.logs import Tail
from cityops.local.processes import LARGEST_LOG, bounded, spawn, wait_until
from cityops.store.access import credentials
from cityops.store.access.tokens import TokenDoor
from cityops.store.engine import connect, make_engine
from cityops_ingest.sources.http.app import create_app as create_ingest
from cityops_ingest.worker import writing_worker
from fixtures.accounts import account
from fixtures.api import sender, token_of
from fixtures.servers import TEST_SETTINGS
from fixtures.web import serving

MARKER = "紫荆-trombone-4711"
PLACE = "440106013"


@pytest.fixture
def database(binaries: Binaries, instance: Path) -> Iterator[Database]:
    """Give a server of one's own as `up` runs it, for which every statement is slow."""
    made = Database(binaries, instance, settings=TEST_SETTINGS | {"log_min_duration_statement": "0"})
    try:
        made.start()
        prepare(made.url)
        yield made
    finally:
        made.stop()


def event(number: int, **change: object) -> dict[str, object]:
    now = utc_now().isoformat()
    told = {"external_id": f"{MARKER}-{number}", "sequence": 0, "class": "gas_leak", "status": "reported"}
    return (
        told
        | {"title": MARKER, "description": MARKER, "region": PLACE, "occurred_at": now, "status_at": now}
        | change
    )


def told_to_the_ingest(database_url: str) -> None:
    engine, twice = make_engine(database_url), event(2)
    app = create_ingest(lambda: writing_worker(database_url, "http"), TokenDoor(engine, credentials.find_key))
    with serving(app) as url, httpx.Client(base_url=url, headers=sender(database_url, "hotline-12345")) as client:
        answer = client.post("/v1/events/hotline-12345", json=[event(1), twice, twice, event(3, title=None)])
        assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 1)
        client.post("/v1/events/hotline-12345", content=f"[{MARKER}".encode())
    engine.dispose()


def told_to_the_api(database_url: str) -> None:
    account(database_url, "wang")
    leader = token_of(database_url, Subject("leader", Role.SHIFT_LEADER, WHOLE_CITY))
    with serving(create_app(database_url)) as url, httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        client.post("/sessions", json={"login": MARKER, "password": MARKER})
        client.post("/sessions", json={"login": "wang", "password": MARKER})
        client.headers["Authorization"] = f"Bearer {leader}"
        client.headers["X-Request-Id"] = "trombone-4711"
        assert MARKER in client.get("/events").text
        for path in ("/devices", "/export/devices.csv", "/channels"):
            assert client.get(path, params={"q": MARKER}).status_code == 200
        client.get("/audit", params={"object": MARKER})


REFUSED = (
    (
        "INSERT INTO device_kind SELECT (jsonb_populate_record(k, %s)).* FROM device_kind k LIMIT 1",
        [json.dumps({"code": None, "name_zh": MARKER})],
    ),
    ("INSERT INTO audit (subject, action, object, outcome) VALUES (%s, 'none', %s, 'done')", [MARKER, MARKER]),
    ("INSERT INTO region (code, name_zh) VALUES (%s, NULL)", [MARKER]),
)
"""Statements that break a rule, of which PostgreSQL tells the whole row."""


def refused_by_the_database(database_url: str) -> None:
    with connect(database_url, "test") as connection:
        for statement, values in REFUSED:
            with pytest.raises(psycopg.IntegrityError):
                connection.execute(statement, values)
        with pytest.raises(psycopg.IntegrityError):
            copied(connection, "COPY department (code, name_zh) FROM STDIN")


def copied(connection: psycopg.Connection, statement: str) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for _ in range(2):
            copy.write_row((MARKER, MARKER))


def test_no_text_that_is_sent_stands_in_a_log(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    told_to_the_ingest(database.url)
    told_to_the_api(database.url)
    refused_by_the_database(database.url)
    logs = {log.name: log.read_text(errors="replace") for log in database.instance.rglob("*.log*") if log.is_file()}
    said = capfd.readouterr()
    logs |= {"standard output": said.out, "standard error": said.err}
    assert "duration:" in logs["postgresql.log"]  # it was slow
    assert "violates" in logs["postgresql.log"]  # and went wrong
    assert [name for name, text in logs.items() if "trombone" in text] == []
    assert "_4711" not in logs["postgresql.log"]


def test_a_log_is_kept_twice_at_most(instance: Path) -> None:
    instance.mkdir(mode=0o755)
    log = instance / "some.log"
    log.write_bytes(b"first\n" + b"x" * LARGEST_LOG)
    tail = Tail(log, "line")
    process = spawn(["/bin/sh", "-c", "echo a line; sleep 600"], log=log, death_signal="KILL")
    try:
        assert wait_until(lambda: log.read_text() == "a line\n", seconds=20)
        assert (instance / "some.log.1").read_bytes().startswith(b"first\n")
        assert list(tail) == ["a line"]
    finally:
        process.kill()
        process.wait()


def test_a_log_is_bounded_while_its_server_runs(instance: Path) -> None:
    instance.mkdir(mode=0o755)
    log = instance / "some.log"
    writes = "while read line; do echo $line; done"
    log.touch()
    with log.open("ab") as output:
        process = subprocess.Popen(["/bin/sh", "-c", writes], stdin=subprocess.PIPE, stdout=output, text=True)
    assert process.stdin is not None
    for round_ in range(3):
        process.stdin.write("x" * 1000 + f"{round_}\n")
        process.stdin.flush()
        assert wait_until(lambda: log.stat().st_size == 1002, seconds=20)
        bounded(log, largest=1000)
        assert log.stat().st_size == 0
    assert (instance / "some.log.1").read_text().endswith("2\n")
    process.stdin.close()
    process.wait()
