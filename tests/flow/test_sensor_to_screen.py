"""The whole way on real parts: `mosquitto_pub` publishes a reading, and Chromium shows the number on the wall."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import free_ports, wait_until
from fixtures.api import LEADER, let_browser_in, token_of
from fixtures.ingest import worker_process
from fixtures.web import answers


@pytest.fixture
def wall_url(database_url: str, own_broker: Broker) -> Iterator[str]:
    """Run ingest, API and dashboard as processes; give the address of the wall."""
    api_port, dashboard_port = free_ports(2)
    environment = {
        "CITYOPS_DATABASE_URL": database_url,
        "CITYOPS_MQTT_URL": own_broker.url,
        "CITYOPS_API_URL": f"http://127.0.0.1:{api_port}",
        "CITYOPS_API_KEY": token_of(database_url, LEADER),
    }
    let_browser_in(database_url)
    wall = f"http://127.0.0.1:{dashboard_port}/"
    with ExitStack() as parts:
        for verb in (
            ["ingest", "mqtt", "--worker", "flow"],
            ["api", "--port", str(api_port)],
            ["dashboard", "--port", str(dashboard_port)],
        ):
            parts.enter_context(worker_process(verb, environment))
        assert wait_until(
            lambda: all(map(answers, (f"{wall}health/live", f"{environment['CITYOPS_API_URL']}/health/ready"))),
            seconds=60,
        )
        yield wall


def test_a_published_reading_becomes_a_number_on_the_wall(
    wall_url: str, page: Page, binaries: Binaries, own_broker: Broker, database: psycopg.Connection
) -> None:
    page.goto(wall_url)
    depth = page.locator("[data-metric=water_depth]")
    expect(depth.locator(".figure")).to_have_text("—")  # nothing known is not zero

    def publish(value: float) -> None:
        payload = json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": value})
        command = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-V", "5", "-q", "1"]
        subprocess.run([*command, "-t", "cityops/v1/readings/water-logging/WL-1", "-m", payload], check=True)

    def stored() -> bool:
        return database.execute("SELECT 1 FROM reading").fetchone() is not None

    assert wait_until(lambda: publish(17) or stored(), seconds=30)  # type: ignore[func-returns-value]  # until subscribed
    expect(depth.locator(".figure")).to_have_text("17")
    expect(depth).to_contain_text("黄")  # 17 cm is over the yellow threshold of 15 cm
    publish(42)
    expect(depth.locator(".figure")).to_have_text("42")
    expect(depth).to_contain_text("红")
