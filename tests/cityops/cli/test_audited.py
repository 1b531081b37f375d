"""Every verb, and every route that changes something, is in the audit, or says here why it is not."""

import csv
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cityops.api.access.matrix import ways
from cityops.api.app import create_app
from cityops.cli.main import app
from cityops.domain.audit import Action
from cityops.settings import settings
from cityops.simulate.import_file import COLUMNS

A = Action
VERBS: dict[str, Action | str] = {
    "accounts create": A.ACCOUNT_CREATE,
    "accounts disable": A.ACCOUNT_DISABLE,
    "accounts enable": A.ACCOUNT_ENABLE,
    "accounts password": A.ACCOUNT_PASSWORD,
    "accounts unlock": A.ACCOUNT_UNLOCK,
    "backup": A.BACKUP_MAKE,
    "calendar import": A.CALENDAR_IMPORT,
    "channels import": A.CHANNEL_IMPORT,
    "channels plans": A.CHANNEL_PLANS,
    "corrections add": A.CORRECTION_ADD,
    "corrections close": A.CORRECTION_STEP,
    "demo": A.CREDENTIAL_ISSUE,
    "devices import": A.DEVICE_IMPORT,
    "displays create": A.CREDENTIAL_ISSUE,
    "displays revoke": A.CREDENTIAL_REVOKE,
    "ingest replay": A.REJECT_REPLAY,
    "ingest retire": A.WORKER_RETIRE,
    "keys create": A.CREDENTIAL_ISSUE,
    "keys revoke": A.CREDENTIAL_REVOKE,
    "modes end": A.MODE_END,
    "modes start": A.MODE_START,
    "rejects close": A.REJECT_CLOSE,
    "rejects show": A.REJECT_SHOW,
    "reports make": A.REPORT_MAKE,
    "restore": A.BACKUP_RESTORE,
    "roster import": A.ROSTER_IMPORT,
    "standards import": A.STANDARD_IMPORT,
    "up": A.CREDENTIAL_ISSUE,
    "api": "serves; what is done through it is recorded there",
    "dashboard": "serves; what is done through it is recorded by the API",
    "ingest http": "stores what comes in; the ledger and the rejects count it",
    "ingest mqtt": "stores what comes in; the ledger and the rejects count it",
    "ingest sparkplug": "stores what comes in; the ledger and the rejects count it",
    "export": "asks the API, which records it",
    "packs make": "asks the API, which records each file of it",
    "devices watch": "writes the devices' states, each change with its time",
    "jobs": "does what `devices watch` and `maintain` do; keys put off for floods and files of packs are recorded",
    "maintain": "drops by its own rules what is old; the table `retention` counts it",
    "db upgrade": "may have no audit yet; alembic_version has the schema",
    "broker declare": "declares at the broker, without a database",
    "broker users": "writes a file of the broker, without a database",
    "simulate fleet": "writes a file of made-up devices",
    "simulate run": "sends made-up messages",
    "simulate officers": "acts through the API, which records it",
    "forms lint": "reads files",
    "forms list": "reads files",
    "forms schema": "reads declarations",
    "indicators lint": "reads files",
    "indicators list": "reads files",
    "indicators schema": "reads declarations",
    "indicators show": "reads files",
    "packs list": "reads files",
    "scenes diff": "reads files",
    "scenes export": "writes the shipped files into a folder",
    "scenes lint": "reads files",
    "scenes list": "reads files",
    "scenes migrate": "writes files of whoever calls it",
    "scenes preview": "draws what is made up",
    "scenes schema": "reads declarations",
    "alarms rules import": A.ALARM_RULES_IMPORT,
    "alarms rules check": "reads a file and the rules",
    "alarms rules export": "reads the rules",
    "alarms rules list": "reads the rules",
    "accounts list": "reads no personal data of citizens",
    "audit list": "reads the audit",
    "calendar show": "reads days",
    "corrections list": "reads no personal data of citizens",
    "db current": "reads the schema's version",
    "devices counts": "reads counts",
    "displays list": "reads no secret",
    "doctor": "reads settings and the schema",
    "keys list": "reads no secret",
    "modes list": "reads what is announced",
    "resources import": A.RESOURCE_IMPORT,
    "resources officers": A.RESOURCE_IMPORT,
    "resources list": "reads the register",
    "reports lint": "reads files",
    "reports list": "reads no number",
    "reports show": "reads sums that are open, at the server itself",
    "roster list": "shows numbers masked",
    "rejects count": "reads counts",
    "rejects list": "shows no personal data",
    "standards check": "reads a file",
    "standards export": "reads standards",
    "standards list": "reads standards",
    "verify": "reads counts",
}

