"""The verb `cityops simulate`."""

import csv
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cityops.cli.simulate import app
from cityops.errors import CityopsError
from cityops.local.broker import Broker
from cityops.settings import settings


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """Give the test run its Ctrl-C back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_fleet_is_printed_as_csv() -> None:
    result = CliRunner().invoke(app, ["fleet", "--devices", "50", "--seed", "3"])
    assert result.exit_code == 0
    assert len(list(csv.DictReader(result.stdout.splitlines()))) == 50


def test_a_run_needs_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_MQTT_URL", raising=False)
    settings.cache_clear()
    result = CliRunner().invoke(app, ["run"])
    assert isinstance(result.exception, CityopsError)
    assert "CITYOPS_MQTT_URL" in str(result.exception)


def test_a_run_ends_after_its_time_and_leaves_its_journal(
    own_broker: Broker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_URL", own_broker.url)
    settings.cache_clear()
    journal = tmp_path / "journal.json"
    words = ["run", "--devices", "60", "--history", "0.5", "--no-faults", "--for", "1", "--journal", str(journal)]
    words += ["--no-indicators", "--storm", "--pace", "12"]
    result = CliRunner().invoke(app, words)
    settings.cache_clear()
    assert result.exit_code == 0, result.output
    written = json.loads(journal.read_text())
    assert written["unacknowledged"] == 0
    assert len(written["readings"]) == written["unique_readings"] > 500
    assert "of the past sent" in result.output
    assert "a simulated storm begins in half a minute and lasts 15 min" in result.output
    assert "no measurement" in result.output
