"""Downloads that break off midway, at any byte, and go on: the file is then as it would have come in one piece."""

import csv
import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from cityops.cli.main import app as verbs
from cityops.client import Client
from cityops.client.resuming import note_of, part_of
from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.errors import CityopsError
from cityops.settings import settings
from factories.world import World
from fixtures.api import token_of

HOUR = 3600
HEAD_BYTES = 200
"""Fewer than the headings have."""

OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))


class Cutter:
    """A proxy that hands on a connection as it is, but ends the next answer of a file after so many bytes of it."""

    def __init__(self, url: str, listener: socket.socket) -> None:
        self._to, self._listener = (urlsplit(url).hostname or "", urlsplit(url).port or 0), listener
        self.after: int | None = None
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                asking, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(asking,)).start()

    def _pass(self, asking: socket.socket) -> None:
        with asking, socket.create_connection(self._to) as answering:
            back = threading.Thread(target=self._answer, args=(answering, asking))
            back.start()
            _copied(asking, answering)
            back.join()

    def _answer(self, answering: socket.socket, asking: socket.socket) -> None:
        sent, body = 0, b""
        while come := _received(answering):
            if self.after is None:
                asking.sendall(come)
                continue
            body += come
            whole = body.find(b"\r\n\r\n") + 4 + self.after
            asking.sendall(body[sent:whole])
            sent = min(len(body), whole)
            if len(body) >= whole:
                self.after = None
                break
        for one in (asking, answering):
            _shut(one)


def _received(of: socket.socket) -> bytes:
    try:
        return of.recv(1 << 16)
    except OSError:
        return b""


def _copied(source: socket.socket, target: socket.socket) -> None:
    while come := _received(source):
        target.sendall(come)
    _shut(target)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cutter(api_url: str) -> Iterator[Cutter]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Cutter(api_url, listener)
        thread = threading.Thread(target=made.serve)
        thread.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def readings(world: World) -> dict[str, Any]:
    """Give readings in five pieces of time, of devices whose names CSV quotes, and the filters that ask for them."""
    for number in range(4):
        code = world.device(f"WL-{number}", name=f'at "{number}", 桥')
        for hour in range(0, 25, 3):
            world.says(code, "water_depth", number + 1 / 3, world.ago(hour * HOUR + number + 1))
    return {"start": world.ago(30 * HOUR).isoformat(), "end": world.now.isoformat(), "lang": "en"}


def rows_of(file: Path) -> list[list[str]]:
    """Return the rows of a file but for when each was exported, its headings among them."""
    text = file.read_bytes().decode("utf-8-sig")
    return [row[:-1] for row in csv.reader(io.StringIO(text, newline=""))]


def test_a_download_goes_on_from_wherever_it_broke_off(
    readings: dict[str, Any], cutter: Cutter, key: str, tmp_path: Path
) -> None:
    with Client(cutter.url, key) as client:
        whole = client.export("readings", tmp_path / "whole.csv", **readings)
        assert (whole.resumed_at, len(rows_of(whole.path))) == (None, 1 + 4 * 9)
        resumed = set()
        for number, after in enumerate(range(HEAD_BYTES, whole.bytes, 731)):
            file, cutter.after = tmp_path / f"{number}.csv", after
            with pytest.raises(CityopsError, match=r"broke off after .*--resume"):
                client.export("readings", file, **readings)
            assert (file.exists(), part_of(file).exists()) == (False, True)
            saved = client.export("readings", file, resume=True, **readings)
            assert rows_of(file) == rows_of(whole.path)
            assert (saved.bytes, saved.rows_expected) == (whole.bytes, whole.rows_expected)
            assert {one.name for one in tmp_path.glob(f"{number}.*")} == {file.name}
            resumed.add(saved.resumed_at)
    assert len(resumed) == 5  # begun anew, or after one of four pieces


def test_what_came_of_another_question_or_for_another_reader_is_not_gone_on_with(
    readings: dict[str, Any], cutter: Cutter, key: str, migrated_database: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.csv"
    with Client(cutter.url, key) as client, Client(cutter.url, token_of(migrated_database, OFFICER)) as officer:
        cutter.after = 4_000
        with pytest.raises(CityopsError, match="broke off"):
            client.export("readings", file, **readings)
        with pytest.raises(CityopsError, match=r"another question \(readings at .*lang=en"):
            client.export("readings", file, resume=True, **readings, metric="water_depth")
        with pytest.raises(CityopsError, match="the key sees another part of the city"):
            officer.export("readings", file, resume=True, **readings)
        assert client.export("readings", file, resume=True, **readings).resumed_at
        assert len(rows_of(file)) == 1 + 4 * 9


@pytest.mark.parametrize(("name", "what"), [("file.parquet", "readings"), ("file.csv", "devices")])
def test_what_cannot_be_gone_on_with_begins_anew_and_says_so(
    readings: dict[str, Any],
    cutter: Cutter,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    what: str,
) -> None:
    file, words = tmp_path / name, ["export", what, "--resume", f"--api-url={cutter.url}"]
    monkeypatch.setenv("CITYOPS_API_KEY", key)
    settings.cache_clear()
    cutter.after = HEAD_BYTES
    broken = CliRunner().invoke(verbs, [*words, str(file)])
    assert "ask for it again" in str(broken.exception)
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(verbs, [*words, str(file)])
    settings.cache_clear()
    assert "begun anew, for nothing was left" in done.output, (done.output, done.exception)
    assert list(tmp_path.iterdir()) == [file]


def test_a_note_that_cannot_be_read_has_the_file_begin_anew(
    readings: dict[str, Any], cutter: Cutter, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.csv"
    part_of(file).write_bytes(b"what came of something else")
    for told in ("{", "[]", json.dumps({"asked": {}, "headers": {}})):
        note_of(file).write_text(told)
        with Client(cutter.url, key) as client:
            assert client.export("readings", file, resume=True, **readings).resumed_at is None
        file.unlink()
