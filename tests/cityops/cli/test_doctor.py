"""What `cityops doctor` names, each found in a real database, broker or file that is weak."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from cityops import presence
from cityops.cli.doctor.configuration import weaknesses as of_settings
from cityops.cli.doctor.endpoints import weaknesses as of_services
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.findings import FindingSeverity
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import free_ports
from cityops.services.processes import noted
from cityops.settings import Settings
from cityops.store.engine import connect, make_engine
from cityops.store.schema import privileges
from cityops.store.upkeep.weaknesses import is_in_the_clear, weaknesses
from fixtures.api import token_of


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


def test_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("x")
    file.chmod(0o644)
    weak = {
        "mqtt_url": "mqtt://broker.example",
        "mqtt_admin_url": "mqtt://admin:short@broker.example",
        "api_url": "http://api.example",
        "database_url": "postgresql://u:short@localhost/x",
        "trusted_proxies": "*",
        "secret": "x" * 31,
    }
    seen = items(monkeypatch, **weak, api_key_file=str(file))
    assert seen == {f"CITYOPS_{name.upper()}" for name in weak} | {f"CITYOPS_API_KEY_FILE {file}"}
    file.chmod(0o600)
    good = {
        "mqtt_url": f"mqtts://u:{'x' * 24}@broker.example",
        "mqtt_admin_url": "",
        "api_url": "https://api.example",
        "database_url": f"postgresql://u:{'x' * 24}@localhost/x",
        "trusted_proxies": "10.0.0.1",
    }
    assert items(monkeypatch, **good, secret="x" * 32) == set()
    assert items(monkeypatch, **good, secret="") == {"CITYOPS_SECRET"}


def told(monkeypatch: pytest.MonkeyPatch, pages: str = "", **values: str) -> set[tuple[str, str]]:
    for name, value in values.items():
        monkeypatch.setenv(f"CITYOPS_{name.upper()}", value)
    return {(one.item, one.reason) for one in of_services(Settings(), pages)}


def test_a_broker_that_is_open_or_away_or_refuses_us(monkeypatch: pytest.MonkeyPatch, own_broker: Broker) -> None:
    open_to_all = ("broker", "lets in whoever has no name and password")
    assert open_to_all in told(monkeypatch, mqtt_url=own_broker.url)
    own_broker.stop()
    away = ("CITYOPS_MQTT_URL", "the broker does not answer")
    assert away in told(monkeypatch, mqtt_url=own_broker.url)
    assert any("write mqtt://" in reason for _, reason in told(monkeypatch, mqtt_url="http://127.0.0.1"))


def test_a_guarded_broker(monkeypatch: pytest.MonkeyPatch, binaries: Binaries, instance: Path) -> None:
    broker = Broker(binaries, instance, guarded=True)
    try:
        broker.start()
        assert not {item for item, _ in told(monkeypatch, mqtt_url=broker.url)} & {"broker", "CITYOPS_MQTT_URL"}
        wrong = f"mqtt://nobody:wrong@127.0.0.1:{broker.port}"
        refused = ("CITYOPS_MQTT_URL", "the broker refuses its name and password")
        assert refused in told(monkeypatch, mqtt_url=wrong)
    finally:
        broker.stop()


def test_the_dashboard_s_key(monkeypatch: pytest.MonkeyPatch, api_url: str, migrated_database: str, key: str) -> None:
    def of_key(shown: str) -> set[tuple[str, str]]:
        return told(monkeypatch, mqtt_url="", api_url=api_url, api_key=shown)

    name = "CITYOPS_API_KEY"
    assert of_key(token_of(migrated_database, Subject("dashboard", Role.ANALYST, WHOLE_CITY))) == set()
    assert of_key("") == {(name, "is not set here: without one the screens have no state")}
    assert of_key("key_x_y") == {(name, "the API refuses it: it is unknown, over or revoked")}
    assert of_key(key) == {(name, "has the role shift_leader: what it sees, all screens see")}


def test_an_api_that_is_away_or_cannot_answer(
    monkeypatch: pytest.MonkeyPatch, api_url: str, migrated_database: str, key: str
) -> None:
    [(item, reason)] = told(monkeypatch, mqtt_url="", api_url=f"http://127.0.0.1:{free_ports(1)[0]}", api_key=key)
    assert item == "CITYOPS_API_URL"
    assert "does not answer" in reason
    run(migrated_database, "UPDATE alembic_version SET version_num = 'older'")
    assert any(
        item == "API" and "cityops db upgrade" in reason for item, reason in told(monkeypatch, api_url=api_url)
    )


def test_pages(monkeypatch: pytest.MonkeyPatch, screens: str) -> None:
    def of_pages(address: str) -> set[str]:
        seen = told(monkeypatch, address, mqtt_url="", api_url="http://127.0.0.1:9")
        return {
            reason.partition(",")[0].partition("(")[0].strip() for item, reason in seen if item.startswith("pages")
        }

    assert of_pages(screens) == set()  # on this machine
    assert of_pages(f"{screens}/assets/favicon.svg") == {"open for whoever has not signed in"}
    assert of_pages("http://dashboard.invalid") == {
        "passwords and session cookies cross the network in the clear",
        "do not answer",
    }


@pytest.mark.parametrize(
    ("host", "has_tls", "is_weak"),
    [("db.example", False, True), ("db.example", True, False), ("127.0.0.1", False, False), ("/run/x", False, False)],
)
def test_a_database_elsewhere_without_tls(host: str, has_tls: bool, is_weak: bool) -> None:
    assert is_in_the_clear(host, has_tls=has_tls) is is_weak


def test_a_clock_that_differs_and_a_full_disk(migrated_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(ahead: timedelta) -> set[str]:
        with connect(migrated_database, "test") as connection:
            return {one.item for one in weaknesses(connection, utc_now() + ahead)}

    assert "clock" in seen(timedelta(seconds=6))
    assert "clock" in seen(-timedelta(seconds=6))
    assert not {"clock", "disk"} & seen(timedelta())
    monkeypatch.setattr("cityops.store.upkeep.weaknesses.FREE_BYTES", 10**18)
    assert "disk" in seen(timedelta())


def test_an_administrator_who_is_idle(migrated_database: str) -> None:
    account(migrated_database, "idle", "administrator", 200)
    account(migrated_database, "busy", "administrator", 200)
    for login, days in (("idle", 91), ("busy", 1)):
        run(
            migrated_database,
            "INSERT INTO credential (id, kind, secret_hash, label, account_id, created_by, created_at, last_used_at)"
            f" SELECT '{login}', 'session', '', '', id, 'test', now() - interval '{days} days', NULL"
            f" FROM account WHERE login = '{login}'",
        )
    accounts = {one for one in found(migrated_database) if one[0].startswith("account")}
    assert accounts == {("account idle", "an administrator not used for 90 days")}


def test_what_maintenance_keeps_and_leaves(migrated_database: str, database_as: Callable[[str], str]) -> None:
    url = database_as(privileges.API)  # may see all that is looked at
    assert not {"audit", "maintenance"} & {item for item, _ in found(url)}
    assert "TimescaleDB" in {item for item, _ in found(url)}
    run(migrated_database, "INSERT INTO retention VALUES ('audit', now() - interval '181 days', 0)")
    assert "audit" not in {item for item, _ in found(url)}
    run(migrated_database, "UPDATE retention SET kept_from = now() - interval '179 days' WHERE relation = 'audit'")
    run(
        migrated_database,
        "INSERT INTO rollup_touched"
        " SELECT date_trunc('hour', now()) - n * interval '1 hour' FROM generate_series(2, 60) AS n",
    )
    assert {"audit", "maintenance"} <= {item for item, _ in found(url)}


def test_the_verb_fails_on_what_is_serious_and_speaks_json(migrated_database: str) -> None:
    wrong = {"CITYOPS_MQTT_URL": "mqtt://u:a-password-that-is-long@one,two", "CITYOPS_API_URL": "api:8000"}
    engine = make_engine(migrated_database)
    for number, secret in enumerate("ab"):
        me = presence.Me("dashboard", "8050", partial(dict, CITYOPS_SECRET=secret), host=f"host{number}")
        noted(engine, me.told() | {"schema_head": None}, utc_now())
    engine.dispose()
    done = subprocess.run(
        [sys.executable, "-m", "cityops", "doctor", "--json"],
        env=os.environ | wrong | {"CITYOPS_DATABASE_URL": migrated_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert findings[0]["severity"] == FindingSeverity.SERIOUS
    assert all(one["reason"] and one["remedy"] for one in findings)
    serious = {one["item"]: one["reason"] for one in findings if one["severity"] == FindingSeverity.SERIOUS}
    assert "host0" in serious["CITYOPS_SECRET"]
    assert "several hosts" in serious["CITYOPS_MQTT_URL"]
    assert "begins with api" in serious["CITYOPS_API_URL"]
    assert "a-password" not in done.stdout