ROUTES: dict[str, Action | str] = {
    "POST /api/v1/accounts": A.ACCOUNT_CREATE,
    "PATCH /api/v1/accounts/{login}": A.ACCOUNT_CHANGE,
    "POST /api/v1/accounts/{login}/password": A.ACCOUNT_PASSWORD,
    "POST /api/v1/alarms/acts": A.ALARM_ACKNOWLEDGE,
    "POST /api/v1/alarms/{alarm_id}/acts": A.ALARM_ACKNOWLEDGE,
    "POST /api/v1/alarms/quiets": A.ALARM_SILENCE,
    "DELETE /api/v1/alarms/quiets/{quiet_id}": A.ALARM_UNQUIET,
    "POST /api/v1/alarms/{alarm_id}/case": A.CASE_ACT,
    "POST /api/v1/channels/{code}/openings": A.CHANNEL_OPEN,
    "POST /api/v1/cases": A.CASE_ACT,
    "POST /api/v1/cases/{event_id}/acts": A.CASE_ACT,
    "POST /api/v1/cases/{event_id}/evidence": A.EVIDENCE_ADD,
    "POST /api/v1/corrections": A.CORRECTION_ADD,
    "POST /api/v1/corrections/{correction_id}/status": A.CORRECTION_STEP,
    "PUT /api/v1/filling/sheets/{form}/{region}/{start}": A.FORM_SUBMIT,
    "POST /api/v1/filling/sheets/{form}/{region}/{start}/return": A.FORM_RETURN,
    "POST /api/v1/filling/sheets/{form}/{region}/{start}/approve": A.FORM_APPROVE,
    "POST /api/v1/filling/forms/{form}/{start}/import": A.FORM_IMPORT,
    "POST /api/v1/modes": A.MODE_START,
    "POST /api/v1/modes/{mode_id}/end": A.MODE_END,
    "POST /api/v1/modes/{mode_id}/prolong": A.MODE_PROLONG,
    "POST /api/v1/platform/processes": "tells each ten seconds that a dashboard runs",
    "POST /api/v1/walls/here": "tells four times a minute what a wall shows",
    "POST /api/v1/walls/{wall_id}/release": A.WALL_RELEASE,
    "POST /api/v1/walls/{wall_id}/scene": A.WALL_PUSH,
    "POST /api/v1/handovers": A.SHIFT_OFFER,
    "POST /api/v1/handovers/{handover_id}/accept": A.SHIFT_ACCEPT,
    "POST /api/v1/handovers/{handover_id}/refuse": A.SHIFT_REFUSE,
    "POST /api/v1/handovers/{handover_id}/withdraw": A.SHIFT_WITHDRAW,
    "POST /api/v1/reports": A.REPORT_MAKE,
    "POST /api/v1/credentials": A.CREDENTIAL_ISSUE,
    "DELETE /api/v1/credentials/{credential_id}": A.CREDENTIAL_REVOKE,
    "POST /api/v1/views": A.VIEW_SAVE,
    "PUT /api/v1/views/{view_id}": A.VIEW_CHANGE,
    "DELETE /api/v1/views/{view_id}": A.VIEW_REMOVE,
    "PUT /api/v1/me/filters": A.FILTER_SAVE,
    "DELETE /api/v1/me/filters": A.FILTER_REMOVE,
    "POST /api/v1/me/password": A.ACCOUNT_PASSWORD,
    "POST /api/v1/refusals": A.ACCESS_REFUSED,
    "POST /api/v1/sessions": A.SESSION_OPEN,
    "POST /api/v1/sessions/oidc": A.SESSION_OPEN,
    "DELETE /api/v1/sessions/current": A.SESSION_CLOSE,
    "DELETE /api/v1/sessions/{credential_id}": A.SESSION_CLOSE,
}


def verbs(command: Any, *path: str) -> list[str]:
    group = getattr(command, "commands", {})
    return [one for name, sub in group.items() for one in verbs(sub, *path, name)] or [" ".join(path)]


def test_every_verb_says_what_it_leaves_in_the_audit() -> None:
    assert set(verbs(get_command(app))) == set(VERBS)


def test_every_route_that_changes_something_says_what_it_leaves_in_the_audit() -> None:
    changing = {way.name for way in ways(create_app("postgresql:///")) if way.method not in {"GET", "HEAD"}}
    assert changing == set(ROUTES)


def run(monkeypatch: pytest.MonkeyPatch, database_url: str, *arguments: str) -> int:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", database_url)
    settings.cache_clear()
    try:
        return CliRunner().invoke(app, list(arguments)).exit_code
    finally:
        settings.cache_clear()


def rows(database: psycopg.Connection) -> list[tuple[str, str, str]]:
    return database.execute("SELECT action, object, outcome FROM audit ORDER BY id").fetchall()


def test_a_backup_is_written_down_also_one_that_fails(
    migrated_database: str, database: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "monday")
    assert run(monkeypatch, migrated_database, "backup", folder) == 0
    assert run(monkeypatch, migrated_database, "backup", folder) == 1
    assert rows(database) == [
        ("backup:make", folder, outcome) for outcome in ("begun", "done", "begun", "failed")
    ]  # fmt: skip


def test_an_import_is_written_down(
    migrated_database: str, database: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "devices.csv"
    with file.open("w", encoding="utf-8") as output:
        csv.writer(output).writerow(COLUMNS)
    assert run(monkeypatch, migrated_database, "devices", "import", str(file)) == 0
    assert rows(database) == [("device:import", str(file), outcome) for outcome in ("begun", "done")]
    [(detail,)] = database.execute("SELECT detail FROM audit WHERE outcome = 'done'").fetchall()
    assert detail == {"added": 0, "updated": 0, "unchanged": 0, "moved": 0}
