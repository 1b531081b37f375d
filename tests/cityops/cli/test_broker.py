"""The verb `cityops broker users`: our own users with the settings' passwords, and nobody else's touched."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from cityops.mqtt.sessions import session_id
from cityops.wire.topics import GUARD
from factories.verbs import run, sentence

BOTH: dict[str, Any] = {"ingest_password": "of the workers", "broker_admin_password": "of the administrator"}


def users(file: Path) -> list[str]:
    return sorted(one["username"] for one in json.loads(file.read_text())["clients"])


def test_both_of_ours_are_entered_and_the_guard_s_session_beside_them(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    done = run("broker", "users", str(file), **BOTH)
    assert (done.exit_code, done.stdout) == (0, f"{file}: ingest, admin may sign in at the broker\n")
    assert users(file) == ["admin", "ingest"]
    assert (tmp_path / "guard-session").read_text() == session_id("mqtt://ingest:of%20the%20workers@b:1", GUARD)
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
    assert not [word for word in BOTH.values() if word in file.read_text() + done.output]


def test_those_with_a_password_are_added_and_those_without_are_taken_out_again(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    all_four = BOTH | {"simulator_password": "s", "sparkplug_password": "p"}
    assert "ingest, admin, simulator, sparkplug may" in run("broker", "users", str(file), **all_four).stdout
    assert users(file) == ["admin", "ingest", "simulator", "sparkplug"]
    known = json.loads(file.read_text())
    known["clients"].append({"username": "0123456789abcdef", "textname": "a key"})
    file.write_text(json.dumps(known))
    run("broker", "users", str(file), **BOTH)
    assert users(file) == ["0123456789abcdef", "admin", "ingest"]


def test_a_file_that_says_so_already_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    run("broker", "users", str(file), **BOTH)
    before = file.read_bytes(), file.stat().st_mtime_ns
    run("broker", "users", str(file), **BOTH)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    run("broker", "users", str(file), **BOTH | {"ingest_password": "another"})
    assert file.read_bytes() != before[0]


@pytest.mark.parametrize("missing", sorted(BOTH))
def test_one_password_alone_is_not_enough_and_writes_nothing(missing: str, tmp_path: Path) -> None:
    given = {name: value for name, value in BOTH.items() if name != missing}
    done = run("broker", "users", str(tmp_path / "users.json"), **given)
    assert "CITYOPS_INGEST_PASSWORD or CITYOPS_BROKER_ADMIN_PASSWORD is not set: give both" in sentence(done)
    assert list(tmp_path.iterdir()) == []
