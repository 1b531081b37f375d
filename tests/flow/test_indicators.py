"""An indicator's value from its source over a live broker and HTTP to series, client, CSV and Parquet: one number."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psycopg
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from cityops import indicators
from cityops.api import app as api
from cityops.client import Client
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.reference import themes
from cityops.settings import settings
from cityops.simulate.messages import Message
from cityops.simulate.publisher import Publisher
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.cli.replay import replay
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.worker import writing_worker
from fixtures.api import sender
from fixtures.ingest import worker_process
from fixtures.web import serving

TOPIC = "cityops/v1/indicators/"
DAY = {"indicator": "water_supplied", "region": "440106", "start": "2026-11-20T00:00:00+08:00"}
ASKED: dict[str, Any] = {
    "indicator": "water_supplied",
    "region": "440106",
    "level": "district",
    "interval": "day",
    "start": "2026-11-20",
    "end": "2026-11-22",
}
TOLD = [0.1 + 0.2 + 81, 82.7]
"""In binary no number of three decimals: what is rounded on the way differs."""

BEFORE = {
    "sewage_treated": ("period: day", "period: month"),
    "turbidity": ("levels: [city, district]", "levels: [city]"),
}
"""What the files said before they were mended, by the indicator."""
REFUSED = {
    "market-entity": ({"indicator": "market_entities", "region": "440106", "value": 60.5}, "unknown_indicator"),
    "water-supply": ({"indicator": "sewage_treated", "region": "440106", "value": 50}, "bad_period"),
    "water-supply/turbidity": ({"indicator": "turbidity", "region": "440106", "value": 0.2}, "unknown_region"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a city's own declarations, in force in this process: without a theme, and with two faults."""
    own = tmp_path / "indicators"
    shutil.copytree(str(themes.SHIPPED), own)
    for lacking in ("market.yaml", "vital_signs.yaml"):  # the tree names what the theme declares
        (own / lacking).unlink()
    water = own / "water.yaml"
    text = water.read_text(encoding="utf-8")
    for code, (said, wrong) in BEFORE.items():
        head, found, tail = text.partition(f"  {code}:\n")
        assert found
        text = head + found + tail.replace(said, wrong, 1)
    water.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CITYOPS_INDICATORS", str(own))
    monkeypatch.setattr(indicators, "LOOK_S", 0.0)
    settings.cache_clear()
    yield own
    settings.cache_clear()


@pytest.fixture
def publisher(own_broker: Broker) -> Iterator[Publisher]:
    one = Publisher(own_broker.url, "sources")
    one.start()
    yield one
    one.stop()


def publish(publisher: Publisher, source: str, *values: dict[str, Any]) -> None:
    assert publisher.publish(Message(0, TOPIC + source, json.dumps(values).encode()), threading.Event())
    assert publisher.flush(20) == 0


def count(database: psycopg.Connection, table: str) -> int:
    [number] = database.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(number)


@pytest.fixture
def refusals(
    folder: Path,
    publisher: Publisher,
    own_broker: Broker,
    registered_database: str,
    database: psycopg.Connection,
    door: TokenDoor,
) -> None:
    """Send two days over the broker, what is refused, and a revision over HTTP; wait until all is settled."""
    database.autocommit = True
    environment = {"CITYOPS_DATABASE_URL": registered_database, "CITYOPS_MQTT_URL": own_broker.url}
    days = DAY | {"value": 80.0}, DAY | {"start": "2026-11-21T00:00:00+08:00", "value": TOLD[1]}
    with worker_process(["ingest", "mqtt", "--worker", "flow"], environment):

        def arrived() -> bool:
            publish(publisher, "water-supply", *days)
            return count(database, "indicator_value") == 2

        assert wait_until(arrived, seconds=60)
        for source, (value, _) in REFUSED.items():
            publish(publisher, source.partition("/")[0], value | {"start": DAY["start"]})
        assert wait_until(lambda: count(database, "reject") == len(REFUSED), seconds=30)
    with serving(create_app(lambda: writing_worker(registered_database, "http"), door)) as ingest:
        revised = DAY | {"revision": 1, "value": TOLD[0], "by": "水务集团", "reason": "补录"}
        headers = sender(registered_database, "water-supply")
        answer = httpx.post(f"{ingest}/v1/indicators/water-supply", json=revised, headers=headers, timeout=30)
        assert answer.json()["accepted"] == 1


def test_what_a_source_pushed_is_the_same_number_everywhere(
    refusals: None, api_url: str, key: str, tmp_path: Path
) -> None:
    with Client(api_url, key) as city:
        points = city.page("/api/v1/series", **ASKED)
        assert [one["value"] for one in points["points"]] == TOLD
        assert list(city.series(**ASKED)["value"]) == TOLD
        csv = pd.read_csv(city.export("series", tmp_path / "water.csv", lang="en", **ASKED).path)
        assert list(csv["value"]) == TOLD
        parquet = pq.read_table(city.export("series", tmp_path / "water.parquet", lang="en", **ASKED).path)
        assert parquet["value"].to_pylist() == TOLD
        assert list(city.table("series", **ASKED)["value"]) == TOLD


def test_what_was_refused_is_replayed_once_the_files_are_mended(
    refusals: None,
    folder: Path,
    registered_database: str,
    database: psycopg.Connection,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reasons = database.execute("SELECT reason FROM reject").fetchall()
    assert sorted(reason for (reason,) in reasons) == sorted(reason for _, reason in REFUSED.values())
    shutil.copytree(str(themes.SHIPPED), folder, dirs_exist_ok=True)
    monkeypatch.setenv("CITYOPS_DATABASE_URL", registered_database)
    settings.cache_clear()
    verb = typer.Typer()
    verb.command()(replay)
    result = CliRunner().invoke(verb, [])
    assert result.exit_code == 0, result.output
    assert count(database, "indicator_value") == 3 + len(REFUSED)
    with serving(api.create_app(registered_database)) as address, Client(address, key) as city:
        told = city.series(**ASKED | {"indicator": "market_entities"})
        assert list(told["value"].dropna()) == [60.5]
