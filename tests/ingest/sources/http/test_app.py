"""HTTP ingest on a real database: answered after the commit, each refusal with its place and reason."""

import base64
import gzip
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.processes import wait_until
from cityops.rates import Buckets
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.http import source as http
from cityops_ingest.sources.http.app import LARGE, create_app
from cityops_ingest.sources.http.source import BODY_LIMIT
from cityops_ingest.worker import writing_worker
from fixtures.api import sender
from fixtures.web import serving

READINGS = "/v1/readings/water-logging"


def reading(value: float = 1.0, **change: Any) -> dict[str, Any]:
    return {"device": "WL-1", "ts": utc_now().isoformat(), "metric": "water_depth", "value": value} | change


def test_the_answer_counts_what_was_committed(client: httpx.Client, database: psycopg.Connection) -> None:
    one = reading()
    answer = client.post(READINGS, json=[one, one, reading(-5), reading(device="nobody")])
    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (1, 1, 2)
    assert {(e["index"], e["reason"]) for e in body["errors"]} == {(2, "out_of_range"), (3, "unknown_device")}
    assert database.execute("SELECT value FROM reading").fetchall() == [(1.0,)]


def test_sending_again_changes_nothing(client: httpx.Client) -> None:
    one = reading()
    client.post(READINGS, json=one)
    assert client.post(READINGS, json=one).json() == {"accepted": 0, "duplicate": 1, "rejected": 0, "errors": []}


def test_lines_and_gzip_are_taken(client: httpx.Client) -> None:
    lines = "\n".join(json.dumps(reading(n, ts=f"2026-11-20T00:0{n}:00Z")) for n in range(3))
    answer = client.post(
        READINGS,
        content=gzip.compress(lines.encode()),
        headers={"content-type": "application/x-ndjson", "content-encoding": "gzip"},
    )
    assert answer.json()["accepted"] == 3


def test_an_event_record_is_taken(client: httpx.Client, database: psycopg.Connection) -> None:
    now = utc_now().isoformat()
    record = {
        "external_id": "H1",
        "sequence": 0,
        "class": "gas_leak",
        "status": "reported",
        "title": "疑似燃气泄漏",
        "region": "440106013",
        "occurred_at": now,
        "status_at": now,
    }
    assert client.post("/v1/events/hotline-12345", json=record).json()["accepted"] == 1
    assert database.execute("SELECT title FROM event").fetchall() == [("疑似燃气泄漏",)]


