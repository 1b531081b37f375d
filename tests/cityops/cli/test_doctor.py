"""What `cityops doctor` names, each found in a real database, broker or file that is weak."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cityops.cli.doctor_settings import weaknesses as of_settings
from cityops.clock import utc_now
from cityops.domain.findings import Severity
from cityops.settings import Settings
from cityops.store import privileges
from cityops.store.engine import connect
from cityops.store.weaknesses import weaknesses


def found(url: str) -> set[tuple[str, str]]:
    with connect(url, "test") as connection:
        return {(one.item.split(" (")[0], one.reason) for one in weaknesses(connection, utc_now())}


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def account(url: str, login: str, role: str, days: int) -> None:
    run(
        url,
        "INSERT INTO account (login, display_name, role, scope_kind, created_at)"
        f" VALUES ('{login}', '{login}', '{role}', 'city', now() - interval '{days} days')",
    )


def key(url: str, label: str, expires: str, used: int) -> None:
    run(
        url,
        "INSERT INTO credential"
        " (id, kind, secret_hash, label, role, scope_kind, created_by, expires_at, last_used_at)"
        f" VALUES ('{label}', 'key', '', '{label}', 'analyst', 'city', 'test', {expires},"
        f" now() - interval '{used} days')",
    )


def test_the_owner_s_login_is_serious_and_the_api_s_is_not(
    migrated_database: str, database_as: Callable[[str], str]
) -> None:
    assert any(item.startswith("database login") for item, _ in found(migrated_database))
    assert not any(item.startswith("database login") for item, _ in found(database_as(privileges.API)))


def test_accounts(migrated_database: str) -> None:
    assert "administrators" in {item for item, _ in found(migrated_database)}
    account(migrated_database, "old", "administrator", 15)
    account(migrated_database, "new", "operator", 13)
    seen = found(migrated_database)
    assert "administrators" not in {item for item, _ in seen}
    assert ("account old", "never signed in") in seen
    assert "account new" not in {item for item, _ in seen}


def test_keys(migrated_database: str) -> None:
    key(migrated_database, "endless", "NULL", 1)
    key(migrated_database, "ending", "now() + interval '13 days'", 1)
    key(migrated_database, "idle", "now() + interval '100 days'", 91)
    key(migrated_database, "good", "now() + interval '100 days'", 1)
    assert {one for one in found(migrated_database) if one[0].startswith("key")} == {
        ("key endless", "never expires"),
        ("key ending", "expires within 14 days"),
        ("key idle", "not used for 90 days"),
    }


def test_a_schema_behind(empty_database: str) -> None:
    assert "schema" in {item for item, _ in found(empty_database)}


def items(monkeypatch: pytest.MonkeyPatch, **values: str) -> set[str]:
    for name, value in values.items():
        monkeypatch.setenv(f"CITYOPS_{name.upper()}", value)
    return {one.item for one in of_settings(Settings())}


def test_settings(monkeypatch: pytest.MonkeyPatch, mqtt_url: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("x")
    file.chmod(0o644)
    seen = items(
        monkeypatch,
        mqtt_url=mqtt_url,
        api_url="http://api.example",
        database_url="postgresql://u:short@localhost/x",
        trusted_proxies="*",
        api_key_file=str(file),
    )
    wanted = {"CITYOPS_API_URL", "CITYOPS_DATABASE_URL", "CITYOPS_TRUSTED_PROXIES", "broker", "CITYOPS_MQTT_URL"}
    assert seen == wanted | {f"CITYOPS_API_KEY_FILE {file}"}
    file.chmod(0o600)
    good = {"api_url": "https://api.example", "trusted_proxies": "10.0.0.1", "mqtt_url": ""}
    assert items(monkeypatch, database_url=f"postgresql://u:{'x' * 24}@localhost/x", **good) == set()


def test_the_verb_fails_on_what_is_serious_and_speaks_json(migrated_database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityops", "doctor", "--json"],
        env=os.environ | {"CITYOPS_DATABASE_URL": migrated_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert findings[0]["severity"] == Severity.SERIOUS
    assert all(one["reason"] and one["remedy"] for one in findings)