@pytest.mark.parametrize(
    ("content", "headers", "status", "word"),
    [
        (b"x" * (BODY_LIMIT + 1), {}, 413, "smaller"),
        (gzip.compress(b"x" * (BODY_LIMIT + 1), mtime=0), {"content-encoding": "gzip"}, 413, "smaller"),
        (b"not gzip", {"content-encoding": "gzip"}, 400, "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-6], {"content-encoding": "gzip"}, 400, "again"),
        (b"{}", {"content-encoding": "br"}, 415, "gzip"),
        (b"{}", {"content-encoding": "gzip, gzip"}, 415, "gzip"),
        (zlib.compress(b"{}"), {"content-encoding": "gzip"}, 400, "gzip"),
        (gzip.compress(b"{}", mtime=0) + b"more", {"content-encoding": "gzip"}, 400, "follows"),
        (gzip.compress(b"{}", mtime=0) + bytes(8), {"content-encoding": "gzip"}, 400, "follows"),
        (
            gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0)[:-4],
            {"content-encoding": "gzip"},
            400,
            "again",
        ),
        (gzip.compress(b"", mtime=0) * 100_000, {"content-encoding": "gzip"}, 400, "members"),
        (b"", {"content-encoding": "gzip"}, 400, "again"),
    ],
)
def test_a_request_refused_as_a_whole_says_why(
    content: bytes, headers: dict[str, str], status: int, word: str, client: httpx.Client
) -> None:
    answer = client.post(READINGS, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


def test_gzip_is_read_to_the_end_of_its_last_member(client: httpx.Client, database: psycopg.Connection) -> None:
    """Who appends to a compressed file, or compresses in parallel, sends several."""
    lines = [json.dumps(reading(n, ts=f"2026-11-20T00:0{n}:00Z")).encode() + b"\n" for n in range(5)]
    body = b"".join(gzip.compress(line) for line in lines)
    headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    assert client.post(READINGS, content=body, headers=headers).json()["accepted"] == 5
    whole = json.dumps([reading(n, ts=f"2026-11-20T00:1{n}:00Z") for n in range(5)]).encode()
    parts = b"".join(gzip.compress(whole[at : at + 7]) for at in range(0, len(whole), 7))
    pieces = (parts[at : at + 11] for at in range(0, len(parts), 11))
    assert client.post(READINGS, content=pieces, headers={"content-encoding": "gzip"}).json()["accepted"] == 5
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (10,)


@pytest.mark.parametrize(
    ("form", "media", "accepted", "rejected"),
    [
        ("{0}{1}", "application/json", 0, 1),
        ("{0}\n{1}", "application/json", 0, 1),
        ("[{0}][{1}]", "application/json", 0, 1),
        ("[{0},{1}]x", "application/json", 0, 1),
        ("[{0},{1}]\0", "application/json", 0, 1),
        ("[{0},{1}", "application/json", 0, 1),
        ("[{0},{1}] \r\n\t", "application/json", 2, 0),
        ("{0}\n{1}", "application/x-ndjson", 2, 0),
        ("{0}\r\n\r\n{1}\r\n", "application/x-ndjson; charset=utf-8", 2, 0),
        ("{0}\n{1}\n\0\0", "application/jsonl", 2, 1),
        ("{0}\n{1}{0}", "application/jsonl", 1, 1),
        ('{0}\n{1}\n{{"device"', "application/jsonl", 2, 1),
    ],
)
def test_a_body_is_read_to_its_end_or_refused_by_name(
    form: str, media: str, accepted: int, rejected: int, client: httpx.Client, database: psycopg.Connection
) -> None:
    items = [json.dumps(reading(1, ts=f"2026-11-20T00:0{n}:00Z")) for n in range(2)]
    body = client.post(READINGS, content=form.format(*items), headers={"content-type": media}).json()
    assert (body["accepted"], body["rejected"]) == (accepted, rejected)
    assert {error["reason"] for error in body["errors"]} <= {"bad_json"}
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (accepted,)


@pytest.mark.parametrize(
    "framing", ["Content-Length: {more}", "Transfer-Encoding: chunked"], ids=["a length", "chunks"]
)
def test_of_a_body_that_is_broken_off_nothing_is_stored(
    framing: str, client: httpx.Client, database: psycopg.Connection
) -> None:
    body = json.dumps([reading()]).encode()
    sent = body if "Length" in framing else f"{len(body):x}\r\n".encode() + body + b"\r\n"
    head = f"POST {READINGS} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.headers['authorization']}\r\n"
    head += framing.format(more=len(body) + 1) + "\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
        connection.sendall(head.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(20)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert client.post(READINGS, json=reading()).json()["accepted"] == 1  # what was sent before has been looked at
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (1,)
    assert database.execute("SELECT sum(received) FROM ingest_ledger").fetchone() == (1,)


def test_a_key_sends_one_large_body_at_a_time(database_url: str, migrated_database: str, door: TokenDoor) -> None:
    app = create_app(lambda: writing_worker(database_url, "http"), door)
    one, other = (sender(migrated_database, "water-logging") for _ in range(2))
    large = json.dumps(reading()).encode() + b" " * (LARGE + 1)
    finish = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield large
        finish.wait(60)
        yield b" "

    with serving(app) as address, httpx.Client(base_url=address, timeout=60, headers=one) as client:
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(client.post, READINGS, content=pieces())
            wait_until(lambda: bool(app.state.turns), seconds=60)
            refused = client.post(READINGS, content=large)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert "one after the other" in refused.json()["detail"]
            assert client.post(READINGS, json=reading()).status_code == 200
            assert client.post(READINGS, content=large, headers=other).status_code == 200
            finish.set()
            assert first.result().status_code == 200
        assert client.post(READINGS, content=large).status_code == 200
        assert app.state.turns == {}


def test_an_unknown_source_is_a_named_reject(client: httpx.Client) -> None:
    body = client.post("/v1/readings/nobody", json=reading()).json()
    assert [error["reason"] for error in body["errors"]] == ["unknown_source"]


@pytest.mark.parametrize("path", ["/v1/events/water-logging", "/v1/readings/hotline-12345"])
def test_a_source_writes_only_what_it_carries(path: str, client: httpx.Client, database: psycopg.Connection) -> None:
    body = client.post(path, json={"anything": 1}).json()
    assert [(error["index"], error["reason"]) for error in body["errors"]] == [(0, "not_carried")]
    assert (body["accepted"], body["rejected"]) == (0, 1)
    account = "SELECT source_system_code, received, rejected FROM ingest_ledger"
    assert database.execute(account).fetchall() == [(path.rsplit("/", maxsplit=1)[-1], 1, 1)]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/measurements/water-logging", 422),
        ("POST", "/v1/readings/a%20b", 422),
        ("POST", "/v1/readings", 404),
        ("GET", READINGS, 405),
    ],
)
def test_a_wrong_address_is_told_the_right_one(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/v1/readings/<source>" in answer.json()["detail"]


@contextmanager
def nobody_takes() -> Iterator[Backlog]:
    """Give a backlog with room for one message, and nobody who stores it: a database that stands still."""
    backlog = Backlog(capacity_bytes=1)
    yield backlog
    backlog.close()


def test_a_store_that_stands_still_is_told_the_sender_and_nothing_piles_up(
    monkeypatch: pytest.MonkeyPatch, migrated_database: str, door: TokenDoor
) -> None:
    monkeypatch.setattr(http, "COMMIT_TIMEOUT_S", 0.1)
    monkeypatch.setattr(http, "ROOM_TIMEOUT_S", 0.1)
    app, shown = create_app(nobody_takes, door), sender(migrated_database, "water-logging")
    with serving(app) as address, httpx.Client(base_url=address, timeout=30, headers=shown) as client:
        answers = [client.post(READINGS, json=reading()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert [answer.json()["title"] for answer in answers] == ["Not committed yet", "Backlog full", "Backlog full"]
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}


def test_a_sender_shows_the_key_of_the_very_source(client: httpx.Client, migrated_database: str) -> None:
    eco_air = sender(migrated_database, "eco-air")
    token = eco_air["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"sensor:{token}".encode()).decode()
    asked = {
        "nothing": {"Authorization": ""},
        "an unknown key": {"Authorization": "Bearer key_0123456789abcdef_nonsense"},
        "no Basic at all": {"Authorization": "Basic %"},
        "another source's key": eco_air,
    }
    answers = {name: client.post(READINGS, json=reading(), headers=headers) for name, headers in asked.items()}
    assert [answer.status_code for answer in answers.values()] == [401, 401, 401, 403]
    for answer in answers.values():
        assert answer.headers["content-type"] == "application/problem+json"
        assert "cityops keys create --role source_system" in answer.json()["detail"]
        assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
    own = client.post("/v1/readings/eco-air", json={}, headers={"Authorization": f"Basic {basic}"})
    assert (own.status_code, own.json()["rejected"]) == (200, 1)


def test_who_may_only_look_cannot_send(client: httpx.Client, key: str) -> None:
    assert client.post(READINGS, json=reading(), headers={"Authorization": f"Bearer {key}"}).status_code == 403


def test_only_who_shows_no_valid_key_is_told_to_wait(
    database_url: str, migrated_database: str, door: TokenDoor
) -> None:
    app = create_app(lambda: writing_worker(database_url, "http"), door)
    app.state.strangers.refusals = Buckets(0.01, 3)
    wrong = {"Authorization": "Bearer key_0123456789abcdef_nonsense"}
    known, fresh = (sender(migrated_database, "water-logging") for _ in range(2))
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.post(READINGS, json=reading(), headers=known).status_code == 200
        refused = [client.post(READINGS, json=reading(), headers=headers) for headers in ({}, wrong, {}, wrong, {})]
        assert [answer.status_code for answer in refused] == [401, 401, 401, 429, 429]
        assert int(refused[3].headers["retry-after"]) > 0
        assert "Key not valid" in refused[3].json()["detail"]
        for headers in (fresh, *[known] * 20):  # also a key that nobody here has seen before
            assert client.post(READINGS, json=reading(), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/readings/%00", "/v1/readings/a%FF", "/other/%ED%A0%80", "/v1/readings/a?b=%00"]
)
def test_an_address_that_is_no_text_is_named(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json=reading())
    assert answer.status_code == 422
    assert [one["item"] for one in answer.json()["errors"]] == ["b" if "?" in path else "path"]


@pytest.mark.parametrize("shown", ["key_\0_x", "key_a\0b_\0", "\0", "key_é_x"])
def test_a_key_that_is_no_text_is_nobodys(client: httpx.Client, shown: str) -> None:
    basic = base64.b64encode(f"user:{shown}".encode()).decode()
    answer = client.post(READINGS, json=reading(), headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 401, answer.text
